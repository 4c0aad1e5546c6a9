#include "tools/ctl/signed_token.hpp"

#include "messages/wire/jws.hpp"
#include "platform/secure_memory.hpp"

namespace tier2::ctl {

result<std::string> sign_command(const signing_key& key, const std::string& payload, bool with_kid) {
  auto input = wire::jws_signing_input(wire::command_token_type, with_kid ? key.thumbprint() : "", payload);
  const auto signature = key.sign(std::as_bytes(std::span{input}));
  if (!signature) return tl::unexpected(signature.error());
  auto token = wire::finish_jws(std::move(input), *signature);
  if (token.size() > wire::max_jws_bytes)
    return fail(errc::too_large, "The signed command would have " + std::to_string(token.size()) +
                                     " bytes; machines take at most " + std::to_string(wire::max_jws_bytes) +
                                     ". Make the script smaller.");
  return token;
}

uuid new_command_id() {
  uuid id;
  random_bytes(std::as_writable_bytes(std::span{id.bytes}));
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0FU) | 0x40U);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3FU) | 0x80U);
  return id;
}

} // namespace tier2::ctl
