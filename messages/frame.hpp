#pragma once

#include "messages/error.hpp"

#include <bitset>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tier2 {

using steady_time = std::chrono::steady_clock::time_point;
using wall_time = std::chrono::system_clock::time_point;

/// What can make a picture be taken. No other key has a name here, so none can be reported.
enum class trigger : std::uint8_t {
  click_left,
  click_middle,
  click_right,
  click_back,
  click_forward,
  key_return,
  key_keypad_enter,
  key_f1,
  key_f2,
  key_f3,
  key_f4,
  key_f5,
  key_f6,
  key_f7,
  key_f8,
  key_f9,
  key_f10,
  key_f11,
  key_f12,
};
inline constexpr std::size_t trigger_count = static_cast<std::size_t>(trigger::key_f12) + 1;

/// "click_left", "key_return", "key_f5": the names of the configuration and of the ticket.
std::string_view to_string(trigger kind);
result<trigger> parse_trigger(std::string_view name);

/// A set of triggers, as configured.
class trigger_set {
public:
  static trigger_set all();
  void insert(trigger kind) { bits_.set(static_cast<std::size_t>(kind)); }
  bool contains(trigger kind) const { return bits_.test(static_cast<std::size_t>(kind)); }
  bool operator==(const trigger_set&) const = default;

private:
  std::bitset<trigger_count> bits_;
};

/// One trigger as the input thread saw it; x and y are physical pixels from the screen's top left corner.
struct trigger_event {
  trigger kind{};
  steady_time at{};
  wall_time wall{};
  std::int32_t x{};
  std::int32_t y{};
};

/// One monitor in physical pixels; the origin may be negative.
struct monitor {
  std::string name;
  std::int32_t x{};
  std::int32_t y{};
  std::uint32_t width{};
  std::uint32_t height{};
  double scale{1.0};
  bool operator==(const monitor&) const = default;
};

/// Why a picture shows nothing, or why there is none.
enum class picture_note : std::uint8_t {
  none, ///< An ordinary picture.
  // One single colour, because …
  locked,       ///< … the session is locked,
  screen_saver, ///< … a screen saver is on,
  asleep,       ///< … the monitors sleep (DPMS),
  no_monitor,   ///< … no monitor is on,
  one_colour,   ///< … of a reason that we cannot find out.
  // No picture at all, because …
  lost_resizing, ///< … the screen was being reconfigured,
  lost_busy,     ///< … the one before was still being worked on,
  lost_display,  ///< … the connection to the screen was lost,
  lost_windows,  ///< … it could not be found out which windows have to be hidden,
  lost_other,    ///< … of what the technical line says.
};
/// "locked", "lost_resizing"; empty for `none`.
std::string_view to_string(picture_note note);
inline bool is_lost(picture_note note) { return note >= picture_note::lost_resizing; }

/// Raw pixels, B8G8R8X8, rows `stride` bytes apart; the X byte has no meaning. `owner` keeps the memory
/// alive.
struct pixels {
  std::uint32_t width{};
  std::uint32_t height{};
  std::uint32_t stride{};
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;
};

/// What is known about a picture beside its pixels.
struct frame_info {
  std::uint64_t id{}; ///< Counts up from 1 in one run of the helper.
  trigger_event cause;
  steady_time captured_at{}; ///< When the grab was complete.
  std::uint32_t width{};
  std::uint32_t height{};
  std::string window;      ///< Title of the active window, may be empty; always when that window is hidden.
  std::string application; ///< Class of the active window, likewise.
  std::vector<monitor> monitors;
  std::uint32_t painted_over{};       ///< How many windows were hidden.
  std::vector<std::string> hidden_by; ///< The patterns that hid them, at most 8, no two alike.
  picture_note note{picture_note::none};
  std::string technical; ///< For a lost picture: the error's own text.
};
inline constexpr std::size_t max_hidden_by = 8;

/// A frame on its way from the screen to the codec. While it lives, no other is grabbed.
struct raw_frame {
  frame_info info;
  pixels image;
};

/// Sealed bytes: 24 bytes nonce, ciphertext, 16 bytes tag (XChaCha20-Poly1305-IETF).
struct sealed_chunk {
  std::vector<std::byte> bytes;
};

/// A frame as it is kept: compressed and sealed chunks, some of which it may share with other frames. A lost
/// picture has none.
struct kept_frame {
  frame_info info;
  std::vector<std::shared_ptr<const sealed_chunk>> chunks;
};

} // namespace tier2
