#include "platform/secure_memory.hpp"
#include "tools/bench/capture_line.hpp"
#include "tools/bench/cost.hpp"
#include "tools/bench/desk.hpp"
#include "tools/bench/peer.hpp"
#include "tools/bench/samples.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <unistd.h>

// Event to sealed frame by our own line, beside maim and scrot on the same unmoved screen in the same run.

namespace {

using namespace tier2;
using namespace tier2::bench;

constexpr int warm_up = 3;

struct settings {
  std::vector<std::string> sizes{"1920x1080", "3840x2160"};
  int clicks{60};
  int peer_every{3};
  int level{1};
  std::string json_file;
};

/// One way to keep a picture; milliseconds and bytes.
struct contender {
  std::string name;
  samples wall, cpu, server_cpu, bytes, captured;
};

double ms(seconds time) { return time.count() * 1e3; }

/// False when a pixel of the kept frame is not the screen's.
bool same_pixels(const pixels& got, const std::vector<std::uint32_t>& screen) {
  for (std::size_t y = 0; y < got.height; ++y)
    for (std::size_t x = 0; x < got.width; ++x) {
      std::uint32_t dot{};
      std::memcpy(&dot, got.bytes.data() + y * got.stride + x * 4, 4);
      if ((dot & 0xffffffU) != (screen[y * got.width + x] & 0xffffffU)) return false;
    }
  return std::size_t{got.width} * got.height == screen.size();
}

/// The part of the 64x64 tiles in which something differs, 0..1.
double changed_tiles(const std::vector<std::uint32_t>& before, const std::vector<std::uint32_t>& after,
                     unsigned width) {
  constexpr unsigned side = 64;
  const auto height = static_cast<unsigned>(after.size() / width);
  unsigned changed = 0;
  unsigned tiles = 0;
  for (unsigned top = 0; top < height; top += side)
    for (unsigned left = 0; left < width; left += side) {
      bool differs = false;
      for (unsigned y = top; y < std::min(top + side, height) && !differs; ++y) {
        const auto at = std::size_t{y} * width + left;
        differs = std::memcmp(&before[at], &after[at], std::size_t{std::min(side, width - left)} * 4) != 0;
      }
      ++tiles;
      changed += differs ? 1 : 0;
    }
  return static_cast<double>(changed) / tiles;
}

class session {
public:
  session(const settings& wanted, std::uint16_t width, std::uint16_t height)
      : wanted_{wanted}, width_{width}, server_{{.width = width, .height = height, .depth = 24, .more = {}}},
        desk_{server_, width, height}, line_{server_.display(), wanted.level}, screen_{desk_.look()} {}

  void run() {
    for (int i = -warm_up; i < wanted_.clicks; ++i) {
      desk_.next_page();
      const auto shown = desk_.look();
      const bool peers_too = i >= 0 && i % wanted_.peer_every == 0;
      if (peers_too && i % 2 == 0) run_peers();
      click(i, shown);
      if (peers_too && i % 2 != 0) run_peers();
      if (i >= 0) changed_.add(changed_tiles(screen_, shown, width_));
      screen_ = shown;
    }
  }

  const contender& ours() const { return ours_; }
  const std::vector<contender>& peers() const { return peers_; }
  double changed() const { return changed_.mean(); }

private:
  void click(int number, const std::vector<std::uint32_t>& shown) {
    const auto server_before = cpu_of(server_.pid());
    const auto before = own_cpu();
    if (number % 2 == 0)
      desk_.click();
    else
      desk_.press_return();
    const auto kept = line_.wait();
    const auto cpu = own_cpu() - before;
    const auto server_cpu = cpu_of(server_.pid()) - server_before;
    if (!same_pixels(line_.decode(kept.frame), shown))
      throw std::runtime_error{"a kept frame is not what was on the screen"};
    if (number < 0) return;
    std::size_t bytes = 0;
    for (const auto& chunk : kept.frame.chunks)
      bytes += chunk->bytes.size();
    ours_.wall.add(ms(kept.sealed - kept.event));
    ours_.captured.add(ms(kept.captured - kept.event));
    ours_.cpu.add(ms(cpu));
    ours_.server_cpu.add(ms(server_cpu));
    ours_.bytes.add(static_cast<double>(bytes));
  }

  void run_peers() {
    const auto file = "/dev/shm/tier2-bench-" + std::to_string(getpid()) + ".png";
    const std::vector<std::vector<std::string>> commands{{"maim", file}, {"scrot", "--overwrite", file}};
    for (std::size_t i = 0; i < commands.size(); ++i) {
      const auto before = cpu_of(server_.pid());
      const auto cost = run_peer(commands[i], server_.display(), file);
      peers_[i].server_cpu.add(ms(cpu_of(server_.pid()) - before));
      peers_[i].wall.add(ms(cost.wall));
      peers_[i].cpu.add(ms(cost.cpu));
      peers_[i].bytes.add(static_cast<double>(cost.bytes));
    }
  }

