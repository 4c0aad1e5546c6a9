#include "platform/x11/connection.hpp"

#include <array>

namespace tier2::x11 {

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): nobody writes to the environment
  return value == nullptr ? std::string{} : std::string{value};
}

tl::unexpected<error> nothing_to_connect_to() {
  if (wayland_session())
    return fail(errc::wayland_only, "This is a Wayland session without X (WAYLAND_DISPLAY is set, DISPLAY is "
                                    "not). Pictures and the hotkey do "
                                    "not work here yet. `buttonhelper --open` still opens a ticket with the "
                                    "facts about this computer; for "
                                    "pictures, sign in to an X11 session.");
  return fail(
      errc::no_display,
      "There is no display: neither DISPLAY nor WAYLAND_DISPLAY is set, so there is nothing to take pictures "
      "of. "
      "Start this program inside the user's desktop session, or set DISPLAY (for example DISPLAY=:0).");
}

std::string reason(int code) {
  switch (code) {
  case XCB_CONN_CLOSED_PARSE_ERR:
    return "that is no display name";
  case XCB_CONN_CLOSED_INVALID_SCREEN:
    return "it has no such screen";
  case XCB_CONN_CLOSED_MEM_INSUFFICIENT:
    return "there is no memory left";
  default:
    return "nobody answers there or access was refused";
  }
}

} // namespace

bool wayland_session() { return !environment("WAYLAND_DISPLAY").empty(); }

result<display_connection> connect(const std::string& display) {
  const auto name = display.empty() ? environment("DISPLAY") : display;
  if (name.empty()) return nothing_to_connect_to();
  display_connection made;
  made.xcb.reset(xcb_connect(name.c_str(), &made.number));
  if (const int code = xcb_connection_has_error(made.xcb.get()); code != 0)
    return fail(errc::no_display, "The display \"" + name + "\" could not be opened: " + reason(code) +
                                      ". Check DISPLAY and that this user may use it (XAUTHORITY).");
  auto screens = xcb_setup_roots_iterator(xcb_get_setup(made.xcb.get()));
  for (int i = 0; i < made.number && screens.rem > 1; ++i)
    xcb_screen_next(&screens);
  made.screen = screens.data;
  return made;
}

xcb_atom_t intern(xcb_connection_t* xcb, std::string_view name) {
  const auto cookie = xcb_intern_atom(xcb, 0, static_cast<std::uint16_t>(name.size()), name.data());
  const reply<xcb_intern_atom_reply_t> answer{xcb_intern_atom_reply(xcb, cookie, nullptr)};
  return answer == nullptr ? static_cast<xcb_atom_t>(XCB_ATOM_NONE) : answer->atom;
}

std::string error_name(const xcb_generic_error_t& what) {
  static constexpr std::array<std::string_view, 18> names{
      "Success",   "BadRequest", "BadValue",    "BadWindow",   "BadPixmap", "BadAtom",
      "BadCursor", "BadFont",    "BadMatch",    "BadDrawable", "BadAccess", "BadAlloc",
      "BadColor",  "BadGC",      "BadIDChoice", "BadName",     "BadLength", "BadImplementation"};
  if (what.error_code < names.size()) return std::string{names[what.error_code]};
  return "X error " + std::to_string(what.error_code);
}

} // namespace tier2::x11
