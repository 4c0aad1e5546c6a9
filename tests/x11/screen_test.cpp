#include "platform/screen.hpp"
#include "tests/support/tcp_display.hpp"
#include "tests/support/xvfb.hpp"
#include "tests/x11/painter.hpp"

#include <algorithm>
#include <atomic>
#include <doctest/doctest.h>
#include <optional>
#include <sys/resource.h>
#include <thread>

using namespace tier2;
using namespace tier2::test;

namespace {

std::unique_ptr<screen_grabber> grabber_of(const std::string& display) {
  auto opened = screen_grabber::open(display);
  REQUIRE_MESSAGE(opened, opened.error().what);
  return std::move(*opened);
}

raw_frame grab(screen_grabber& grabber) {
  auto frame = grabber.grab();
  REQUIRE_MESSAGE(frame, frame.error().what);
  return std::move(*frame);
}

xvfb server_of_size(int width, int height, std::vector<std::string> more = {}) {
  return xvfb{{.width = width, .height = height, .depth = 24, .more = std::move(more)}};
}

void check_exact(int width, int height, const std::vector<std::string>& more) {
  CAPTURE(width);
  const auto server = server_of_size(width, height, more);
  const auto w = static_cast<std::uint16_t>(width);
  const auto h = static_cast<std::uint16_t>(height);
  painter program{server.display(), 0, 0, w, h};
  const auto grabber = grabber_of(server.display());
  for (std::uint32_t seed = 1; seed <= 2; ++seed) { // the second through the warm segment
    const auto shown = noise(w, h, seed);
    program.show(shown);
    const auto frame = grab(*grabber);
    CHECK(frame.info.width == w);
    CHECK(frame.info.height == h);
    CHECK(frame.image.stride == std::uint32_t{w} * 4);
    CHECK(wrong_dots(frame.image, shown) == 0);
  }
}

void add_mode(const xvfb& server, const std::string& name, int width, int height) {
  const auto numbers = [](int size) {
    return std::vector{std::to_string(size), std::to_string(size + 1), std::to_string(size + 2),
                       std::to_string(size + 3)};
  };
  std::vector<std::string> argv{"xrandr", "--newmode", name, "1"};
  for (const int size : {width, height})
    for (auto& number : numbers(size))
      argv.push_back(std::move(number));
  REQUIRE(server.run(std::move(argv)) == 0);
  REQUIRE(server.run({"xrandr", "--addmode", "screen", name}) == 0);
}

int set_mode(const xvfb& server, const std::string& name) {
  return server.run({"xrandr", "--output", "screen", "--mode", name});
}

class memory_lock_limit {
public:
  explicit memory_lock_limit(rlim_t bytes) {
    getrlimit(RLIMIT_MEMLOCK, &before_);
    const rlimit now{bytes, before_.rlim_max};
    setrlimit(RLIMIT_MEMLOCK, &now);
  }
  memory_lock_limit(const memory_lock_limit&) = delete;
  memory_lock_limit& operator=(const memory_lock_limit&) = delete;
  ~memory_lock_limit() { setrlimit(RLIMIT_MEMLOCK, &before_); }

private:
  rlimit before_{};
};

} // namespace

TEST_CASE("what a program paints is read back, every dot, on screens of 1x1, 1283x721, 1080p and 7680x2160") {
  check_exact(1, 1, {});
  check_exact(1283, 721, {});
  check_exact(1920, 1080, {});
  check_exact(7680, 2160, {});
}

TEST_CASE("without MIT-SHM the pictures are the same") {
  check_exact(1, 1, {"-extension", "MIT-SHM"});
  check_exact(1283, 721, {"-extension", "MIT-SHM"});
  check_exact(7680, 2160, {"-extension", "MIT-SHM"});
}

TEST_CASE("over a connection that passes no descriptors the pictures are the same") {
  const auto server = server_of_size(640, 480);
  const tcp_display far{server.display()};
  painter program{server.display(), 0, 0, 640, 480};
  const auto shown = noise(640, 480, 5);
  program.show(shown);
  const auto grabber = grabber_of(far.name());
  CHECK(wrong_dots(grab(*grabber).image, shown) == 0);
  CHECK(wrong_dots(grab(*grabber).image, shown) == 0);
}

