#include "actors/watch/room_reader.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <future>

using namespace tier2;

namespace {

room_question question(std::function<result<room>(const std::string&)> ask) {
  return {"/own", {"/test/hangs", "/test/answers"}, {}, std::move(ask)};
}
room_readings read(room_reader& reader, const room_question& what) {
  std::promise<room_readings> told;
  reader.read(what, [&](room_readings all) { told.set_value(std::move(all)); });
  return told.get_future().get();
}
room_reading of(const room_readings& all, const std::string& path) {
  const auto found = std::ranges::find(all.places, path, &room_reading::path);
  REQUIRE(found != all.places.end());
  return *found;
}

} // namespace

TEST_CASE("room reader: a file system that hangs keeps nobody waiting but one thread, and is told apart") {
  std::promise<void> entered, gate;
  const auto open = gate.get_future().share();
  const auto ask = [&entered, open,
                    once = std::make_shared<std::atomic<bool>>()](const std::string& path) -> result<room> {
    if (path == "/test/hangs" && !once->exchange(true)) {
      entered.set_value();
      open.wait();
    }
    if (path == "/own") return fail(errc::io_failed, "a reason");
    return room{100, 50, 0, 0, false};
  };
  room_reader reader;
  std::promise<room_readings> late;
  reader.read(question(ask), [&](room_readings all) { late.set_value(std::move(all)); });
  entered.get_future().wait();
  const auto now = read(reader, question(ask));
  CHECK(of(now, "/test/hangs").hangs);
  CHECK_FALSE(of(now, "/test/hangs").space);
  CHECK_FALSE(of(now, "/test/answers").hangs);
  CHECK(of(now, "/test/answers").space->available == 50);
  CHECK(now.own.failed == "a reason");
  gate.set_value();
  CHECK_FALSE(of(late.get_future().get(), "/test/hangs").hangs);
  CHECK_FALSE(of(read(reader, question(ask)), "/test/hangs").hangs);
}

TEST_CASE("room reader: after its end nobody is told, however late an answer comes") {
  std::promise<void> entered, gate, left;
  auto told = std::make_shared<std::atomic<bool>>(false);
  {
    room_reader reader;
    const auto ask = [&](const std::string& path) -> result<room> {
      if (path == "/own") {
        entered.set_value();
        gate.get_future().wait();
      }
      return room{};
    };
    // The question dies with the thread, after whatever it tells.
    const std::shared_ptr<void> end{nullptr, [&left](void*) { left.set_value(); }};
    reader.read({"/own", {}, {}, [ask, end](const std::string& path) { return ask(path); }},
                [told](const room_readings&) { *told = true; });
    entered.get_future().wait();
  }
  gate.set_value();
  left.get_future().wait();
  CHECK_FALSE(*told);
}
