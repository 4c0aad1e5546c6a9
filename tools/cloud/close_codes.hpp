#pragma once

#include <cstdint>

/// Close codes of the agents' port (protocol, section 2; RFC 6455 section 7.4).
namespace tier2::cloud::close_code {

inline constexpr std::uint16_t protocol_error = 1002;
inline constexpr std::uint16_t malformed = 1007;
inline constexpr std::uint16_t too_big = 1009;
inline constexpr std::uint16_t try_again_later = 1013;
inline constexpr std::uint16_t unauthorised = 4401;
inline constexpr std::uint16_t revoked = 4403;
inline constexpr std::uint16_t replaced = 4409;
inline constexpr std::uint16_t version_not_supported = 4426;

} // namespace tier2::cloud::close_code
