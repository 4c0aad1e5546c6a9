#include "tests/x11/plain_window.hpp"

#include <array>
#include <stdexcept>

namespace tier2::test {

plain_window::plain_window(const std::string& display, place where, std::uint32_t colour, bool unmanaged) {
  auto opened = x11::connect(display);
  if (!opened) throw std::runtime_error{opened.error().what};
  display_ = std::move(*opened);
  window_ = xcb_generate_id(xcb());
  const std::array<std::uint32_t, 2> settings{colour, unmanaged ? 1U : 0U};
  xcb_create_window(xcb(), XCB_COPY_FROM_PARENT, window_, root(), where.x, where.y, where.width, where.height,
                    0, XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT,
                    XCB_CW_BACK_PIXEL | XCB_CW_OVERRIDE_REDIRECT, settings.data());
  sync();
}

void plain_window::set_text(const std::string& property, const std::string& value, const std::string& type) {
  xcb_change_property(xcb(), XCB_PROP_MODE_REPLACE, window_, x11::intern(xcb(), property),
                      x11::intern(xcb(), type), 8, static_cast<std::uint32_t>(value.size()), value.data());
  sync();
}

void plain_window::set_class(const std::string& instance, const std::string& name) {
  set_text("WM_CLASS", instance + '\0' + name + '\0');
}

void plain_window::set_number(const std::string& property, const std::string& type, std::uint32_t value) {
  xcb_change_property(xcb(), XCB_PROP_MODE_REPLACE, window_, x11::intern(xcb(), property),
                      x11::intern(xcb(), type), 32, 1, &value);
  sync();
}

void plain_window::map() {
  xcb_map_window(xcb(), window_);
  sync();
}

void plain_window::unmap() {
  xcb_unmap_window(xcb(), window_);
  sync();
}

void plain_window::move(std::int16_t x, std::int16_t y) {
  const std::array<std::uint32_t, 2> to{static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y)};
  xcb_configure_window(xcb(), window_, XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y, to.data());
  sync();
}

void plain_window::become_active() {
  xcb_change_property(xcb(), XCB_PROP_MODE_REPLACE, root(), x11::intern(xcb(), "_NET_ACTIVE_WINDOW"),
                      XCB_ATOM_WINDOW, 32, 1, &window_);
  sync();
}

void plain_window::sync() {
  const x11::reply<xcb_get_input_focus_reply_t> answer{
      xcb_get_input_focus_reply(xcb(), xcb_get_input_focus(xcb()), nullptr)};
}

} // namespace tier2::test
