#pragma once

#include "actors/compression/frame_codec.hpp"
#include "platform/screen.hpp"
#include "platform/secure_memory.hpp"
#include "platform/x11/window_look.hpp"
#include "tests/support/xvfb.hpp"
#include "tests/x11/plain_window.hpp"

#include <cstring>
#include <doctest/doctest.h>
#include <memory>
#include <string>
#include <vector>

namespace tier2::test {

inline constexpr std::uint32_t secret = 0xff00fe;
inline constexpr std::uint32_t harmless = 0x00c0ff;

inline xvfb small_screen(std::vector<std::string> more = {}) {
  return xvfb{{.width = 400, .height = 300, .depth = 24, .more = std::move(more)}};
}

inline window_rules rules_of(const std::vector<std::string>& titles,
                             const std::vector<std::string>& classes = {}) {
  window_rules rules;
  for (const auto& text : titles)
    rules.titles.push_back(*window_pattern::parse(text));
  for (const auto& text : classes)
    rules.classes.push_back(*window_pattern::parse(text));
  return rules;
}

/// What the product keeps of a screen: grabbed, compressed, sealed, and opened again.
class kept_pictures {
public:
  kept_pictures(const std::string& display, window_rules rules) {
    REQUIRE(init_crypto());
    auto opened = screen_grabber::open(display, std::move(rules));
    REQUIRE_MESSAGE(opened, opened.error().what);
    grabber_ = std::move(*opened);
    codec_ = make_zstd_codec(std::make_shared<const secret_key>(secret_key::generate()), 1);
  }
  struct picture {
    frame_info info;
    pixels image;
    std::uint32_t at(std::int32_t x, std::int32_t y) const {
      std::uint32_t dot{};
      std::memcpy(&dot,
                  image.bytes.data() +
                      (static_cast<std::size_t>(y) * image.width + static_cast<std::size_t>(x)) * 4,
                  4);
      return dot & 0xffffffU;
    }
    std::size_t count(std::uint32_t colour) const {
      std::size_t found = 0;
      for (std::uint32_t y = 0; y < image.height; ++y)
        for (std::uint32_t x = 0; x < image.width; ++x)
          found += at(static_cast<std::int32_t>(x), static_cast<std::int32_t>(y)) == colour ? 1 : 0;
      return found;
    }
    /// How many dots of the rectangle are painted over.
    std::size_t covered(const x11::rectangle& place) const {
      std::size_t found = 0;
      for (auto y = place.y; y < place.y + static_cast<std::int32_t>(place.height); ++y)
        for (auto x = place.x; x < place.x + static_cast<std::int32_t>(place.width); ++x)
          found += at(x, y) == 0x5f6770 || at(x, y) == 0x7c858f ? 1 : 0;
      return found;
    }
  };
  result<picture> take() {
    auto frame = grabber_->grab();
    if (!frame) return tl::unexpected{frame.error()};
    auto kept = codec_->encode(*frame);
    frame->image = {};
    REQUIRE(kept);
    auto image = codec_->decode(*kept);
    REQUIRE(image);
    return picture{kept->info, std::move(*image)};
  }
  picture must_take() {
    auto taken = take();
    REQUIRE_MESSAGE(taken, taken.error().what);
    return std::move(*taken);
  }

private:
  std::unique_ptr<screen_grabber> grabber_;
  std::unique_ptr<frame_codec> codec_;
};

} // namespace tier2::test
