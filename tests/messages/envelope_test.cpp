#include "messages/wire/envelope.hpp"
#include "messages/wire/manifest.hpp"
#include "tests/messages/bytes.hpp"

#include <doctest/doctest.h>

using namespace tier2;
using namespace std::string_literals;

namespace {

const std::string id = "00112233-4455-6677-8899-aabbccddeeff";
const std::string digest_text = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// One of each kind, exactly as on the wire.
// NOLINTBEGIN(bugprone-suspicious-missing-comma): long messages stand in several pieces
const std::vector<std::string> golden{
    R"({"type":"enroll","key_digest":")" + digest_text +
        R"(","hostname":"pc7","os":"debian 12","arch":"x86_64","version":"0.1.0","board_digest":")" +
        digest_text + R"(","disk_digest":")" + digest_text + R"("})",
    R"({"type":"enrolled","state":"pending"})",
    R"({"type":"hello","protocol":1,"version":"0.1.0","os":"debian 12","hostname":"pc7","boot_id":")" + id +
        R"(","groups":["accounts"],"capabilities":["tickets"],"running":[")" + id + R"("]})",
    R"({"type":"heartbeat","at":"2026-01-02T03:04:05.678Z","actors":[{"program":"buttonhelper","session":"3","name":)"
    R"("capture","state":"up","restarts":1,"mailbox":2,"handled":9007199254740991,"last_error":"","idle_s":4,)"
    R"("p50_us":5,"p99_us":6,"counters":{"coalesced":7}}]})",
    R"({"type":"ticket_begin","ticket":")" + id +
        R"(","manifest":"eyJ4IjoxfQ","consent":{"mode":"asked","at":"2026-01-02T03:04:05.678Z","digest":")" +
        digest_text + R"("},"origin":{"uid":"1000","user":"ann","session":"3"}})",
    R"({"type":"ticket_part","ticket":")" + id + R"(","part":4095,"offset":262144})",
    R"({"type":"ticket_end","ticket":")" + id + R"(","consent_digest":")" + digest_text + R"("})",
    R"({"type":"ticket_state","ticket":")" + id +
        R"(","have":[{"part":0,"bytes":17}],"number":"1042","url":"https://help.example.org/t/1042","error":"full","retry_after_s":60})",
    R"({"type":"status","connected":false,"detail":"The network is away."})",
    R"({"type":"health","session":"3","actors":[]})",
    R"({"type":"open"})",
    R"({"type":"notice","text":"Maintenance","retry_after_s":3600})",
    R"({"type":"command","ref":"17","jws":"e30.e30.AA"})",
    R"({"type":"accepted","ref":"17","jti":")" + id + R"("})",
    R"({"type":"rejected","ref":"17","jti":")" + id + R"(","reason":"replayed","detail":"It ran already."})",
    R"({"type":"exit","jti":")" + id +
        R"(","reason":"timed_out","code":0,"signal":9,"duration_ms":60001,"bytes":{"stdout":17,"stderr":4},)"
        R"("truncated":true,"output_lost":false,"detail":"It took too long."})",
    R"({"type":"alert","id":")" + id +
        R"(","severity":"warning","source":"command","title":"A command was forged","body":"Look","at":)"
        R"("2026-01-02T03:04:05.678Z","labels":{"reason":"bad_signature"},"dedupe_key":"forged","suppressed":2})",
    R"({"type":"ack","of":"output","id":")" + id + R"(","part":2,"bytes":262144})",
    R"({"type":"report","message":"Please tell us what you see."})",
    R"({"type":"notify","title":"Updates","body":"Your computer starts anew at noon."})",
    R"({"type":"restart_actor","name":"capture"})",
    R"({"type":"get_status"})",
    R"({"type":"machine_status","version":"1.2","at":"2026-01-02T03:04:05.678Z","started":"2026-01-02T03:04:00.000Z",)"
    R"("agent":")" +
        id + R"(","enrolled":true,"replaces":")" + id +
        R"(","protection":"tpm2","cloud":{"host":"help.example.org","connected":false,"detail":"away","since":)"
        R"("2026-01-02T03:04:05.678Z"},"groups":["desk"],"packs":[],"running":[")" +
        id + R"("],"outbox":{"waiting":2,"dropped":1},"actors":[]})",
    R"({"type":"alert_answer","id":")" + id + R"(","outcome":"held_back"})",
};
// NOLINTEND(bugprone-suspicious-missing-comma)

