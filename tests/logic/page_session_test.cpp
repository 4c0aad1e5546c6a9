#include "actors/consent/page_session.hpp"

#include "actors/consent/picture_shelf.hpp"
#include "platform/secure_memory.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace tier2;
using namespace std::chrono_literals;
using serve = page_session::serve;

namespace {

/// A session on port 4711 with a clock that is moved by hand and random bytes that never repeat.
struct desk {
  page_session session{4711, page_session::handover::file};
  steady_time now{std::chrono::hours{1}};
  std::uint8_t last{};

  page_session::random_256 fresh() {
    page_session::random_256 bytes{};
    bytes.fill(std::byte{++last});
    return bytes;
  }
  std::string open() { return session.open(fresh(), now); }
  page_session::answer ask(page_session::request what) { return session.decide(what, fresh(), now); }
  page_session::answer post_token(const std::string& body, std::optional<std::string_view> origin = "null") {
    return ask({"POST", "/open", "", body, "127.0.0.1:4711", origin});
  }
  std::string secret() { return post_token("token=" + open()).secret; }
  bool upgrade(page_session::connection_id who,
               std::optional<std::string_view> origin = "http://127.0.0.1:4711",
               std::string_view host = "127.0.0.1:4711", std::string_view path = "/page") {
    std::vector<page_session::closing> ignored;
    return session.upgrade(who, {"GET", path, "", "", host, origin}, now, ignored);
  }
  page_session::claim_outcome claim(page_session::connection_id who, std::string_view secret) {
    return session.claim(who, secret, now);
  }
  /// A page that has claimed.
  void attach(page_session::connection_id who) {
    const auto given = secret();
    REQUIRE(upgrade(who));
    REQUIRE(claim(who, given).attached);
  }
  page_session::answer reopen(std::string_view query = "",
                              std::optional<std::string_view> origin = "http://127.0.0.1:4711") {
    return ask({"POST", "/reopen", query, "", "127.0.0.1:4711", origin});
  }
};

page_session::request get(std::string_view path, std::string_view host = "127.0.0.1:4711") {
  return {"GET", path, "", "", host, {}};
}

} // namespace

