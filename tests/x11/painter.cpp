#include "tests/x11/painter.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

namespace tier2::test {

std::size_t wrong_dots(const pixels& got, const picture& wanted) {
  if (got.width != wanted.width || got.height != wanted.height)
    return std::max<std::size_t>(wanted.dots.size(), 1);
  std::size_t wrong = 0;
  for (std::size_t y = 0; y < got.height; ++y)
    for (std::size_t x = 0; x < got.width; ++x) {
      std::uint32_t dot{};
      std::memcpy(&dot, got.bytes.data() + y * got.stride + x * 4, 4);
      wrong += (dot & 0xffffffU) != wanted.dots[y * wanted.width + x] ? 1 : 0;
    }
  return wrong;
}

painter::painter(const std::string& display, std::int16_t x, std::int16_t y, std::uint16_t width,
                 std::uint16_t height) {
  auto opened = x11::connect(display);
  if (!opened) throw std::runtime_error{opened.error().what};
  display_ = std::move(*opened);
  window_ = xcb_generate_id(xcb());
  context_ = xcb_generate_id(xcb());
  const std::array<std::uint32_t, 2> settings{1,
                                              XCB_EVENT_MASK_EXPOSURE}; // override redirect: nobody frames it
  xcb_create_window(xcb(), XCB_COPY_FROM_PARENT, window_, root(), x, y, width, height, 0,
                    XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT,
                    XCB_CW_OVERRIDE_REDIRECT | XCB_CW_EVENT_MASK, settings.data());
  xcb_create_gc(xcb(), context_, window_, 0, nullptr);
  xcb_map_window(xcb(), window_);
  sync();
}

void painter::show(const picture& what) {
  constexpr std::size_t request_bytes = 200'000;
  const std::size_t row_bytes = std::size_t{what.width} * 4;
  const auto band = static_cast<std::uint16_t>(std::max<std::size_t>(request_bytes / row_bytes, 1));
  for (std::uint32_t y = 0; y < what.height; y += band) {
    const auto rows = static_cast<std::uint16_t>(std::min<std::uint32_t>(band, what.height - y));
    xcb_put_image(xcb(), XCB_IMAGE_FORMAT_Z_PIXMAP, window_, context_, what.width, rows, 0,
                  static_cast<std::int16_t>(y), 0, display_.screen->root_depth,
                  static_cast<std::uint32_t>(rows * row_bytes),
                  reinterpret_cast<const std::uint8_t*>(what.dots.data() + std::size_t{y} * what.width));
  }
  sync();
}

void painter::set_text(const std::string& property, const std::string& type, const std::string& value) {
  xcb_change_property(xcb(), XCB_PROP_MODE_REPLACE, window_, x11::intern(xcb(), property),
                      x11::intern(xcb(), type), 8, static_cast<std::uint32_t>(value.size()), value.data());
  sync();
}

void painter::become_active() {
  xcb_change_property(xcb(), XCB_PROP_MODE_REPLACE, root(), x11::intern(xcb(), "_NET_ACTIVE_WINDOW"),
                      XCB_ATOM_WINDOW, 32, 1, &window_);
  sync();
}

void painter::close() {
  xcb_destroy_window(xcb(), window_);
  sync();
}

void painter::sync() {
  const x11::reply<xcb_get_input_focus_reply_t> answer{
      xcb_get_input_focus_reply(xcb(), xcb_get_input_focus(xcb()), nullptr)};
}

} // namespace tier2::test
