#pragma once

#include "messages/digest.hpp"
#include "platform/hardware.hpp"

#include <cstdint>
#include <string_view>

namespace tier2 {

/// What makers leave where a serial number should be: "To be filled by O.E.M.", zeros, one letter over and
/// over.
bool is_placeholder(std::string_view serial);
/// Without placeholders.
hardware real_serials(hardware found);

enum class hardware_verdict : std::uint8_t {
  same,
  unknown, ///< Something that was known is not told now, or is told by somebody else: that is no change.
  changed, ///< The board, or every disk that held the system, is another one.
};
/// BLAKE2b-256 over a line "source:text" for each, sorted; zeros when there is none. So that two agents on
/// one machine are noticed without anybody being told its serial numbers (which are short: who guesses can
/// check).
digest digest_of(std::vector<serial_number> serials);

/// Both without placeholders. What was never known cannot have changed.
hardware_verdict compare(const hardware& known, const hardware& now);

} // namespace tier2
