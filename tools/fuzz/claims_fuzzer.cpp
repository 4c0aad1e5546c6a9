#include "messages/wire/claims.hpp"
#include "tools/fuzz/promise.hpp"

using namespace tier2;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto claims = wire::parse_claims(text_of(data, size));
  if (!claims) {
    promise(claims.error().code == errc::malformed && !claims.error().what.empty(), "a refusal is explained");
    return 0;
  }
  promise(!claims->audience.empty() && claims->audience.size() <= wire::max_audience, "there is an audience");
  promise(claims->expires > claims->issued && !claims->jti.is_nil(), "it ends after it began, and has an id");
  if (const auto* run = std::get_if<run_command>(&claims->cmd)) {
    promise((run->shell == command_shell::exec) == !run->argv.empty(), "argv is for exec, and exec needs it");
    promise((run->shell == command_shell::exec) == run->script.empty(), "others have a script");
    promise(run->cwd.empty() || run->cwd.starts_with('/'), "a working directory is absolute");
    promise(run->timeout.count() >= 1 && run->timeout.count() <= wire::max_timeout_s,
            "there is a time limit");
    promise(run->max_output_bytes >= 1 && run->max_output_bytes <= largest_output_bytes, "output is bounded");
    for (const auto& [name, value] : run->env)
      promise(name.find('=') == std::string::npos && value.find('\0') == std::string::npos,
              "variables can be passed on");
  }
  const auto text = wire::encode_claims(*claims);
  // What is left out is written as it is meant, which may be a little more than there was.
  if (!text) {
    promise(size + 1024 > wire::max_claims_bytes, "what was read can be written");
    return 0;
  }
  const auto again = wire::parse_claims(*text);
  promise(again.has_value(), "what was written can be read");
  promise(*again == *claims, "claims that are written lose nothing");
  promise(wire::encode_claims(*again) == *text, "the same value always gives the same bytes");
  return 0;
}
