#define ZSTD_STATIC_LINKING_ONLY // contexts in memory of our own, which can be wiped
#include "actors/compression/frame_codec.hpp"
#include "platform/crypto/seal.hpp"
#include "platform/image.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <zstd.h>

namespace tier2 {

namespace {

constexpr std::size_t most_band_rows = 128;
constexpr std::size_t most_band_bytes = std::size_t{1}
                                        << 20U; // stays in the cache between masking and compressing

/// What binds a sealed chunk to its frame: width, height and id, big endian.
std::array<std::byte, 16> context_of(std::uint32_t width, std::uint32_t height, std::uint64_t id) {
  std::array<std::byte, 16> bytes{};
  auto at = bytes.begin();
  const auto put = [&](std::uint64_t value, unsigned size) {
    for (unsigned i = size; i > 0; --i)
      *at++ = static_cast<std::byte>(value >> (8 * (i - 1)));
  };
  put(width, 4);
  put(height, 4);
  put(id, 8);
  return bytes;
}

void copy_without_x(const std::byte* from, std::size_t size, std::byte* to) {
  for (std::size_t at = 0; at < size; at += 4) {
    to[at] = from[at];
    to[at + 1] = from[at + 1];
    to[at + 2] = from[at + 2];
    to[at + 3] = std::byte{0};
  }
}

/// Each band is a zstd frame of its own: compressed in one call, zstd reads the scratch buffer in place and
/// copies no pixels into a window of its own.
class zstd_codec final : public frame_codec {
public:
  zstd_codec(std::shared_ptr<const secret_key> key, int level)
      : key_{std::move(key)}, level_{level}, workspace_(ZSTD_estimateCCtxSize(level)) {}

  result<kept_frame> encode(const raw_frame& frame) override {
    if (auto fine = check_pixels(frame.image); !fine) return tl::unexpected{fine.error()};
    const auto& image = frame.image;
    const auto used = compress(image);
    kept_frame kept;
    if (used) {
      kept.info = frame.info;
      kept.info.width = image.width;
      kept.info.height = image.height;
      kept.chunks.push_back(std::make_shared<const sealed_chunk>(
          seal(*key_, {compressed_.data(), *used}, context_of(image.width, image.height, frame.info.id))));
    }
    forget();
    if (!used) return tl::unexpected{used.error()};
    return kept;
  }

  result<pixels> decode(const kept_frame& frame) const override {
    const auto& info = frame.info;
    if (info.width < 1 || info.width > max_picture_side || info.height < 1 || info.height > max_picture_side)
      return fail(errc::invalid_argument, "A kept picture has an impossible size and cannot be shown.");
    if (frame.chunks.size() != 1 || frame.chunks.front() == nullptr)
      return fail(errc::crypto_failed, "A kept picture is not in one piece and cannot be shown.");
    const auto plain = unseal(*key_, *frame.chunks.front(), context_of(info.width, info.height, info.id));
    if (!plain) return tl::unexpected{plain.error()};
    private_bytes workspace(ZSTD_estimateDCtxSize());
    auto* context = ZSTD_initStaticDCtx(workspace.data(), workspace.size());
    private_bytes bytes(std::size_t{info.width} * info.height * 4);
    const auto size = ZSTD_decompressDCtx(context, bytes.data(), bytes.size(), plain->data(), plain->size());
    if (ZSTD_isError(size) != 0U || size != bytes.size())
      return fail(errc::malformed, "A kept picture does not have the pixels that its size promises.");
    return own_pixels(info.width, info.height, std::move(bytes));
  }

private:
  /// The number of bytes that `compressed_` then begins with.
  result<std::size_t> compress(const pixels& image) {
    const std::size_t row = std::size_t{image.width} * 4;
    const auto band_rows = std::clamp<std::size_t>(most_band_bytes / row, 1, most_band_rows);
    if (scratch_.size() < band_rows * row) scratch_.resize(band_rows * row);
    auto* context = ZSTD_initStaticCCtx(workspace_.data(), workspace_.size());
    if (context == nullptr) return fail(errc::invalid_argument, "zstd does not take this compression level.");
    std::size_t used = 0;
    for (std::size_t top = 0; top < image.height; top += band_rows) {
      const auto rows = std::min<std::size_t>(band_rows, image.height - top);
      for (std::size_t y = 0; y < rows; ++y)
        copy_without_x(image.bytes.data() + (top + y) * image.stride, row, scratch_.data() + y * row);
      const auto needed = used + ZSTD_compressBound(rows * row);
      if (compressed_.size() < needed)
        compressed_.resize(std::max(needed, compressed_.size() + compressed_.size() / 2));
      const auto size = ZSTD_compressCCtx(context, compressed_.data() + used, compressed_.size() - used,
                                          scratch_.data(), rows * row, level_);
      if (ZSTD_isError(size) != 0U)
        return fail(errc::invalid_argument,
                    std::string{"A picture could not be compressed: "} + ZSTD_getErrorName(size));
      used += size;
      dirty_ = std::max(dirty_, used);
    }
    return used;
  }

  /// zstd's workspace holds literals, and what cannot be compressed stands in its output as it was.
  void forget() {
    detail::wipe(scratch_.data(), scratch_.size());
    detail::wipe(workspace_.data(), workspace_.size());
    detail::wipe(compressed_.data(), std::exchange(dirty_, 0));
  }

  std::shared_ptr<const secret_key> key_;
  int level_;
  private_bytes workspace_, scratch_;
  private_bytes compressed_; // as large as the largest frame needed
  std::size_t dirty_{};
};

} // namespace

result<pixels> own_pixels(std::uint32_t width, std::uint32_t height, private_bytes bytes) {
  if (width > max_picture_side || height > max_picture_side ||
      bytes.size() != std::size_t{width} * height * 4)
    return fail(errc::invalid_argument, "The number of bytes of a picture does not fit its size.");
  for (std::size_t at = 3; at < bytes.size(); at += 4)
    bytes[at] = std::byte{0};
  const auto owner = std::make_shared<const private_bytes>(std::move(bytes));
  pixels image{width, height, width * 4, {owner->data(), owner->size()}, owner};
  if (auto fine = check_pixels(image); !fine) return tl::unexpected{fine.error()};
  return image;
}

std::unique_ptr<frame_codec> make_zstd_codec(std::shared_ptr<const secret_key> key, int level) {
  return std::make_unique<zstd_codec>(std::move(key), level);
}

} // namespace tier2
