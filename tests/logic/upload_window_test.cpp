#include "actors/link/upload_window.hpp"

#include <algorithm>
#include <deque>
#include <doctest/doctest.h>

using namespace tier2;
using namespace std::chrono_literals;

namespace {

using milliseconds = std::chrono::duration<double, std::milli>;

/// A line and what is behind it, in made up time: bytes leave it one after the other, and each piece is
/// acknowledged when it has arrived and `way` has passed.
struct line {
  double bytes_a_ms;
  milliseconds way;
  upload_window window{};
  milliseconds now{}, free_at{};
  struct piece {
    std::uint64_t up_to;
    milliseconds acknowledged_at;
  };
  std::deque<piece> under_way{};
  std::uint64_t sent{}, acknowledged{};
  milliseconds queue_most{}; ///< What a small message behind all that would have waited for, since `forget`.

  steady_time at() const { return steady_time{std::chrono::duration_cast<steady_time::duration>(now)}; }
  void fill() {
    while (sent - acknowledged + window.piece() <= window.bytes()) {
      sent += window.piece();
      free_at = std::max(free_at, now) + milliseconds{static_cast<double>(window.piece()) / bytes_a_ms};
      under_way.push_back({sent, free_at + way});
      window.sent(sent, at());
    }
    queue_most = std::max(queue_most, free_at - now);
  }
  /// Gives how much of the line was used.
  double run(milliseconds how_long) {
    const auto end = now + how_long;
    const auto before = acknowledged;
    queue_most = {};
    fill();
    while (under_way.front().acknowledged_at <= end) {
      now = under_way.front().acknowledged_at;
      acknowledged = under_way.front().up_to;
      under_way.pop_front();
      window.acknowledged(acknowledged, at());
      fill();
    }
    now = end;
    return static_cast<double>(acknowledged - before) / bytes_a_ms / how_long.count();
  }
};

constexpr double mbit = 1000.0 / 8; // bytes a millisecond

} // namespace

TEST_CASE("upload_window: a line is full, and what comes behind waits for little") {
  for (const double rate : {20.0, 50.0, 100.0})
    for (const auto way : {1.0, 5.0, 15.0}) {
      CAPTURE(rate);
      CAPTURE(way);
      line one{rate * mbit, milliseconds{way}};
      one.run(5s);
      CHECK(one.run(20s) > 0.9);
      CHECK(one.queue_most < 50ms);
    }
}

TEST_CASE("upload_window: a slow line has no more under way than two small pieces") {
  line one{1 * mbit, milliseconds{30}};
  one.run(10s);
  CHECK(one.window.bytes() == upload_window::smallest);
  CHECK(one.run(20s) > 0.8);
}

TEST_CASE("upload_window: a fast line and a far one get the whole window, and no more") {
  for (auto one : {line{10'000 * mbit, milliseconds{5}}, line{100 * mbit, milliseconds{300}}}) {
    one.run(30s);
    CHECK(one.window.bytes() == upload_window::largest);
    CHECK(one.window.piece() == upload_window::largest / 4);
    CHECK(one.window.piece() <= wire::max_local_bulk_bytes);
  }
}

TEST_CASE("upload_window: a line that becomes slower is noticed, and one that becomes fast again, too") {
  line one{100 * mbit, milliseconds{5}};
  one.run(5s);
  one.bytes_a_ms = 20 * mbit;
  one.run(5s);
  one.run(5s);
  CHECK(one.queue_most < 60ms);
  one.bytes_a_ms = 100 * mbit;
  one.run(5s);
  CHECK(one.run(5s) > 0.9);
}

TEST_CASE("upload_window: one late acknowledgement of three changes nothing") {
  upload_window late, steady;
  std::uint64_t bytes = 0;
  steady_time now{};
  for (int i = 0; i < 200; ++i) {
    bytes += steady.piece();
    late.sent(bytes, now);
    steady.sent(bytes, now);
    now += 10ms;
    steady.acknowledged(bytes, now);
    now += i % 3 == 2 ? 200ms : 0ms;
    late.acknowledged(bytes, now);
  }
  CHECK(late.bytes() == steady.bytes());
}

TEST_CASE("upload_window: what another connection had under way, and what was lost, is no measure") {
  upload_window window;
  steady_time now{};
  window.sent(1000, now);
  window.acknowledged(1000, now += 1ms); // the shortest
  const auto before = window.bytes();
  window.sent(2000, now);
  window.acknowledged(500, now += 1ms); // the cloud lost some
  window.acknowledged(2000, now += 10s);
  CHECK(window.bytes() == before);
  window.begin();
  const auto fresh = window.bytes();
  window.acknowledged(1'000'000, now += 10s); // a ticket that goes on where it was
  CHECK(window.bytes() == fresh);
}
