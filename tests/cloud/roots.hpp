#pragma once

#include "tests/platform/temporary_directory.hpp"
#include "tests/support/certificates.hpp"

#include <filesystem>

namespace tier2::cloud::test {

/// A root and a loopback certificate for all tests of this program.
struct test_roots {
  tier2::test::temporary_directory place;
  tier2::test::certificate_authority authority{place.path()};
  tier2::test::issued_certificate loopback = authority.loopback();
  test_roots() {
    using std::filesystem::perms;
    std::filesystem::permissions(loopback.key, perms::owner_read | perms::owner_write);
  }
};
inline const test_roots& roots() {
  static const test_roots made;
  return made;
}

} // namespace tier2::cloud::test
