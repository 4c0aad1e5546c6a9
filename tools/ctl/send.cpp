#include "messages/wire/claims.hpp"
#include "messages/wire/jws.hpp"
#include "tools/ctl/command_options.hpp"
#include "tools/ctl/duration.hpp"
#include "tools/ctl/files.hpp"
#include "tools/ctl/follow.hpp"
#include "tools/ctl/posting.hpp"
#include "tools/ctl/signed_token.hpp"
#include "tools/ctl/subcommands.hpp"

namespace tier2::ctl {

namespace {

struct send_options {
  std::shared_ptr<connection_options> to;
  std::shared_ptr<command_options> command;
  std::string key, file, wait;
  bool follow{}, json{};
};

/// The token to post, and its id.
struct ready_command {
  std::string token;
  uuid id;
};

result<ready_command> signed_now(const send_options& options, const std::string& key_file,
                                 const std::vector<std::string>& words) {
  if (key_file.empty())
    return fail(errc::invalid_argument,
                "Name a file with a signed command, or sign one here with --key (or key_file in the "
                "configuration) and the options of \"sign\".");
  const auto key = read_signing_key(key_file);
  if (!key) return tl::unexpected(key.error());
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto payload = prepare(*options.command, words, now);
  if (!payload) return tl::unexpected(payload.error());
  auto token = sign_command(*key, payload->json);
  if (!token) return tl::unexpected(token.error());
  return ready_command{std::move(*token), payload->claims.jti};
}

result<ready_command> signed_before(const send_options& options) {
  auto token = read_line(options.file, wire::max_jws_bytes + 2);
  if (!token) return tl::unexpected(token.error());
  const auto form = wire::parse_jws(*token, wire::command_token_type);
  if (!form) return fail(form.error().code, options.file + " is no signed command: " + form.error().what);
  const auto claims = wire::parse_claims(form->payload);
  if (!claims) return fail(claims.error().code, options.file + ": " + claims.error().what);
  return ready_command{std::move(*token), claims->jti};
}

int send(const send_options& options, const std::vector<std::string>& words) {
  follow_options how{options.follow, options.json, {}};
  if (!options.wait.empty()) {
    const auto limit = parse_duration(options.wait);
    if (!limit) return report("send", limit.error());
    how.wait = *limit;
  }
  auto key_file = options.key;
  if (options.file.empty() && key_file.empty()) {
    const auto config = read_config(options.to->config);
    if (!config) return report("send", config.error());
    key_file = config->key_file;
  }
  const auto ready = options.file.empty() ? signed_now(options, key_file, words) : signed_before(options);
  if (!ready) return report("send", ready.error());
  auto client = connect(*options.to);
  if (!client) return report("send", client.error());
  const auto posted = post_command(*client, ready->token);
  if (!posted) return report("send", posted.error(), exit_code_of(posted.error()));
  print_receipt(*posted, ready->id, options.json, options.follow);
  return options.follow || how.wait ? follow("send", *client, ready->id, how) : exit_done;
}

} // namespace

void add_send(CLI::App& app, outcome& out) {
  auto* const sub = app.add_subcommand("send", "Post a signed command, or sign one and post it at once");
  const auto options = std::make_shared<send_options>();
  options->to = add_connection_options(*sub);
  sub->add_flag("--follow", options->follow, "Print what the machines write, until all have ended");
  sub->add_option("--wait", options->wait, "Wait for the end, at most so long: 90s, 15m, 1h");
  sub->add_flag("--json", options->json, "Print objects, one a line");
  sub->add_option("--key", options->key, "Sign with this key, as \"sign\" does");
  options->command = add_command_options(*sub);
  // A token that was signed before needs none of the options of a new one.
  for (auto* const group : sub->get_subcommands([](CLI::App* each) { return each->get_name().empty(); }))
    group->require_option(0, 1);
  sub->add_option("file", options->file, "A file with the token (compact JWS); - is standard input");
  sub->callback([options, &out, sub] {
    out.takes_words = options->file.empty();
    if (!options->file.empty() && !options->key.empty())
      throw CLI::ValidationError("send", "a file is posted as it was signed: --key has no place beside it");
    out.run = [options, &out] { return send(*options, out.words); };
    static_cast<void>(sub);
  });
}

} // namespace tier2::ctl
