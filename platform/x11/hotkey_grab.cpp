#include "platform/x11/hotkey_grab.hpp"

#include "messages/hotkey.hpp"
#include "platform/x11/connection.hpp"

#include <utility>
#include <xkbcommon/xkbcommon-keysyms.h>

namespace tier2::x11 {

namespace {

std::uint16_t or_else(std::uint16_t bit, std::uint16_t usual) { return bit != 0 ? bit : usual; }

std::uint16_t modifiers_of(const hotkey& wish, const keyboard_map& keys) {
  unsigned bits = 0;
  if (wish.shift) bits |= XCB_MOD_MASK_SHIFT;
  if (wish.ctrl) bits |= XCB_MOD_MASK_CONTROL;
  if (wish.alt) bits |= or_else(modifier_bit(keys, {XKB_KEY_Alt_L, XKB_KEY_Alt_R}), XCB_MOD_MASK_1);
  if (wish.super) bits |= or_else(modifier_bit(keys, {XKB_KEY_Super_L, XKB_KEY_Super_R}), XCB_MOD_MASK_4);
  return static_cast<std::uint16_t>(bits);
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return text;
}

void say(std::string& text, const std::vector<std::string>& names, const char* one, const char* several) {
  if (!names.empty()) text += listed(names) + (names.size() == 1 ? one : several);
}

} // namespace

hotkey_grab::hotkey_grab(xcb_connection_t* xcb, xcb_window_t root, std::vector<std::string> wished)
    : xcb_{xcb}, root_{root}, wished_{std::move(wished)} {}

void hotkey_grab::let_go() {
  if (key_)
    for (const auto modifiers : held_)
      xcb_ungrab_key(xcb_, *key_, root_, modifiers);
  held_.clear();
  key_.reset();
  name_.clear();
}

void hotkey_grab::take(const keyboard_map& keys) {
  let_go();
  owned_.clear();
  consoles_.clear();
  absent_.clear();
  garbled_.clear();
  for (const auto& wish : wished_)
    switch (try_one(keys, wish)) {
    case outcome::taken:
      name_ = wish;
      return;
    case outcome::owned_by_another:
      owned_.push_back(wish);
      break;
    case outcome::owned_by_server:
      consoles_.push_back(wish);
      break;
    case outcome::not_on_keyboard:
      absent_.push_back(wish);
      break;
    case outcome::not_understood:
      garbled_.push_back(wish);
      break;
    }
}

hotkey_grab::outcome hotkey_grab::try_one(const keyboard_map& keys, const std::string& wish) {
  const auto parsed = parse_hotkey(wish);
  if (!parsed) return outcome::not_understood;
  const auto symbol = keysym_named(parsed->key);
  if (symbol == 0) return outcome::not_understood;
  const auto key = key_with(keys, symbol);
  if (!key) return outcome::not_on_keyboard;

  if (parsed->ctrl && parsed->alt && switches_console(keys, *key)) return outcome::owned_by_server;
  const auto variants = with_locks(keys, modifiers_of(*parsed, keys));
  std::vector<xcb_void_cookie_t> cookies;
  for (const auto modifiers : variants)
    cookies.push_back(
        xcb_grab_key_checked(xcb_, 1, root_, modifiers, *key, XCB_GRAB_MODE_ASYNC, XCB_GRAB_MODE_ASYNC));
  key_ = key;
  for (std::size_t i = 0; i < variants.size(); ++i) {
    const reply<xcb_generic_error_t> refused{xcb_request_check(xcb_, cookies[i])};
    if (refused == nullptr) held_.push_back(variants[i]);
  }
  if (held_.size() == variants.size()) return outcome::taken;
  let_go(); // a combination that works only with NumLock off is none
  return outcome::owned_by_another;
}

std::string hotkey_grab::problem() const {
  std::string text;
  say(text, owned_, " belongs to another program. ", " belong to other programs. ");
  say(text, consoles_, " switches to a text console. ", " switch to text consoles. ");
  say(text, absent_, " is not on this keyboard. ", " are not on this keyboard. ");
  say(text, garbled_, " is no key combination. ", " are no key combinations. ");
  if (wished_.empty()) text = "No hotkey is configured. ";
  if (text.empty()) return text;
  if (!name_.empty())
    return text + name_ +
           " is the hotkey instead. To choose another, set `hotkeys` in [input] of agent.toml.";
  return text + "There is no hotkey: set `hotkeys` in [input] of agent.toml to a free combination, or start "
                "`buttonhelper --open` from a desktop icon.";
}

} // namespace tier2::x11
