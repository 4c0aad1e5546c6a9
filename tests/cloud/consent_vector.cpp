#include "tests/support/consent_vector.hpp"
#include "tests/cloud/desk.hpp"

using namespace tier2;
using namespace tier2::cloud;
using namespace tier2::cloud::test;
using tier2::test::consent_vector;

namespace {

made_ticket from(const consent_vector& vector) {
  made_ticket made;
  made.manifest = must(wire::decode_manifest(vector.manifest));
  made.parts = {vector.parts[0], vector.parts[1]};
  made.begin.ticket = made.manifest.ticket;
  made.begin.manifest = vector.manifest;
  made.begin.consent = {ticket_consent::mode::asked, noon, vector.consented()};
  made.begin.origin = {"1000", "anna", "1"};
  return made;
}

} // namespace

TEST_CASE("consent vector: the cloud takes the ticket to which Python found the digest") {
  intake_desk on;
  CHECK(on.whole(from(consent_vector{})).number == "1");
}

TEST_CASE(
    "consent vector: with any byte of the manifest or of the digest changed it is refused, with the reason") {
  intake_desk on;
  const auto whole = from(consent_vector{});
  const std::string why = "crypto_failed: The consent is not to this manifest: their digests differ.";
  for (std::size_t at = 0; at < whole.begin.manifest.size(); ++at) {
    auto changed = whole;
    changed.begin.manifest[at] = static_cast<char>(changed.begin.manifest[at] ^ 0x20);
    REQUIRE(on.begin(changed).error == why);
  }
  for (std::size_t at = 0; at < 32; ++at) {
    auto changed = whole;
    changed.begin.consent.manifest.bytes[at] ^= 1;
    REQUIRE(on.begin(changed).error == why);
  }
}

TEST_CASE("consent vector: with any byte of a part changed the ticket is refused, with the reason, and "
          "nothing is kept") {
  intake_desk on;
  const auto whole = from(consent_vector{});
  for (std::uint32_t part = 0; part < 2; ++part)
    for (std::size_t at = 0; at < whole.parts[part].size(); ++at) {
      auto changed = whole;
      changed.parts[part][at] = static_cast<char>(changed.parts[part][at] ^ 1);
      REQUIRE(on.whole(changed).error ==
              "crypto_failed: Part " + std::to_string(part) +
                  " is not what the manifest says: nothing of the ticket was kept.");
    }
  CHECK(on.files_in("content") == 0);
  CHECK(on.files_in("incoming") == 0);
}
