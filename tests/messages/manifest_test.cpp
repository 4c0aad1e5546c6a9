#include "messages/wire/manifest.hpp"
#include "tests/messages/bytes.hpp"

#include <doctest/doctest.h>
#include <limits>
#include <nlohmann/json.hpp>

using namespace tier2;
using namespace std::string_literals;

namespace {

const std::string golden =
    R"({"ticket":"00112233-4455-6677-8899-aabbccddeeff","opened_at":"2026-01-02T03:04:05.678Z","host":"pc7",)"
    R"("user":"ann","session":"3","form":{"name":"Ann","email":"ann@example.org","phone":"1","business":"b",)"
    R"("message":"It is stuck.","urgency":"high","choices":{"room":"12"}},)"
    R"("monitors":[{"name":"HDMI-1","x":-1920,"y":0,"width":1920,"height":1080,"scale":1.5}],)"
    R"("steps":[{"part":1,"at":"2026-01-02T03:04:04.000Z","trigger":"key_f5","x":10,"y":-20,"window":"Invoices",)"
    R"("application":"calc","redactions":2}],)"
    R"("parts":[{"part":0,"name":"system.json","media_type":"application/json","bytes":12,"blake2b":")"
    R"(000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"},)"
    R"({"part":1,"name":"picture-01.png","media_type":"image/png","bytes":9007199254740991,"blake2b":")"
    R"(ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"}],"left_out":2})";

result<ticket_manifest> with(std::string_view from, std::string_view to) {
  return wire::decode_manifest(replaced(golden, from, to));
}
errc refusal(std::string_view from, std::string_view to) {
  const auto outcome = with(from, to);
  REQUIRE_FALSE(outcome);
  return outcome.error().code;
}

ticket_manifest with_parts(std::size_t count) {
  auto manifest = value_of_result(wire::decode_manifest(golden));
  manifest.steps.clear();
  manifest.parts.clear();
  for (std::size_t i = 0; i < count; ++i)
    manifest.parts.push_back({static_cast<std::uint32_t>(i), std::to_string(i), "text/plain", 1, {}});
  return manifest;
}

} // namespace

TEST_CASE("a manifest is written as the protocol states, and read back to the same bytes") {
  const auto manifest = value_of_result(wire::decode_manifest(golden));
  CHECK(wire::encode(manifest) == golden);
  CHECK(manifest.form.choices.at("room") == "12");
  CHECK(manifest.monitors.at(0) == monitor{"HDMI-1", -1920, 0, 1920, 1080, 1.5});
  CHECK(manifest.steps.at(0).cause == trigger::key_f5);
  CHECK(manifest.steps.at(0).y == -20);
  CHECK(manifest.parts.at(1).bytes == (1ULL << 53U) - 1);
  CHECK(manifest.left_out == 2);
}

TEST_CASE("what is seldom there of a step is left out when it says nothing, and read when it is there") {
  const auto told = value_of_result(
      with(R"("redactions":2})", R"("redactions":2,"hidden":3,"monitors":[{"name":"DP-1","x":0,"y":-1080,)"
                                 R"("width":1920,"height":1080,"scale":2.0}]})"));
  CHECK(told.steps[0].hidden == 3);
  CHECK(told.steps[0].monitors == std::vector{monitor{"DP-1", 0, -1080, 1920, 1080, 2.0}});
  CHECK(value_of_result(wire::decode_manifest(wire::encode(told))) == told);
  CHECK(value_of_result(with(R"("redactions":2})", R"("redactions":2,"hidden":null,"monitors":null})"))
            .steps[0]
            .monitors.empty());
  for (const auto* hidden : {"-1", "1.5", "4294967296", "\"1\""})
    CHECK(refusal(R"("redactions":2})", R"("redactions":2,"hidden":)"s + hidden + "}") == errc::malformed);
  CHECK(refusal(R"("redactions":2})", R"("redactions":2,"monitors":[{}]})") == errc::malformed);
  std::string many = R"({"name":"","x":0,"y":0,"width":1,"height":1,"scale":1.0})";
  for (int i = 0; i < 6; ++i)
    many += "," + many;
  CHECK(with(R"("redactions":2})", R"("redactions":2,"monitors":[)" + many + "]}")); // 64
  CHECK(refusal(R"("redactions":2})",
                R"("redactions":2,"monitors":[{"name":"","x":0,"y":0,"width":1,"height":1,"scale":1.0},)" +
                    many + "]}") == errc::too_large);
}

