#pragma once

#include "messages/command.hpp"
#include "messages/error.hpp"

#include <string>
#include <string_view>

/// The payload of a signed command (protocol, section 1) <-> JSON. What is signed is obeyed to the letter, so
/// a member that is not known here is refused wherever it stands, and so are null, NUL characters in texts,
/// and integers with a fraction or an exponent.
namespace tier2::wire {

inline constexpr std::size_t max_claims_bytes = 64U << 10U;
inline constexpr std::size_t max_audience = 1024;     ///< Entries, at least 1, of 1 to 255 bytes.
inline constexpr std::size_t max_command_texts = 256; ///< Entries of `argv` (at least 1), `args` and `env`.
inline constexpr std::size_t max_groups = 64;         ///< Names of 1 to 64 of A-Z a-z 0-9 . _ -
inline constexpr std::size_t max_cwd_bytes = 4096;    ///< `cwd`, which is empty or starts with "/".
inline constexpr std::size_t max_report_bytes = 4096; ///< `report.message` and `notify.body`.
inline constexpr std::size_t max_claim_name_bytes =
    255; ///< `session`, `title`, names of actors and of `env`.
inline constexpr std::size_t max_command_name_bytes = 64; ///< A-Z a-z 0-9 . _ -
inline constexpr std::int64_t max_timeout_s = 86400;      ///< `timeout_s`, at least 1.

/// `malformed` names the member by its path, like "cmd.run.timeout_s". A well-formed command of another name
/// than those of this version is an `unsupported_command`, whatever its value. Names in `env` are
/// [A-Za-z_][A-Za-z0-9_]*; LD_PRELOAD, BASH_ENV and the like are allowed, since who signs may run anything.
/// Whether times fit the clock and each other is the verifier's business, but for `exp` after `iat`.
result<command_claims> parse_claims(std::string_view json);

/// The JSON whose parsing gives these claims; `malformed` when there is none, because the claims break a
/// bound.
result<std::string> encode_claims(const command_claims& claims);

} // namespace tier2::wire