TEST_SUITE("page_session") {
  TEST_CASE("a token gives the page once, with a secret of 256 bits that no other page gets") {
    desk at;
    const auto token = at.open();
    CHECK(token.size() == 43);
    const auto first = at.post_token("token=" + token);
    CHECK(first.what == serve::page);
    CHECK(first.status == 200);
    CHECK(first.secret.size() == 43);
    CHECK(first.secret != token);
    const auto stolen = at.post_token("token=" + token);
    CHECK(stolen.what == serve::reopen_page);
    CHECK(stolen.status == 410);
    CHECK(stolen.secret.empty());
    CHECK(at.session.counts().wrong_tokens == 1);
    CHECK(at.post_token("token=" + at.open()).secret != first.secret);
  }

  TEST_CASE("a token is good for 60 s") {
    desk at;
    auto token = at.open();
    at.now += 60s - 1ms;
    CHECK(at.post_token("token=" + token).what == serve::page);
    token = at.open();
    at.now += 60s;
    CHECK(at.post_token("token=" + token).what == serve::reopen_page);
  }

  TEST_CASE("a newer token makes the older one void") {
    desk at;
    const auto older = at.open();
    const auto newer = at.open();
    CHECK(at.post_token("token=" + older).what == serve::reopen_page);
    CHECK(at.post_token("token=" + newer).what == serve::page);
  }

  TEST_CASE("a wrong, shortened or missing token gives no page and does not use up the right one") {
    desk at;
    const auto token = at.open();
    for (std::size_t length = 0; length < token.size(); ++length)
      CHECK(at.session
                .decide({"POST", "/open", "", "token=" + token.substr(0, length), "127.0.0.1:4711", "null"},
                        at.fresh(), at.now += 1s)
                .what == serve::reopen_page);
    CHECK(at.post_token("").what == serve::reopen_page);
    CHECK(at.post_token("x=" + token).what == serve::reopen_page);
    CHECK(at.post_token("token=" + token + "A").what == serve::reopen_page);
    CHECK(at.post_token("token=" + token).what == serve::page);
  }

  TEST_CASE("only requests that name us as their host are answered") {
    desk at;
    for (const auto* const host : {"127.0.0.1:4711", "localhost:4711"})
      CHECK(at.ask(get("/page.js", host)).what == serve::asset);
    for (const auto* const host : {"evil.example:4711", "127.0.0.1", "127.0.0.1:4712",
                                   "127.0.0.1:4711.evil.example", "[::1]:4711", "", "LOCALHOST:4711"})
      CHECK(at.ask(get("/page.js", host)).status == 403);
    CHECK(at.ask({"GET", "/page.js", "", "", {}, {}}).status == 403);
    CHECK(at.session.counts().foreign == 8);
    const auto token = at.open();
    CHECK(at.ask({"POST", "/open", "", "token=" + token, "rebound.example:4711", "null"}).status == 403);
    CHECK(at.post_token("token=" + token).what == serve::page);
  }

  TEST_CASE("no file of ours becomes a service worker, which would outlive the page and see its secret") {
    desk at;
    auto script = get("/page.js");
    REQUIRE(at.ask(script).status == 200);
    script.for_service_worker = true;
    CHECK(at.ask(script).status == 403);
    CHECK(at.session.counts().foreign == 1);
  }

  TEST_CASE("a token from a foreign web page is refused; a file, ourselves and no origin are not") {
    desk at;
    for (const auto* const origin : {"https://evil.example", "http://127.0.0.1", "http://127.0.0.1:4712",
                                     "https://127.0.0.1:4711", "http://127.0.0.1:4711.evil.example", ""}) {
      const auto token = at.open();
      CHECK(at.post_token("token=" + token, origin).status == 403);
      CHECK(at.post_token("token=" + token).what == serve::page);
    }
    CHECK(at.post_token("token=" + at.open(), "http://127.0.0.1:4711").what == serve::page);
    CHECK(at.post_token("token=" + at.open(), "http://localhost:4711").what == serve::page);
    CHECK(at.post_token("token=" + at.open(), std::nullopt).what == serve::page);
  }

  TEST_CASE("an opaque origin is for the handed-over token only") {
    desk at;
    at.attach(1);
    CHECK(at.ask({"GET", "/page.js", "", "", "127.0.0.1:4711", "null"}).status == 403);
    CHECK(at.reopen("", "null").status == 403);
    CHECK_FALSE(at.upgrade(2, "null"));
  }

  TEST_CASE("a token in the address works only where it is configured, and then only there") {
    desk at;
    auto token = at.open();
    const auto by_address = [&](page_session& session, const std::string& given) {
      return session.decide({"GET", "/open", "once=" + given, "", "127.0.0.1:4711", {}}, at.fresh(), at.now);
    };
    CHECK(by_address(at.session, token).what == serve::reopen_page);
    CHECK(at.post_token("token=" + token).what == serve::page);
    at.session = page_session{4711, page_session::handover::url};
    token = at.open();
    CHECK(at.post_token("token=" + token).status == 403);
    CHECK(by_address(at.session, token).what == serve::page);
    CHECK(by_address(at.session, token).what == serve::reopen_page);
  }

  TEST_CASE("the WebSocket is for pages of our own origin, while a ticket is open") {
    desk at;
    CHECK_FALSE(at.upgrade(1));
    at.open();
    CHECK(at.upgrade(2));
    CHECK(at.upgrade(3, "http://localhost:4711", "localhost:4711"));
    CHECK_FALSE(at.upgrade(4, "https://evil.example"));
    CHECK_FALSE(at.upgrade(5, "http://127.0.0.1:4712"));
    CHECK_FALSE(at.upgrade(6, std::nullopt));
    CHECK_FALSE(at.upgrade(7, "http://127.0.0.1:4711", "evil.example:4711"));
    CHECK_FALSE(at.upgrade(8, "http://127.0.0.1:4711", "127.0.0.1:4711", "/other"));
  }

  TEST_CASE("the first message must be the secret; one wrong claim closes the connection") {
    desk at;
    const auto secret = at.secret();
    REQUIRE(at.upgrade(1));
    const auto wrong = at.claim(1, secret.substr(1));
    CHECK_FALSE(wrong.attached);
    CHECK(wrong.close == std::vector<page_session::closing>{{1, page_session::close_unclaimed}});
    CHECK(at.session.counts().wrong_claims == 1);
    CHECK_FALSE(at.claim(1, secret).attached);
    REQUIRE(at.upgrade(2));
    CHECK(at.session.admit(2, at.now) == page_session::close_unclaimed);
    CHECK_FALSE(at.claim(2, secret).attached);
    REQUIRE(at.upgrade(3));
    CHECK(at.claim(3, secret).attached);
    CHECK(at.session.attached() == 3);
    CHECK_FALSE(at.session.admit(3, at.now).has_value());
  }

  TEST_CASE("a second claim of a page's secret is refused and the first page stays") {
    desk at;
    const auto secret = at.secret();
    REQUIRE(at.upgrade(1));
    REQUIRE(at.upgrade(2));
    CHECK(at.claim(1, secret).attached);
    const auto second = at.claim(2, secret);
    CHECK_FALSE(second.attached);
    CHECK(second.close == std::vector<page_session::closing>{{2, page_session::close_unclaimed}});
    CHECK(at.session.attached() == 1);
    CHECK(at.claim(1, secret).close.front().which == 1);
  }

  TEST_CASE("a page's secret must be claimed within 60 s") {
    desk at;
    auto secret = at.secret();
    at.now += 60s;
    REQUIRE(at.upgrade(1));
    CHECK_FALSE(at.claim(1, secret).attached);
    secret = at.secret();
    at.now += 60s - 1ms;
    REQUIRE(at.upgrade(2));
    CHECK(at.claim(2, secret).attached);
  }

  TEST_CASE("a newer page takes over and the older one is told") {
    desk at;
    at.attach(1);
    const auto secret = at.secret();
    REQUIRE(at.upgrade(2));
    const auto newer = at.claim(2, secret);
    CHECK(newer.attached);
    CHECK(newer.close == std::vector<page_session::closing>{{1, page_session::close_replaced}});
    CHECK(at.session.admit(1, at.now).has_value());
    CHECK_FALSE(at.session.gone(1, at.now));
    CHECK(at.session.gone(2, at.now));
  }

  TEST_CASE("of connections that claim nothing only 8 are kept, the newest") {
    desk at;
    at.open();
    std::vector<page_session::closing> closed;
    const auto own = page_session::request{"GET", "/page", "", "", "127.0.0.1:4711", "http://127.0.0.1:4711"};
    for (page_session::connection_id who = 1; who <= 9; ++who)
      REQUIRE(at.session.upgrade(who, own, at.now, closed));
    CHECK(closed == std::vector<page_session::closing>{{1, page_session::close_unclaimed}});
  }

  TEST_CASE("a page that lost its secret is asked to reopen") {
    desk at;
    at.open();
    for (const auto* const path : {"/", "/open"}) {
      const auto answer = at.ask(get(path));
      CHECK(answer.what == serve::reopen_page);
      CHECK(answer.status == 200);
      CHECK(answer.secret.empty());
    }
  }

  TEST_CASE("reopening is asked for by a page of ours, while a ticket is open, once in 2 s") {
    desk at;
    CHECK(at.reopen().status == 410);
    at.open();
    CHECK(at.reopen("", std::nullopt).status == 403);
    CHECK(at.reopen("", "https://evil.example").status == 403);
    CHECK(at.ask({"GET", "/reopen", "", "", "127.0.0.1:4711", "http://127.0.0.1:4711"}).what !=
          serve::reopen);
    CHECK(at.reopen().what == serve::reopen);
    at.now += 2s - 1ms;
    CHECK(at.reopen().status == 429);
    at.now += 1ms;
    CHECK(at.reopen().what == serve::reopen);
  }

  TEST_CASE("a reload reopens by itself within 60 s after the page went away, and takes over from nobody") {
    desk at;
    at.open();
    CHECK(at.reopen("by=itself").status == 409);
    at.attach(1);
    CHECK(at.reopen("by=itself").status == 409);
    CHECK(at.session.gone(1, at.now));
    at.now += 60s - 1ms;
    CHECK(at.reopen("by=itself").what == serve::reopen);
    at.now += 2s;
    CHECK(at.reopen("by=itself").status == 409);
    CHECK(at.reopen().what == serve::reopen);
  }

  TEST_CASE("with the ticket every secret and every page ends") {
    desk at;
    at.attach(1);
    const auto secret = at.secret();
    const auto token = at.open();
    REQUIRE(at.upgrade(2));
    CHECK(at.session.close() == std::vector<page_session::closing>{{1, page_session::close_ended},
                                                                   {2, page_session::close_unclaimed}});
    CHECK_FALSE(at.session.ticket_open());
    CHECK_FALSE(at.session.attached().has_value());
    CHECK(at.post_token("token=" + token).what == serve::reopen_page);
    CHECK(at.reopen().status == 410);
    at.open();
    REQUIRE(at.upgrade(3));
    CHECK_FALSE(at.claim(3, secret).attached);
  }

  TEST_CASE("only plain file names are looked for, and only by GET") {
    desk at;
    CHECK(at.ask(get("/page.js")).name == "page.js");
    for (const auto* const path :
         {"/../page.js", "/..", "/a/b.js", "/%70age.js", "/PAGE.JS", "//page.js", "page.js"})
      CHECK(at.ask(get(path)).status == 404);
    for (const auto* const method : {"POST", "PUT", "HEAD", "OPTIONS", "DELETE"})
      CHECK(at.ask({method, "/page.js", "", "", "127.0.0.1:4711", {}}).status == 404);
  }

  TEST_CASE("a flood of requests is answered 429 until a second has passed") {
    desk at;
    int served = 0;
    while (at.ask(get("/page.js")).what == serve::asset)
      REQUIRE(++served < 1000);
    CHECK(at.ask(get("/page.js")).status == 429);
    CHECK(at.session.counts().too_many == 2);
    at.open();
    CHECK_FALSE(at.upgrade(1));
    at.now += 1s;
    CHECK(at.ask(get("/page.js")).what == serve::asset);
    CHECK(at.upgrade(2));
  }

  TEST_CASE("what foreign pages ask for is refused and uses up nothing of ours") {
    desk at;
    at.open();
    auto embedded = get("/page.js");
    embedded.in_foreign_page = true;
    for (int i = 0; i < 2000; ++i) {
      REQUIRE(at.ask({"POST", "/reopen", "", "", "127.0.0.1:4711", "https://evil.example"}).status == 403);
      REQUIRE(at.ask(get("/page.js", "evil.example:4711")).status == 403);
      REQUIRE(at.ask(embedded).status == 403);
    }
    CHECK(at.session.counts().foreign == 6000);
    CHECK(at.session.counts().too_many == 0);
    CHECK(at.ask(get("/page.js")).what == serve::asset);
    CHECK(at.upgrade(1));
  }

  TEST_CASE("a flood of messages ends the page; what a page does with 240 pictures does not") {
    desk at;
    at.attach(1);
    for (int i = 0; i < 240; ++i)
      REQUIRE_FALSE(at.session.admit(1, at.now).has_value());
    std::optional<std::uint16_t> end;
    for (int i = 0; i < 1000 && !end; ++i)
      end = at.session.admit(1, at.now);
    CHECK(end == page_session::close_policy);
    at.now += 1s;
    CHECK_FALSE(at.session.admit(1, at.now).has_value());
  }
}

