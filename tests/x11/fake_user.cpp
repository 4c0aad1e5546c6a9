#include "tests/x11/fake_user.hpp"

#include "platform/x11/keyboard.hpp"

#include <stdexcept>
#include <xcb/xtest.h>

namespace tier2::test {

fake_user::fake_user(const std::string& display) {
  auto opened = x11::connect(display);
  if (!opened) throw std::runtime_error{opened.error().what};
  display_ = std::move(*opened);
}

void fake_user::fake(std::uint8_t type, std::uint8_t detail) {
  xcb_test_fake_input(xcb(), type, detail, XCB_CURRENT_TIME, XCB_NONE, 0, 0, 0);
  xcb_flush(xcb());
}

void fake_user::move(int x, int y) {
  xcb_test_fake_input(xcb(), XCB_MOTION_NOTIFY, 0, XCB_CURRENT_TIME, root(), static_cast<std::int16_t>(x),
                      static_cast<std::int16_t>(y), 0);
  sync();
}

void fake_user::button(std::uint8_t number) {
  fake(XCB_BUTTON_PRESS, number);
  fake(XCB_BUTTON_RELEASE, number);
}

void fake_user::press(x11::keycode key) { fake(XCB_KEY_PRESS, key); }
void fake_user::release(x11::keycode key) { fake(XCB_KEY_RELEASE, key); }

void fake_user::tap(x11::keycode key) {
  press(key);
  release(key);
}

void fake_user::chord(std::initializer_list<x11::keysym> modifiers, x11::keysym symbol) {
  for (const auto modifier : modifiers)
    press(key(modifier));
  tap_symbol(symbol);
  for (const auto modifier : modifiers)
    release(key(modifier));
}

x11::keycode fake_user::key(x11::keysym symbol) {
  const auto found = x11::key_with(x11::read_keyboard(xcb()), symbol);
  if (!found) throw std::runtime_error{"this keyboard has no key for symbol " + std::to_string(symbol)};
  return *found;
}

void fake_user::sync() {
  const x11::reply<xcb_get_input_focus_reply_t> answer{
      xcb_get_input_focus_reply(xcb(), xcb_get_input_focus(xcb()), nullptr)};
}

} // namespace tier2::test
