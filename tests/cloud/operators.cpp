#include "tests/cloud/desk.hpp"
#include "tools/cloud/password.hpp"
#include "tools/cloud/sign_in.hpp"

#include <fstream>
#include <set>
#include <thread>

using namespace tier2;
using namespace tier2::cloud;
using namespace tier2::cloud::test;
using std::chrono::steady_clock;

namespace {

struct sign_in_desk : desk {
  operator_store operators{*facts};
  wall_time now{noon};
  sign_in entrance{operators, [this] { return now; }};
  sign_in_desk() { must(operators.add("olga", must(hash_password("a long password")), false, noon)); }
};

} // namespace

TEST_CASE("a right password gives a session that says who it is, until sign-out") {
  sign_in_desk on;
  const auto token = on.entrance.enter("olga", "a long password", "10.0.0.1");
  REQUIRE(token);
  CHECK(token->size() == 43);
  CHECK(on.entrance.who(*token) == "olga");
  CHECK_FALSE(on.entrance.who(*token + "x"));
  CHECK_FALSE(on.entrance.who(""));
  on.entrance.leave(*token);
  CHECK_FALSE(on.entrance.who(*token));
}

TEST_CASE("a wrong password and a wrong name are refused in the same words") {
  sign_in_desk on;
  CHECK(on.entrance.enter("olga", "another password", "10.0.0.1").error().why ==
        sign_in::refusal::reason::wrong);
  CHECK(on.entrance.enter("nobody", "a long password", "10.0.0.1").error().why ==
        sign_in::refusal::reason::wrong);
}

TEST_CASE("only the digest of a session's token is kept") {
  sign_in_desk on;
  const auto token = on.entrance.enter("olga", "a long password", "10.0.0.1").value();
  const auto kept = must(on.facts->read([](soci::session& session) -> result<std::string> {
    std::string found;
    session << "SELECT token_digest FROM sessions", soci::into(found);
    return found;
  }));
  CHECK(kept == to_string(blake2b_256(token)));
}

TEST_CASE("a session ends after 2 hours without use, and after 12 hours whatever happens") {
  sign_in_desk on;
  const auto idle = on.entrance.enter("olga", "a long password", "10.0.0.1").value();
  on.now = noon + 2h;
  CHECK_FALSE(on.entrance.who(idle));
  const auto busy = on.entrance.enter("olga", "a long password", "10.0.0.1").value();
  for (int hour = 1; hour < 12; ++hour) {
    on.now += 1h;
    CHECK(on.entrance.who(busy) == "olga");
  }
  on.now += 1h;
  CHECK_FALSE(on.entrance.who(busy));
}

TEST_CASE("a new password ends the sessions of the old one; an operator is not replaced by mistake") {
  sign_in_desk on;
  const auto token = on.entrance.enter("olga", "a long password", "10.0.0.1").value();
  const auto hash = must(hash_password("the new password"));
  CHECK(on.operators.add("olga", hash, false, noon).error().code == errc::conflict);
  CHECK(on.entrance.who(token) == "olga");
  must(on.operators.add("olga", hash, true, noon));
  CHECK_FALSE(on.entrance.who(token));
  CHECK(on.entrance.enter("olga", "the new password", "10.0.0.1").has_value());
}

TEST_CASE("sign-ins are recorded, the right and the wrong ones") {
  sign_in_desk on;
  (void)on.entrance.enter("olga", "a long password", "10.0.0.1");
  (void)on.entrance.enter("mallory", "guess guess", "10.0.0.9");
  const auto audit = must(on.facts->read([](soci::session& session) -> result<std::string> {
    std::string all;
    session << "SELECT group_concat(operator || ' ' || address || ' ' || outcome, ', ') FROM sign_ins",
        soci::into(all);
    return all;
  }));
  CHECK(audit == "olga 10.0.0.1 signed in, mallory 10.0.0.9 refused");
}

TEST_CASE("the sixth try after five wrong ones has to wait, even with the right password") {
  sign_in_desk on;
  for (int i = 0; i < 5; ++i)
    CHECK(on.entrance.enter("olga", "wrong wrong", "10.0.0.1").error().why ==
          sign_in::refusal::reason::wrong);
  const auto sixth = on.entrance.enter("olga", "a long password", "10.0.0.1");
  REQUIRE(!sixth);
  CHECK(sixth.error().why == sign_in::refusal::reason::too_many);
  CHECK(sixth.error().wait > 0s);
  CHECK(
      on.entrance.enter("olga", "a long password", "10.0.0.2").has_value()); // she herself, from her own desk
}

TEST_CASE("the limit counts for a name from an address, and for an address, and forgets after 15 minutes") {
  const auto start = steady_clock::time_point{} + 1h;
  sign_in_limit limit;
  for (int i = 0; i < 5; ++i)
    limit.failed("olga", "a", start);
  CHECK(limit.wait("olga", "a", start) == sign_in_limit::window);
  CHECK(limit.wait("olga", "a", start + 15min - 1s) == 1s);
  CHECK(limit.wait("olga", "b", start) == 0s);
  CHECK(limit.wait("otto", "a", start) == 0s);
  for (int i = 0; i < 15; ++i)
    limit.failed("name " + std::to_string(i), "a", start);
  CHECK(limit.wait("otto", "a", start) > 0s);
  CHECK(limit.wait("otto", "b", start) == 0s);
  CHECK(limit.wait("olga", "a", start + 15min) == 0s);
}

