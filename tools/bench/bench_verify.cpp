#include "actors/command/command_verifier.hpp"
#include "messages/wire/claims.hpp"
#include "messages/wire/jws.hpp"
#include "platform/process.hpp"
#include "tools/bench/cost.hpp"
#include "tools/bench/samples.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>

// Commands judged a second by the shipped verifier, beside OpenSSL's own count of bare ECDSA verifications.

namespace {

using namespace tier2;
using namespace tier2::bench;

const std::string agent = "0a1b2c3d-0000-4000-8000-0123456789ab";

struct settings {
  int rounds{5};
  int seconds_each{1};
  std::string json_file;
};

/// A token, and what the verifier has to say to it.
struct contender {
  std::string name, token;
  std::optional<reject_reason> expected; ///< None: valid.
  samples rate;                          ///< A second of processor time.
};

unix_seconds now() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

std::string command_of(const signing_key& key, std::size_t script_bytes, bool with_kid) {
  command_claims claims;
  claims.audience = {agent};
  claims.issued = now();
  claims.expires = claims.issued + std::chrono::hours{12};
  claims.jti = *parse_uuid("11111111-2222-4333-8444-555555555555");
  run_command run;
  run.script = std::string(script_bytes, 'x');
  claims.cmd = run;
  auto input = wire::jws_signing_input(wire::command_token_type, with_kid ? key.thumbprint() : "",
                                       wire::encode_claims(claims).value());
  const auto signature = key.sign(std::as_bytes(std::span{input})).value();
  return wire::finish_jws(std::move(input), signature);
}

/// Runs for some seconds of processor time; false when the verifier said something else than it must.
bool measure(contender& who, const command_verifier& verifier, double seconds_of_cpu) {
  const command_verifier::machine here{agent, {}};
  const auto began = own_cpu();
  std::size_t count = 0;
  while (own_cpu() - began < seconds{seconds_of_cpu}) {
    for (int i = 0; i < 32; ++i, ++count) {
      const auto answer = verifier.verify(who.token, here, now());
      if (answer ? who.expected.has_value() : answer.error().reason != who.expected) return false;
    }
  }
  who.rate.add(static_cast<double>(count) / (own_cpu() - began).count());
  return true;
}

/// Verifications a second of user time, as `openssl speed -mr` says it: "+F4:index:bits:signs:verifications".
std::optional<double> openssl_rate(int seconds_each) {
  const auto said =
      run_program({"openssl", "speed", "-mr", "-seconds", std::to_string(seconds_each), "ecdsap256"},
                  std::chrono::seconds{30 + 4 * seconds_each}, 65536);
  if (!said) return std::nullopt;
  const auto line = said->find("+F4:");
  double rate = 0;
  if (line == std::string::npos || std::sscanf(said->c_str() + line, "+F4:%*d:%*d:%*f:%lf", &rate) != 1)
    return std::nullopt;
  return rate;
}

int run(const settings& options) {
  const auto key = signing_key::generate();
  const auto stranger = signing_key::generate();
  if (!key || !stranger) return 1;
  std::vector<verification_key> keys;
  keys.push_back(verification_key::from_pem(key->public_pem()).value());
  const command_verifier verifier{std::move(keys)};
  const auto good = command_of(*key, 400, true);
  std::vector<contender> ours;
  ours.push_back({"valid, script of 400 bytes", good, {}, {}});
  ours.push_back({"valid, script of 40 KiB", command_of(*key, 40960, true), {}, {}});
  ours.push_back(
      {"signed by a stranger", command_of(*stranger, 400, false), reject_reason::bad_signature, {}});
  ours.push_back({"unknown kid", command_of(*stranger, 400, true), reject_reason::unknown_key, {}});
  ours.push_back({"not base64url, 64 KiB", std::string(65533, '=') + "..=", reject_reason::malformed, {}});
  samples bare;
  for (int round = 0; round < options.rounds; ++round) {
    for (auto& each : ours)
      if (!measure(each, verifier, options.seconds_each)) {
        std::fprintf(stderr, "bench_verify: wrong answer to: %s\n", each.name.c_str());
        return 1;
      }
    const auto rate = openssl_rate(options.seconds_each);
    if (!rate) {
      std::fprintf(stderr, "bench_verify: \"openssl speed\" did not run; install openssl.\n");
      return 1;
    }
    bare.add(*rate);
  }
  nlohmann::ordered_json figures;
  std::printf("%-28s %14s %12s\n", "", "a CPU second", "to openssl");
  const auto line = [&](const std::string& name, const samples& rate) {
    std::printf("%-28s %14.0f %11.2fx\n", name.c_str(), rate.median(), rate.median() / bare.median());
    figures[name] = rate.median();
  };
  line("openssl speed ecdsap256", bare);
  for (const auto& each : ours)
    line(each.name, each.rate);
  if (!options.json_file.empty()) std::ofstream{options.json_file} << figures.dump(1) << "\n";
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  settings options;
  CLI::App app{"Commands judged a second, beside bare ECDSA verifications of openssl speed, in turns."};
  app.add_option("--rounds", options.rounds, "How many turns; medians are shown")->check(CLI::Range(1, 1000));
  app.add_option("--seconds", options.seconds_each, "Processor seconds of each turn")
      ->check(CLI::Range(1, 60));
  app.add_option("--json", options.json_file, "Write the figures to this file too");
  CLI11_PARSE(app, argc, argv);
  return run(options);
}
