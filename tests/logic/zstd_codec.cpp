#include "actors/compression/frame_codec.hpp"
#include "platform/crypto/seal.hpp"
#include "tests/platform/memory_scan.hpp"
#include "tests/platform/pictures.hpp"

#include <algorithm>
#include <atomic>
#include <doctest/doctest.h>
#include <thread>
#include <zstd.h>

using namespace tier2;

namespace {

std::shared_ptr<const secret_key> new_key() {
  REQUIRE(init_crypto());
  return std::make_shared<const secret_key>(secret_key::generate());
}

raw_frame frame_of(pixels image, std::uint64_t id = 1) {
  raw_frame frame;
  frame.info.id = id;
  frame.info.width = image.width;
  frame.info.height = image.height;
  frame.image = std::move(image);
  return frame;
}

/// Says the first pixel that differs, or nothing.
std::string difference(const result<pixels>& seen, const pixels& expected) {
  if (!seen) return seen.error().what;
  if (seen->width != expected.width || seen->height != expected.height) return "another size";
  if (seen->stride != seen->width * 4 || seen->bytes.size() != std::size_t{seen->stride} * seen->height)
    return "stride";
  for (std::uint32_t y = 0; y < expected.height; ++y)
    for (std::uint32_t x = 0; x < expected.width; ++x) {
      if (pictures::at(*seen, x, y) != pictures::at(expected, x, y))
        return "pixel " + std::to_string(x) + "," + std::to_string(y);
      if (seen->bytes[(std::size_t{y} * seen->width + x) * 4 + 3] != std::byte{0}) return "X byte";
    }
  return {};
}

void check_exact(frame_codec& codec, const pixels& image) {
  const auto kept = codec.encode(frame_of(image));
  REQUIRE(kept);
  CHECK(kept->chunks.size() == 1);
  CHECK(difference(codec.decode(*kept), image) == "");
}

errc refusal(const frame_codec& codec, const kept_frame& frame) {
  const auto seen = codec.decode(frame);
  REQUIRE_FALSE(seen);
  CHECK_FALSE(seen.error().what.empty());
  return seen.error().code;
}

kept_frame with_chunk(const kept_frame& frame, std::vector<std::byte> bytes) {
  auto changed = frame;
  changed.chunks = {std::make_shared<const sealed_chunk>(sealed_chunk{std::move(bytes)})};
  return changed;
}

} // namespace

TEST_CASE("a kept frame has exactly the pixels of the screen, X byte 0") {
  const auto codec = make_zstd_codec(new_key(), 1);
  for (const auto& [width, height] : std::vector<std::pair<std::uint32_t, std::uint32_t>>{
           {1, 1}, {1, 129}, {129, 1}, {3, 5}, {127, 128}, {641, 479}, {1920, 257}}) {
    CAPTURE(width);
    CAPTURE(height);
    check_exact(*codec, pictures::make(width, height, pictures::noise(width)));
    check_exact(*codec, pictures::make(width, height, pictures::flat(0xff000000)));
    check_exact(*codec, pictures::make(width, height, pictures::desktop));
    check_exact(*codec, pictures::make(width, height, pictures::noise(height), 4));
    check_exact(*codec, pictures::make(width, height, pictures::noise(7), 13));
  }
}

TEST_CASE("screens of 7680x2160 and of the greatest width and height are kept exactly") {
  const auto codec = make_zstd_codec(new_key(), 1);
  check_exact(*codec, pictures::make(7680, 2160, pictures::desktop));
  check_exact(*codec, pictures::make(16384, 20, pictures::desktop));
  check_exact(*codec, pictures::make(20, 16384, pictures::noise(1)));
}

TEST_CASE("every configurable level keeps exactly") {
  const auto key = new_key();
  for (int level = 1; level <= 9; ++level) {
    CAPTURE(level);
    const auto codec = make_zstd_codec(key, level);
    check_exact(*codec, pictures::make(1000, 600, pictures::desktop));
    check_exact(*codec, pictures::make(300, 200, pictures::noise(1)));
  }
}

TEST_CASE("rubbish in the X byte costs nothing") {
  const auto codec = make_zstd_codec(new_key(), 1);
  auto random = pictures::noise(5);
  const auto clean = codec->encode(frame_of(pictures::make(640, 480, pictures::desktop)));
  const auto dirty = codec->encode(frame_of(pictures::make(640, 480, [&](std::uint32_t x, std::uint32_t y) {
    return pictures::desktop(x, y) | (random(x, y) & 0xff000000U);
  })));
  REQUIRE(clean);
  REQUIRE(dirty);
  CHECK(clean->chunks[0]->bytes.size() == dirty->chunks[0]->bytes.size());
}