TEST_CASE("every truncation of a manifest is refused") {
  for (std::size_t size = 0; size < golden.size(); ++size)
    CHECK(wire::decode_manifest(golden.substr(0, size)).error().code == errc::malformed);
}

TEST_CASE("every member of a manifest is required, and named when it is missing") {
  auto json = nlohmann::ordered_json::parse(golden);
  const auto check_each = [&](nlohmann::ordered_json& object) {
    const auto whole = object;
    for (const auto& [name, value] : whole.items()) {
      object.erase(name);
      const auto outcome = wire::decode_manifest(json.dump());
      REQUIRE_FALSE(outcome);
      CHECK_MESSAGE(outcome.error().what.find(name + "\"") != std::string::npos, outcome.error().what);
      object = whole;
    }
  };
  check_each(json);
  check_each(json["form"]);
  check_each(json["monitors"][0]);
  check_each(json["steps"][0]);
  check_each(json["parts"][0]);
}

TEST_CASE("parts count up from 0 without a gap") {
  CHECK(refusal(R"("parts":[{"part":0)", R"("parts":[{"part":1)") == errc::malformed);
  CHECK(refusal(R"({"part":1,"name":"pict)", R"({"part":2,"name":"pict)") == errc::malformed);
  CHECK(refusal(R"({"part":1,"name":"pict)", R"({"part":0,"name":"pict)") == errc::malformed);
  CHECK(with(R"({"part":1,"name":"pict)", R"({"part":2,"name":"pict)").error().what.find("parts[1].part") !=
        std::string::npos);
}

TEST_CASE("a part's name is a plain file name") {
  for (const auto* name : {"", ".", "..", "a/b", "/etc/passwd", "../x", "a\\\\b", "..\\\\x", "a\\u0000b",
                           "a\\nb", "\\u001b[2J", "a\\u007f", "a\\u0085b", "a\\u009bb", "tab\\t"})
    CHECK_MESSAGE(refusal("picture-01.png", name) == errc::malformed, name);
  for (const auto* name :
       {"...", ".hidden", "a b.txt", "Rechnung \xc3\xbc\xc3\xa0.png", "\xe2\x82\xac", "a:b"})
    CHECK_MESSAGE(with("picture-01.png", name).has_value(), name);
  CHECK(with("picture-01.png", std::string(255, 'n')));
  CHECK(refusal("picture-01.png", std::string(256, 'n')) == errc::too_large);
}

TEST_CASE("no two parts have one name") {
  CHECK(refusal("picture-01.png", "system.json") == errc::malformed);
}

TEST_CASE("a media type that is not on the list is read as mere bytes") {
  for (const auto* type : {"image/png", "image/jpeg", "application/json", "text/plain"}) {
    CHECK(wire::is_allowed_media_type(type));
    CHECK(value_of_result(with("image/png", type)).parts[1].media_type == type);
  }
  for (const auto* type : {"text/html", "image/svg+xml", "IMAGE/PNG", "image/png; charset=x", "",
                           "image/png ", "application/octet-stream"}) {
    CHECK_FALSE(wire::is_allowed_media_type(type));
    CHECK(value_of_result(with("image/png", type)).parts[1].media_type == "application/octet-stream");
  }
}

TEST_CASE("a part's size is a whole number below 2^53") {
  for (const auto* bytes : {"-1", "9007199254740992", "1.5", "1e3", "\"1\"", "null"})
    CHECK(refusal("9007199254740991", bytes) == errc::malformed);
}

TEST_CASE("a step names a part that exists, and a trigger that there is") {
  CHECK(refusal(R"("steps":[{"part":1)", R"("steps":[{"part":2)") == errc::malformed);
  CHECK(refusal("key_f5", "key_a") == errc::malformed);
  CHECK(refusal("key_f5", "") == errc::malformed);
  CHECK(refusal("\"x\":10", "\"x\":2147483648") == errc::malformed);
}

TEST_CASE("a monitor has sane dimensions") {
  for (const auto* width : {"0", "-1", "65536", "1.0"})
    CHECK(refusal("\"width\":1920", "\"width\":"s + width) == errc::malformed);
  CHECK(with("\"width\":1920", "\"width\":65535"));
  for (const auto* scale : {"0", "-1", "1e300", "null", "\"1\"", "101"})
    CHECK(refusal("1.5", scale) == errc::malformed);
  CHECK(with("1.5", "2"));
}

TEST_CASE("the urgency is one of four words") {
  for (const auto* word : {"", "low", "normal", "high"})
    CHECK(with("\"high\"", "\""s + word + "\""));
  CHECK(refusal("\"high\"", "\"higher\"") == errc::malformed);
}

TEST_CASE("the ticket's id is not the nil id") {
  CHECK(refusal("00112233-4455-6677-8899-aabbccddeeff", "00000000-0000-0000-0000-000000000000") ==
        errc::malformed);
}

TEST_CASE("a manifest keeps its bounds") {
  CHECK(wire::decode_manifest(wire::encode(with_parts(wire::max_parts))));
  const auto some = wire::encode(with_parts(2));
  std::string parts;
  for (std::size_t i = 0; i <= wire::max_parts; ++i)
    parts += (i == 0 ? "" : ",") + std::to_string(i);
  const auto at = some.find("\"parts\":[") + 9;
  CHECK(wire::decode_manifest(some.substr(0, at) + parts + some.substr(some.rfind(']'))).error().code ==
        errc::too_large);

  const auto message = "It is stuck."s;
  CHECK(with(message, std::string(wire::max_form_text_bytes, 'm')));
  CHECK(refusal(message, std::string(wire::max_form_text_bytes + 1, 'm')) == errc::too_large);
  CHECK(refusal("Invoices", std::string(4097, 'w')) == errc::too_large);
  CHECK(refusal("\"pc7\"", "\"" + std::string(256, 'h') + "\"") == errc::too_large);
  CHECK(refusal("\"room\"", "\"" + std::string(256, 'r') + "\"") == errc::too_large);

  const auto monitor_at = golden.find("[{\"name\"") + 1;
  const auto one = golden.substr(monitor_at, golden.find('}', monitor_at) + 1 - monitor_at);
  std::string many = one;
  for (int i = 1; i < 64; ++i)
    many += "," + one;
  CHECK(with(one, many));
  CHECK(refusal(one, many + "," + one) == errc::too_large);
  std::string choices;
  for (int i = 0; i < 65; ++i)
    choices += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":\"\"";
  CHECK(refusal("\"room\":\"12\"", choices) == errc::too_large);

  CHECK(wire::decode_manifest(golden + std::string(wire::max_manifest_bytes - golden.size(), ' ')));
  CHECK(wire::decode_manifest(golden + std::string(wire::max_manifest_bytes - golden.size() + 1, ' '))
            .error()
            .code == errc::too_large);
}

TEST_CASE("hostile JSON is refused as a manifest") {
  CHECK(refusal("\"left_out\":2", "\"left_out\":2,\"left_out\":2") == errc::malformed);
  CHECK(refusal("Invoices", "\xff") == errc::malformed);
  CHECK(refusal("\"left_out\":2", "\"left_out\":2,\"x\":" + std::string(32, '[') + std::string(32, ']')) ==
        errc::too_large);
  CHECK(with("\"left_out\":2", "\"left_out\":2,\"later\":[1.5]"));
}

TEST_CASE("whatever a window or a screen is called, its manifest can be read") {
  auto manifest = value_of_result(wire::decode_manifest(golden));
  manifest.steps[0].window = "\xc3\x28 " + std::string(9000, 'w');
  manifest.monitors[0].name = "\xff";
  manifest.monitors[0].scale = std::numeric_limits<double>::quiet_NaN();
  manifest.monitors[0].width = 0;
  manifest.opened_at = wall_time::max();
  const auto back = value_of_result(wire::decode_manifest(wire::encode(manifest)));
  CHECK(back.steps[0].window.starts_with("\xef\xbf\xbd( www"));
  CHECK(back.steps[0].window.size() == 4096);
  CHECK(back.monitors[0].name == "\xef\xbf\xbd");
}