errc refusal(std::string_view text) {
  const auto outcome = wire::decode(text);
  REQUIRE_FALSE(outcome);
  return outcome.error().code;
}

const std::string& enroll_text() { return golden[0]; }
const std::string& heartbeat_text() { return golden[3]; }
const std::string& begin_text() { return golden[4]; }
const std::string& part_text() { return golden[5]; }
const std::string& state_text() { return golden[7]; }
const std::string& notice_text() { return golden[11]; }

} // namespace

TEST_CASE("every message is written as the protocol states, and read back to the same bytes") {
  REQUIRE(golden.size() == std::variant_size_v<wire::message> - 1);
  for (std::size_t i = 0; i < golden.size(); ++i) {
    const auto message = value_of_result(wire::decode(golden[i]));
    CHECK(message.index() == i);
    CHECK(wire::encode(message) == golden[i]);
  }
}

TEST_CASE("the members arrive where they belong") {
  const auto begin = std::get<wire::ticket_begin>(value_of_result(wire::decode(begin_text())));
  CHECK(to_string(begin.ticket) == id);
  CHECK(begin.manifest == R"({"x":1})");
  CHECK(begin.consent.how == ticket_consent::mode::asked);
  CHECK(to_string(begin.consent.manifest) == digest_text);
  CHECK(begin.origin == ticket_origin{"1000", "ann", "3"});
  const auto beat = std::get<wire::heartbeat>(value_of_result(wire::decode(heartbeat_text())));
  REQUIRE(beat.actors.size() == 1);
  CHECK(beat.actors[0].handled == (1ULL << 53U) - 1);
  CHECK(beat.actors[0].counters == std::vector<std::pair<std::string, std::uint64_t>>{{"coalesced", 7}});
  const auto state = std::get<wire::ticket_state>(value_of_result(wire::decode(state_text())));
  CHECK(state.have == std::vector<wire::ticket_state::have_part>{{0, 17}});
  CHECK(state.number == "1042");
}

TEST_CASE("every truncation of every message is refused") {
  for (const auto& text : golden)
    for (std::size_t size = 0; size < text.size(); ++size)
      CHECK(refusal(text.substr(0, size)) == errc::malformed);
}

TEST_CASE("what a helper may leave out may be missing") {
  const auto from_helper = std::get<wire::ticket_begin>(value_of_result(
      wire::decode(replaced(begin_text(), R"(,"origin":{"uid":"1000","user":"ann","session":"3"})", ""))));
  CHECK(from_helper.origin == ticket_origin{});
  CHECK(wire::encode(from_helper).find("origin") == std::string::npos);
  CHECK(wire::decode(R"({"type":"ticket_state","ticket":")" + id + R"("})"));
  CHECK(wire::decode(R"({"type":"status","connected":true})"));
  CHECK(wire::decode(R"({"type":"notice","text":"x"})"));
}

TEST_CASE("digests of serial numbers are whole ones, or left out") {
  const std::string without = R"({"type":"enroll","key_digest":")" + digest_text +
                              R"(","hostname":"pc7","os":"o","arch":"a","version":"v"})";
  const auto plain = wire::decode(without);
  REQUIRE(plain);
  CHECK(std::get<wire::enroll>(*plain).board_digest == digest{});
  CHECK(wire::encode(*plain) == without);
  for (const auto* member : {"board_digest", "disk_digest"})
    for (const std::string& value :
         {"\"" + digest_text.substr(1) + "\"", "\"" + digest_text + "0\"", std::string{"\"ABCD\""},
          std::string{"7"}, "\"" + std::string(64, 'X') + "\""}) {
      INFO(member, " ", value);
      CHECK_FALSE(wire::decode(without.substr(0, without.size() - 1) + ",\"" + member + "\":" + value + "}"));
    }
}

