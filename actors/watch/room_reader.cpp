#include "actors/watch/room_reader.hpp"

#include <mutex>
#include <set>
#include <thread>
#include <utility>

namespace tier2 {

namespace {

/// Paths that have not answered yet. Of the process: an actor that crashed leaves its hung threads here.
struct busy_paths {
  std::mutex mutex;
  std::set<std::string> paths;
  bool enter(const std::string& path) {
    const std::lock_guard lock{mutex};
    return paths.insert(path).second;
  }
  void leave(const std::string& path) {
    const std::lock_guard lock{mutex};
    paths.erase(path);
  }
};
busy_paths& busy() {
  static auto* const all = new busy_paths; // never destroyed: a hung thread may end after main
  return *all;
}

room_reading read_one(const room_question& what, const std::string& path) {
  room_reading reading;
  reading.path = path;
  reading.hangs = !busy().enter(path);
  if (reading.hangs) return reading;
  const auto found = what.ask(path);
  busy().leave(path);
  if (found)
    reading.space = *found;
  else
    reading.failed = found.error().what;
  return reading;
}

} // namespace

struct room_reader::shared {
  std::mutex mutex;
  bool ended{false};
};

room_reader::room_reader() : shared_(std::make_shared<shared>()) {}

room_reader::~room_reader() {
  const std::lock_guard lock{shared_->mutex};
  shared_->ended = true;
}

void room_reader::read(room_question what, std::function<void(room_readings)> tell) {
  std::thread{[s = shared_, what = std::move(what), tell = std::move(tell)] {
    room_readings all;
    all.own = read_one(what, what.own);
    for (const auto& each : writable_places(what.also, what.except))
      all.places.push_back(read_one(what, each.path));
    const std::lock_guard lock{s->mutex};
    if (!s->ended) tell(std::move(all));
  }}.detach();
}

} // namespace tier2
