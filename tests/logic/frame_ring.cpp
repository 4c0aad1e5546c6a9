#include "actors/recorder/frame_ring.hpp"

#include <doctest/doctest.h>

using namespace tier2;
using namespace std::chrono_literals;

namespace {

const steady_time start = steady_time{} + 1000h;

std::shared_ptr<const sealed_chunk> chunk(std::size_t size) {
  return std::make_shared<const sealed_chunk>(sealed_chunk{std::vector<std::byte>(size)});
}

std::shared_ptr<const kept_frame> frame(std::uint64_t id, steady_time at,
                                        std::vector<std::shared_ptr<const sealed_chunk>> chunks) {
  kept_frame made;
  made.info.id = id;
  made.info.captured_at = at;
  made.chunks = std::move(chunks);
  return std::make_shared<const kept_frame>(std::move(made));
}

std::vector<std::uint64_t> ids(frame_ring& ring, steady_time until, steady_time now) {
  std::vector<std::uint64_t> seen;
  for (const auto& kept : ring.snapshot(until, now))
    seen.push_back(kept->info.id);
  return seen;
}

using id_list = std::vector<std::uint64_t>;

} // namespace

TEST_CASE("a ring of two frames holds the last two, oldest first") {
  frame_ring ring{{.frames = 2, .bytes = 1000, .age = 60s}};
  CHECK(ids(ring, start, start).empty());
  for (std::uint64_t id = 1; id <= 5; ++id) {
    ring.push(frame(id, start, {chunk(10)}), start);
    CHECK(ring.size() == std::min<std::uint64_t>(id, 2));
    CHECK(ring.bytes() == ring.size() * 10);
  }
  CHECK(ids(ring, start, start) == id_list{4, 5});
  CHECK(ring.counts().evicted_count == 3);
  CHECK(ring.counts().evicted_bytes == 0);
  CHECK(ring.counts().evicted_age == 0);
  CHECK(ring.counts().refused == 0);
}

TEST_CASE("the oldest go when the bytes do not suffice, as many as it takes") {
  frame_ring ring{{.frames = 100, .bytes = 100, .age = 60s}};
  for (std::uint64_t id = 1; id <= 4; ++id)
    ring.push(frame(id, start, {chunk(25)}), start);
  CHECK(ids(ring, start, start) == id_list{1, 2, 3, 4});
  ring.push(frame(5, start, {chunk(1)}), start);
  CHECK(ids(ring, start, start) == id_list{2, 3, 4, 5});
  CHECK(ring.bytes() == 76);
  ring.push(frame(6, start, {chunk(60), chunk(40)}), start);
  CHECK(ids(ring, start, start) == id_list{6});
  CHECK(ring.bytes() == 100);
  CHECK(ring.counts().evicted_bytes == 5);
  CHECK(ring.counts().evicted_count == 0);
}

TEST_CASE("frames that are older than allowed go, without a new one coming") {
  frame_ring ring{{.frames = 100, .bytes = 1000, .age = 60s}};
  ring.push(frame(1, start, {chunk(10)}), start);
  ring.push(frame(2, start + 30s, {chunk(10)}), start + 30s);
  CHECK(ids(ring, start + 2h, start + 60s) == id_list{1, 2});
  CHECK(ids(ring, start + 2h, start + 60s + 1ns) == id_list{2});
  CHECK(ring.bytes() == 10);
  ring.expire(start + 91s);
  CHECK(ring.size() == 0);
  CHECK(ring.bytes() == 0);
  CHECK(ring.counts().evicted_age == 2);
}

TEST_CASE("pushing drops what has become too old") {
  frame_ring ring{{.frames = 100, .bytes = 1000, .age = 60s}};
  ring.push(frame(1, start, {chunk(10)}), start);
  ring.push(frame(2, start + 61s, {chunk(10)}), start + 61s);
  CHECK(ring.size() == 1);
  CHECK(ring.counts().evicted_age == 1);
}

TEST_CASE("a chunk that frames share counts once and stays until its last frame goes") {
  frame_ring ring{{.frames = 2, .bytes = 100, .age = 60s}};
  const auto shared = chunk(60);
  const std::weak_ptr<const sealed_chunk> watched = shared;
  ring.push(frame(1, start, {shared, chunk(10)}), start);
  CHECK(ring.bytes() == 70);
  ring.push(frame(2, start, {shared, shared, chunk(20)}), start);
  CHECK(ring.bytes() == 90);
  CHECK(ring.size() == 2);
  ring.push(frame(3, start, {shared}), start);
  CHECK(ids(ring, start, start) == id_list{2, 3});
  CHECK(ring.bytes() == 80);
  ring.push(frame(4, start, {chunk(5)}), start);
  CHECK(ring.bytes() == 65);
  ring.push(frame(5, start, {chunk(5)}), start);
  CHECK(ring.bytes() == 10);
  CHECK(ring.counts().evicted_bytes == 0);
}

