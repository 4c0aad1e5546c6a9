// A window over the whole screen for tests/integration, painted as lines on standard input say; each is
// answered with "done".
//   noise SEED        every dot another colour
//   patch SEED X Y    a square of 48 dots of other noise at that place
//   title TEXT        what the window is called; it says, too, that it is the active one
#include "tests/x11/painter.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <sstream>

using namespace tier2;
using namespace tier2::test;

namespace {

constexpr std::uint16_t patch_side = 48;

std::pair<std::uint16_t, std::uint16_t> screen_size() {
  const auto display = x11::connect("");
  if (!display) {
    std::cerr << display.error().what << "\n";
    std::exit(1); // NOLINT(concurrency-mt-unsafe): there is one thread
  }
  return {display->screen->width_in_pixels, display->screen->height_in_pixels};
}

void patch(picture& on, std::uint32_t seed, std::uint16_t x, std::uint16_t y) {
  const auto piece = noise(patch_side, patch_side, seed);
  for (std::uint16_t row = 0; row < patch_side && y + row < on.height; ++row)
    std::copy_n(piece.dots.begin() + row * patch_side, std::min<int>(patch_side, on.width - x),
                on.dots.begin() + static_cast<std::ptrdiff_t>(y + row) * on.width + x);
}

} // namespace

int main() {
  const auto [width, height] = screen_size();
  painter window{"", 0, 0, width, height};
  picture shown = noise(width, height, 0);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words{line};
    std::string what;
    std::uint32_t seed = 0;
    std::uint16_t x = 0, y = 0;
    words >> what;
    if (what == "title") {
      window.set_text("_NET_WM_NAME", "UTF8_STRING", line.substr(what.size() + 1));
      window.become_active();
    } else {
      words >> seed >> x >> y;
      if (what == "noise")
        shown = noise(width, height, seed);
      else
        patch(shown, seed, std::min(x, width), std::min(y, height));
      window.show(shown);
    }
    std::cout << "done" << std::endl;
  }
  return 0;
}
