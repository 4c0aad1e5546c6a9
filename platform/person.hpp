#pragma once

#include <string>
#include <string_view>

namespace tier2 {

/// What the system knows of somebody, to fill a form with; empty where it knows nothing.
struct person {
  std::string name, email, phone;
  bool operator==(const person&) const = default;
};

/// Who we run as: the account's GECOS field, and $EMAIL where it is set. Texts are valid UTF-8 without
/// control characters, of at most 200 bytes. May ask the network where accounts come from there.
person current_person();

/// The GECOS field of passwd(5): full name ('&' stands for the account's name), room, work phone, home phone.
person parse_gecos(std::string_view gecos, std::string_view account);

} // namespace tier2
