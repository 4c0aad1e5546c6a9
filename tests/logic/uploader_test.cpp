#include "actors/link/uploader.hpp"

#include "tests/support/consented_ticket.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace tier2;

namespace {

const uuid id{{9}};
const steady_time now{};

/// The cloud's side, as far as the uploader can see it: what it has of each part.
struct receiver {
  std::vector<private_bytes> parts;
  bool begun{false}, ended{false};
  std::uint64_t in_flight_most{};

  wire::ticket_state take(const std::vector<wire::local_message>& messages) {
    std::uint64_t in_flight = 0;
    for (const auto& each : messages) {
      const auto what = wire::decode(each.json).value();
      if (std::holds_alternative<wire::ticket_begin>(what)) begun = true;
      if (std::holds_alternative<wire::ticket_end>(what)) ended = true;
      if (const auto* data = std::get_if<wire::ticket_data>(&what)) {
        REQUIRE(each.bulk.size() <= wire::max_local_bulk_bytes);
        REQUIRE(parts.at(data->part).size() == data->offset);
        parts[data->part].insert(parts[data->part].end(), each.bulk.begin(), each.bulk.end());
        in_flight += each.bulk.size();
      }
    }
    in_flight_most = std::max(in_flight_most, in_flight);
    return state();
  }
  wire::ticket_state state() const {
    wire::ticket_state now;
    now.ticket = id;
    for (std::uint32_t i = 0; i < parts.size(); ++i)
      now.have.push_back({i, parts[i].size()});
    return now;
  }
};

} // namespace

TEST_CASE("uploader: nothing but the beginning is sent before the other side has answered") {
  uploader upload{test::consented_ticket(id, {1000})};
  const auto first = upload.connected();
  REQUIRE(first.size() == 1);
  CHECK(first[0].bulk.empty());
  CHECK(std::holds_alternative<wire::ticket_begin>(wire::decode(first[0].json).value()));
}

TEST_CASE(
    "uploader: every byte arrives once and in order, with no more unacknowledged than the window allows") {
  const auto what = test::consented_ticket(id, {3'000'000, 1, 0, 262'144, 262'145});
  uploader upload{what};
  receiver other;
  other.parts.resize(5);
  auto out = upload.connected();
  for (int round = 0; round < 100 && !other.ended; ++round)
    out = upload.on_state(other.take(out), now);
  CHECK(other.begun);
  // No time passes here: nothing queues, and the window grows to its bound.
  CHECK(other.in_flight_most <= upload_window::largest);
  CHECK(other.in_flight_most > upload_window::largest / 2);
  for (std::size_t i = 0; i < 5; ++i)
    CHECK(other.parts[i] == *what->files()[i].bytes);
  other.take(out);
  CHECK(other.ended);
  CHECK_FALSE(upload.finished());
  auto done = other.state();
  done.number = "7";
  done.url = "https://x/7";
  CHECK(upload.on_state(done, now).empty());
  CHECK(upload.number() == "7");
  CHECK(upload.acknowledged() == upload.total());
}

TEST_CASE("uploader: after a break at any point it goes on where the other side is") {
  const auto what = test::consented_ticket(id, {700'000, 600'000});
  for (int cut = 0; cut < 8; ++cut) {
    CAPTURE(cut);
    uploader upload{what};
    receiver other;
    other.parts.resize(2);
    auto out = upload.connected();
    for (int i = 0; i < cut; ++i)
      out = upload.on_state(other.take(out), now);
    // What is in `out` is lost with the connection.
    upload.disconnected();
    out = upload.connected();
    for (int round = 0; round < 100 && !other.ended; ++round)
      out = upload.on_state(other.take(out), now);
    other.take(out);
    CHECK(other.ended);
    for (std::size_t i = 0; i < 2; ++i)
      CHECK(other.parts[i] == *what->files()[i].bytes);
  }
}

TEST_CASE("uploader: a refusal ends it, and words about another ticket change nothing") {
  uploader upload{test::consented_ticket(id, {10})};
  upload.connected();
  wire::ticket_state other;
  other.ticket = uuid{{1}};
  other.number = "5";
  CHECK(upload.on_state(other, now).empty());
  CHECK_FALSE(upload.finished());
  wire::ticket_state no;
  no.ticket = id;
  no.error = "too large";
  CHECK(upload.on_state(no, now).empty());
  CHECK(upload.refused() == "too large");
}

TEST_CASE("uploader: a liar that claims to have more than there is gets no more than there is") {
  uploader upload{test::consented_ticket(id, {10})};
  upload.connected();
  wire::ticket_state lie;
  lie.ticket = id;
  lie.have = {{0, 1'000'000'000}, {77, 5}};
  upload.on_state(lie, now);
  CHECK(upload.acknowledged() == 10);
}

TEST_CASE("uploader: an error for now is waited out, and the whole ticket arrives after it") {
  const auto what = test::consented_ticket(id, {600'000});
  uploader upload{what};
  receiver other;
  other.parts.resize(1);
  auto out = upload.on_state(other.take(upload.connected()), now);
  auto full = other.state();
  full.error = "disk_full: no room";
  full.retry_after_s = 60;
  CHECK(upload.on_state(full, now).empty());
  CHECK_FALSE(upload.finished());
  CHECK(upload.retry_after() == std::chrono::seconds{60});
  CHECK(upload.put_off() == "disk_full: no room");
  CHECK(upload.on_state(other.state(), now).empty()); // a late acknowledgement does not start it again
  out = upload.connected();
  for (int round = 0; round < 100 && !other.ended; ++round)
    out = upload.on_state(other.take(out), now);
  CHECK(other.ended);
  CHECK(other.parts[0] == *what->files()[0].bytes);
}

TEST_CASE("uploader: a part that the cloud lost after all is sent again, and the end too") {
  const auto what = test::consented_ticket(id, {600'000, 1000});
  uploader upload{what};
  receiver other;
  other.parts.resize(2);
  auto out = upload.connected();
  for (int round = 0; round < 100 && !other.ended; ++round)
    out = upload.on_state(other.take(out), now);
  other.take(out);
  REQUIRE(other.ended);
  other.ended = false;
  other.parts[0].clear();
  out = upload.on_state(other.state(), now);
  for (int round = 0; round < 100 && !other.ended; ++round)
    out = upload.on_state(other.take(out), now);
  other.take(out);
  CHECK(other.ended);
  CHECK(other.parts[0] == *what->files()[0].bytes);
}
