#include "actors/ticket/ticket_actor.hpp"
#include "tests/actors/virtual_system.hpp"

#include <doctest/doctest.h>

using namespace tier2;
using namespace std::chrono_literals;

namespace {

/// What the ticket's neighbours were told. Each double knows the messages that the ticket may send and fails
/// the test on any other.
struct heard {
  std::vector<std::string> capture, consent, encoder, link;
  steady_time snapshot_until{}, forgotten_until{};
  std::vector<ticket_view_ptr> views;
  submission_ptr submitted;
  std::vector<std::uint32_t> ids;           ///< Of each picture that was to be encoded,
  std::vector<std::vector<region>> regions; ///< and what was to be black.
  std::vector<region> decoded;
  bool slow{false}; ///< The encoder answers only when it is told to.
  std::vector<caf::typed_response_promise<encoded_picture>> unanswered;
  std::vector<caf::typed_response_promise<rgba_image>> undecoded;
  std::uint64_t rounds{};
};

void fail_loudly(caf::scheduled_actor* self) {
  self->set_default_handler([](caf::scheduled_actor*, caf::message_view&) -> caf::result<caf::message> {
    FAIL("an unexpected message");
    return caf::sec::unexpected_message;
  });
}

caf::behavior capture_double(caf::event_based_actor* self, heard* all) {
  fail_loudly(self);
  return {[all](const set_recording& what) { all->capture.push_back(what.on ? "on" : "off"); },
          [all](const flush&) {
            all->capture.push_back("flush");
            return flushed{};
          }};
}

caf::behavior recorder_double(caf::event_based_actor* self, heard* all, const kept_frames& frames) {
  fail_loudly(self);
  return {[all, frames](const snapshot& what) {
            all->snapshot_until = what.until;
            return frames;
          },
          [all](const forget& what) { all->forgotten_until = what.until; }};
}

encoded_picture encoded(std::uint32_t id, std::size_t bytes) {
  encoded_picture done;
  done.id = id;
  done.name = "picture-" + std::to_string(id) + ".png";
  done.media_type = "image/png";
  done.file = std::make_shared<const private_bytes>(private_bytes(bytes));
  return done;
}

caf::behavior encoder_double(caf::event_based_actor* self, heard* all) {
  fail_loudly(self);
  return {[self, all](const encode_picture& what) {
            all->encoder.push_back("encode");
            all->ids.push_back(what.id);
            all->regions.push_back(what.regions);
            auto promise = self->make_response_promise<encoded_picture>();
            if (all->slow)
              all->unanswered.push_back(promise);
            else
              promise.deliver(encoded(what.id, 10));
            return promise;
          },
          [all](std::uint32_t id) {
            all->undecoded.front().deliver(rgba_image{id, true, 0, 0, nullptr});
            all->undecoded.erase(all->undecoded.begin());
          },
          [all](std::uint64_t bytes) {
            all->unanswered.back().deliver(encoded(1, bytes));
            all->unanswered.pop_back();
          },
          [self, all](const decode_picture& what) -> caf::result<rgba_image> {
            all->decoded = what.regions;
            all->encoder.push_back(what.thumbnail ? "thumbnail" : "large");
            if (all->slow) return all->undecoded.emplace_back(self->make_response_promise<rgba_image>());
            return rgba_image{what.id, what.thumbnail, 0, 0, nullptr};
          },
          [all](const drop_work&) { all->encoder.push_back("drop"); }};
}

caf::behavior collector_double(caf::event_based_actor* self, heard* all) {
  fail_loudly(self);
  return {[all](const collect& what) { all->rounds = what.round; }};
}

caf::behavior consent_double(caf::event_based_actor* self, heard* all) {
  fail_loudly(self);
  return {[all](const show_page&) { all->consent.push_back("page"); },
          [all](const show_view& what) { all->views.push_back(what.view); },
          [all](const show_image&) { all->consent.push_back("image"); }};
}

caf::behavior link_double(caf::event_based_actor* self, heard* all) {
  fail_loudly(self);
  return {[all](const submit& what) {
            all->link.push_back("submit");
            all->submitted = what.what;
          },
          [all](const withdraw&) { all->link.push_back("withdraw"); }};
}

struct ticketing {
  test::virtual_system all;
  heard h;
  std::vector<caf::actor> doubles;
  ticket_actor actor;
  caf::actor slow_encoder;

