#pragma once

#include "platform/x11/keymap.hpp"

#include <xcb/xcb.h>

namespace tier2::x11 {

/// The server's present keyboard, in one round trip; empty when the connection is lost.
keyboard_map read_keyboard(xcb_connection_t* xcb);

} // namespace tier2::x11
