#include "messages/wire/page.hpp"
#include "tests/messages/bytes.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace tier2;
using namespace std::string_literals;

namespace {

const std::string form =
    R"({"name":"Ann","email":"","phone":"","business":"","message":"Stuck","urgency":"low",)"
    R"("choices":{"room":"12"}})";

const std::vector<std::string> commands{
    R"({"type":"claim","secret":"s3"})",
    R"({"type":"include_picture","id":3,"on":false})",
    R"({"type":"black_out","id":3,"regions":[{"x":1,"y":2,"width":3,"height":4}]})",
    R"({"type":"include_fact","id":"memory","on":true})",
    R"({"type":"write_form","form":)" + form + "}",
    R"({"type":"show_picture","id":4294967295})",
    R"({"type":"send"})",
    R"({"type":"discard"})",
};

errc refusal(std::string_view text) {
  const auto outcome = wire::decode_page_command(text);
  REQUIRE_FALSE(outcome);
  return outcome.error().code;
}

} // namespace

TEST_CASE("every command of the page is understood") {
  REQUIRE(commands.size() == std::variant_size_v<page_command>);
  for (std::size_t i = 0; i < commands.size(); ++i)
    CHECK(value_of_result(wire::decode_page_command(commands[i])).index() == i);
  CHECK(std::get<page::claim>(*wire::decode_page_command(commands[0])).secret == "s3");
  const auto picture = std::get<page::include_picture>(*wire::decode_page_command(commands[1]));
  CHECK(picture.id == 3);
  CHECK_FALSE(picture.on);
  const auto black = std::get<page::black_out>(*wire::decode_page_command(commands[2]));
  CHECK(black.id == 3);
  CHECK(black.regions == std::vector<region>{{1, 2, 3, 4}});
  const auto fact = std::get<page::include_fact>(*wire::decode_page_command(commands[3]));
  CHECK(fact.id == "memory");
  CHECK(fact.on);
  const auto written = std::get<page::write_form>(*wire::decode_page_command(commands[4])).form;
  CHECK(written == ticket_form{"Ann", "", "", "", "Stuck", "low", {{"room", "12"}}});
  CHECK(std::get<page::show_picture>(*wire::decode_page_command(commands[5])).id == 4294967295U);
}

TEST_CASE("every truncation of a command is refused") {
  for (const auto& text : commands)
    for (std::size_t size = 0; size < text.size(); ++size)
      CHECK(refusal(text.substr(0, size)) == errc::malformed);
}

TEST_CASE("only a well-formed command is a command") {
  for (const auto* text :
       {R"({"type":"sent"})",
        R"({"type":"Send"})",
        R"({"type":5})",
        "{}",
        "[]",
        "\"send\"",
        R"({"type":"include_picture","id":3})",
        R"({"type":"include_picture","id":-3,"on":true})",
        R"({"type":"include_picture","id":3.0,"on":true})",
        R"({"type":"include_picture","id":4294967296,"on":true})",
        R"({"type":"black_out","id":3})",
        R"({"type":"black_out","id":3,"regions":{}})",
        R"({"type":"black_out","id":3,"regions":[{"x":-1,"y":0,"width":1,"height":1}]})",
        R"({"type":"black_out","id":3,"regions":[{"x":0,"y":0,"width":0,"height":1}]})",
        R"({"type":"black_out","id":3,"regions":[{"x":0,"y":0,"width":1,"height":65536}]})",
        R"({"type":"include_picture","id":3,"on":1})",
        R"({"type":"include_fact","id":3,"on":true})",
        R"({"type":"claim"})",
        R"({"type":"write_form","form":[]})",
        R"({"type":"write_form"})",
        R"({"type":"send","type":"discard"})",
        "{\"type\":\"claim\",\"secret\":\"\xff\"}"})
    CHECK_MESSAGE(refusal(text) == errc::malformed, text);
  CHECK(refusal(replaced(commands[4], "low", "lowest")) == errc::malformed);
  CHECK(refusal(replaced(commands[4], R"("message":"Stuck",)", "")) == errc::malformed);
  CHECK(wire::decode_page_command(R"({"type":"send","later":[1.5]})"));
}

TEST_CASE("64 regions of a picture can be black, not more") {
  const auto with = [](std::size_t count) {
    std::string regions;
    for (std::size_t i = 0; i < count; ++i)
      regions += (i == 0 ? "" : ",") + R"({"x":0,"y":0,"width":1,"height":1})"s;
    return R"({"type":"black_out","id":1,"regions":[)" + regions + "]}";
  };
  CHECK(wire::decode_page_command(with(0)));
  CHECK(wire::decode_page_command(with(max_regions)));
  CHECK(refusal(with(max_regions + 1)) == errc::too_large);
}

