#include "platform/x11/window_list.hpp"

#include "messages/window_rules.hpp"
#include "platform/x11/property.hpp"
#include "platform/x11/window_text.hpp"

#include <algorithm>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <xcb/shape.h>
#include <xcb/xcbext.h>

namespace tier2::x11 {

namespace {

constexpr std::size_t max_windows = 4096;
constexpr std::uint32_t text_words = 1024; ///< 4096 bytes of a title are looked at.
constexpr int max_depth = 10;
constexpr int frame_depth = 3; ///< How deep in a frame the program's own window may lie.
constexpr std::size_t max_inside = 1024;

template <class Reply>
reply<Reply> answered(xcb_connection_t* xcb, unsigned sequence) {
  xcb_generic_error_t* why = nullptr; // the window may be gone by now
  void* answer = xcb_wait_for_reply(xcb, sequence, &why);
  const reply<xcb_generic_error_t> released{why};
  return reply<Reply>{static_cast<Reply*>(answer)};
}

std::span<const xcb_window_t> children_of(const reply<xcb_query_tree_reply_t>& tree) {
  if (tree == nullptr) return {};
  return {xcb_query_tree_children(tree.get()),
          static_cast<std::size_t>(xcb_query_tree_children_length(tree.get()))};
}

bool has_shapes(xcb_connection_t* xcb) {
  const auto* extension = xcb_get_extension_data(xcb, &xcb_shape_id);
  return extension != nullptr && extension->present != 0;
}

/// There is more of the property than was asked for.
bool goes_on(const reply<xcb_get_property_reply_t>& property) {
  return property != nullptr && property->bytes_after > 0;
}

std::u32string folded_text(const reply<xcb_get_property_reply_t>& property) {
  const auto text = text_of(property);
  if (text.empty() || property->type != XCB_ATOM_STRING) return folded(text);
  return folded(utf8_of_latin1(text));
}

} // namespace

struct window_list::walk {
  window_look look;
  std::unordered_set<xcb_window_t> frames;             ///< Visible tops that may hold a program's window.
  std::unordered_set<xcb_window_t> visible, unmanaged; ///< Of the tops.
  std::unordered_set<xcb_window_t> known;              ///< All tops.
  std::vector<std::pair<xcb_window_t, xcb_window_t>> inside; ///< Window and its top.
  std::unordered_set<xcb_window_t> cut; ///< Tops with more windows inside than are looked at.
};

struct window_list::text_questions {
  xcb_get_property_cookie_t title{}, older_title{}, class_name{}, transient_for{}, leader{}, process{},
      type{};
};

window_list::window_list(xcb_connection_t* xcb, const xcb_screen_t& screen)
    : xcb_{xcb}, root_{screen.root}, depth_{screen.root_depth}, has_shapes_{has_shapes(xcb)},
      client_list_{intern(xcb, "_NET_CLIENT_LIST")}, net_wm_name_{intern(xcb, "_NET_WM_NAME")},
      client_leader_{intern(xcb, "WM_CLIENT_LEADER")}, net_wm_pid_{intern(xcb, "_NET_WM_PID")},
      window_type_{intern(xcb, "_NET_WM_WINDOW_TYPE")},
      normal_type_{intern(xcb, "_NET_WM_WINDOW_TYPE_NORMAL")},
      opacity_{intern(xcb, "_NET_WM_WINDOW_OPACITY")} {}

window_list::question window_list::ask() const {
  return {xcb_query_tree(xcb_, root_),
          xcb_get_property(xcb_, 0, root_, client_list_, XCB_ATOM_WINDOW, 0, max_windows)};
}

result<window_look> window_list::answer(const question& asked) const {
  const auto tree = answered<xcb_query_tree_reply_t>(xcb_, asked.tree.sequence);
  const auto clients = clients_of(asked);
  const auto children = children_of(tree);
  if (children.size() > max_windows)
    return fail(errc::too_large,
                "There are " + std::to_string(children.size()) +
                    " windows, too many to find those that must not be in a picture; none was taken.");
  walk on;
  for (const auto id : children)
    on.look.tops.push_back({id, {}, false});
  on.known = {children.begin(), children.end()};
  look_at_tops(on);
  find_tops_of(clients, on);
  look_into_frames(on);
  read_texts(on);
  return std::move(on.look);
}

std::vector<xcb_window_t> window_list::clients_of(const question& asked) const {
  const auto property = take(xcb_, asked.clients);
  if (property == nullptr || property->format != 32) return {};
  const auto count = static_cast<std::size_t>(xcb_get_property_value_length(property.get())) / 4;
  const auto* first = static_cast<const xcb_window_t*>(xcb_get_property_value(property.get()));
  return {first, first + count};
}

void window_list::look_at_tops(walk& on) const {
  std::vector<std::pair<xcb_get_window_attributes_cookie_t, xcb_get_geometry_cookie_t>> asked;
  asked.reserve(on.look.tops.size());
  for (const auto& top : on.look.tops)
    asked.emplace_back(xcb_get_window_attributes(xcb_, top.id), xcb_get_geometry(xcb_, top.id));
  for (std::size_t i = 0; i < asked.size(); ++i) {
    auto& top = on.look.tops[i];
    const auto looks = answered<xcb_get_window_attributes_reply_t>(xcb_, asked[i].first.sequence);
    const auto place = answered<xcb_get_geometry_reply_t>(xcb_, asked[i].second.sequence);
    if (looks == nullptr || place == nullptr) continue;
    const std::uint32_t border = 2U * place->border_width;
    top.place = {place->x, place->y, place->width + border, place->height + border};
    top.visible =
        looks->map_state == XCB_MAP_STATE_VIEWABLE && looks->_class == XCB_WINDOW_CLASS_INPUT_OUTPUT;
    top.solid = place->depth == depth_;
    if (!top.visible) continue;
    on.visible.insert(top.id);
    on.frames.insert(top.id); // some window managers make their frames unmanaged windows too
    if (looks->override_redirect != 0) on.unmanaged.insert(top.id);
    on.inside.emplace_back(top.id, top.id);
  }
}

void window_list::find_tops_of(const std::vector<xcb_window_t>& clients, walk& on) const {
  std::vector<std::pair<xcb_window_t, xcb_window_t>> climbing; // a client and the window reached from it
  for (const auto client : clients)
    if (!on.known.contains(client))
      climbing.emplace_back(client, client);
    else
      on.frames.erase(client); // not framed: it is the program's own window
  for (int depth = 0; depth < max_depth && !climbing.empty(); ++depth) {
    std::vector<xcb_query_tree_cookie_t> asked;
    asked.reserve(climbing.size());
    for (const auto& [client, reached] : climbing)
      asked.push_back(xcb_query_tree(xcb_, reached));
    std::vector<std::pair<xcb_window_t, xcb_window_t>> higher;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const auto tree = answered<xcb_query_tree_reply_t>(xcb_, asked[i].sequence);
      if (tree == nullptr || tree->parent == XCB_WINDOW_NONE) continue;
      if (!on.known.contains(tree->parent)) {
        higher.emplace_back(climbing[i].first, tree->parent);
      } else if (on.visible.contains(tree->parent)) {
        on.inside.emplace_back(climbing[i].first, tree->parent);
        on.frames.erase(tree->parent);
      }
    }
    climbing = std::move(higher);
  }
}

