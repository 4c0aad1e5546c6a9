#include "tools/ctl/command_options.hpp"
#include "tools/ctl/files.hpp"
#include "tools/ctl/signed_token.hpp"
#include "tools/ctl/subcommands.hpp"

#include <nlohmann/json.hpp>

namespace tier2::ctl {

namespace {

struct sign_options {
  std::shared_ptr<command_options> command;
  std::string key;
  bool with_kid{true}, json{};
};

int sign(const sign_options& options, const std::vector<std::string>& words) {
  const auto key = read_signing_key(options.key);
  if (!key) return report("sign", key.error());
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto payload = prepare(*options.command, words, now);
  if (!payload) return report("sign", payload.error());
  const auto token = sign_command(*key, payload->json, options.with_kid);
  if (!token) return report("sign", token.error());
  if (options.json)
    std::cout << nlohmann::ordered_json{{"jws", *token},
                                        {"jti", to_string(payload->claims.jti)},
                                        {"kid", key->thumbprint()},
                                        {"exp", payload->claims.expires.time_since_epoch().count()}}
                     .dump()
              << "\n";
  else
    std::cout << *token << "\n";
  return exit_done;
}

} // namespace

void add_sign(CLI::App& app, outcome& out) {
  auto* const sub = app.add_subcommand("sign", "Make and sign a command; prints it as a compact JWS");
  const auto options = std::make_shared<sign_options>();
  sub->add_option("--key", options->key, "The private key's file, readable by you alone")->required();
  sub->add_flag("--kid,!--no-kid", options->with_kid, "Name the key in the header (so it is) or not");
  sub->add_flag("--json", options->json, "Print an object: jws, jti, kid, exp");
  options->command = add_command_options(*sub);
  sub->callback([options, &out] {
    out.takes_words = true;
    out.run = [options, &out] { return sign(*options, out.words); };
  });
}

} // namespace tier2::ctl