TEST_CASE("a text of the form has at most 64 KiB") {
  CHECK(wire::decode_page_command(replaced(commands[4], "Stuck", std::string(64U << 10U, 'm'))));
  CHECK(refusal(replaced(commands[4], "Stuck", std::string((64U << 10U) + 1, 'm'))) == errc::too_large);
  CHECK(refusal(replaced(commands[4], "\"12\"", "\"" + std::string((64U << 10U) + 1, 'm') + "\"")) ==
        errc::too_large);
  CHECK(refusal(replaced(commands[0], "s3", std::string(256, 's'))) == errc::too_large);
  CHECK(refusal(R"({"type":"send","x":[[[[[[[[]]]]]]]]})") == errc::too_large);
  CHECK(refusal(std::string((1U << 20U) + 1, ' ')) == errc::too_large);
}

TEST_CASE("the view has the members that the page reads") {
  ticket_view view;
  view.ticket.bytes[15] = 1;
  view.phase = ticket_phase::waiting;
  view.to = "Example IT";
  view.asked = "Please show us the error.";
  view.pictures_note = "The screen was locked.";
  view.pictures.resize(2);
  view.pictures[0].id = 7;
  view.pictures[0].cause = trigger::key_return;
  view.pictures[0].window = "\xff title";
  view.pictures[0].hidden = 2;
  view.pictures[0].hidden_by = {"*Bank*"};
  view.pictures[0].note = picture_note::asleep;
  view.pictures[0].monitors = {{"DP-1", -10, 0, 20, 30, 1.5}};
  view.pictures[1].bytes = 4096;
  view.pictures[1].included = false;
  view.facts.push_back({{"memory", "Memory", "8 GiB\nfree 1", ""}, true});
  view.form.urgency = "high";
  view.pictures[1].regions = {{1, 2, 3, 4}};
  view.choices = {{"Department", {"Sales", "IT"}}};
  view.total_bytes = 5;
  const auto json = nlohmann::json::parse(wire::encode(view));
  CHECK(json.at("type") == "view");
  CHECK(json.at("ticket") == "00000000-0000-0000-0000-000000000001");
  CHECK(json.at("phase") == "waiting");
  CHECK(json.at("to") == "Example IT");
  CHECK(json.at("asked") == "Please show us the error.");
  CHECK(json.at("pictures_note") == "The screen was locked.");
  CHECK(json.at("opened_at") == "1970-01-01T00:00:00.000Z");
  CHECK(json.at("pictures")[0].at("id") == 7);
  CHECK(json.at("pictures")[0].at("trigger") == "key_return");
  CHECK(json.at("pictures")[0].at("window") == "\xef\xbf\xbd title");
  CHECK(json.at("pictures")[0].at("bytes").is_null());
  CHECK(json.at("pictures")[0].at("hidden") == 2);
  CHECK(json.at("pictures")[0].at("hidden_by") == nlohmann::json{"*Bank*"});
  CHECK(json.at("pictures")[0].at("note") == "asleep");
  CHECK(json.at("pictures")[0].at("monitors") ==
        nlohmann::json::parse(R"([{"name":"DP-1","x":-10,"y":0,"width":20,"height":30,"scale":1.5}])"));
  CHECK(json.at("pictures")[1].at("note") == "");
  CHECK(json.at("pictures")[1].at("monitors").empty());
  CHECK(json.at("pictures")[1].at("bytes") == 4096);
  CHECK(json.at("pictures")[1].at("included") == false);
  CHECK(json.at("pictures")[0].at("regions") == nlohmann::json::array());
  CHECK(json.at("pictures")[1].at("regions")[0] ==
        nlohmann::json{{"x", 1}, {"y", 2}, {"width", 3}, {"height", 4}});
  CHECK(json.at("choices")[0] == nlohmann::json{{"name", "Department"}, {"options", {"Sales", "IT"}}});
  CHECK(json.at("facts")[0] == nlohmann::json{{"id", "memory"},
                                              {"title", "Memory"},
                                              {"text", "8 GiB\nfree 1"},
                                              {"failed", ""},
                                              {"included", true}});
  CHECK(json.at("form").at("urgency") == "high");
  for (const auto* name :
       {"host", "user", "facts_complete", "encoded", "sent_bytes", "number", "url", "detail", "technical"})
    CHECK_MESSAGE(json.contains(name), name);
  for (const auto* name : {"at", "x", "y", "width", "height", "application", "failed"})
    CHECK_MESSAGE(json.at("pictures")[0].contains(name), name);
}

TEST_CASE("phases are lower-case words") {
  CHECK(to_string(ticket_phase::preparing) == "preparing");
  CHECK(to_string(ticket_phase::reviewing) == "reviewing");
  CHECK(to_string(ticket_phase::sending) == "sending");
  CHECK(to_string(ticket_phase::waiting) == "waiting");
  CHECK(to_string(ticket_phase::sent) == "sent");
  CHECK(to_string(ticket_phase::refused) == "refused");
  CHECK(to_string(ticket_phase::discarded) == "discarded");
}

TEST_CASE("a picture for the page is four numbers and its pixels") {
  rgba_image image{5, true, 2, 1,
                   std::make_shared<const std::vector<std::byte>>(from_hex("01020304 05060708"))};
  CHECK(wire::encode(image) == from_hex("00000001 00000005 00000002 00000001 01020304 05060708"));
  image.thumbnail = false;
  image.bytes = nullptr;
  CHECK(wire::encode(image) == from_hex("00000002 00000005 00000002 00000001"));
}