  const settings& wanted_;
  std::uint16_t width_;
  xvfb server_;
  desk desk_;
  capture_line line_;
  std::vector<std::uint32_t> screen_;
  contender ours_{"ours", {}, {}, {}, {}, {}};
  std::vector<contender> peers_{{"maim", {}, {}, {}, {}, {}}, {"scrot", {}, {}, {}, {}, {}}};
  samples changed_;
};

void print(const contender& who, const contender& ours) {
  std::printf("%-6s %9.2f %9.2f %9.2f %9.2f %9.0f %8.1fx %8.1fx %8.2fx\n", who.name.c_str(),
              who.wall.median(), who.wall.quantile(0.95), who.cpu.mean(), who.server_cpu.mean(),
              who.bytes.mean() / 1024, who.wall.median() / ours.wall.median(),
              who.cpu.mean() / ours.cpu.mean(), who.bytes.mean() / ours.bytes.mean());
}

nlohmann::json to_json(const contender& who) {
  return {{"name", who.name},
          {"frames", who.wall.count()},
          {"wall_ms_median", who.wall.median()},
          {"wall_ms_p95", who.wall.quantile(0.95)},
          {"cpu_ms_mean", who.cpu.mean()},
          {"server_cpu_ms_mean", who.server_cpu.mean()},
          {"bytes_mean", who.bytes.mean()}};
}

nlohmann::json measure(const settings& wanted, const std::string& size) {
  const auto cross = size.find('x');
  const auto width = static_cast<std::uint16_t>(std::stoul(size.substr(0, cross)));
  const auto height = static_cast<std::uint16_t>(std::stoul(size.substr(cross + 1)));
  session one{wanted, width, height};
  one.run();
  const auto& ours = one.ours();
  std::printf(
      "\n%s, %zu clicks and Returns, %.0f %% of 64x64 tiles changed by each, zstd level %d; every kept frame "
      "decoded and compared\n",
      size.c_str(), ours.wall.count(), one.changed() * 100, wanted.level);
  std::printf("%-6s %9s %9s %9s %9s %9s %9s %9s %9s\n", "", "wall ms", "p95 ms", "CPU ms", "X CPU ms", "KiB",
              "wall", "CPU", "bytes");
  print(ours, ours);
  for (const auto& peer : one.peers())
    print(peer, ours);
  std::printf("ours: event to all pixels in our memory %.2f ms median, %.2f ms p95\n", ours.captured.median(),
              ours.captured.quantile(0.95));

  nlohmann::json told{{"size", size}, {"changed_tiles", one.changed()}, {"ours", to_json(ours)}};
  told["ours"]["captured_ms_median"] = ours.captured.median();
  for (const auto& peer : one.peers())
    told["peers"].push_back(to_json(peer));
  return told;
}

} // namespace

int main(int argc, char** argv) {
  settings wanted;
  CLI::App app{"Event to sealed frame, beside maim and scrot on the same screen in the same run"};
  app.add_option("--size", wanted.sizes, "Screens to measure, WIDTHxHEIGHT")
      ->check([](const std::string& text) {
        unsigned width = 0;
        unsigned height = 0;
        char more = 0;
        const bool fits = std::sscanf(text.c_str(), "%5ux%5u%c", &width, &height, &more) == 2 && width > 0 &&
                          height > 0 && width <= 16384 && height <= 16384;
        return fits ? std::string{} : "a size is WIDTHxHEIGHT, each 1 to 16384";
      });
  app.add_option("--clicks", wanted.clicks, "Clicks and Returns a screen")->check(CLI::Range(1, 100000));
  app.add_option("--peer-every", wanted.peer_every, "Run maim and scrot after each so many clicks")
      ->check(CLI::Range(1, 100000));
  app.add_option("--level", wanted.level, "zstd level")->check(CLI::Range(1, 9));
  app.add_option("--json", wanted.json_file, "Also write the figures there");
  CLI11_PARSE(app, argc, argv);
  try {
    if (auto ready = init_crypto(); !ready) throw std::runtime_error{ready.error().what};
    nlohmann::json all = nlohmann::json::array();
    for (const auto& size : wanted.sizes)
      all.push_back(measure(wanted, size));
    if (!wanted.json_file.empty()) std::ofstream{wanted.json_file} << all.dump(2) << '\n';
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "bench_capture: %s\n", failed.what());
    return 1;
  }
  return 0;
}
