#include "actors/ticket/ticket_draft.hpp"
#include "messages/wire/manifest.hpp"
#include "platform/crypto/digest.hpp"
#include "tests/support/consent_vector.hpp"

#include <doctest/doctest.h>

using namespace tier2;
using namespace tier2::test;

TEST_CASE("consent vector: the digest of the manifest's exact bytes is the one that Python finds") {
  const consent_vector vector;
  CHECK(to_string(blake2b_256(vector.manifest)) == vector.digest_text);
  const auto manifest = wire::decode_manifest(vector.manifest);
  REQUIRE_MESSAGE(manifest, manifest.error().what);
  for (std::size_t i = 0; i < 2; ++i)
    CHECK(blake2b_256(vector.parts[i]) == manifest->parts.at(i).blake2b);
}

TEST_CASE("consent vector: the helper writes these very bytes for that ticket") {
  const consent_vector vector;
  const auto manifest = wire::decode_manifest(vector.manifest);
  REQUIRE_MESSAGE(manifest, manifest.error().what);
  CHECK(wire::encode(*manifest) == vector.manifest);

  // And it is these bytes whose digest the user's yes is about.
  frame_info info;
  info.cause = {
      manifest->steps[0].cause, {}, manifest->steps[0].at, manifest->steps[0].x, manifest->steps[0].y};
  info.window = manifest->steps[0].window;
  info.application = manifest->steps[0].application;
  info.monitors = manifest->monitors;
  ticket_draft draft{{manifest->ticket, manifest->opened_at, "Example IT", manifest->host, manifest->user,
                      manifest->session},
                     {info, info, info}};
  const auto raw = std::as_bytes(std::span{vector.parts[1]});
  for (std::uint32_t id = 1; id <= 3; ++id)
    draft.picture_encoded(id, {manifest->parts[1].name, manifest->parts[1].media_type,
                               std::make_shared<const private_bytes>(raw.begin(), raw.end()),
                               manifest->parts[1].blake2b});
  CHECK(draft.include_picture(2, false));
  CHECK(draft.include_picture(3, false));
  draft.add_fact({"os", "Operating system", "Debian GNU/Linux 12", ""});
  draft.facts_complete();
  CHECK(draft.write_form(manifest->form));
  const auto given = draft.consent(manifest->opened_at);
  REQUIRE_MESSAGE(given, given.error().what);
  CHECK(to_string((*given)->consent().manifest) == to_string(blake2b_256((*given)->manifest())));
  auto sent = wire::decode_manifest((*given)->manifest());
  REQUIRE(sent);
  sent->parts[0] = manifest->parts[0]; // the file of facts has more to say than the vector's
  CHECK(wire::encode(*sent) == vector.manifest);
}
