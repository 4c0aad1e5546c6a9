#pragma once

#include "messages/frame.hpp"
#include "messages/wiping_allocator.hpp"
#include "platform/secure_memory.hpp"

#include <memory>

namespace tier2 {

/// Decoded pixels that own their (wiped when freed) memory; the X byte is made 0. `invalid_argument` unless
/// there are exactly 4 bytes a pixel.
result<pixels> own_pixels(std::uint32_t width, std::uint32_t height, private_bytes bytes);

/// The seam between pictures and what is kept of them. A codec may share chunks between frames (a frame holds
/// its chunks by reference, and the ring counts each once), so that it can later store only what changed.
class frame_codec {
public:
  virtual ~frame_codec() = default;
  /// Compresses and seals. Called by one thread at a time. Ignores the X byte. `invalid_argument` for pixels
  /// that `check_pixels` refuses.
  virtual result<kept_frame> encode(const raw_frame& frame) = 0;
  /// Exactly the pixels that were encoded, X byte 0. Safe from several threads at once, also beside `encode`.
  /// `crypto_failed` when a chunk is not one of ours or belongs to another frame, `invalid_argument` for an
  /// impossible size, `malformed` when the chunk is ours and still does not hold these pixels (a bug).
  virtual result<pixels> decode(const kept_frame& frame) const = 0;
};

/// zstd a frame, sealed as one chunk. `key` outlives every incarnation of the actor that uses the codec.
std::unique_ptr<frame_codec> make_zstd_codec(std::shared_ptr<const secret_key> key, int level);

} // namespace tier2
