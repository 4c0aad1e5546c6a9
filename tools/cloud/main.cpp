#include "messages/wire/manifest.hpp"
#include "platform/crypto/digest.hpp"
#include "platform/private_file.hpp"
#include "platform/process.hpp"
#include "platform/secure_memory.hpp"
#include "tools/cloud/agent_store.hpp"
#include "tools/cloud/cloud.hpp"
#include "tools/cloud/database.hpp"
#include "tools/cloud/operator_store.hpp"
#include "tools/cloud/password.hpp"
#include "tools/cloud/printable.hpp"
#include "tools/cloud/sign_in.hpp"
#include "tools/cloud/ticket_json.hpp"
#include "tools/program_log.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

namespace {

using namespace tier2;
using namespace tier2::cloud;

result<std::unique_ptr<database>> open_database(const cloud_config& config) {
  if (auto made = make_private_directory(config.storage.directory); !made)
    return tl::unexpected(made.error());
  return database::open(config.storage.directory + "/tier2.db");
}

result<void> serve(const cloud_config& config, termination& until) {
  if (auto forbidden = forbid_core_dumps(); !forbidden) return forbidden;
  if (auto started = start_log("cloud", config.log.level, config.log.file); !started) return started;
  const auto running = cloud_server::start(config);
  if (!running) return tl::unexpected(running.error());
  until.wait();
  spdlog::info("Ending, as asked.");
  return {};
}

result<void> add_operator(const cloud_config& config, const std::string& name,
                          const std::string& password_file, bool replace) {
  if (name.empty() || name.size() > 100 || printable(name) != name)
    return fail(errc::invalid_argument, "An operator's name has 1 to 100 printable ASCII characters.");
  const auto password = read_password(password_file);
  if (!password) return tl::unexpected(password.error());
  const auto facts = open_database(config);
  if (!facts) return tl::unexpected(facts.error());
  const auto hash = hash_password(*password);
  if (!hash) return tl::unexpected(hash.error());
  if (auto added = operator_store{**facts}.add(name, *hash, replace, std::chrono::system_clock::now());
      !added)
    return added;
  std::cout << "Operator " << name << " can sign in.\n";
  return {};
}

result<void> create_token(const cloud_config& config, std::uint32_t uses, std::uint32_t hours) {
  const auto facts = open_database(config);
  if (!facts) return tl::unexpected(facts.error());
  const std::string token = new_token();
  const auto expires = std::chrono::system_clock::now() + std::chrono::hours{hours};
  if (auto added = agent_store{**facts}.add_token(blake2b_256(token), uses, expires); !added) return added;
  std::cout << token << "\n";
  return {};
}

result<void> list_tickets(const cloud_config& config, bool json) {
  const auto facts = open_database(config);
  if (!facts) return tl::unexpected(facts.error());
  ticket_query query;
  query.limit = 1000000;
  const auto list = ticket_store{**facts}.list(query);
  if (!list) return tl::unexpected(list.error());
  if (json) {
    std::cout << to_json(*list) << "\n";
    return {};
  }
  for (const auto& row : list->rows)
    std::cout << row.number << "\t" << wire::to_rfc3339(row.received) << "\t" << printable(row.host) << "\t"
              << printable(row.user) << "\t" << row.pictures << " pictures\t" << printable(row.message)
              << "\n";
  return {};
}

} // namespace

int main(int argc, char** argv) {
  ::umask(077);
  termination until;
  CLI::App app{"The server of the support agent: takes tickets from agents and shows them to operators."};
  app.set_version_flag("--version", "tier2-cloud " TIER2_VERSION);
  app.require_subcommand(1);
  std::string config_file;
  app.add_option("--config", config_file, "The configuration (cloud.toml)")->required();

  auto* const serve_command = app.add_subcommand("serve", "Run until SIGTERM or SIGINT");

  auto* const operators =
      app.add_subcommand("operator", "Who may sign in to the console")->require_subcommand(1);
  auto* const add = operators->add_subcommand("add", "Let somebody in");
  std::string name;
  std::string password_file;
  bool replace = false;
  add->add_option("name", name, "The name to sign in with")->required();
  add->add_option("--password-file", password_file, "A private file with the password; - is standard input")
      ->required();
  add->add_flag("--replace", replace, "Set a new password when there is such an operator");

  auto* const tokens = app.add_subcommand("token", "Enrolment of new machines")->require_subcommand(1);
  auto* const create = tokens->add_subcommand("create", "Print a new token; it is shown this once only");
  std::uint32_t uses = 1;
  std::uint32_t hours = 24;
  create->add_option("--uses", uses, "How many machines it lets in")->check(CLI::Range(1, 100000));
  create->add_option("--hours", hours, "How long it is good for")->check(CLI::Range(1, 24 * 365));

  auto* const tickets = app.add_subcommand("ticket", "The tickets")->require_subcommand(1);
  auto* const list = tickets->add_subcommand("list", "Print them, newest first");
  bool json = false;
  list->add_flag("--json", json, "As the REST interface has it");

  CLI11_PARSE(app, argc, argv);

  const auto run = [&]() -> result<void> {
    if (auto ready = init_crypto(); !ready) return ready;
    const auto config = load_cloud_config(config_file);
    if (!config) return tl::unexpected(config.error());
    if (*serve_command) return serve(*config, until);
    if (*add) return add_operator(*config, name, password_file, replace);
    if (*create) return create_token(*config, uses, hours);
    if (*list) return list_tickets(*config, json);
    return {};
  };
  const auto done = run();
  if (done) return 0;
  std::cerr << "tier2-cloud: " << done.error().what << "\n";
  return done.error().code == errc::config_invalid ? 2 : 1;
}
