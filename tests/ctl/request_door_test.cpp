#include "tools/ctl/request_door.hpp"

#include <doctest/doctest.h>

using namespace tier2;
using namespace tier2::ctl;
using serve = request_door::serve;

namespace {

constexpr std::string_view host = "127.0.0.1:7717", origin = "http://127.0.0.1:7717";
const steady_time start{};

request_door::request get(std::string_view path) { return {"GET", path, host, {}, {}, {}}; }
request_door::request offer() { return {"POST", "/offer", host, origin, "application/json", {}}; }

} // namespace

TEST_CASE("the door serves the page that hands over and its files, nothing of the signer's page") {
  request_door door{7717};
  CHECK(door.decide(get("/request"), start).what == serve::page);
  CHECK(door.decide(get("/"), start).what == serve::page);
  CHECK(door.decide(get("/request.js"), start).name == "request.js");
  for (const auto* const path :
       {"/signer.js", "/link.js", "/index.html", "/open", "/page", "/offer", "", "request.js", "/../key"}) {
    CAPTURE(path);
    CHECK(door.decide(get(path), start).status == 404);
  }
}

TEST_CASE("a command is taken only from a page of this very origin, and only as JSON") {
  request_door door{7717};
  CHECK(door.decide(offer(), start).what == serve::offer);
  auto other = offer();
  for (const auto text : {"http://127.0.0.1:7718", "https://127.0.0.1:7717", "http://evil.example:7717",
                          "null", "", "http://127.0.0.1:77170"}) {
    CAPTURE(text);
    other.origin = text;
    CHECK(door.decide(other, start).status == 403);
  }
  other = offer();
  other.origin.reset();
  CHECK(door.decide(other, start).status == 403);
  other = offer();
  other.host = "evil.example:7717"; // a name that points here
  CHECK(door.decide(other, start).status == 403);
  other = offer();
  other.content_type = "text/plain"; // what a form can send
  CHECK(door.decide(other, start).status == 415);
  CHECK(door.counts().foreign == 8);
  auto foreign = get("/request");
  foreign.origin = "https://evil.example";
  CHECK(door.decide(foreign, start).status == 403);
}

TEST_CASE("what foreign pages ask for uses up nothing of ours") {
  request_door door{7717};
  auto other = offer();
  other.origin = "https://evil.example";
  for (int i = 0; i < 2000; ++i)
    REQUIRE(door.decide(other, start).status == 403);
  CHECK(door.counts().too_many == 0);
  CHECK(door.decide(offer(), start).what == serve::offer);
}

TEST_CASE("no script from here becomes a service worker") {
  request_door door{7717};
  auto script = get("/request.js");
  script.service_worker = "script";
  CHECK(door.decide(script, start).status == 403);
  CHECK(door.counts().workers == 1);
}

TEST_CASE("the page is opened again at most every two seconds, and all requests have an allowance") {
  request_door door{7717};
  const request_door::request reopen{"POST", "/reopen", host, origin, {}, {}};
  CHECK(door.decide(reopen, start).what == serve::reopen);
  CHECK(door.decide(reopen, start + std::chrono::milliseconds{1999}).status == 429);
  CHECK(door.decide(reopen, start + std::chrono::seconds{2}).what == serve::reopen);
  std::uint64_t refused = 0;
  for (int i = 0; i < 200; ++i)
    refused += door.decide(offer(), start + std::chrono::seconds{2}).status == 429 ? 1 : 0;
  CHECK(refused > 100);
  CHECK(door.counts().too_many == refused + 1);
  CHECK(door.decide(offer(), start + std::chrono::seconds{10}).what == serve::offer);
}