TEST_CASE("a required member that is missing is named") {
  for (const auto* member : {R"("hostname":"pc7",)", R"("os":"debian 12",)", R"("arch":"x86_64",)"}) {
    const auto outcome = wire::decode(replaced(enroll_text(), member, ""));
    REQUIRE_FALSE(outcome);
    const auto name = std::string{member}.substr(0, std::string{member}.find(':'));
    CHECK_MESSAGE(outcome.error().what.find(name) != std::string::npos, outcome.error().what);
  }
}

TEST_CASE("unknown members are ignored and an unknown type is told apart from a mistake") {
  CHECK(wire::decode(replaced(notice_text(), "{", R"({"later":{"x":[1.5,null]},)")));
  const auto message = value_of_result(wire::decode(R"({"type":"from_the_future","x":1})"));
  CHECK(std::get<wire::unknown>(message).type == "from_the_future");
  for (const auto* text : {"[]", "3", "\"open\"", "null", "{}", R"({"type":3})", R"({"type":null})"})
    CHECK(refusal(text) == errc::malformed);
  CHECK(refusal(R"({"type":")" + std::string(256, 't') + "\"}") == errc::too_large);
}

TEST_CASE("a number must be a whole one in its range, written as one; the refusal names the member") {
  for (const auto* wrong : {"-1", "4096", "4294967296", "9007199254740992", "18446744073709551616", "1.0",
                            "1e2", "0.5", "-0.0", "\"1\"", "true", "null", "[]", "{}", "1e308"}) {
    const auto outcome = wire::decode(replaced(part_text(), "4095", wrong));
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == errc::malformed);
    CHECK(outcome.error().what.find("\"part\"") != std::string::npos);
  }
  CHECK(wire::decode(replaced(part_text(), "262144", "9007199254740991")));
  CHECK(refusal(replaced(part_text(), "262144", "9007199254740992")) == errc::malformed);
  CHECK(refusal(replaced(part_text(), "262144", "NaN")) == errc::malformed);
  CHECK(refusal(replaced(part_text(), "262144", "1e999")) == errc::malformed);
}

TEST_CASE("a mistake deep inside is named by its path") {
  const auto outcome = wire::decode(replaced(heartbeat_text(), "\"mailbox\":2", "\"mailbox\":-2"));
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().what.find("\"actors[0].mailbox\"") != std::string::npos);
}

TEST_CASE("members of another type are refused") {
  CHECK(refusal(replaced(enroll_text(), "\"pc7\"", "7")) == errc::malformed);
  CHECK(refusal(replaced(enroll_text(), "\"pc7\"", "null")) == errc::malformed);
  CHECK(refusal(replaced(enroll_text(), digest_text, "00")) == errc::malformed);
  CHECK(refusal(replaced(begin_text(), id, "{" + id + "}")) == errc::malformed);
  CHECK(refusal(replaced(begin_text(), "asked", "assumed")) == errc::malformed);
  CHECK(refusal(replaced(begin_text(), "eyJ4IjoxfQ", "eyJ4IjoxfQ==")) == errc::malformed);
  CHECK(refusal(replaced(begin_text(), "2026-01-02T", "2026-01-02 ")) == errc::malformed);
  CHECK(refusal(replaced(state_text(), R"([{"part":0,"bytes":17}])", "{}")) == errc::malformed);
  CHECK(refusal(replaced(state_text(), R"({"part":0,"bytes":17})", "0")) == errc::malformed);
  CHECK(refusal(R"({"type":"enrolled","state":"king"})") == errc::malformed);
  CHECK(refusal(R"({"type":"status","connected":1})") == errc::malformed);
  CHECK(refusal(replaced(heartbeat_text(), "\"coalesced\":7", "\"coalesced\":-7")) == errc::malformed);
  CHECK(refusal(replaced(notice_text(), "3600", "3601")) == errc::malformed);
}

