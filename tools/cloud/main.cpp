#include "platform/process.hpp"
#include "platform/secure_memory.hpp"
#include "tools/cloud/administration.hpp"
#include "tools/cloud/cloud.hpp"
#include "tools/program_log.hpp"

#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

namespace {

using namespace tier2;
using namespace tier2::cloud;

result<void> serve(const cloud_config& config, termination& until) {
  if (auto forbidden = forbid_core_dumps(); !forbidden) return forbidden;
  if (auto started = start_log("cloud", config.log.level, config.log.file); !started) return started;
  const auto running = cloud_server::start(config);
  if (!running) return tl::unexpected(running.error());
  until.wait();
  spdlog::info("Ending, as asked.");
  return {};
}

/// What the words on the command line are put into.
struct words {
  std::string config_file, name, password_file, agent;
  bool replace{}, json{}, confirm{};
  std::uint32_t uses{1}, hours{24}, days{};
  std::vector<std::string> scopes;
};

using action = std::function<result<void>(const cloud_config&)>;

/// A subcommand that, when it is given, becomes `chosen`.
CLI::App* choice(CLI::App* under, const char* name, const char* what, action& chosen, action run) {
  auto* const made = under->add_subcommand(name, what);
  made->callback([&chosen, run = std::move(run)] { chosen = run; });
  return made;
}

void add_people(CLI::App& app, words& given, action& chosen) {
  namespace admin = administration;
  auto* const operators =
      app.add_subcommand("operator", "Who may sign in to the console")->require_subcommand(1);
  auto* const add = choice(operators, "add", "Let somebody in", chosen, [&](const cloud_config& config) {
    return admin::add_operator(config, given.name, given.password_file, given.replace);
  });
  add->add_option("name", given.name, "The name to sign in with")->required();
  add->add_option("--password-file", given.password_file,
                  "A private file with the password; - is standard input")
      ->required();
  add->add_flag("--replace", given.replace, "Set a new password when there is such an operator");

  auto* const tokens =
      app.add_subcommand("api-token", "Programs that use the REST interface")->require_subcommand(1);
  auto* const create = choice(tokens, "create", "Print a new token; it is shown this once only", chosen,
                              [&](const cloud_config& config) {
                                return admin::create_api_token(config, given.name, given.scopes, given.days);
                              });
  create->add_option("--name", given.name, "What it is called in the audit")->required();
  create
      ->add_option("--scope", given.scopes,
                   "commands:write commands:read agents:read tickets:read tickets:write alerts:read "
                   "alerts:write audit:read")
      ->required();
  create->add_option("--days", given.days, "How long it is good for; without it: until it is revoked")
      ->check(CLI::Range(1, 3650));
  choice(tokens, "list", "Print them, without their secrets", chosen, admin::list_api_tokens);
  auto* const revoke = choice(tokens, "revoke", "Shut one out", chosen, [&](const cloud_config& config) {
    return admin::revoke_api_token(config, given.name);
  });
  revoke->add_option("name", given.name, "Its name")->required();
}

void add_machines(CLI::App& app, words& given, action& chosen) {
  namespace admin = administration;
  auto* const tokens = app.add_subcommand("token", "Enrolment of new machines")->require_subcommand(1);
  auto* const create =
      choice(tokens, "create", "Print a new token; it is shown this once only", chosen,
             [&](const cloud_config& config) {
               return admin::create_enrolment_token(config, given.uses, given.hours, given.name);
             });
  create->add_option("--uses", given.uses, "How many machines it lets in")->check(CLI::Range(1, 100000));
  create->add_option("--hours", given.hours, "How long it is good for")->check(CLI::Range(1, 24 * 365));

  create->add_option("--name", given.name, "What it is for, as \"token list\" shows it");
  choice(tokens, "list", "Print them, without their secrets", chosen, admin::list_enrolment_tokens);
  auto* const revoke = choice(tokens, "revoke", "Shut one out", chosen, [&](const cloud_config& config) {
    return admin::revoke_enrolment_token(config, given.name);
  });
  revoke->add_option("which", given.name, "Its id or its name")->required();

  auto* const agents = app.add_subcommand("agent", "The machines")->require_subcommand(1);
  choice(agents, "list", "Print them, by host name", chosen, [&](const cloud_config& config) {
    return admin::list_agents(config, given.json);
  })->add_flag("--json", given.json, "As the REST interface has it");
  auto* const groups =
      choice(agents, "groups", "Print one's groups", chosen, [&](const cloud_config& config) {
        return admin::agent_groups(config, given.agent, given.confirm);
      });
  groups->add_option("id", given.agent, "The agent's id")->required();
  groups->add_flag("--confirm", given.confirm, "Commands are routed by all that it claims now, too");
  for (const bool approved : {true, false})
    choice(agents, approved ? "approve" : "revoke", approved ? "Let one in (again)" : "Shut one out", chosen,
           [&given, approved](const cloud_config& config) {
             return admin::set_agent_state(config, given.agent, approved);
           })
        ->add_option("id", given.agent, "The agent's id")
        ->required();
}

void add_records(CLI::App& app, words& given, action& chosen) {
  namespace admin = administration;
  auto* const tickets = app.add_subcommand("ticket", "The tickets")->require_subcommand(1);
  choice(tickets, "list", "Print them, newest first", chosen, [&](const cloud_config& config) {
    return admin::list_tickets(config, given.json);
  })->add_flag("--json", given.json, "As the REST interface has it");
  auto* const retention =
      app.add_subcommand("retention", "For how long tickets are kept")->require_subcommand(1);
  choice(retention, "show", "Print it", chosen, admin::show_retention);
  auto* const keep =
      choice(retention, "set", "Keep tickets for so many days", chosen, [&](const cloud_config& config) {
        return admin::set_retention(config, given.name, given.days);
      });
  keep->add_option("days", given.days, "0: for ever")->required()->check(CLI::Range(0, 3650));
  keep->add_option("--label", given.name,
                   "Only those of machines with this label; of several the longest counts");
  choice(retention, "clear", "Treat machines with a label as all others again", chosen,
         [&](const cloud_config& config) { return admin::clear_retention(config, given.name); })
      ->add_option("--label", given.name, "The label")
      ->required();
  auto* const notify = app.add_subcommand("notify", "Who is told of alerts")->require_subcommand(1);
  choice(notify, "test", "Send a test to each of them, and say how that went", chosen, admin::test_notify);
  auto* const audit = app.add_subcommand("audit", "Who did what")->require_subcommand(1);
  choice(audit, "verify", "Check that no row was changed", chosen, admin::verify_audit);
}

} // namespace

int main(int argc, char** argv) {
  ::umask(077);
  termination until;
  CLI::App app{"The server of the support agent: takes tickets from agents, gives them signed commands, and "
               "shows both to operators."};
  app.set_version_flag("--version", "tier2-cloud " TIER2_VERSION);
  app.require_subcommand(1);
  words given;
  action chosen;
  app.add_option("--config", given.config_file, "The configuration (cloud.toml)")->required();
  choice(&app, "serve", "Run until SIGTERM or SIGINT", chosen,
         [&](const cloud_config& config) { return serve(config, until); });
  add_people(app, given, chosen);
  add_machines(app, given, chosen);
  add_records(app, given, chosen);
  CLI11_PARSE(app, argc, argv);

  const auto run = [&]() -> result<void> {
    if (auto ready = init_crypto(); !ready) return ready;
    const auto config = load_cloud_config(given.config_file);
    if (!config) return tl::unexpected(config.error());
    return chosen(*config);
  };
  const auto done = run();
  if (done) return 0;
  std::cerr << "tier2-cloud: " << done.error().what << "\n";
  return done.error().code == errc::config_invalid ? 2 : 1;
}
