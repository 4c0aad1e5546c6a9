#pragma once

#include "messages/error.hpp"
#include "platform/x11/window_look.hpp"

#include <set>
#include <vector>
#include <xcb/xcb.h>

namespace tier2::x11 {

/// Which windows are there. All questions of one depth travel together: a look costs some five round trips,
/// however many windows there are.
class window_list {
public:
  window_list(xcb_connection_t* xcb, const xcb_screen_t& screen);

  struct question {
    xcb_query_tree_cookie_t tree{};
    xcb_get_property_cookie_t clients{};
  };
  /// Sends; `answer` must follow.
  question ask() const;
  /// `too_large` when there are more windows than can be looked through.
  result<window_look> answer(const question& asked) const;

  /// Those of these top windows that let nothing shine through: neither shaped nor made translucent.
  std::set<xcb_window_t> opaque_of(const std::vector<xcb_window_t>& tops, const window_look& look) const;

  /// From now on each change of a top window is told.
  void watch() const;
  /// What was told until now; none is any more.
  window_changes unwatch() const;

private:
  struct walk;
  struct text_questions;
  std::vector<xcb_window_t> clients_of(const question& asked) const;
  void look_at_tops(walk& on) const;
  void find_tops_of(const std::vector<xcb_window_t>& clients, walk& on) const;
  void look_into_frames(walk& on) const;
  void read_texts(walk& on) const;
  text_questions ask_about(xcb_window_t window) const;
  bool answer_about(const text_questions& asked, told_window& into) const;

  xcb_connection_t* xcb_;
  xcb_window_t root_;
  std::uint8_t depth_;
  bool has_shapes_;
  xcb_atom_t client_list_, net_wm_name_, client_leader_, net_wm_pid_, window_type_, normal_type_, opacity_;
};

} // namespace tier2::x11
