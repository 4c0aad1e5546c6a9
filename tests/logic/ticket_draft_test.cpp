#include "actors/ticket/ticket_draft.hpp"

#include "messages/wire/manifest.hpp"
#include "platform/crypto/digest.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace tier2;

namespace {

frame_info picture_info(int x) {
  frame_info info;
  info.cause = {trigger::click_left, {}, wall_time{std::chrono::seconds{1'700'000'000 + x}}, x, 2 * x};
  info.width = 100;
  info.height = 50;
  info.window = "Invoices";
  info.application = "calc";
  info.monitors = {{"DP-1", 0, 0, 100, 50, 1.0}};
  return info;
}

picture_file file_of(const std::string& content, std::uint32_t id) {
  const auto raw = std::as_bytes(std::span{content});
  return {"picture-" + std::to_string(id) + ".png", "image/png",
          std::make_shared<const private_bytes>(raw.begin(), raw.end()), blake2b_256(content)};
}

ticket_draft::origin nobodys() {
  ticket_draft::origin who;
  who.ticket.bytes[0] = 1;
  return who;
}

struct opened {
  uuid id{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};
  ticket_draft draft{{id, wall_time{std::chrono::seconds{1'700'000'000}}, "Example IT", "host", "user", "1"},
                     {picture_info(1), picture_info(2), picture_info(3)}};
  void all_encoded() {
    for (std::uint32_t i = 1; i <= 3; ++i)
      draft.picture_encoded(i, file_of("pixels of " + std::to_string(i), i));
    draft.add_fact({"os", "Operating system", "Debian 12", ""});
    draft.add_fact({"memory", "Memory", "7 of 15 GiB", ""});
    draft.facts_complete();
  }
};

} // namespace

TEST_CASE("ticket: it is being prepared until every picture and fact is there") {
  opened t;
  CHECK(t.draft.phase() == ticket_phase::preparing);
  CHECK(t.draft.view().pictures.size() == 3);
  t.draft.picture_encoded(1, file_of("a", 1));
  t.draft.picture_encoded(2, file_of("b", 2));
  t.draft.facts_complete();
  CHECK(t.draft.phase() == ticket_phase::preparing);
  t.draft.picture_failed(3, "It could not be read.");
  CHECK(t.draft.phase() == ticket_phase::reviewing);
  CHECK(t.draft.view().pictures[2].failed == "It could not be read.");
}

TEST_CASE("ticket: consent covers exactly what was chosen, and its digest is that of the manifest's bytes") {
  opened t;
  t.all_encoded();
  ticket_form form;
  form.message = "It prints nothing.";
  CHECK(t.draft.write_form(form));
  CHECK(t.draft.include_picture(2, false));
  CHECK(t.draft.include_fact("memory", false));
  const auto given = t.draft.consent(wall_time{std::chrono::seconds{1'700'000'100}});
  REQUIRE(given.has_value());
  const auto& submitted = **given;
  CHECK(submitted.consent().manifest == blake2b_256(submitted.manifest()));
  CHECK(submitted.consent().how == ticket_consent::mode::asked);
  const auto manifest = wire::decode_manifest(submitted.manifest());
  REQUIRE(manifest.has_value());
  CHECK(manifest->left_out == 1);
  CHECK(manifest->form.message == "It prints nothing.");
  REQUIRE(manifest->parts.size() == 3);
  CHECK(manifest->parts[0].name == "system.json");
  REQUIRE(manifest->steps.size() == 2);
  CHECK(manifest->steps[0].x == 1);
  CHECK(manifest->steps[1].x == 3);
  REQUIRE(submitted.files().size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(submitted.files()[i].about == manifest->parts[i]);
    CHECK(blake2b_256(*submitted.files()[i].bytes) == manifest->parts[i].blake2b);
    CHECK(submitted.files()[i].bytes->size() == manifest->parts[i].bytes);
  }
  const auto& facts = *submitted.files()[0].bytes;
  const auto json = nlohmann::json::parse(reinterpret_cast<const char*>(facts.data()),
                                          reinterpret_cast<const char*>(facts.data()) + facts.size());
  REQUIRE(json["facts"].size() == 1);
  CHECK(json["facts"][0]["id"] == "os");
}

TEST_CASE(
    "ticket: nothing can be sent before the user's yes, twice, or while a chosen picture is being prepared") {
  opened t;
  CHECK(t.draft.consent({}).error().code == errc::unavailable);
  t.draft.picture_encoded(1, file_of("a", 1));
  CHECK(t.draft.consent({}).error().code == errc::unavailable);
  t.draft.include_picture(2, false);
  t.draft.include_picture(3, false);
  CHECK(t.draft.consent({}).has_value());
  CHECK(t.draft.consent({}).error().code == errc::conflict);
}

TEST_CASE("ticket: nothing changes after the yes") {
  opened t;
  t.all_encoded();
  REQUIRE(t.draft.consent({}).has_value());
  const auto total = t.draft.view().total_bytes;
  CHECK_FALSE(t.draft.include_picture(1, false));
  CHECK_FALSE(t.draft.include_fact("os", false));
  ticket_form form;
  form.message = "later";
  CHECK_FALSE(t.draft.write_form(form));
  CHECK(t.draft.view().total_bytes == total);
}

TEST_CASE("ticket: an empty one is not sent, and says what to do") {
  ticket_draft draft{{}, {}};
  const auto refused = draft.consent({});
  CHECK(refused.error().code == errc::invalid_argument);
  ticket_form form;
  form.message = "  \n";
  draft.write_form(form);
  CHECK_FALSE(draft.consent({}).has_value());
  form.message = "help";
  draft.write_form(form);
  CHECK(draft.consent({}).has_value());
}

TEST_CASE("ticket: it waits, goes on, and ends with the number; discard works until then") {
  opened t;
  t.all_encoded();
  t.draft.progress(ticket_phase::waiting, 0, "no network", "");
  CHECK(t.draft.phase() == ticket_phase::reviewing); // nothing was said yet
  REQUIRE(t.draft.consent({}).has_value());
  t.draft.progress(ticket_phase::waiting, 0, "no network", "ECONNREFUSED");
  CHECK(t.draft.phase() == ticket_phase::waiting);
  CHECK(t.draft.view().detail == "no network");
  t.draft.progress(ticket_phase::sending, 10, "", "");
  CHECK(t.draft.view().sent_bytes == 10);
  t.draft.sent("1042", "https://cloud.example/tickets/1042");
  CHECK(t.draft.over());
  CHECK(t.draft.view().number == "1042");
  CHECK_FALSE(t.draft.discard());
}

TEST_CASE("ticket: a discarded one holds nothing any more") {
  opened t;
  t.all_encoded();
  REQUIRE(t.draft.consent({}).has_value());
  t.draft.progress(ticket_phase::waiting, 0, "no network", "");
  CHECK(t.draft.discard());
  CHECK(t.draft.view().pictures.empty());
  CHECK(t.draft.view().facts.empty());
  CHECK(t.draft.view().form.message.empty());
  t.draft.sent("1", "");
  CHECK(t.draft.phase() == ticket_phase::discarded);
}

TEST_CASE("ticket: a picture that could not be taken is shown with its reason, waited for by nobody, and not "
          "sent") {
  auto missing = picture_info(2);
  missing.note = picture_note::lost_resizing;
  missing.technical = "The screen has changed its size.";
  ticket_draft draft{nobodys(), {picture_info(1), missing}};
  draft.facts_complete();
  draft.picture_encoded(1, file_of("a", 1));
  CHECK(draft.phase() == ticket_phase::reviewing);
  const auto view = draft.view();
  CHECK(view.encoded == 2);
  CHECK(view.pictures[1].note == picture_note::lost_resizing);
  CHECK(view.pictures[1].failed == "The screen has changed its size.");
  const auto manifest = wire::decode_manifest((*draft.consent({}))->manifest());
  REQUIRE(manifest.has_value());
  CHECK(manifest->steps.size() == 1);
  CHECK(manifest->left_out == 0);
}

TEST_CASE("ticket: how many windows were hidden, and other monitors than before, are told of each picture") {
  auto covered = picture_info(1);
  covered.painted_over = 2;
  covered.hidden_by = {"KeePass*"};
  auto plugged = picture_info(2);
  plugged.monitors.push_back({"HDMI-1", 100, -20, 200, 100, 2.0});
  ticket_draft draft{nobodys(), {covered, plugged, picture_info(3)}};
  for (std::uint32_t id = 1; id <= 3; ++id)
    draft.picture_encoded(id, file_of("pixels " + std::to_string(id), id));
  const auto view = draft.view();
  CHECK(view.pictures[0].hidden == 2);
  CHECK(view.pictures[0].hidden_by == std::vector<std::string>{"KeePass*"});
  CHECK(view.pictures[1].hidden == 0);
  CHECK(view.pictures[1].monitors == plugged.monitors);
  const auto manifest = wire::decode_manifest((*draft.consent({}))->manifest());
  REQUIRE(manifest.has_value());
  CHECK(manifest->monitors == covered.monitors);
  REQUIRE(manifest->steps.size() == 3);
  CHECK(manifest->steps[0].hidden == 2);
  CHECK(manifest->steps[1].hidden == 0);
  CHECK(manifest->steps[0].monitors.empty());
  CHECK(manifest->steps[1].monitors == plugged.monitors);
  CHECK(manifest->steps[2].monitors.empty());
}

TEST_CASE("ticket: a black region makes the picture's file anew, is cut to the picture, and is counted") {
  opened t;
  t.all_encoded();
  REQUIRE(t.draft.phase() == ticket_phase::reviewing);
  CHECK(t.draft.black_out(2, {{90, 40, 500, 500}, {100, 0, 5, 5}, {0, 50, 5, 5}}));
  CHECK(t.draft.regions(2) == std::vector<region>{{90, 40, 10, 10}});
  CHECK(t.draft.phase() == ticket_phase::preparing);
  CHECK_FALSE(t.draft.view().pictures[1].bytes.has_value());
  CHECK(t.draft.view().pictures[1].regions == t.draft.regions(2));
  CHECK(t.draft.consent({}).error().code == errc::unavailable);
  t.draft.picture_encoded(2, file_of("black", 2));
  CHECK(t.draft.phase() == ticket_phase::reviewing);
  const auto given = t.draft.consent({});
  REQUIRE(given.has_value());
  const auto manifest = wire::decode_manifest((*given)->manifest());
  REQUIRE(manifest.has_value());
  CHECK(manifest->steps[0].redactions == 0);
  CHECK(manifest->steps[1].redactions == 1);
  CHECK(manifest->steps[0].window == "Invoices");
  CHECK(manifest->steps[1].window.empty()); // what was covered may have been the title
  CHECK(manifest->steps[1].application.empty());
  CHECK_FALSE(t.draft.black_out(2, {})); // too late
}

TEST_CASE("ticket: black regions can be taken back, and there is an end to their number") {
  opened t;
  t.all_encoded();
  CHECK_FALSE(t.draft.black_out(0, {{0, 0, 1, 1}}));
  CHECK_FALSE(t.draft.black_out(4, {{0, 0, 1, 1}}));
  CHECK_FALSE(t.draft.black_out(1, std::vector<region>(max_regions + 1, {0, 0, 1, 1})));
  CHECK_FALSE(t.draft.black_out(1, {}));
  CHECK(t.draft.black_out(1, std::vector<region>(max_regions, {0, 0, 1, 1})));
  CHECK_FALSE(t.draft.black_out(1, std::vector<region>(max_regions, {0, 0, 1, 1})));
  CHECK(t.draft.black_out(1, {}));
  CHECK(t.draft.regions(1).empty());
  t.draft.picture_failed(1, "It could not be read.");
  CHECK_FALSE(t.draft.black_out(1, {{0, 0, 1, 1}}));
}

TEST_CASE("ticket: the windows' titles are a fact that can be left out") {
  opened t;
  t.all_encoded();
  const auto shown = t.draft.view().facts.back();
  CHECK(shown.content.id == ticket_draft::window_titles);
  CHECK(shown.content.text == "Invoices (calc)"); // once, though three pictures have it
  CHECK(shown.included);
  for (std::uint32_t id = 1; id <= 3; ++id)
    t.draft.include_picture(id, false);
  CHECK(t.draft.view().facts.back().content.id == "memory"); // none would be sent
  for (std::uint32_t id = 1; id <= 3; ++id)
    t.draft.include_picture(id, true);
  CHECK(t.draft.include_fact(std::string{ticket_draft::window_titles}, false));
  CHECK_FALSE(t.draft.view().facts.back().included);
  const auto given = t.draft.consent({});
  REQUIRE(given.has_value());
  CHECK((*given)->manifest().find("Invoices") == std::string::npos);
  CHECK((*given)->manifest().find("calc") == std::string::npos);
  for (const auto& each : (*given)->files()) {
    const std::string text{reinterpret_cast<const char*>(each.bytes->data()), each.bytes->size()};
    CHECK(text.find("Invoices") == std::string::npos);
  }
}

TEST_CASE("ticket: of the organisation's own questions only the answers that it offers are taken") {
  ticket_draft draft{{{{1}},
                      {},
                      "Example IT",
                      "host",
                      "user",
                      "1",
                      {},
                      {"Ann", "a@example.org", "", "", "", "", {}},
                      {{"Department", {"Sales", "IT"}}}},
                     {}};
  CHECK(draft.view().form.name == "Ann");
  CHECK(draft.view().choices.size() == 1);
  auto form = draft.view().form;
  form.choices = {{"Department", "IT"}, {"Floor", "2"}};
  CHECK(draft.write_form(form));
  CHECK(draft.view().form.choices == std::map<std::string, std::string>{{"Department", "IT"}});
  form.choices = {{"Department", "Kitchen"}};
  CHECK(draft.write_form(form));
  CHECK(draft.view().form.choices.empty());
}