  explicit ticketing(std::size_t pictures = 2) {
    kept_frames frames;
    kept_frame frame;
    frame.info.width = 100;
    frame.info.height = 50;
    for (std::size_t i = 0; i < pictures; ++i)
      frames.push_back(std::make_shared<const kept_frame>(frame));
    ticket_surroundings around;
    auto& s = all.system;
    around.capture = add<capture_actor>(s.spawn(capture_double, &h));
    around.recorder = add<recorder_actor>(s.spawn(recorder_double, &h, frames));
    slow_encoder = s.spawn(encoder_double, &h);
    around.encoder = add<encoder_actor>(slow_encoder);
    around.collector = add<collector_actor>(s.spawn(collector_double, &h));
    around.consent = add<consent_actor>(s.spawn(consent_double, &h));
    around.link = add<link_actor>(s.spawn(link_double, &h));
    around.to = "Example IT";
    actor = s.spawn(ticket, around);
    all.run();
  }
  ~ticketing() {
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    for (auto& each : doubles)
      caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
    all.run();
  }
  template <class Handle>
  Handle add(const caf::actor& which) {
    doubles.push_back(which);
    return caf::actor_cast<Handle>(which);
  }
  template <class Message>
  void tell(Message what) {
    caf::anon_send(actor, std::move(what));
    all.advance(50ms);
  }
  void open(steady_time at = {}) { tell(open_ticket{at, "hotkey", {}}); }
  void black_out(std::vector<region> what) { tell(user_said{page::black_out{1, std::move(what)}}); }
  void answer(std::uint64_t bytes) {
    caf::anon_send(slow_encoder, bytes);
    all.advance(250ms);
  }
  const ticket_view& last() { return *h.views.back(); }
};

} // namespace

TEST_CASE("ticket: the hotkey stops recording first, and the ticket shows nothing from after it") {
  ticketing t;
  t.h.capture.clear();
  const auto at = steady_time{} + 12345ms;
  t.open(at);
  CHECK(t.h.capture == std::vector<std::string>{"off", "flush"});
  CHECK(t.h.snapshot_until == at);
  CHECK(t.last().pictures.size() == 2);
}

TEST_CASE("ticket: nothing goes to the link before the user says Send") {
  ticketing t;
  t.open();
  t.tell(page_present{true});
  ticket_form form;
  form.message = "help";
  t.tell(user_said{page::write_form{form}});
  t.tell(user_said{page::include_picture{1, false}});
  t.tell(collected{t.h.rounds, {"os", "OS", "Debian", ""}});
  t.tell(facts_complete{t.h.rounds});
  t.all.advance(300s);
  CHECK(t.h.link.empty());
  t.tell(user_said{page::send{}});
  REQUIRE(t.h.link == std::vector<std::string>{"submit"});
  CHECK(t.h.submitted->files().size() == 2); // the facts and one picture
}

TEST_CASE("ticket: pressing the hotkey again shows the same ticket") {
  ticketing t;
  t.open();
  const auto id = t.last().ticket;
  t.open();
  CHECK(t.last().ticket == id);
  CHECK(std::count(t.h.consent.begin(), t.h.consent.end(), "page") == 2);
}

TEST_CASE("ticket: recording rests while the page is open and goes on when it is sent") {
  ticketing t;
  t.open();
  t.tell(page_present{true});
  CHECK(t.h.capture.back() == "off");
  t.tell(user_said{page::send{}});
  CHECK(t.h.capture.back() == "on");
}

TEST_CASE("ticket: one whose page was closed is discarded after its time, and not before") {
  ticketing t;
  t.open();
  t.tell(page_present{true});
  t.tell(page_present{false});
  t.all.advance(500s);
  CHECK(t.last().phase != ticket_phase::discarded);
  t.all.advance(101s);
  CHECK(t.last().phase == ticket_phase::discarded);
  CHECK(t.h.link == std::vector<std::string>{"withdraw"});
  CHECK(t.h.encoder.back() == "drop");
}

TEST_CASE("ticket: a page that comes back keeps the ticket") {
  ticketing t;
  t.open();
  t.tell(page_present{true});
  t.tell(page_present{false});
  t.all.advance(300s);
  t.tell(page_present{true});
  t.all.advance(2000s);
  CHECK(t.last().phase != ticket_phase::discarded);
}

TEST_CASE("ticket: when no browser comes, recording goes on after a minute") {
  ticketing t;
  t.open();
  CHECK(t.h.capture.back() == "flush");
  t.all.advance(61s);
  CHECK(t.h.capture.back() == "on");
}

TEST_CASE(
    "ticket: a sent one waits for the network with its page closed, survives the link's crash, and ends") {
  ticketing t;
  t.open();
  t.tell(page_present{true});
  t.tell(user_said{page::send{}});
  const auto id = t.h.submitted->ticket();
  t.tell(submit_progress{id, submit_progress::kind::waiting, 0, {}, {}, "no network", ""});
  CHECK(t.last().phase == ticket_phase::waiting);
  t.tell(page_present{false});
  t.all.advance(5000s);
  CHECK(t.last().phase == ticket_phase::waiting);
  t.tell(link_started{});
  CHECK(t.h.link == std::vector<std::string>{"submit", "submit"});
  t.tell(submit_progress{id, submit_progress::kind::sent, 20, "1042", "", "", ""});
  CHECK(t.last().phase == ticket_phase::sent);
  CHECK(t.last().number == "1042");
  t.tell(link_started{});
  CHECK(t.h.link.size() == 2);
  t.open();
  CHECK(t.last().ticket != id);
}

