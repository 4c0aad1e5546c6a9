#include "platform/screen.hpp"
#include "tools/bench/cost.hpp"
#include "tools/bench/desk.hpp"
#include "tools/bench/samples.hpp"

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <stdexcept>

// What looking for excluded windows adds to a grab: two grabbers, one with rules and one without, in turns on
// one screen.

namespace {

using namespace tier2;
using namespace tier2::bench;

struct settings {
  unsigned width{1920}, height{1080};
  int rounds{300};
  int windows{20};
};

struct contender {
  const char* name;
  std::unique_ptr<screen_grabber> grabber;
  samples wall, cpu, server_cpu;
};

std::unique_ptr<screen_grabber> grabber_of(const xvfb& server, window_rules rules) {
  auto opened = screen_grabber::open(server.display(), std::move(rules));
  if (!opened) throw std::runtime_error{opened.error().what};
  return std::move(*opened);
}

/// The shipped list of password managers and 64 titles, of which none is on the screen.
window_rules many_rules() {
  window_rules rules{{}, password_manager_classes()};
  for (int i = 0; i < 64; ++i)
    rules.titles.push_back(*window_pattern::parse("*Confidential document " + std::to_string(i) + "*"));
  return rules;
}

/// Small windows with a title and a class, mapped.
void open_windows(x11::display_connection& on, int count) {
  auto* xcb = on.xcb.get();
  for (int i = 0; i < count; ++i) {
    const auto window = xcb_generate_id(xcb);
    const std::array<std::uint32_t, 2> look{0x336699, 1};
    xcb_create_window(xcb, XCB_COPY_FROM_PARENT, window, on.screen->root, static_cast<std::int16_t>(i * 9), 0,
                      8, 8, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT,
                      XCB_CW_BACK_PIXEL | XCB_CW_OVERRIDE_REDIRECT, look.data());
    const auto title = "Quarterly report " + std::to_string(i) + " - Office";
    xcb_change_property(xcb, XCB_PROP_MODE_REPLACE, window, XCB_ATOM_WM_NAME, XCB_ATOM_STRING, 8,
                        static_cast<std::uint32_t>(title.size()), title.data());
    constexpr std::string_view classes{"office\0Office\0", 14};
    xcb_change_property(xcb, XCB_PROP_MODE_REPLACE, window, XCB_ATOM_WM_CLASS, XCB_ATOM_STRING, 8,
                        static_cast<std::uint32_t>(classes.size()), classes.data());
    xcb_map_window(xcb, window);
  }
  xcb_flush(xcb);
}

void grab(contender& who, const xvfb& server, bool counts) {
  const auto server_before = cpu_of(server.pid());
  const auto cpu_before = own_cpu();
  const auto before = std::chrono::steady_clock::now();
  const auto frame = who.grabber->grab();
  const seconds wall = std::chrono::steady_clock::now() - before;
  if (!frame) throw std::runtime_error{frame.error().what};
  if (!counts) return;
  who.wall.add(wall.count() * 1e3);
  who.cpu.add((own_cpu() - cpu_before).count() * 1e3);
  who.server_cpu.add((cpu_of(server.pid()) - server_before).count() * 1e3);
}

void measure(const settings& wanted) {
  const auto width = static_cast<std::uint16_t>(wanted.width);
  const auto height = static_cast<std::uint16_t>(wanted.height);
  const xvfb server{{.width = width, .height = height, .depth = 24, .more = {}}};
  desk desk{server, width, height};
  auto others = x11::connect(server.display());
  if (!others) throw std::runtime_error{others.error().what};
  open_windows(*others, wanted.windows);
  std::array<contender, 2> contenders{{{"no rules", grabber_of(server, {}), {}, {}, {}},
                                       {"87 rules", grabber_of(server, many_rules()), {}, {}, {}}}};
  for (int round = -10; round < wanted.rounds; ++round)
    for (std::size_t i = 0; i < contenders.size(); ++i)
      grab(contenders[(i + static_cast<std::size_t>(round + 10)) % contenders.size()], server, round >= 0);
  std::printf("%ux%u, %d windows and a desktop, %d grabs each, in turns\n", wanted.width, wanted.height,
              wanted.windows, wanted.rounds);
  std::printf("%-10s %9s %9s %9s %9s %9s\n", "", "wall ms", "p95 ms", "CPU ms", "X CPU ms", "wall");
  for (const auto& each : contenders)
    std::printf("%-10s %9.2f %9.2f %9.2f %9.2f %8.2fx\n", each.name, each.wall.median(),
                each.wall.quantile(0.95), each.cpu.mean(), each.server_cpu.mean(),
                each.wall.median() / contenders[0].wall.median());
}

} // namespace

int main(int argc, char** argv) {
  settings wanted;
  CLI::App app{"What looking for excluded windows adds to a grab"};
  app.add_option("--width", wanted.width)->check(CLI::Range(1, 16384));
  app.add_option("--height", wanted.height)->check(CLI::Range(1, 16384));
  app.add_option("--rounds", wanted.rounds, "Grabs of each kind")->check(CLI::Range(1, 100000));
  app.add_option("--windows", wanted.windows, "Further windows on the screen")->check(CLI::Range(0, 3000));
  CLI11_PARSE(app, argc, argv);
  try {
    measure(wanted);
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "bench_exclusion: %s\n", failed.what());
    return 1;
  }
  return 0;
}
