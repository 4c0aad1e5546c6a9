#include "messages/hotkey.hpp"

#include <algorithm>
#include <array>

namespace tier2 {

namespace {

constexpr std::array<std::string_view, 26> named_keys{
    "F1",  "F2",     "F3",       "F4",    "F5",    "F6",         "F7",     "F8",     "F9",
    "F10", "F11",    "F12",      "Pause", "Print", "ScrollLock", "Insert", "Delete", "Home",
    "End", "PageUp", "PageDown", "Up",    "Down",  "Left",       "Right",  "Space"};
constexpr std::size_t usable_alone = 15; // of the above, from the front: nobody types with them

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool same(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, lower, lower); }

tl::unexpected<error> refuse(std::string_view text, const std::string& why) {
  return fail(errc::invalid_argument, "\"" + std::string{text} + "\" is not a hotkey: " + why);
}

bool take_modifier(hotkey& into, std::string_view word, bool& twice) {
  bool* flag = same(word, "Ctrl")    ? &into.ctrl
               : same(word, "Alt")   ? &into.alt
               : same(word, "Shift") ? &into.shift
               : same(word, "Super") ? &into.super
                                     : nullptr;
  if (flag == nullptr) return false;
  twice = *flag;
  *flag = true;
  return true;
}

std::string canonical_key(std::string_view word) {
  if (word.size() == 1) {
    const char c = lower(word.front());
    if (c >= 'a' && c <= 'z') return {static_cast<char>(c - 'a' + 'A')};
    if (c >= '0' && c <= '9') return {c};
  }
  const auto* found =
      std::ranges::find_if(named_keys, [&](std::string_view name) { return same(name, word); });
  return found == named_keys.end() ? std::string{} : std::string{*found};
}

bool is_usable_alone(std::string_view key) {
  const auto* end = named_keys.begin() + usable_alone;
  return std::find(named_keys.begin(), end, key) != end;
}

} // namespace

result<hotkey> parse_hotkey(std::string_view text) {
  hotkey combination;
  auto left = text;
  for (auto plus = left.find('+'); plus != std::string_view::npos; plus = left.find('+')) {
    const auto word = left.substr(0, plus);
    bool twice = false;
    if (!take_modifier(combination, word, twice))
      return refuse(text, "before the last '+' there may be Ctrl, Alt, Shift and Super only.");
    if (twice) return refuse(text, std::string{word} + " stands there twice.");
    left.remove_prefix(plus + 1);
  }
  combination.key = canonical_key(left);
  if (combination.key.empty())
    return refuse(
        text,
        "it must end in a letter from A to Z, a digit, F1 to F12, Pause, Print, ScrollLock, Insert, Delete, "
        "Home, End, PageUp, PageDown, Up, Down, Left, Right or Space.");
  if (!combination.ctrl && !combination.alt && !combination.super && !is_usable_alone(combination.key))
    return refuse(text,
                  combination.key + " needs Ctrl, Alt or Super beside it, or it could no longer be typed.");
  return combination;
}

std::string to_string(const hotkey& combination) {
  std::string text;
  if (combination.ctrl) text += "Ctrl+";
  if (combination.alt) text += "Alt+";
  if (combination.shift) text += "Shift+";
  if (combination.super) text += "Super+";
  return text + combination.key;
}

} // namespace tier2
