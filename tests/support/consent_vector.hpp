#pragma once

#include "messages/digest.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <iterator>
#include <string>

namespace tier2::test {

/// What tests/vectors/consent/make wrote, which knows nothing of our code.
struct consent_vector {
  std::string manifest = read("manifest.json");
  std::string digest_text = read("manifest.blake2b").substr(0, 64);
  std::string parts[2] = {read("system.json"), read("picture-001.png")};
  digest consented() const { return *parse_digest(digest_text); }

  static std::string read(const std::string& name) {
    std::ifstream file{std::string{TEST_VECTORS "/consent/"} + name, std::ios::binary};
    REQUIRE_MESSAGE(file, name);
    return {std::istreambuf_iterator<char>{file}, {}};
  }
};

} // namespace tier2::test
