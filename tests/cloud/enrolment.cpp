#include "tests/cloud/desk.hpp"

using namespace tier2;
using namespace tier2::cloud;
using namespace tier2::cloud::test;

TEST_CASE("a token lets in as many machines as it says, and no more") {
  const desk on;
  agent_store agents{*on.facts};
  const digest token = blake2b_256("twice");
  must(agents.add_token(token, 2, noon + 1h));
  CHECK(must(agents.enrol(token, id(1), desk::about("one"), noon)) == agent_state::approved);
  CHECK(must(agents.enrol(token, id(2), desk::about("two"), noon)) == agent_state::approved);
  const auto third = agents.enrol(token, id(3), desk::about("three"), noon);
  REQUIRE(!third);
  CHECK(third.error().code == errc::unauthorised);
  CHECK_FALSE(must(agents.find(id(3))));
}

TEST_CASE("a token is of no use from the moment at which it expires") {
  const desk on;
  agent_store agents{*on.facts};
  const digest token = blake2b_256("short");
  must(agents.add_token(token, 5, noon + 1h));
  CHECK(agents.enrol(token, id(1), desk::about("one"), noon + 1h).error().code == errc::unauthorised);
  CHECK(agents.enrol(token, id(1), desk::about("one"), noon + 1h - 1ms).has_value());
}

TEST_CASE("enrolling again with the same key costs no use of the token, even when it has none left") {
  const desk on;
  agent_store agents{*on.facts};
  const digest token = blake2b_256("once");
  must(agents.add_token(token, 1, noon + 1h));
  must(agents.enrol(token, id(1), desk::about("one"), noon));
  CHECK(must(agents.enrol(token, id(1), desk::about("one"), noon + 30min)) == agent_state::approved);
  CHECK(must(agents.enrol(token, id(1), desk::about("one"), noon + 2h)) == agent_state::approved);
}

TEST_CASE("a token cannot take over the id of a machine that has another key") {
  const desk on;
  agent_store agents{*on.facts};
  const digest token = blake2b_256("once");
  must(agents.add_token(token, 1, noon + 1h));
  const auto refused = agents.enrol(token, on.agent, desk::about("another key"), noon);
  REQUIRE(!refused);
  CHECK(refused.error().code == errc::conflict);
  CHECK(must(agents.find(on.agent))->key_digest == blake2b_256("key"));
  CHECK(agents.enrol(token, id(1), desk::about("one"), noon).has_value()); // and was not used up by the try
}

TEST_CASE("a token that was never made is not known") {
  const desk on;
  agent_store agents{*on.facts};
  CHECK_FALSE(must(agents.knows_token(blake2b_256("guess"))));
  CHECK(must(agents.knows_token(blake2b_256("token"))));
  CHECK(agents.enrol(blake2b_256("guess"), id(1), desk::about("one"), noon).error().code ==
        errc::unauthorised);
}

TEST_CASE("a revoked machine stays revoked when it enrols again") {
  const desk on;
  agent_store agents{*on.facts};
  must(agents.set_state(on.agent, agent_state::revoked, "olga", noon));
  CHECK(must(agents.enrol(blake2b_256("token"), on.agent, desk::about("key"), noon)) == agent_state::revoked);
  CHECK(agents.set_state(id(99), agent_state::revoked, "olga", noon).error().code == errc::not_found);
}