TEST_CASE("hostile JSON is refused in envelopes too") {
  const std::string deep = std::string(31, '[') + "1" + std::string(31, ']');
  CHECK(wire::decode(R"({"type":"open","x":)" + deep + "}"));
  CHECK(refusal(R"({"type":"open","x":[)" + deep + "]}") == errc::too_large);
  CHECK(refusal(R"({"type":"open","type":"open"})") == errc::malformed);
  CHECK(refusal("{\"type\":\"notice\",\"text\":\"\xff\"}") == errc::malformed);
  CHECK(refusal(std::string((1U << 20U) + 1, ' ')) == errc::too_large);
}

TEST_CASE("texts and lists keep their bounds") {
  CHECK(wire::decode(replaced(enroll_text(), "pc7", std::string(255, 'p'))));
  CHECK(refusal(replaced(enroll_text(), "pc7", std::string(256, 'p'))) == errc::too_large);
  CHECK(wire::decode(replaced(notice_text(), "Maintenance", std::string(4096, 'm'))));
  CHECK(refusal(replaced(notice_text(), "Maintenance", std::string(4097, 'm'))) == errc::too_large);

  const auto listed = [](const std::string& item, int count) {
    std::string all;
    for (int i = 0; i < count; ++i)
      all += (i == 0 ? "" : ",") + item;
    return all;
  };
  const auto& hello = golden[2];
  CHECK(wire::decode(replaced(hello, "\"accounts\"", listed("\"g\"", 256))));
  CHECK(refusal(replaced(hello, "\"accounts\"", listed("\"g\"", 257))) == errc::too_large);
  const auto have = R"({"part":0,"bytes":17})"s;
  CHECK(wire::decode(replaced(state_text(), have, listed(have, 4096))));
  CHECK(refusal(replaced(state_text(), have, listed(have, 4097))) == errc::too_large);
  const auto at = heartbeat_text().find("[{") + 1;
  const auto actor = heartbeat_text().substr(at, heartbeat_text().rfind(']') - at);
  CHECK(wire::decode(replaced(heartbeat_text(), actor, listed(actor, 256))));
  CHECK(refusal(replaced(heartbeat_text(), actor, listed(actor, 257))) == errc::too_large);
  std::string counters;
  for (int i = 0; i < 65; ++i)
    counters += (i == 0 ? "\"c" : ",\"c") + std::to_string(i) + "\":1";
  CHECK(refusal(replaced(heartbeat_text(), "\"coalesced\":7", counters)) == errc::too_large);
  CHECK(refusal(replaced(heartbeat_text(), "coalesced", std::string(256, 'c'))) == errc::too_large);
}

TEST_CASE("the largest manifest fits one text message, and nothing larger is taken") {
  wire::ticket_begin begin;
  begin.manifest = std::string(wire::max_manifest_bytes, 'm');
  const auto text = wire::encode(begin);
  CHECK(text.size() <= wire::max_text_bytes);
  CHECK(std::get<wire::ticket_begin>(value_of_result(wire::decode(text))) == begin);
  begin.manifest += 'm';
  CHECK(refusal(wire::encode(begin)) == errc::too_large);
}

TEST_CASE("whatever an actor says of itself, its heartbeat can be sent and read") {
  wire::heartbeat beat;
  beat.actors.resize(1);
  auto& actor = beat.actors[0];
  actor.name = "\xff\xfe not UTF-8";
  actor.last_error = std::string(10'000, 'e');
  actor.p99_us = ~0ULL;
  for (int i = 0; i < 100; ++i)
    actor.counters.emplace_back("c" + std::to_string(i), ~0ULL);
  const auto back = std::get<wire::heartbeat>(value_of_result(wire::decode(wire::encode(beat)))).actors.at(0);
  CHECK(back.name == "\xef\xbf\xbd\xef\xbf\xbd not UTF-8");
  CHECK(back.last_error.size() == 4096);
  CHECK(back.p99_us == (1ULL << 53U) - 1);
  CHECK(back.counters.size() == 64);
}
