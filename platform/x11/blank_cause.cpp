#include "platform/x11/blank_cause.hpp"

#include "platform/seat.hpp"
#include "platform/x11/connection.hpp"

#include <xcb/dpms.h>
#include <xcb/randr.h>
#include <xcb/screensaver.h>

namespace tier2::x11 {

namespace {

bool has(xcb_connection_t* xcb, xcb_extension_t* which) {
  const auto* extension = xcb_get_extension_data(xcb, which);
  return extension != nullptr && extension->present != 0;
}

bool monitors_sleep(xcb_connection_t* xcb) {
  if (!has(xcb, &xcb_dpms_id)) return false;
  const reply<xcb_dpms_info_reply_t> info{xcb_dpms_info_reply(xcb, xcb_dpms_info(xcb), nullptr)};
  return info != nullptr && info->state != 0 && info->power_level != XCB_DPMS_DPMS_MODE_ON;
}

/// There are outputs, and none of them shows anything.
bool no_monitor_is_on(xcb_connection_t* xcb, xcb_window_t root) {
  if (!has(xcb, &xcb_randr_id)) return false;
  const auto cookie = xcb_randr_get_screen_resources_current(xcb, root);
  const reply<xcb_randr_get_screen_resources_current_reply_t> all{
      xcb_randr_get_screen_resources_current_reply(xcb, cookie, nullptr)};
  if (all == nullptr || all->num_crtcs == 0) return false;
  const auto* crtcs = xcb_randr_get_screen_resources_current_crtcs(all.get());
  for (int i = 0; i < all->num_crtcs; ++i) {
    const auto asked = xcb_randr_get_crtc_info(xcb, crtcs[i], all->config_timestamp);
    const reply<xcb_randr_get_crtc_info_reply_t> crtc{xcb_randr_get_crtc_info_reply(xcb, asked, nullptr)};
    if (crtc == nullptr || crtc->mode != XCB_NONE) return false;
  }
  return true;
}

bool screen_saver_is_on(xcb_connection_t* xcb, xcb_window_t root) {
  if (!has(xcb, &xcb_screensaver_id)) return false;
  const auto cookie = xcb_screensaver_query_info(xcb, root);
  const reply<xcb_screensaver_query_info_reply_t> info{
      xcb_screensaver_query_info_reply(xcb, cookie, nullptr)};
  return info != nullptr && info->state == XCB_SCREENSAVER_STATE_ON;
}

} // namespace

picture_note blank_cause(xcb_connection_t* xcb, xcb_window_t root) {
  if (monitors_sleep(xcb)) return picture_note::asleep;
  if (no_monitor_is_on(xcb, root)) return picture_note::no_monitor;
  if (session_is_locked()) return picture_note::locked;
  return screen_saver_is_on(xcb, root) ? picture_note::screen_saver : picture_note::one_colour;
}

} // namespace tier2::x11
