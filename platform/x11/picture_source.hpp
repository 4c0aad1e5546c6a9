#pragma once

#include "messages/frame.hpp"
#include "platform/x11/connection.hpp"
#include "platform/x11/picture_memory.hpp"

#include <memory>
#include <optional>
#include <span>
#include <xcb/shm.h>
#include <xcb/xcb.h>

namespace tier2::x11 {

/// `unsupported` unless pixels are B8G8R8X8 (depth 24 or 32, little endian).
result<void> check_pixel_format(const display_connection& display);

/// Reads the root window: through shared memory where the server is on this machine and can do it, else over
/// the connection.
class picture_source {
public:
  picture_source(xcb_connection_t* xcb, xcb_window_t root);
  picture_source(const picture_source&) = delete;
  picture_source& operator=(const picture_source&) = delete;
  ~picture_source();

  struct question {
    xcb_shm_get_image_cookie_t shared{};
    xcb_get_image_cookie_t plain{};
    xcb_get_geometry_cookie_t geometry{};
  };
  /// Sends, for the size that the screen had last time; `answer` must follow.
  result<question> ask();
  /// `conflict`: the size has changed, ask again. `capture_failed`.
  result<pixels> answer(const question& asked, lending& lender);
  /// The pixels of the last answer, to be changed before anybody else has them.
  std::span<std::byte> writable() const { return writable_; }

private:
  result<void> fit_segment();
  void detach();

  xcb_connection_t* xcb_;
  xcb_window_t root_;
  bool can_share_;
  std::uint16_t width_{}, height_{};
  std::shared_ptr<shared_memory> memory_;
  std::span<std::byte> writable_;
  xcb_shm_seg_t segment_{};
};

} // namespace tier2::x11
