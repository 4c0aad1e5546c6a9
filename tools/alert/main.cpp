#include "actors/link/ask_service.hpp"
#include "messages/config.hpp"
#include "messages/wire/json.hpp"
#include "tools/alert/alert_options.hpp"

#include <CLI/CLI.hpp>
#include <iostream>

namespace {

using namespace tier2;

enum exit_code : int { exit_kept = 0, exit_refused = 1, exit_usage = 2, exit_unreachable = 3 };

int report(const error& wrong, int code) {
  std::cerr << "tier2-alert: " << wrong.what << "\n";
  return code;
}

/// Where the service listens: of the option, of the configuration, or the usual place where there is none.
result<std::string> socket_path(const std::string& option, const std::string& config, bool config_named) {
  if (!option.empty()) return option;
  const auto loaded = load_agent_config(config);
  if (loaded) return loaded->paths.socket;
  if (loaded.error().code == errc::not_found && !config_named) return agent_config{}.paths.socket;
  return tl::unexpected(loaded.error());
}

void say(const wire::alert_answer& answer, bool as_json) {
  using outcome = wire::alert_answer::outcome;
  if (as_json) {
    const char* word = answer.how == outcome::kept        ? "kept"
                       : answer.how == outcome::held_back ? "held_back"
                                                          : "in_memory";
    std::cout << wire::dump_json(nlohmann::ordered_json{{"outcome", word}}) << "\n";
    return;
  }
  if (answer.how == outcome::held_back)
    std::cout
        << "Held back: one of the same key and severity was sent less than ten minutes ago. It is counted "
           "and said with the next.\n";
  if (answer.how == outcome::in_memory)
    std::cerr
        << "tier2-alert: The service cannot write it down now; it is sent, and lost if the service ends "
           "before the cloud has it.\n";
}

} // namespace

// tier2-alert --severity S --title T …: see README.md.
int main(int argc, char** argv) {
  alert_options options;
  std::string config = "/etc/tier2/agent.toml";
  std::string socket;
  double wait_s = 10;
  bool as_json = false;

  CLI::App app{"Sends an alert of this machine to the helpdesk's cloud, for scripts. Only root may."};
  app.set_version_flag("--version", "tier2-alert " TIER2_VERSION);
  app.add_option("--severity", options.severity, "info, warning, error or critical")->capture_default_str();
  app.add_option("--title", options.title, "What happened, in one line")->required();
  app.add_option("--body", options.body, "More about it; every user can see it in the list of processes");
  app.add_option("--body-file", options.body_file, "The same from a file; - is standard input");
  app.add_option("--source", options.source, "Who noticed it")->capture_default_str();
  app.add_option(
      "--key", options.key,
      "Alerts of one key are about one thing: of each severity one is sent in ten minutes; the title, "
      "if there is none");
  app.add_option("--label", options.labels, "NAME=VALUE for programs; may be repeated");
  auto* const named =
      app.add_option("--config", config, "The service's configuration")->capture_default_str();
  app.add_option("--socket", socket, "The service's socket, instead of the configuration's");
  app.add_option("--wait", wait_s, "Seconds to wait for the service")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 3600.0));
  app.add_flag("--json", as_json, "Print what became of it as an object");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    return app.exit(wrong) == 0 ? exit_kept : exit_usage;
  }

  const auto prepared = prepare_alert(options);
  if (!prepared) return report(prepared.error(), exit_usage);
  const auto path = socket_path(socket, config, named->count() > 0);
  if (!path) return report(path.error(), exit_usage);
  if (!prepared->note.empty()) std::cerr << "tier2-alert: " << prepared->note << "\n";
  const auto answer = ask_service(*path, wire::alert{prepared->what},
                                  std::chrono::milliseconds{static_cast<std::int64_t>(wait_s * 1000)});
  if (!answer)
    return report(answer.error(), answer.error().code == errc::refused ? exit_refused : exit_unreachable);
  const auto* became = std::get_if<wire::alert_answer>(&*answer);
  if (became == nullptr || became->id != prepared->what.id)
    return report({errc::malformed, "The service answered with something that is no answer to an alert."},
                  exit_unreachable);
  say(*became, as_json);
  return exit_kept;
}
