#include "actors/command/command_verifier.hpp"
#include "messages/wire/manifest.hpp"
#include "tools/ctl/files.hpp"
#include "tools/ctl/subcommands.hpp"

#include <memory>
#include <nlohmann/json.hpp>

namespace tier2::ctl {

namespace {

using std::chrono::floor;
using std::chrono::seconds;

// Far above what is accepted, so that "too_large" is the verifier's own word.
constexpr std::size_t most_bytes_read = 16U << 20U;

struct verify_options {
  std::vector<std::string> keys;
  command_verifier::machine here;
  std::string now, file;
  bool json{};
};

result<unix_seconds> time_of(const std::string& text) {
  if (text.empty()) return floor<seconds>(std::chrono::system_clock::now());
  const auto at = wire::parse_rfc3339(text);
  if (!at) return fail(at.error().code, "--now was refused. " + at.error().what);
  return floor<seconds>(*at);
}

int say_valid(const verified_command& command, bool json) {
  if (!json) {
    std::cout << "valid\n";
    return exit_done;
  }
  std::cout << nlohmann::ordered_json{{"valid", true},
                                      {"jti", to_string(command.claims().jti)},
                                      {"kid", command.kid()},
                                      {"command", name_of(command.claims().cmd)}}
                   .dump()
            << "\n";
  return exit_done;
}

int say_refused(const rejection& why, bool json) {
  if (!json) {
    std::cout << to_string(why.reason) << "\n";
    std::cerr << why.detail << "\n";
    return exit_refused;
  }
  nlohmann::ordered_json said{{"valid", false}, {"reason", to_string(why.reason)}, {"detail", why.detail}};
  if (!why.jti.is_nil()) said["jti"] = to_string(why.jti);
  std::cout << said.dump() << "\n";
  return exit_refused;
}

int verify(const verify_options& options) {
  const auto now = time_of(options.now);
  if (!now) return report("verify", now.error());
  std::vector<verification_key> keys;
  for (const auto& path : options.keys) {
    auto key = read_verification_key(path);
    if (!key) return report("verify", key.error());
    keys.push_back(std::move(*key));
  }
  const auto token = read_line(options.file, most_bytes_read);
  if (!token) return report("verify", token.error());
  const auto judged = command_verifier{std::move(keys)}.verify(*token, options.here, *now);
  return judged ? say_valid(*judged, options.json) : say_refused(judged.error(), options.json);
}

} // namespace

void add_verify(CLI::App& app, outcome& out) {
  auto* const sub = app.add_subcommand(
      "verify", "Check a signed command as a machine would; prints valid or the reason to refuse it");
  const auto options = std::make_shared<verify_options>();
  sub->add_option("--key", options->keys, "The public key (PEM) of the machine's build; once for each")
      ->required()
      ->take_all()
      ->allow_extra_args(false);
  sub->add_option("--agent", options->here.agent_id, "The machine's id")->required();
  sub->add_option("--group", options->here.groups, "A group that the machine is in; once for each")
      ->take_all()
      ->allow_extra_args(false);
  sub->add_option("--now", options->now, "Instead of the clock: a time like 2026-01-02T03:04:05Z");
  sub->add_flag("--json", options->json, "Print an object: valid, reason, detail, jti, kid, command");
  sub->add_option("file", options->file, "The token (compact JWS); - is standard input")->required();
  sub->callback([options, &out] { out.run = [options] { return verify(*options); }; });
}

} // namespace tier2::ctl
