#pragma once

#include "messages/error.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

/// Compact JSON Web Signatures with ES256 (RFC 7515, RFC 7518 section 3.4), strict as RFC 8725 asks; the form
/// only, no cryptography.
namespace tier2::wire {

inline constexpr std::size_t max_jws_bytes = 64U << 10U;
inline constexpr std::size_t max_jws_header_bytes = 1024; ///< Of its JSON.
inline constexpr std::size_t jws_signature_bytes = 64;    ///< r and s, 32 bytes each.

/// The `typ` of a signed command.
inline constexpr std::string_view command_token_type = "tier2-command+jwt";

/// A token whose form is right; whether its signature fits is not known yet.
struct compact_jws {
  std::string kid;                ///< Empty: the header names no key.
  std::string_view signing_input; ///< What was signed: a part of the text that was parsed.
  std::string payload;            ///< Its bytes. Look at them only after the signature held.
  std::array<std::byte, jws_signature_bytes> signature{};
};

/// `too_large` above `max_jws_bytes`; `unsupported` for an `alg` other than ES256; `malformed` for the rest:
/// not three parts in canonical base64url, a header with other members than `alg`, `typ` (which must be
/// `typ`) and `kid` (1 to 255 bytes), a signature of another length. `alg` is judged after the form of the
/// three parts and the header, and before the signature's length. The result refers to `text`.
result<compact_jws> parse_jws(std::string_view text, std::string_view typ);

/// The bytes to sign: header and payload. An empty `kid` is left out.
std::string jws_signing_input(std::string_view typ, std::string_view kid, std::string_view payload);
/// The token.
std::string finish_jws(std::string signing_input, std::span<const std::byte, jws_signature_bytes> signature);

} // namespace tier2::wire
