#pragma once

#include "messages/frame.hpp"
#include "platform/x11/covering.hpp"
#include "platform/x11/exclusion.hpp"
#include "platform/x11/window_list.hpp"

#include <chrono>
#include <span>
#include <string_view>

namespace tier2::x11 {

/// Keeps windows that the rules name out of pictures. Looks at all windows before a picture is asked for and
/// again behind it; the server tells what changed in between, in order.
class window_guard {
public:
  window_guard(xcb_connection_t* xcb, const xcb_screen_t& screen, window_rules rules);

  /// False: there are no rules; then nothing else is to be called, and nothing costs anything.
  bool on() const { return !rules_.empty(); }
  result<void> before();
  /// Sends, right behind the picture; `after` must follow.
  window_list::question ask() const { return list_.ask(); }
  /// `conflict`: windows came and went meanwhile, take the picture again. With `last` these are hidden too.
  result<void> after(const window_list::question& asked, bool last);

  /// Paints over what must not be seen, and takes the active window's title and class away when it is hidden
  /// or unknown. Call with what was taken between `before` and `after`.
  void cover(std::span<std::byte> bytes, xcb_window_t active, frame_info& info);

private:
  bool may_be_told(xcb_window_t active, const frame_info& info) const;
  void remember(std::chrono::steady_clock::time_point now);

  struct memory {
    hidden_window window;
    std::chrono::steady_clock::time_point seen;
  };
  window_rules rules_;
  window_list list_;
  window_look before_;
  exclusion found_;
  covering covering_;
  std::vector<memory> remembered_;
};

} // namespace tier2::x11
