#include "tools/ctl/task_line.hpp"

#include <doctest/doctest.h>
#include <future>
#include <stdexcept>
#include <utility>
#include <vector>

using namespace tier2::ctl;

TEST_CASE("tasks are done in order; one that throws does not end the line") {
  std::vector<int> done;
  std::promise<void> last;
  task_line line;
  for (int i = 0; i < 3; ++i)
    REQUIRE(line.add([&done, i] { done.push_back(i); }));
  REQUIRE(line.add([] { throw std::runtime_error{"a test of it"}; }));
  REQUIRE(line.add([&] { last.set_value(); }));
  last.get_future().wait();
  CHECK(done == std::vector{0, 1, 2});
}

TEST_CASE("beyond its bound a task is refused and counted; the end interrupts and drops the rest") {
  std::promise<void> begun, interrupted;
  auto released = interrupted.get_future().share();
  bool once = false;
  bool rest = false;
  task_line line{[&] {
    if (!std::exchange(once, true)) interrupted.set_value();
  }};
  REQUIRE(line.add([&, released] {
    begun.set_value();
    released.wait();
  }));
  begun.get_future().wait();
  for (std::size_t i = 0; i < task_line::most_waiting; ++i)
    REQUIRE(line.add([&] { rest = true; }));
  CHECK_FALSE(line.add([] {}));
  CHECK(line.dropped() == 1);
  line.end();
  CHECK(once);
  CHECK_FALSE(rest);
  CHECK_FALSE(line.add([] {}));
}
