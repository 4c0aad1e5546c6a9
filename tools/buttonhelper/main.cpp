#include "actors/supervisor/actor_runtime.hpp"
#include "platform/input.hpp"
#include "platform/private_file.hpp"
#include "platform/process.hpp"
#include "platform/secure_memory.hpp"
#include "tools/buttonhelper/helper.hpp"
#include "tools/buttonhelper/instance.hpp"
#include "tools/program_log.hpp"

#include <CLI/CLI.hpp>
#include <atomic>
#include <functional>
#include <iostream>
#include <mutex>

namespace {

using namespace tier2;

constexpr const char* default_config = "/etc/tier2/agent.toml";

constexpr std::string_view address = "tier2tickets://run";

struct arguments {
  std::string config;
  bool open{false};
  std::string address;
};

/// What a link or the desktop hands over; nothing but to open the page can be asked for.
std::string address_rule(const std::string& given) {
  return given == address || given == std::string{address} + "/"
             ? ""
             : "The address is not known: only " + std::string{address} + " is, which opens the ticket page.";
}

result<agent_config> read_config(const std::string& path) {
  auto config = load_agent_config(path.empty() ? default_config : path);
  if (!config && config.error().code == errc::not_found && path.empty()) return agent_config{};
  return config;
}

/// Why no pictures can be taken in this session, or empty; an error when there is nobody to help at all.
result<std::string> check_display() {
  const auto probe = input_source::open({{}, {}, {}}, {[](const auto&) {}, [](auto) {}, [](const auto&) {}});
  if (probe) return std::string{};
  if (probe.error().code == errc::wayland_only) return probe.error().what;
  return tl::unexpected(probe.error());
}

result<void> run(const arguments& given, termination& until) {
  if (auto forbidden = forbid_core_dumps(); !forbidden) return forbidden;
  if (auto started = init_crypto(); !started) return started;
  const auto config = read_config(given.config);
  if (!config) return tl::unexpected(config.error());
  if (auto started = start_log("buttonhelper", config->log.level, config->log.file); !started) return started;

  const auto runtime = config->paths.runtime.empty() ? default_runtime_directory() : config->paths.runtime;
  if (auto made = make_private_directory(runtime); !made) return made;
  // A second start may come before the actors are there: it is remembered.
  std::mutex mutex;
  std::function<void()> open;
  bool asked = given.open || !given.address.empty();
  const auto first = instance::claim(runtime, [&] {
    const std::lock_guard lock{mutex};
    asked = true;
    if (open) open();
  });
  if (!first) return tl::unexpected(first.error());

  const auto without_pictures = check_display();
  if (!without_pictures) return tl::unexpected(without_pictures.error());
  if (!without_pictures->empty()) spdlog::warn("{}", *without_pictures);

  std::atomic<bool> escalated{false};
  actor_runtime_config settings{1};
  caf::actor_system system{settings};
  result<void> end;
  {
    helper all{system, *config, runtime, *without_pictures, [&](const std::string& name, const error& why) {
                 end = fail(why.code, name + ": " + why.what);
                 escalated = true;
                 until.request();
               }};
    {
      const std::lock_guard lock{mutex};
      open = [&all] { all.open("open"); };
      if (asked) open();
    }
    until.wait();
    {
      const std::lock_guard lock{mutex};
      open = nullptr;
    }
    stop_supervised(system, all.supervisor());
  }
  if (escalated) return end;
  spdlog::info("Ending, as asked.");
  return {};
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Takes pictures of the screen at clicks, keeps them in memory only, and opens a ticket on the hotkey."};
  app.set_version_flag("--version", TIER2_VERSION);
  arguments given;
  app.add_option("--config", given.config, std::string{"Configuration file, else "} + default_config);
  app.add_flag("--open", given.open, "Open the ticket page now; starts the helper when it does not run yet");
  app.add_option("address", given.address, std::string{address} + ": the same as --open")
      ->check(address_rule);
  CLI11_PARSE(app, argc, argv);

  termination until;
  const auto ended = run(given, until);
  if (ended) return 0;
  std::cerr << "buttonhelper: " << ended.error().what << "\n";
  switch (ended.error().code) {
  case errc::already_running:
    return 0;
  case errc::config_invalid:
    return 2;
  case errc::no_display:
    return 3;
  default:
    return 1;
  }
}