/// A frame may be there before the window manager lists what it holds; and without one nothing is listed.
void window_list::look_into_frames(walk& on) const {
  std::vector<std::pair<xcb_window_t, xcb_window_t>> level; // a window and its top
  level.reserve(on.frames.size());
  for (const auto frame : on.frames)
    level.emplace_back(frame, frame);
  std::size_t found = 0;
  for (int depth = 0; depth < frame_depth && !level.empty(); ++depth) {
    std::vector<xcb_query_tree_cookie_t> asked;
    asked.reserve(level.size());
    for (const auto& [window, top] : level)
      asked.push_back(xcb_query_tree(xcb_, window));
    std::vector<std::pair<xcb_window_t, xcb_window_t>> deeper;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const auto tree = answered<xcb_query_tree_reply_t>(xcb_, asked[i].sequence);
      for (const auto child : children_of(tree))
        if (found++ < max_inside)
          deeper.emplace_back(child, level[i].second);
        else
          on.cut.insert(level[i].second);
    }
    on.inside.insert(on.inside.end(), deeper.begin(), deeper.end());
    level = std::move(deeper);
  }
}

void window_list::read_texts(walk& on) const {
  std::vector<text_questions> asked;
  asked.reserve(on.inside.size());
  for (const auto& [window, top] : on.inside)
    asked.push_back(ask_about(window));
  for (std::size_t i = 0; i < asked.size(); ++i) {
    told_window told;
    told.id = on.inside[i].first;
    told.top = on.inside[i].second;
    told.aside = told.id == told.top && on.unmanaged.contains(told.top);
    told.inside_cut = told.id == told.top && on.cut.contains(told.top);
    if (answer_about(asked[i], told)) on.look.told.push_back(std::move(told));
  }
}