TEST_CASE("a screen that is resized while we run is read in its new size") {
  for (const std::vector<std::string>& more : {std::vector<std::string>{}, {"-extension", "MIT-SHM"}}) {
    const auto server = server_of_size(1280, 1024, more);
    painter program{server.display(), 0, 0, 1280, 1024};
    const auto shown = noise(1280, 1024, 9);
    program.show(shown);
    const auto grabber = grabber_of(server.display());
    CHECK(wrong_dots(grab(*grabber).image, shown) == 0);
    for (const auto& [width, height] : {std::pair{800, 600}, std::pair{1280, 1024}, std::pair{1024, 768}}) {
      if (width != 1280) add_mode(server, "mode" + std::to_string(width), width, height);
      REQUIRE(set_mode(server, width == 1280 ? "1280x1024" : "mode" + std::to_string(width)) == 0);
      const auto w = static_cast<std::uint16_t>(width);
      const auto h = static_cast<std::uint16_t>(height);
      painter again{server.display(), 0, 0, w, h};
      const auto now_shown = noise(w, h, w);
      again.show(now_shown);
      CHECK(wrong_dots(grab(*grabber).image, now_shown) == 0);
    }
  }
}

TEST_CASE("a screen that is resized all the time gives whole pictures of its sizes, or none") {
  const auto server = server_of_size(1280, 1024);
  add_mode(server, "small", 800, 600);
  const auto grabber = grabber_of(server.display());
  std::atomic<bool> done{false};
  std::thread resizer{[&] {
    for (int i = 0; i < 10; ++i) {
      set_mode(server, "small");
      set_mode(server, "1280x1024");
    }
    done = true;
  }};
  std::size_t small = 0;
  std::size_t large = 0;
  std::size_t wrong = 0;
  while (!done || small + large == 0) {
    const auto frame = grabber->grab();
    if (!frame) {
      wrong += frame.error().code == errc::conflict ? 0 : 1;
      continue;
    }
    if (frame->image.width == 800 && frame->image.height == 600)
      ++small;
    else if (frame->image.width == 1280 && frame->image.height == 1024)
      ++large;
    else
      ++wrong;
  }
  resizer.join();
  CHECK(wrong == 0);
  CHECK(small > 0);
  CHECK(large > 0);
}

TEST_CASE("a picture that is held cannot be overwritten, and the next is taken once it is let go") {
  for (const std::vector<std::string>& more : {std::vector<std::string>{}, {"-extension", "MIT-SHM"}}) {
    const auto server = server_of_size(320, 200, more);
    painter program{server.display(), 0, 0, 320, 200};
    const auto first = noise(320, 200, 1);
    const auto second = noise(320, 200, 2);
    const auto grabber = grabber_of(server.display());
    program.show(first);
    std::optional<raw_frame> held = grab(*grabber);
    program.show(second);
    const auto refused = grabber->grab();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::in_use);
    CHECK(wrong_dots(held->image, first) == 0);

    auto owner = held->image.owner;
    held.reset();
    CHECK_FALSE(grabber->grab()); // somebody still holds it
    std::thread{[last = std::move(owner)]() mutable { last.reset(); }}.join();
    CHECK(wrong_dots(grab(*grabber).image, second) == 0);
  }
}

TEST_CASE("a picture outlives its grabber") {
  const auto server = server_of_size(320, 200);
  painter program{server.display(), 0, 0, 320, 200};
  const auto shown = noise(320, 200, 3);
  program.show(shown);
  auto grabber = grabber_of(server.display());
  const auto frame = grab(*grabber);
  grabber.reset();
  CHECK(wrong_dots(frame.image, shown) == 0);
}

TEST_CASE("the segment is wiped when the picture is let go, whether it can be locked in memory or not") {
  for (const bool lockable : {true, false}) {
    std::optional<memory_lock_limit> nothing;
    if (!lockable) nothing.emplace(0);
    const auto server = server_of_size(640, 480);
    painter program{server.display(), 0, 0, 640, 480};
    program.show(noise(640, 480, 4));
    const auto grabber = grabber_of(server.display());
    std::span<const std::byte> segment;
    {
      const auto frame = grab(*grabber);
      segment = frame.image.bytes;
      REQUIRE(segment.size() == std::size_t{640} * 480 * 4);
      CHECK(std::any_of(segment.begin(), segment.end(), [](std::byte b) { return b != std::byte{}; }));
    }
    CHECK(std::all_of(segment.begin(), segment.end(), [](std::byte b) { return b == std::byte{}; }));
  }
}

TEST_CASE("when the display dies a grab says so, each time") {
  for (const std::vector<std::string>& more : {std::vector<std::string>{}, {"-extension", "MIT-SHM"}}) {
    auto server = server_of_size(320, 200, more);
    const auto grabber = grabber_of(server.display());
    grab(*grabber);
    server.stop();
    for (int i = 0; i < 2; ++i) {
      const auto lost = grabber->grab();
      REQUIRE_FALSE(lost);
      CHECK(lost.error().code == errc::display_lost);
    }
  }
}

TEST_CASE("when the display dies before the first picture a grab says so") {
  auto server = server_of_size(320, 200);
  const auto grabber = grabber_of(server.display());
  server.stop();
  const auto lost = grabber->grab();
  REQUIRE_FALSE(lost);
  CHECK(lost.error().code == errc::display_lost);
}
