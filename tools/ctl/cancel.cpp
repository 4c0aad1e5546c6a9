#include "messages/wire/claims.hpp"
#include "tools/ctl/duration.hpp"
#include "tools/ctl/files.hpp"
#include "tools/ctl/posting.hpp"
#include "tools/ctl/signed_token.hpp"
#include "tools/ctl/subcommands.hpp"

namespace tier2::ctl {

namespace {

struct cancel_options {
  std::shared_ptr<connection_options> to;
  std::string key, command, expires_in;
  std::vector<std::string> audience;
  bool json{};
};

/// For whom the command was signed. The cloud tells, and can at worst send the cancelling to machines that
/// have nothing to cancel.
result<std::vector<std::string>> audience_of(cloud_client& client, const uuid& command) {
  const auto found = client.get("/api/v1/commands/" + to_string(command));
  if (!found) return tl::unexpected(found.error());
  std::vector<std::string> audience;
  const auto claims = found->is_object() ? found->find("claims") : found->end();
  if (claims != found->end() && claims->is_object() && claims->contains("aud")) {
    const auto& aud = (*claims)["aud"];
    if (aud.is_string()) audience.push_back(aud.get<std::string>());
    if (aud.is_array())
      for (const auto& each : aud)
        if (each.is_string()) audience.push_back(each.get<std::string>());
  }
  if (audience.empty() || audience.size() > wire::max_audience)
    return fail(errc::malformed,
                "The cloud does not say for whom the command was. Name the machines with --aud.");
  return audience;
}

int cancel(const cancel_options& options) {
  const auto id = parse_uuid(options.command);
  if (!id)
    return report("cancel", {errc::invalid_argument, "A command's id is its jti, like \"send\" printed it."});
  const auto lifetime = parse_duration(options.expires_in);
  if (!lifetime) return report("cancel", lifetime.error());
  auto key_file = options.key;
  if (key_file.empty()) {
    const auto config = read_config(options.to->config);
    if (!config) return report("cancel", config.error());
    key_file = config->key_file;
  }
  if (key_file.empty())
    return report("cancel",
                  {errc::invalid_argument, "A machine ends a command only when that is signed: --key FILE."});
  const auto key = read_signing_key(key_file);
  if (!key) return report("cancel", key.error());
  auto client = connect(*options.to);
  if (!client) return report("cancel", client.error());

  command_claims claims;
  claims.audience = options.audience;
  if (claims.audience.empty()) {
    auto audience = audience_of(*client, *id);
    if (!audience) return report("cancel", audience.error(), exit_code_of(audience.error()));
    claims.audience = std::move(*audience);
  }
  claims.issued = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  claims.expires = claims.issued + *lifetime;
  claims.jti = new_command_id();
  claims.cmd = cancel_command{*id};
  const auto payload = wire::encode_claims(claims);
  if (!payload) return report("cancel", payload.error());
  const auto token = sign_command(*key, *payload);
  if (!token) return report("cancel", token.error());
  const auto posted = post_command(*client, *token);
  if (!posted) return report("cancel", posted.error(), exit_code_of(posted.error()));
  print_receipt(*posted, claims.jti, options.json, false);
  return exit_done;
}

} // namespace

void add_cancel(CLI::App& app, outcome& out) {
  auto* const sub = app.add_subcommand("cancel", "Sign and post that a command is to end; prints the new id");
  const auto options = std::make_shared<cancel_options>();
  options->to = add_connection_options(*sub);
  options->expires_in = "1h";
  sub->add_option("--key", options->key, "The private key's file, readable by you alone");
  sub->add_option("--aud", options->audience, "Only for these, instead of the command's own audience")
      ->take_all()
      ->allow_extra_args(false);
  sub->add_option("--expires-in", options->expires_in, "How long the cancelling is good for; 1h otherwise");
  sub->add_flag("--json", options->json, "Print the cloud's answer as an object");
  sub->add_option("jti", options->command, "The id of the command to end")->required();
  sub->callback([options, &out] { out.run = [options] { return cancel(*options); }; });
}

} // namespace tier2::ctl
