#pragma once

#include "messages/error.hpp"

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <xcb/xcb.h>

namespace tier2::x11 {

struct disconnect {
  void operator()(xcb_connection_t* which) const { xcb_disconnect(which); }
};
struct release_reply {
  void operator()(void* what) const { std::free(what); } // NOLINT: xcb allocates with malloc
};
/// A reply, event or error from xcb.
template <class T>
using reply = std::unique_ptr<T, release_reply>;

/// A connection and the screen that the display name chose.
struct display_connection {
  std::unique_ptr<xcb_connection_t, disconnect> xcb;
  xcb_screen_t* screen{};
  int number{};
};

/// `display` empty: $DISPLAY. `no_display` or `wayland_only`, with what to do.
result<display_connection> connect(const std::string& display);

/// True in a Wayland session: what runs there without X is not visible to us.
bool wayland_session();

/// The atom of that name; XCB_ATOM_NONE when the connection is lost.
xcb_atom_t intern(xcb_connection_t* xcb, std::string_view name);

/// "BadMatch" and the like (X11 protocol, section 4); the number for an extension's own error.
std::string error_name(const xcb_generic_error_t& what);

} // namespace tier2::x11
