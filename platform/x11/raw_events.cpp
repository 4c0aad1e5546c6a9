#include "platform/x11/raw_events.hpp"

#define explicit explicit_ // a member's name in xcb's C header
#include <xcb/xkb.h>
#undef explicit

namespace tier2::x11 {

namespace {

result<std::uint8_t> ask_for_xinput(xcb_connection_t* xcb) {
  const auto* extension = xcb_get_extension_data(xcb, &xcb_input_id);
  if (extension != nullptr && extension->present != 0) {
    const auto cookie = xcb_input_xi_query_version(xcb, 2, 2);
    const reply<xcb_input_xi_query_version_reply_t> has{
        xcb_input_xi_query_version_reply(xcb, cookie, nullptr)};
    if (has != nullptr && (has->major_version > 2 || (has->major_version == 2 && has->minor_version >= 2)))
      return extension->major_opcode;
  }
  return fail(errc::unsupported,
              "This X server has no XInput 2.2, so clicks and keys cannot be noticed. "
              "`buttonhelper --open` still opens a ticket; an X server of 2012 or later is needed.");
}

result<std::uint8_t> ask_for_keyboard_changes(xcb_connection_t* xcb) {
  const auto* extension = xcb_get_extension_data(xcb, &xcb_xkb_id);
  if (extension == nullptr || extension->present == 0)
    return fail(errc::unsupported,
                "This X server has no XKB extension, so the hotkey cannot work. Start it with XKB.");
  const auto cookie = xcb_xkb_use_extension(xcb, 1, 0);
  const reply<xcb_xkb_use_extension_reply_t> use{xcb_xkb_use_extension_reply(xcb, cookie, nullptr)};
  if (use == nullptr || use->supported == 0)
    return fail(errc::unsupported,
                "This X server's XKB extension is older than 1.0. A newer X server is needed.");

  const auto flags =
      xcb_xkb_per_client_flags(xcb, XCB_XKB_ID_USE_CORE_KBD, XCB_XKB_PER_CLIENT_FLAG_DETECTABLE_AUTO_REPEAT,
                               XCB_XKB_PER_CLIENT_FLAG_DETECTABLE_AUTO_REPEAT, 0, 0, 0);
  xcb_discard_reply(xcb, flags.sequence);
  constexpr std::uint16_t events = XCB_XKB_EVENT_TYPE_NEW_KEYBOARD_NOTIFY | XCB_XKB_EVENT_TYPE_MAP_NOTIFY;
  constexpr std::uint16_t parts =
      XCB_XKB_MAP_PART_KEY_TYPES | XCB_XKB_MAP_PART_KEY_SYMS | XCB_XKB_MAP_PART_MODIFIER_MAP;
  xcb_xkb_select_events(xcb, XCB_XKB_ID_USE_CORE_KBD, events, 0, events, parts, parts, nullptr);
  return extension->first_event;
}

} // namespace

result<raw_event_codes> select_raw_events(const display_connection& display) {
  auto* xcb = display.xcb.get();
  const auto xinput = ask_for_xinput(xcb);
  if (!xinput) return tl::unexpected{xinput.error()};
  const auto xkb = ask_for_keyboard_changes(xcb);
  if (!xkb) return tl::unexpected{xkb.error()};

  struct {
    xcb_input_event_mask_t head;
    std::uint32_t mask;
  } select{{XCB_INPUT_DEVICE_ALL_MASTER, 1},
           XCB_INPUT_XI_EVENT_MASK_RAW_KEY_PRESS | XCB_INPUT_XI_EVENT_MASK_RAW_KEY_RELEASE |
               XCB_INPUT_XI_EVENT_MASK_RAW_BUTTON_PRESS};
  const auto cookie = xcb_input_xi_select_events_checked(xcb, display.screen->root, 1, &select.head);
  const reply<xcb_generic_error_t> refused{xcb_request_check(xcb, cookie)};
  if (refused != nullptr)
    return fail(errc::unsupported, "The X server refused to report clicks and keys (" + error_name(*refused) +
                                       "). `buttonhelper --open` still opens a ticket.");
  return raw_event_codes{*xinput, *xkb};
}

const raw_event* as_raw_event(const xcb_generic_event_t& event, const raw_event_codes& codes) {
  if (event.response_type != XCB_GE_GENERIC) return nullptr;
  const auto* raw = reinterpret_cast<const raw_event*>(&event);
  return raw->extension == codes.xinput_opcode ? raw : nullptr;
}

const xcb_key_press_event_t& as_key_event(const xcb_generic_event_t& event) {
  return reinterpret_cast<const xcb_key_press_event_t&>(event);
}

bool is_keyboard_change(const xcb_generic_event_t& event, const raw_event_codes& codes) {
  if (event.response_type == XCB_MAPPING_NOTIFY) return true;
  return event.response_type == codes.xkb_event &&
         (event.pad0 == XCB_XKB_NEW_KEYBOARD_NOTIFY || event.pad0 == XCB_XKB_MAP_NOTIFY);
}

} // namespace tier2::x11