TEST_CASE("what is known about the frame is kept beside it") {
  const auto codec = make_zstd_codec(new_key(), 1);
  auto frame = frame_of(pictures::make(4, 3, pictures::flat(1)), 42);
  frame.info.window = "Letter";
  frame.info.monitors.push_back({"HDMI-1", -4, 0, 4, 3, 1.5});
  const auto kept = codec->encode(frame);
  REQUIRE(kept);
  CHECK(kept->info.id == 42);
  CHECK(kept->info.window == "Letter");
  CHECK(kept->info.monitors == frame.info.monitors);
  CHECK(kept->info.width == 4);
  CHECK(kept->info.height == 3);
}

TEST_CASE("a frame of no width, too large, or whose rows lie elsewhere is refused") {
  const auto codec = make_zstd_codec(new_key(), 1);
  const auto refused = [&](const pixels& image) {
    const auto kept = codec->encode(frame_of(image));
    return !kept && kept.error().code == errc::invalid_argument;
  };
  const auto good = pictures::make(8, 4, pictures::flat(1));
  const auto changed = [&](auto change) {
    auto image = good;
    change(image);
    return image;
  };
  CHECK(refused(changed([](pixels& image) { image.width = 0; })));
  CHECK(refused(changed([](pixels& image) { image.height = 0; })));
  CHECK(refused(changed([](pixels& image) { image.height = 5; })));
  CHECK(refused(changed([](pixels& image) { image.stride = 28; })));
  CHECK(refused(pictures::make(16385, 1, pictures::flat(0))));
  CHECK(refused(pictures::make(1, 16385, pictures::flat(0))));
  check_exact(*codec, good);
}

TEST_CASE("every truncation and every changed byte of a kept frame is refused") {
  const auto codec = make_zstd_codec(new_key(), 1);
  const auto kept = codec->encode(frame_of(pictures::make(9, 7, pictures::noise(1))));
  REQUIRE(kept);
  const auto& good = kept->chunks[0]->bytes;
  for (std::size_t size = 0; size < good.size(); ++size)
    CHECK(refusal(*codec,
                  with_chunk(*kept, {good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)})) ==
          errc::crypto_failed);
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto bytes = good;
    bytes[at] ^= std::byte{0x10};
    CHECK(refusal(*codec, with_chunk(*kept, bytes)) == errc::crypto_failed);
  }
}

TEST_CASE("a chunk of another frame, or none, or two, is refused") {
  const auto key = new_key();
  const auto codec = make_zstd_codec(key, 1);
  const auto image = pictures::make(9, 7, pictures::noise(1));
  const auto first = codec->encode(frame_of(image, 1));
  const auto second = codec->encode(frame_of(image, 2));
  REQUIRE(first);
  REQUIRE(second);
  auto swapped = *first;
  swapped.chunks = second->chunks;
  CHECK(refusal(*codec, swapped) == errc::crypto_failed);
  auto renamed = *first;
  renamed.info.id = std::uint64_t{1} << 56U; // the id's other end: all 64 bits count
  CHECK(refusal(*codec, renamed) == errc::crypto_failed);
  auto turned = *first;
  std::swap(turned.info.width, turned.info.height);
  CHECK(refusal(*codec, turned) == errc::crypto_failed);
  auto none = *first;
  none.chunks = {};
  CHECK(refusal(*codec, none) == errc::crypto_failed);
  none.chunks = {nullptr};
  CHECK(refusal(*codec, none) == errc::crypto_failed);
  auto two = *first;
  two.chunks.push_back(second->chunks[0]);
  CHECK(refusal(*codec, two) == errc::crypto_failed);
  CHECK(refusal(*make_zstd_codec(new_key(), 1), *first) == errc::crypto_failed);
  CHECK(difference(make_zstd_codec(key, 3)->decode(*first), image) == "");
}

TEST_CASE("a kept frame of an impossible size is refused before memory is taken for it") {
  const auto codec = make_zstd_codec(new_key(), 1);
  auto kept = codec->encode(frame_of(pictures::make(9, 7, pictures::noise(1)))).value();
  for (const std::uint32_t side : {0U, 16385U, 0xffffffffU}) {
    auto wide = kept;
    wide.info.width = side;
    CHECK(refusal(*codec, wide) == errc::invalid_argument);
    auto high = kept;
    high.info.height = side;
    CHECK(refusal(*codec, high) == errc::invalid_argument);
  }
}

