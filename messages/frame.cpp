#include "messages/frame.hpp"

#include <array>

namespace tier2 {

namespace {
constexpr std::array<std::string_view, trigger_count> names{
    "click_left", "click_middle",     "click_right", "click_back", "click_forward",
    "key_return", "key_keypad_enter", "key_f1",      "key_f2",     "key_f3",
    "key_f4",     "key_f5",           "key_f6",      "key_f7",     "key_f8",
    "key_f9",     "key_f10",          "key_f11",     "key_f12"};
} // namespace

std::string_view to_string(picture_note note) {
  static constexpr std::array<std::string_view, 11> notes{
      "",          "locked",       "screen_saver", "asleep",    "no_monitor", "one_colour", "lost_resizing",
      "lost_busy", "lost_display", "lost_windows", "lost_other"};
  return notes[static_cast<std::size_t>(note)];
}

std::string_view to_string(trigger kind) { return names[static_cast<std::size_t>(kind)]; }

result<trigger> parse_trigger(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<trigger>(i);
  std::string allowed;
  for (auto n : names)
    allowed.append(allowed.empty() ? "" : ", ").append(n);
  return fail(errc::invalid_argument,
              "\"" + std::string{name} + "\" is not a trigger; allowed are " + allowed + ".");
}

trigger_set trigger_set::all() {
  trigger_set set;
  set.bits_.set();
  return set;
}

} // namespace tier2
