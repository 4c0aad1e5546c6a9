#pragma once

#include "messages/frame.hpp"

#include <map>
#include <optional>
#include <xcb/randr.h>
#include <xcb/xcb.h>

namespace tier2::x11 {

/// What surrounds a picture: the monitors and the active window. Asked in two pipelined steps, so that it
/// costs no round trip of its own beside the picture's.
class desktop {
public:
  desktop(xcb_connection_t* xcb, xcb_window_t root);

  struct first_questions {
    xcb_get_property_cookie_t resources{}, active{};
    std::optional<xcb_randr_get_monitors_cookie_t> monitors;
  };
  /// Sends; `answer` must follow.
  first_questions ask() const;
  /// Takes the answers, asks for title and class of that window and for unknown monitors' names, and fills in
  /// `window`, `application` and `monitors`. Without RandR 1.5 there is one monitor, the whole screen.
  void answer(const first_questions& asked, frame_info& into);
  /// Whose title and class the last answer has; none when no window was active.
  xcb_window_t active() const { return active_; }

private:
  struct window_questions {
    xcb_get_property_cookie_t utf8_name{}, name{}, class_name{};
  };
  window_questions ask_about(xcb_window_t window) const;
  void answer_about(const window_questions& asked, frame_info& into) const;
  void answer_names(const std::vector<xcb_atom_t>& atoms);

  xcb_connection_t* xcb_;
  xcb_window_t root_;
  xcb_atom_t active_window_, net_wm_name_, utf8_string_;
  bool has_monitors_;
  xcb_window_t active_{};
  std::map<xcb_atom_t, std::string> names_; ///< Of monitors; atoms never change their meaning.
};

} // namespace tier2::x11
