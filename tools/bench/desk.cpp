#include "tools/bench/desk.hpp"

#include "platform/x11/keyboard.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>
#include <xcb/xtest.h>
#include <xkbcommon/xkbcommon-keysyms.h>

namespace tier2::bench {

namespace {

constexpr std::array<const char*, 16> words{"invoice", "printer",  "network", "the",     "cannot", "open",
                                            "folder",  "customer", "2041",    "is",      "a",      "message",
                                            "from",    "accounts", "17.80",   "tomorrow"};

xcb_window_t make_window(xcb_connection_t* xcb, xcb_window_t root, int x, int y, std::uint16_t width,
                         std::uint16_t height) {
  const auto window = xcb_generate_id(xcb);
  const std::array<std::uint32_t, 2> settings{0xffffff, 1};
  xcb_create_window(xcb, XCB_COPY_FROM_PARENT, window, root, static_cast<std::int16_t>(x),
                    static_cast<std::int16_t>(y), width, height, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT,
                    XCB_COPY_FROM_PARENT, XCB_CW_BACK_PIXEL | XCB_CW_OVERRIDE_REDIRECT, settings.data());
  return window;
}

/// Smooth shapes with the grain of a photograph.
std::vector<std::uint32_t> photo(std::uint16_t width, std::uint16_t height, std::mt19937& random,
                                 double shift) {
  std::vector<std::uint32_t> dots(std::size_t{width} * height);
  for (std::size_t y = 0; y < height; ++y)
    for (std::size_t x = 0; x < width; ++x) {
      const auto grain = static_cast<double>(random() % 9);
      const double u = static_cast<double>(x) / 240 + shift;
      const double v = static_cast<double>(y) / 180 - shift;
      const auto level = [&](double wave) {
        return static_cast<std::uint32_t>(118 + 100 * wave + grain) & 0xffU;
      };
      dots[y * width + x] = level(std::sin(u) * std::cos(v)) << 16U | level(std::sin(u * 0.7 + v)) << 8U |
                            level(std::cos(u * 0.3 - v * 0.6));
    }
  return dots;
}

} // namespace

desk::desk(const xvfb& server, std::uint16_t width, std::uint16_t height)
    : width_{width}, height_{height}, page_width_{static_cast<std::uint16_t>(width * 52 / 100)},
      page_height_{static_cast<std::uint16_t>(height * 52 / 100)} {
  auto opened = x11::connect(server.display());
  if (!opened) throw std::runtime_error{opened.error().what};
  display_ = std::move(*opened);
  return_key_ = x11::key_with(x11::read_keyboard(xcb()), XKB_KEY_Return).value_or(0);
  const auto root = display_.screen->root;
  context_ = xcb_generate_id(xcb());
  wallpaper_ = make_window(xcb(), root, 0, 0, width_, height_);
  page_ = make_window(xcb(), root, width_ * 30 / 100, height_ * 30 / 100, page_width_, page_height_);
  xcb_create_gc(xcb(), context_, wallpaper_, 0, nullptr);
  xcb_map_window(xcb(), wallpaper_);
  paint_wallpaper();

  const std::string text =
      "awk 'BEGIN{for(i=0;i<400;i++)printf \"%05d Nov 24 host service[%d]: request %d took %d ms, "
      "state ok\\n\",i,i*7%997,i*31%1009,i*13%211}'; exec sleep infinity";
  for (const auto& [x, y] : {std::pair{2, 3}, std::pair{60, 5}, std::pair{5, 62}}) {
    const auto place = "100x36+" + std::to_string(width_ * x / 100) + "+" + std::to_string(height_ * y / 100);
    terminals_.push_back(server.start({"xterm", "-fn", "fixed", "-geometry", place, "-e", "sh", "-c", text}));
  }
  // Still when nothing has changed for a second.
  auto seen = look();
  auto since = std::chrono::steady_clock::now();
  const auto start = since;
  while (std::chrono::steady_clock::now() - since < std::chrono::seconds{1} ||
         std::chrono::steady_clock::now() - start < std::chrono::seconds{3}) {
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
    if (auto now = look(); now != seen) {
      seen = std::move(now);
      since = std::chrono::steady_clock::now();
    }
  }
  xcb_map_window(xcb(), page_);
  xcb_test_fake_input(xcb(), XCB_MOTION_NOTIFY, 0, XCB_CURRENT_TIME, root,
                      static_cast<std::int16_t>(width_ / 2), static_cast<std::int16_t>(height_ / 2), 0);
  next_page();
}

void desk::paint_wallpaper() { put(wallpaper_, width_, height_, photo(width_, height_, random_, 0)); }

void desk::next_page() {
  ++page_number_;
  xcb_clear_area(xcb(), 0, page_, 0, 0, 0, 0);
  const auto width = static_cast<std::uint16_t>(page_width_ / 3);
  const auto height = static_cast<std::uint16_t>(page_height_ / 3);
  put(page_, width, height, photo(width, height, random_, page_number_));
  write_lines();
  sync();
}

void desk::write_lines() {
  const auto font = xcb_generate_id(xcb());
  xcb_open_font(xcb(), font, 5, "fixed");
  const std::array<std::uint32_t, 3> values{0x202020, 0xffffff, font};
  xcb_change_gc(xcb(), context_, XCB_GC_FOREGROUND | XCB_GC_BACKGROUND | XCB_GC_FONT, values.data());
  xcb_close_font(xcb(), font);
  constexpr int line_height = 16;
  constexpr int glyph_width = 6;
  for (int y = 2 * line_height; y < page_height_; y += line_height) {
    const int x = y < page_height_ / 3 + line_height ? page_width_ / 3 + 20 : 20;
    std::string line;
    const auto room = std::min<std::size_t>(250, static_cast<std::size_t>((page_width_ - x) / glyph_width));
    while (line.size() < room)
      line += std::string{words[random_() % words.size()]} + " ";
    xcb_image_text_8(xcb(), static_cast<std::uint8_t>(room), page_, context_, static_cast<std::int16_t>(x),
                     static_cast<std::int16_t>(y), line.data());
  }
}

void desk::put(xcb_window_t window, std::uint16_t width, std::uint16_t height,
               const std::vector<std::uint32_t>& dots) {
  const std::size_t row_bytes = std::size_t{width} * 4;
  const auto band = static_cast<std::uint16_t>(std::max<std::size_t>(200'000 / row_bytes, 1));
  for (std::uint32_t y = 0; y < height; y += band) {
    const auto rows = static_cast<std::uint16_t>(std::min<std::uint32_t>(band, height - y));
    xcb_put_image(xcb(), XCB_IMAGE_FORMAT_Z_PIXMAP, window, context_, width, rows, 0,
                  static_cast<std::int16_t>(y), 0, display_.screen->root_depth,
                  static_cast<std::uint32_t>(rows * row_bytes),
                  reinterpret_cast<const std::uint8_t*>(dots.data() + std::size_t{y} * width));
  }
  sync();
}

void desk::fake(std::uint8_t type, std::uint8_t detail) {
  xcb_test_fake_input(xcb(), type, detail, XCB_CURRENT_TIME, XCB_NONE, 0, 0, 0);
  xcb_flush(xcb());
}

void desk::click() {
  fake(XCB_BUTTON_PRESS, 1);
  fake(XCB_BUTTON_RELEASE, 1);
}

void desk::press_return() {
  fake(XCB_KEY_PRESS, return_key_);
  fake(XCB_KEY_RELEASE, return_key_);
}

std::vector<std::uint32_t> desk::look() {
  const auto cookie =
      xcb_get_image(xcb(), XCB_IMAGE_FORMAT_Z_PIXMAP, display_.screen->root, 0, 0, width_, height_, ~0U);
  const x11::reply<xcb_get_image_reply_t> image{xcb_get_image_reply(xcb(), cookie, nullptr)};
  if (image == nullptr) throw std::runtime_error{"the display went away"};
  std::vector<std::uint32_t> dots(std::size_t{width_} * height_);
  std::memcpy(dots.data(), xcb_get_image_data(image.get()), dots.size() * 4);
  return dots;
}

void desk::sync() {
  const x11::reply<xcb_get_input_focus_reply_t> answer{
      xcb_get_input_focus_reply(xcb(), xcb_get_input_focus(xcb()), nullptr)};
}

} // namespace tier2::bench
