#pragma once

#include "platform/readings.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tier2 {

struct room_reading {
  std::string path;
  bool hangs{}; ///< A question before this one has not been answered yet.
  std::optional<room> space;
  std::string failed; ///< Why there is none.
};
struct room_readings {
  room_reading own; ///< Of the state directory.
  std::vector<room_reading> places;
};

/// What to read.
struct room_question {
  std::string own;
  std::vector<std::string> also, except;
  /// A double in tests.
  std::function<result<room>(const std::string&)> ask = room_at;
};

/// Asks file systems for their room on a thread, which is left behind when one of them hangs. That one is not
/// asked again until it has answered, so that hung threads cannot pile up: there is one at most for each.
class room_reader {
public:
  room_reader();
  ~room_reader();
  room_reader(const room_reader&) = delete;
  room_reader& operator=(const room_reader&) = delete;

  /// `tell` is called on the thread, unless something hangs; never after the destructor began.
  void read(room_question what, std::function<void(room_readings)> tell);

private:
  struct shared;
  std::shared_ptr<shared> shared_;
};

} // namespace tier2