window_list::text_questions window_list::ask_about(xcb_window_t window) const {
  const auto property = [&](xcb_atom_t name, xcb_atom_t type, std::uint32_t words) {
    return xcb_get_property(xcb_, 0, window, name, type, 0, words);
  };
  return {property(net_wm_name_, XCB_ATOM_ANY, text_words),
          property(XCB_ATOM_WM_NAME, XCB_ATOM_ANY, text_words),
          property(XCB_ATOM_WM_CLASS, XCB_ATOM_ANY, text_words),
          property(XCB_ATOM_WM_TRANSIENT_FOR, XCB_ATOM_WINDOW, 1),
          property(client_leader_, XCB_ATOM_WINDOW, 1),
          property(net_wm_pid_, XCB_ATOM_CARDINAL, 1),
          property(window_type_, XCB_ATOM_ATOM, 1)};
}

bool window_list::answer_about(const text_questions& asked, told_window& into) const {
  const auto title = take(xcb_, asked.title);
  const auto older_title = take(xcb_, asked.older_title);
  into.title = folded_text(title);
  into.older_title = folded_text(older_title);
  into.title_cut = goes_on(title) || goes_on(older_title);
  const auto classes = take(xcb_, asked.class_name);
  const auto [instance, class_name] = instance_and_class(text_of(classes));
  into.instance = folded(utf8_of_latin1(instance));
  into.class_name = folded(utf8_of_latin1(class_name));
  const auto transient_for = number_of(take(xcb_, asked.transient_for));
  into.transient_for = transient_for.value_or(XCB_WINDOW_NONE);
  into.leader = number_of(take(xcb_, asked.leader)).value_or(XCB_WINDOW_NONE);
  into.process = number_of(take(xcb_, asked.process)).value_or(0);
  const auto there = take(xcb_, asked.type);
  const auto type = number_of(there);
  into.aside = into.aside || transient_for || (type && *type != normal_type_);
  return classes != nullptr && there != nullptr; // else it was destroyed in between, and says nothing
}

std::set<xcb_window_t> window_list::opaque_of(const std::vector<xcb_window_t>& tops,
                                              const window_look& look) const {
  std::set<xcb_window_t> opaque{tops.begin(), tops.end()};
  std::vector<std::pair<xcb_window_t, xcb_shape_query_extents_cookie_t>> shapes;
  std::vector<std::pair<xcb_window_t, xcb_get_property_cookie_t>> opacities;
  for (const auto top : tops)
    if (has_shapes_) shapes.emplace_back(top, xcb_shape_query_extents(xcb_, top));
  for (const auto& window : look.told)
    if (opaque.contains(window.top))
      opacities.emplace_back(window.top, xcb_get_property(xcb_, 0, window.id, opacity_, XCB_ATOM_ANY, 0, 1));
  for (const auto& [top, cookie] : shapes) {
    const auto shape = answered<xcb_shape_query_extents_reply_t>(xcb_, cookie.sequence);
    if (shape == nullptr || shape->bounding_shaped != 0) opaque.erase(top);
  }
  for (const auto& [top, cookie] : opacities) {
    const auto opacity = take(xcb_, cookie);
    if (opacity == nullptr || opacity->type != XCB_ATOM_NONE) opaque.erase(top);
  }
  return opaque;
}

void window_list::watch() const {
  const std::uint32_t mask = XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY;
  xcb_change_window_attributes(xcb_, root_, XCB_CW_EVENT_MASK, &mask);
}

window_changes window_list::unwatch() const {
  const std::uint32_t nothing = XCB_EVENT_MASK_NO_EVENT;
  xcb_change_window_attributes(xcb_, root_, XCB_CW_EVENT_MASK, &nothing);
  xcb_flush(xcb_);
  window_changes changes;
  const auto placed = [&](const auto& event) {
    const std::uint32_t border = 2U * event.border_width;
    changes.placed.push_back({event.window, {event.x, event.y, event.width + border, event.height + border}});
  };
  // What came before the last answer is in xcb's queue by now. What clients send themselves has the high bit
  // set.
  while (const reply<xcb_generic_event_t> event{xcb_poll_for_queued_event(xcb_)}) {
    switch (event->response_type) {
    case XCB_CREATE_NOTIFY:
      placed(*reinterpret_cast<const xcb_create_notify_event_t*>(event.get()));
      break;
    case XCB_CONFIGURE_NOTIFY:
      placed(*reinterpret_cast<const xcb_configure_notify_event_t*>(event.get()));
      break;
    case XCB_MAP_NOTIFY:
      changes.mapped.push_back(reinterpret_cast<const xcb_map_notify_event_t*>(event.get())->window);
      break;
    default:
      break;
    }
    changes.any = true;
  }
  return changes;
}

} // namespace tier2::x11