TEST_CASE("wrong passwords from many addresses slow the guessing of a name, and lock nobody out") {
  const auto start = steady_clock::time_point{} + 1h;
  sign_in_limit limit;
  limit.failed("olga", "her desk", start);
  limit.succeeded("olga", "her desk");
  for (int i = 0; i < 100; ++i) {
    CHECK(limit.wait("olga", "fresh", start) == 0s);
    limit.failed("olga", "address " + std::to_string(i), start);
  }
  CHECK(limit.wait("olga", "fresh", start) == 0s); // one try is always there
  limit.failed("olga", "fresh", start);
  CHECK(limit.wait("olga", "fresh", start) == sign_in_limit::window); // but not a second
  CHECK(limit.wait("otto", "fresh", start) == 0s);
  for (int i = 0; i < 4; ++i)
    limit.failed("olga", "her desk", start);
  CHECK(limit.wait("olga", "her desk", start) == 0s); // where she signed in before she has all five
  limit.failed("olga", "her desk", start);
  CHECK(limit.wait("olga", "her desk", start) > 0s);
  CHECK(limit.wait("olga", "fresh", start + 15min) == 0s);
}

TEST_CASE("who guesses other names at an operator's own address does not lock her out there") {
  const auto start = steady_clock::time_point{} + 1h;
  sign_in_limit limit;
  limit.failed("olga", "office", start);
  limit.succeeded("olga", "office");
  for (int i = 0; i < 20; ++i)
    limit.failed("name " + std::to_string(i), "office", start);
  CHECK(limit.wait("otto", "office", start) > 0s);
  CHECK(limit.wait("olga", "office", start) == 0s);
}

TEST_CASE("another address of the same IPv6 network is the same stranger") {
  const auto start = steady_clock::time_point{} + 1h;
  sign_in_limit limit;
  for (int i = 0; i < 5; ++i)
    limit.failed("olga", "2001:db8::" + std::to_string(i), start);
  CHECK(limit.wait("olga", "2001:db8::ffff", start) > 0s);
  CHECK(limit.wait("olga", "2001:db8:0:1::", start) == 0s);
  for (int i = 0; i < 15; ++i)
    limit.failed("name " + std::to_string(i), "2001:db8::" + std::to_string(i), start);
  CHECK(limit.wait("otto", "2001:db8::ffff", start) > 0s);
}

TEST_CASE("a right password forgives what went wrong before it, and a try nobody looked at does not count") {
  const auto start = steady_clock::time_point{} + 1h;
  sign_in_limit limit;
  for (int i = 0; i < 5; ++i)
    limit.failed("olga", "a", start);
  limit.succeeded("olga", "a");
  CHECK(limit.wait("olga", "a", start) == 0s);
  for (int i = 0; i < 50; ++i) {
    limit.failed("otto", "b", start);
    limit.take_back("otto", "b");
  }
  CHECK(limit.wait("otto", "b", start) == 0s);
}

TEST_CASE("what is remembered of wrong passwords is bounded") {
  auto now = steady_clock::time_point{} + 1h;
  sign_in_limit limit;
  for (int i = 0; i < 5; ++i)
    limit.failed("olga", "a", now);
  now += 1s;
  for (std::size_t i = 0; i < sign_in_limit::most_keys; ++i)
    limit.failed("name " + std::to_string(i), "b", now);
  CHECK(limit.wait("olga", "a", now) == 0s); // the oldest was forgotten for it
  CHECK(limit.wait("otto", "b", now) > 0s);
}

TEST_CASE("more sign-ins at once than can be checked are told to come again, and it does not count") {
  sign_in_desk on;
  sign_in narrow{on.operators, [] { return noon; }, {1, 0, 1}};
  std::atomic<int> right{}, busy{};
  std::vector<std::thread> all;
  for (int i = 0; i < 8; ++i)
    all.emplace_back([&] {
      while (busy == 0) {
        const auto token = narrow.enter("olga", "a long password", "10.0.0.1");
        if (token)
          ++right;
        else if (token.error().why == sign_in::refusal::reason::busy && token.error().wait > 0s)
          ++busy;
      }
    });
  for (auto& each : all)
    each.join();
  CHECK(busy > 0);
  CHECK(narrow.enter("olga", "a long password", "10.0.0.1").has_value());
}

TEST_CASE("a password file is private, and the password in it long enough") {
  const desk on;
  const auto file = [&](const std::string& text) {
    const std::string path = on.directory + "/password";
    std::ofstream{path} << text;
    std::filesystem::permissions(path,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return path;
  };
  CHECK(must(read_password(file("a long password\n"))) == "a long password");
  CHECK(must(read_password(file("ten bytes.\r\n"))) == "ten bytes.");
  CHECK(read_password(file("nine byte\n")).error().code == errc::invalid_argument);
  CHECK(read_password(file(std::string(1001, 'x'))).error().code == errc::invalid_argument);
  const auto wide = file("a long password");
  std::filesystem::permissions(wide, std::filesystem::perms::others_read, std::filesystem::perm_options::add);
  CHECK(read_password(wide).error().code == errc::permission_denied);
}

TEST_CASE("tokens are not guessed from each other") {
  must(init_crypto());
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i)
    seen.insert(new_token());
  CHECK(seen.size() == 100);
}