TEST_CASE("ticket: discard works while it waits, and takes the submission back") {
  ticketing t;
  t.open();
  t.tell(page_present{true});
  t.tell(user_said{page::send{}});
  t.tell(
      submit_progress{t.h.submitted->ticket(), submit_progress::kind::waiting, 0, {}, {}, "no network", ""});
  t.tell(user_said{page::discard{}});
  CHECK(t.last().phase == ticket_phase::discarded);
  CHECK(t.h.link.back() == "withdraw");
  t.tell(link_started{});
  CHECK(t.h.link.size() == 2);
}

TEST_CASE(
    "ticket: the recording that a ticket showed is forgotten once it is sent or discarded, and not before") {
  for (const bool sent : {true, false}) {
    ticketing t;
    const auto at = steady_time{} + 777ms;
    t.open(at);
    t.tell(page_present{true});
    t.tell(user_said{page::send{}});
    CHECK(t.h.forgotten_until == steady_time{});
    if (sent)
      t.tell(submit_progress{t.h.submitted->ticket(), submit_progress::kind::sent, 20, "1", "", "", ""});
    else
      t.tell(user_said{page::discard{}});
    CHECK(t.h.forgotten_until == at);
  }
}

TEST_CASE("ticket: what is blacked out goes to the encoder, one file of a picture at a time, and the newest "
          "counts") {
  using regions = std::vector<region>;
  ticketing t{1};
  t.h.slow = true;
  t.open();
  t.tell(facts_complete{t.h.rounds});
  REQUIRE(t.h.regions == std::vector<regions>{{}});
  t.black_out({{1, 1, 5, 5}});
  t.black_out({{2, 2, 5, 5}});
  CHECK(t.h.regions.size() == 1);
  t.answer(10); // without any region: not taken
  CHECK(t.h.regions == std::vector<regions>{{}, {{2, 2, 5, 5}}});
  CHECK_FALSE(t.last().pictures[0].bytes.has_value());
  CHECK(t.last().phase == ticket_phase::preparing);
  t.tell(user_said{page::send{}});
  CHECK(t.h.link.empty());
  t.answer(7);
  CHECK(t.last().pictures[0].bytes == std::optional<std::uint64_t>{7});
  CHECK(t.last().pictures[0].regions == regions{{2, 2, 5, 5}});
  t.tell(user_said{page::show_picture{1}});
  CHECK(t.h.decoded == regions{{2, 2, 5, 5}});
  t.tell(user_said{page::send{}});
  CHECK(t.h.link == std::vector<std::string>{"submit"});
}

TEST_CASE(
    "ticket: while the browser starts one file is made, that of the picture which the page shows first") {
  ticketing t{3};
  t.open();
  CHECK(t.h.ids == std::vector<std::uint32_t>{3});
  t.black_out({{1, 1, 5, 5}}); // of the first picture: somebody waits to see it
  CHECK(t.h.ids == std::vector<std::uint32_t>{3, 1});
  t.tell(page_present{true});
  CHECK(t.h.ids == std::vector<std::uint32_t>{3, 1, 2});
  t.tell(page_present{false});
  t.tell(page_present{true});
  t.all.advance(10s);
  CHECK(t.h.ids.size() == 3);
}

TEST_CASE("ticket: a browser that never comes keeps no file from being made") {
  ticketing t{3};
  t.open();
  t.all.advance(2s);
  CHECK(t.h.ids == std::vector<std::uint32_t>{3});
  t.all.advance(2s);
  CHECK(t.h.ids == std::vector<std::uint32_t>{3, 2, 1});
}

TEST_CASE("ticket: after a crash of consent the next page gets the thumbnails again, once") {
  ticketing t;
  t.open();
  t.tell(page_present{true});
  t.h.encoder.clear();
  t.h.consent.clear();
  t.tell(page_present{false});
  t.tell(consent_started{});
  CHECK(t.h.encoder.empty()); // nobody is there to see them
  t.open();
  t.tell(page_present{true});
  CHECK(t.h.encoder == std::vector<std::string>{"thumbnail", "thumbnail"});
  CHECK(t.h.consent == std::vector<std::string>{"page", "image", "image"});
  t.tell(page_present{false});
  t.tell(page_present{true});
  CHECK(t.h.encoder.size() == 2);
}

TEST_CASE("ticket: a thumbnail that was made before a part was blacked out is not shown after it") {
  ticketing t;
  t.open();
  t.tell(page_present{true});
  t.tell(page_present{false});
  t.tell(consent_started{});
  t.h.slow = true;
  t.tell(page_present{true});
  REQUIRE(t.h.undecoded.size() == 2); // of the second picture, and of the first
  t.black_out({{1, 1, 5, 5}});        // of the first
  t.h.consent.clear();
  for (const std::uint32_t id : {2U, 1U}) {
    caf::anon_send(t.slow_encoder, id);
    t.all.advance(250ms);
  }
  CHECK(t.h.consent == std::vector<std::string>{"image"}); // of the second
}
