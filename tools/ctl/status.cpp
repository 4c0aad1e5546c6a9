#include "actors/link/ask_service.hpp"
#include "messages/config.hpp"
#include "tools/ctl/status_text.hpp"
#include "tools/ctl/subcommands.hpp"

namespace tier2::ctl {

namespace {

constexpr std::chrono::seconds patience{8}; // the service gives its parts 4 s

struct status_options {
  std::string config{"/etc/tier2/agent.toml"}, socket;
  bool json{};
};

int status(const status_options& options) {
  auto path = options.socket;
  if (path.empty()) {
    const auto config = load_agent_config(options.config);
    if (!config) return report("status", config.error());
    path = config->paths.socket;
  }
  const auto answer = ask_service(path, wire::get_status{}, patience);
  if (!answer)
    return report("status", answer.error(),
                  answer.error().code == errc::refused ? exit_refused : exit_unreachable);
  const auto* now = std::get_if<wire::machine_status>(&*answer);
  if (now == nullptr)
    return report("status", {errc::malformed, "The service answered with something that is no status."},
                  exit_unreachable);
  std::cout << (options.json ? status_json(*now) + "\n" : status_text(*now));
  return complaints(*now).empty() ? exit_done : exit_refused;
}

} // namespace

void add_status(CLI::App& app, outcome& out) {
  auto* const sub = app.add_subcommand("status", "How the service on this machine is (as root)");
  const auto options = std::make_shared<status_options>();
  sub->add_option("--config", options->config, "The service's configuration")->capture_default_str();
  sub->add_option("--socket", options->socket, "The service's socket, instead of the configuration's");
  sub->add_flag("--json", options->json, "Print an object");
  sub->callback([options, &out] { out.run = [options] { return status(*options); }; });
}

} // namespace tier2::ctl
