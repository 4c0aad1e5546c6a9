#pragma once

#include "messages/frame.hpp"

#include <xcb/xcb.h>

namespace tier2::x11 {

/// Why a screen is of one colour, as far as the X server and the session's keeper know. A few round trips:
/// ask only when it is.
picture_note blank_cause(xcb_connection_t* xcb, xcb_window_t root);

} // namespace tier2::x11