TEST_CASE("a frame that was sealed well but holds other than its pixels is refused") {
  const auto key = new_key();
  const auto codec = make_zstd_codec(key, 1);
  kept_frame frame;
  frame.info.width = 4;
  frame.info.height = 2;
  frame.info.id = 0x0102030405060708;
  const std::vector<std::byte> context{std::byte{0}, std::byte{0}, std::byte{0}, std::byte{4},
                                       std::byte{0}, std::byte{0}, std::byte{0}, std::byte{2},
                                       std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4},
                                       std::byte{5}, std::byte{6}, std::byte{7}, std::byte{8}};
  const auto sealed = [&](const std::vector<std::byte>& plain) {
    return with_chunk(frame, seal(*key, plain, context).bytes);
  };
  const auto compressed = [](std::size_t size) {
    const std::vector<std::byte> plain(size, std::byte{7});
    std::vector<std::byte> out(ZSTD_compressBound(size));
    out.resize(ZSTD_compress(out.data(), out.size(), plain.data(), plain.size(), 1));
    return out;
  };
  const auto good = compressed(32);
  CHECK(codec->decode(sealed(good)));
  for (std::size_t size = 0; size < good.size(); ++size)
    CHECK(refusal(*codec, sealed({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)})) ==
          errc::malformed);
  CHECK(refusal(*codec, sealed(compressed(31))) == errc::malformed);
  CHECK(refusal(*codec, sealed(compressed(33))) == errc::malformed);
  CHECK(refusal(*codec, sealed(compressed(1U << 20U))) == errc::malformed);
  auto trailing = good;
  trailing.push_back(std::byte{0});
  CHECK(refusal(*codec, sealed(trailing)) == errc::malformed);
}

TEST_CASE("frames are decoded by several threads while another is encoded") {
  const auto codec = make_zstd_codec(new_key(), 1);
  const auto image = pictures::make(300, 200, pictures::desktop);
  const auto kept = codec->encode(frame_of(image)).value();
  std::atomic<int> exact{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round)
        if (difference(codec->decode(kept), image).empty()) ++exact;
    });
  for (std::uint64_t id = 2; id < 22; ++id) {
    const auto noise = pictures::make(300, 200, pictures::noise(id));
    const auto other = codec->encode(frame_of(noise, id));
    REQUIRE(other);
    CHECK(difference(codec->decode(*other), noise) == "");
  }
  for (auto& thread : threads)
    thread.join();
  CHECK(exact == 60);
}

TEST_CASE("decoded pixels live as long as their owner, and only pixels of the right size are taken") {
  const auto codec = make_zstd_codec(new_key(), 1);
  const auto image = pictures::make(30, 20, pictures::noise(1));
  auto seen = codec->decode(codec->encode(frame_of(image)).value());
  REQUIRE(seen);
  const pixels copy = *seen;
  seen = fail(errc::cancelled, "");
  CHECK(difference(copy, image) == "");

  const auto masked = own_pixels(2, 1, private_bytes(8, std::byte{0xee}));
  REQUIRE(masked);
  CHECK(masked->bytes[2] == std::byte{0xee});
  CHECK(masked->bytes[3] == std::byte{0});
  CHECK(masked->bytes[7] == std::byte{0});
  for (const std::size_t size : {0U, 7U, 9U, 12U}) {
    const auto refused = own_pixels(2, 1, private_bytes(size));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::invalid_argument);
  }
  CHECK_FALSE(own_pixels(0, 0, {}));
  CHECK_FALSE(own_pixels(0xffffffff, 0xffffffff, private_bytes(4)));
  CHECK_FALSE(own_pixels(0x80000000, 2, {}));
}

TEST_CASE("nothing of a frame stays in memory once it is sealed, nor once its decoded pixels are gone") {
  const auto codec = make_zstd_codec(new_key(), 1);
  // 60 bytes are so few that they stand in zstd's output as they are.
  for (const auto& [width, height] :
       std::vector<std::pair<std::uint32_t, std::uint32_t>>{{700, 300}, {5, 3}}) {
    CAPTURE(width);
    const auto memory = std::make_shared<private_bytes>(std::size_t{width} * height * 4);
    auto noise = pictures::noise(width);
    for (std::size_t at = 0; at < memory->size(); ++at)
      (*memory)[at] = at % 4 == 3 ? std::byte{0} : static_cast<std::byte>(noise(0, 0));
    const memory_scan plain{*memory};
    CHECK(plain.find() != "");
    const auto kept = codec->encode(frame_of({width, height, width * 4, *memory, memory}));
    REQUIRE(kept);
    std::ranges::fill(*memory, std::byte{0});
    CHECK(plain.find() == "");
    {
      const auto seen = codec->decode(*kept);
      REQUIRE(seen);
      CHECK(plain.find() != "");
    }
    CHECK(plain.find() == "");
  }
}