TEST_CASE("what is dropped is freed") {
  frame_ring ring{{.frames = 1, .bytes = 100, .age = 60s}};
  auto first = frame(1, start, {chunk(10)});
  const std::weak_ptr<const sealed_chunk> watched = first->chunks[0];
  ring.push(std::move(first), start);
  CHECK_FALSE(watched.expired());
  ring.push(frame(2, start, {chunk(10)}), start);
  CHECK(watched.expired());
}

TEST_CASE("a frame larger than the ring is refused and counted, and nothing is dropped for it") {
  frame_ring ring{{.frames = 10, .bytes = 100, .age = 60s}};
  ring.push(frame(1, start, {chunk(40)}), start);
  ring.push(frame(2, start, {chunk(101)}), start);
  ring.push(frame(3, start, {chunk(60), chunk(41)}), start);
  CHECK(ids(ring, start, start) == id_list{1});
  CHECK(ring.counts().refused == 2);
  CHECK(ring.counts().evicted_bytes == 0);
  const auto twice = chunk(60); // counts once inside one frame too
  ring.push(frame(4, start, {twice, twice}), start);
  CHECK(ids(ring, start, start) == id_list{1, 4});
  ring.push(frame(5, start, {chunk(100)}), start);
  CHECK(ids(ring, start, start) == id_list{5});
}

TEST_CASE("a snapshot has what was grabbed at or before the moment, and leaves the ring as it is") {
  frame_ring ring{{.frames = 10, .bytes = 100, .age = 60s}};
  for (std::uint64_t id = 1; id <= 3; ++id)
    ring.push(frame(id, start + id * 1s, {chunk(10)}), start + id * 1s);
  CHECK(ids(ring, start + 2s, start + 4s) == id_list{1, 2});
  CHECK(ids(ring, start + 2s - 1ns, start + 4s) == id_list{1});
  CHECK(ids(ring, start, start + 4s).empty());
  CHECK(ids(ring, start + 9s, start + 4s) == id_list{1, 2, 3});
  CHECK(ring.size() == 3);
}

TEST_CASE("a snapshot keeps its frames though the ring goes on") {
  frame_ring ring{{.frames = 1, .bytes = 100, .age = 60s}};
  ring.push(frame(1, start, {chunk(10)}), start);
  const auto taken = ring.snapshot(start, start);
  ring.push(frame(2, start, {chunk(10)}), start);
  REQUIRE(taken.size() == 1);
  CHECK(taken[0]->info.id == 1);
  CHECK(taken[0]->chunks[0]->bytes.size() == 10);
}

TEST_CASE("frames up to a moment are forgotten with their bytes, later ones stay") {
  frame_ring ring{{.frames = 10, .bytes = 1000, .age = 60s}};
  const auto shared = chunk(60);
  ring.push(frame(1, start, {shared}), start);
  ring.push(frame(2, start + 1s, {chunk(10)}), start + 1s);
  ring.push(frame(3, start + 2s, {shared}), start + 2s);
  ring.forget(start + 1s);
  CHECK(ids(ring, start + 2s, start + 2s) == id_list{3});
  CHECK(ring.bytes() == 60);
  ring.forget(start + 2s);
  CHECK(ring.size() == 0);
  CHECK(ring.bytes() == 0);
}

namespace {

std::shared_ptr<const kept_frame> lost(std::uint64_t id, steady_time at) {
  kept_frame made;
  made.info.id = id;
  made.info.captured_at = at;
  made.info.note = picture_note::lost_resizing;
  return std::make_shared<const kept_frame>(std::move(made));
}

} // namespace

TEST_CASE("pictures that could not be taken are told in their order and push out none that could") {
  frame_ring ring{{.frames = 3, .bytes = 1000, .age = 60s, .lost = 2}};
  for (std::uint64_t id = 1; id <= 3; ++id)
    ring.push(frame(id * 10, start + id * 10s, {chunk(10)}), start + id * 10s);
  for (std::uint64_t id = 11; id <= 15; ++id)
    ring.push(lost(id, start + id * 1s), start + 30s);
  CHECK(ring.size() == 3);
  CHECK(ids(ring, start + 30s, start + 30s) == id_list{10, 14, 15, 20, 30});
  CHECK(ring.counts().evicted_lost == 3);
  CHECK(ring.counts().evicted_count == 0);
  CHECK(ids(ring, start + 14s, start + 30s) == id_list{10, 14});
  ring.forget(start + 14s);
  CHECK(ids(ring, start + 30s, start + 30s) == id_list{15, 20, 30});
  ring.expire(start + 76s);
  CHECK(ids(ring, start + 30s, start + 76s) == id_list{20, 30});
}
