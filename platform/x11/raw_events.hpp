#pragma once

#include "platform/x11/connection.hpp"

#include <xcb/xinput.h>

namespace tier2::x11 {

/// XInput 2.2 raw events: seen whoever has the focus or a grab. Buttons and keys begin alike.
using raw_event = xcb_input_raw_button_press_event_t;

/// What tells this connection's extension events apart.
struct raw_event_codes {
  std::uint8_t xinput_opcode{};
  std::uint8_t xkb_event{};
};

/// Asks for key presses and releases and button presses of all master devices, never for motion; for keyboard
/// changes; and for repeats of a grabbed key without releases in between (XKB's detectable autorepeat).
/// `unsupported` without XInput 2.2 or XKB.
result<raw_event_codes> select_raw_events(const display_connection& display);

/// Null when it is none of ours.
const raw_event* as_raw_event(const xcb_generic_event_t& event, const raw_event_codes& codes);
const xcb_key_press_event_t& as_key_event(const xcb_generic_event_t& event);
bool is_keyboard_change(const xcb_generic_event_t& event, const raw_event_codes& codes);

} // namespace tier2::x11
