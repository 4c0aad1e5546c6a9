#include "messages/wire/jws.hpp"
#include "messages/wire/manifest.hpp"
#include "tools/fuzz/promise.hpp"

using namespace tier2;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = text_of(data, size);
  const auto token = wire::parse_jws(text, wire::command_token_type);
  if (!token) {
    promise(!token.error().what.empty(), "a refusal is explained");
    for (const char c : token.error().what)
      promise(c != '\n' && c != '\x1b', "a refusal moves no terminal");
    return 0;
  }
  promise(text.starts_with(token->signing_input), "what was signed is the token's own bytes");
  promise(wire::finish_jws(std::string{token->signing_input}, token->signature) == text,
          "a signature has one form only");
  promise(token->signing_input.ends_with("." + wire::to_base64url(token->payload)),
          "a payload has one form only");
  promise(!token->payload.empty() && token->kid.size() <= 255, "the bounds are kept");
  const auto rewritten = wire::finish_jws(
      wire::jws_signing_input(wire::command_token_type, token->kid, token->payload), token->signature);
  if (rewritten.size() > wire::max_jws_bytes) return 0; // the kid's escapes may be longer than they were
  const auto again = wire::parse_jws(rewritten, wire::command_token_type);
  promise(again && again->kid == token->kid && again->payload == token->payload &&
              again->signature == token->signature,
          "a token that is written loses nothing");
  return 0;
}
