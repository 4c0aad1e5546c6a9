#include "platform/crypto/digest.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace tier2;

namespace {
struct known_answer {
  std::string input;
  std::string_view hex;
};

std::string counted(int size) {
  std::string text;
  for (int i = 0; i < size; ++i)
    text += static_cast<char>(i);
  return text;
}

/// BLAKE2b with 32 bytes of output (RFC 7693), as Python's hashlib and GNU b2sum compute it.
const known_answer answers[] = {
    {"", "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"},
    {"abc", "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"},
    {counted(128), "c3582f71ebb2be66fa5dd750f80baae97554f3b015663c8be377cfcb2488c1d1"},
    {counted(129), "f7f3c46ba2564ff4c4c162da1f5b605f9f1c4aa6a20652a9f9a337c1a2f5b9c9"},
    {std::string(1000000, 'a'), "0741850f36cba4259628355d1073e24ddb9ca0e1bfac36fd39ae5dc2101e23a4"},
};
} // namespace

TEST_CASE("digests are BLAKE2b-256") {
  for (const auto& [input, hex] : answers)
    CHECK(to_string(blake2b_256(input)) == hex);
}

TEST_CASE("a stream gives the same digest however the bytes are cut") {
  for (const auto& [input, hex] : answers) {
    for (const std::size_t step : {1U, 127U, 128U, 65536U}) {
      if (step == 1 && input.size() > 1000) continue;
      digest_stream stream;
      for (std::size_t at = 0; at < input.size(); at += step)
        stream.update(std::as_bytes(std::span{input}).subspan(at, std::min(step, input.size() - at)));
      CHECK(to_string(stream.finish()) == hex);
    }
  }
}

TEST_CASE("a moved stream goes on where it was") {
  digest_stream first;
  first.update(std::as_bytes(std::span{std::string_view{"ab"}}));
  digest_stream second{std::move(first)};
  second.update(std::as_bytes(std::span{std::string_view{"c"}}));
  CHECK(second.finish() == blake2b_256("abc"));
}

TEST_CASE("digests are equal only when all bytes are") {
  const auto a = blake2b_256("abc");
  CHECK(equal(a, blake2b_256("abc")));
  for (std::size_t i = 0; i < a.bytes.size(); ++i) {
    auto b = a;
    b.bytes[i] ^= 1U;
    CHECK_FALSE(equal(a, b));
  }
}
