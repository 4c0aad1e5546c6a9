#include "platform/x11/desktop.hpp"

#include "platform/x11/property.hpp"
#include "platform/x11/resources.hpp"
#include "platform/x11/window_text.hpp"

#include <string_view>
#include <utility>

namespace tier2::x11 {

namespace {

constexpr std::size_t max_monitors = 64;
constexpr std::uint32_t resource_words = 4096; ///< 16 KiB of the resources are looked through.
constexpr std::uint32_t text_words =
    (max_window_text_bytes + 4) / 4; ///< One more than kept: cut there, not here.

bool has_randr_monitors(xcb_connection_t* xcb) {
  const auto* extension = xcb_get_extension_data(xcb, &xcb_randr_id);
  if (extension == nullptr || extension->present == 0) return false;
  const auto cookie = xcb_randr_query_version(xcb, 1, 5);
  const reply<xcb_randr_query_version_reply_t> has{xcb_randr_query_version_reply(xcb, cookie, nullptr)};
  return has != nullptr && (has->major_version > 1 || has->minor_version >= 5);
}

} // namespace

desktop::desktop(xcb_connection_t* xcb, xcb_window_t root)
    : xcb_{xcb}, root_{root}, active_window_{intern(xcb, "_NET_ACTIVE_WINDOW")},
      net_wm_name_{intern(xcb, "_NET_WM_NAME")}, utf8_string_{intern(xcb, "UTF8_STRING")},
      has_monitors_{has_randr_monitors(xcb)} {}

desktop::first_questions desktop::ask() const {
  first_questions asked;
  asked.resources =
      xcb_get_property(xcb_, 0, root_, XCB_ATOM_RESOURCE_MANAGER, XCB_ATOM_STRING, 0, resource_words);
  asked.active = xcb_get_property(xcb_, 0, root_, active_window_, XCB_ATOM_WINDOW, 0, 1);
  if (has_monitors_) asked.monitors = xcb_randr_get_monitors(xcb_, root_, 1);
  return asked;
}

void desktop::answer(const first_questions& asked, frame_info& into) {
  std::optional<window_questions> window;
  const auto scale = scale_of(text_of(take(xcb_, asked.resources)));
  active_ = number_of(take(xcb_, asked.active)).value_or(XCB_WINDOW_NONE);
  if (active_ != XCB_WINDOW_NONE) window = ask_about(active_);

  reply<xcb_randr_get_monitors_reply_t> monitors;
  if (asked.monitors) monitors.reset(xcb_randr_get_monitors_reply(xcb_, *asked.monitors, nullptr));
  into.monitors.clear();
  std::vector<xcb_atom_t> atoms;
  if (monitors != nullptr) {
    auto each = xcb_randr_get_monitors_monitors_iterator(monitors.get());
    for (; each.rem > 0 && atoms.size() < max_monitors; xcb_randr_monitor_info_next(&each)) {
      into.monitors.push_back({{}, each.data->x, each.data->y, each.data->width, each.data->height, scale});
      atoms.push_back(each.data->name);
    }
    answer_names(atoms);
    for (std::size_t i = 0; i < atoms.size(); ++i)
      into.monitors[i].name = names_[atoms[i]];
  }
  if (into.monitors.empty()) into.monitors.push_back({"screen", 0, 0, into.width, into.height, scale});
  if (window) answer_about(*window, into);
}

void desktop::answer_names(const std::vector<xcb_atom_t>& atoms) {
  if (names_.size() > 4 * max_monitors) names_.clear();
  std::vector<std::pair<xcb_atom_t, xcb_get_atom_name_cookie_t>> asked;
  for (const auto atom : atoms)
    if (!names_.contains(atom)) asked.emplace_back(atom, xcb_get_atom_name(xcb_, atom));
  for (const auto& [atom, cookie] : asked) {
    const reply<xcb_get_atom_name_reply_t> name{xcb_get_atom_name_reply(xcb_, cookie, nullptr)};
    if (name == nullptr) continue;
    const auto size = static_cast<std::size_t>(xcb_get_atom_name_name_length(name.get()));
    names_[atom] = clean_utf8({xcb_get_atom_name_name(name.get()), size});
  }
}

desktop::window_questions desktop::ask_about(xcb_window_t window) const {
  return {xcb_get_property(xcb_, 0, window, net_wm_name_, utf8_string_, 0, text_words),
          xcb_get_property(xcb_, 0, window, XCB_ATOM_WM_NAME, XCB_ATOM_ANY, 0, text_words),
          xcb_get_property(xcb_, 0, window, XCB_ATOM_WM_CLASS, XCB_ATOM_STRING, 0, 2 * text_words)};
}

void desktop::answer_about(const window_questions& asked, frame_info& into) const {
  const auto utf8_name = take(xcb_, asked.utf8_name);
  const auto name = take(xcb_, asked.name);
  const auto class_name = take(xcb_, asked.class_name);
  into.window = clean_utf8(text_of(utf8_name));
  if (into.window.empty() && name != nullptr)
    into.window = name->type == XCB_ATOM_STRING ? clean_latin1(text_of(name)) : clean_utf8(text_of(name));
  into.application = window_class(text_of(class_name));
}

} // namespace tier2::x11
