#include "actors/supervisor/actor_runtime.hpp"
#include "platform/crypto/ecdsa.hpp"
#include "platform/process.hpp"
#include "platform/secure_memory.hpp"
#include "tools/program_log.hpp"
#include "tools/service/service.hpp"

#include <CLI/CLI.hpp>
#include <atomic>
#include <iostream>

namespace {

using namespace tier2;

result<void> run(const std::string& path, termination& until) {
  if (auto forbidden = forbid_core_dumps(); !forbidden) return forbidden;
  if (auto started = init_crypto(); !started) return started;
  const auto config = load_agent_config(path);
  if (!config) return tl::unexpected(config.error());
  if (auto started = start_log("tier2-service", config->log.level, config->log.file); !started)
    return started;
  if (config->cloud.host.empty())
    return fail(errc::config_invalid, path +
                                          ": [cloud] needs \"host\": the name of the cloud's server, as its "
                                          "certificate has it.");
  if (auto allowed = check_development_build(has_development_key(), config->cloud.host); !allowed)
    return allowed;

  // Two services on one state would run a command twice: what one wrote down the other does not know.
  const auto alone = instance_lock::acquire(config->paths.state, "tier2-service");
  if (!alone) return tl::unexpected(alone.error());

  std::atomic<bool> escalated{false};
  result<void> end;
  actor_runtime_config settings;
  caf::actor_system system{settings};
  const auto supervisor = start_service(system, *config, [&](const std::string& name, const error& why) {
    end = fail(why.code, name + ": " + why.what);
    escalated = true;
    until.request();
  });
  until.wait();
  stop_supervised(system, supervisor);
  if (escalated) return end;
  spdlog::info("Ending, as asked.");
  return {};
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"Keeps this machine's connection to the helpdesk's cloud."};
  app.set_version_flag("--version", TIER2_VERSION);
  std::string config = "/etc/tier2/agent.toml";
  app.add_option("--config", config, "Configuration file")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  take_precedence(); // before any thread
  termination until;
  const auto ended = run(config, until);
  if (ended) return 0;
  std::cerr << "tier2-service: " << ended.error().what << "\n";
  return ended.error().code == errc::config_invalid ? 2 : 1;
}