namespace {

rgba_image thumbnail(std::uint32_t id, std::size_t pixels) {
  return {id, true, static_cast<std::uint32_t>(pixels), 1,
          std::make_shared<const std::vector<std::byte>>(pixels * 4, std::byte{7})};
}

} // namespace

TEST_CASE("thumbnails are kept up to a bound, newest first for a page that comes later") {
  picture_shelf shelf{3 * (16 + 40)};
  for (std::uint32_t id = 1; id <= 4; ++id)
    CHECK(shelf.keep(thumbnail(id, 10)).size() == 16 + 40);
  shelf.keep(thumbnail(4, 10)); // again: counts once
  CHECK(shelf.bytes() == 3 * (16 + 40));
  CHECK(shelf.dropped() == 1);
  std::vector<int> ids;
  shelf.for_each_newest_first([&](const private_bytes& image) { ids.push_back(static_cast<int>(image[7])); });
  CHECK(ids == std::vector<int>{4, 3, 2});
  shelf.clear();
  CHECK(shelf.bytes() == 0);
}

TEST_CASE("one full picture is on its way, and of the wishes meanwhile the newest comes next") {
  picture_wishes wishes;
  steady_time now{1h};
  CHECK(wishes.wish(1, now));
  CHECK_FALSE(wishes.wish(2, now));
  CHECK_FALSE(wishes.wish(3, now));
  CHECK_FALSE(wishes.arrived(3));
  CHECK(wishes.arrived(1));
  CHECK_FALSE(wishes.arrived(1));
  CHECK(wishes.next(now) == 3);
  CHECK_FALSE(wishes.wish(4, now + picture_wishes::patience - 1ms));
  CHECK(wishes.wish(5, now + picture_wishes::patience));
  CHECK(wishes.arrived(5));
  CHECK_FALSE(wishes.next(now).has_value());
}
