#pragma once

#include "actors/compression/frame_codec.hpp"
#include "platform/input.hpp"
#include "platform/screen.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tier2::bench {

/// The product's own parts on one display, event to sealed frame, with a thread for capture and codec as in
/// the helper (there they are actors).
class capture_line {
public:
  capture_line(const std::string& display, int level);
  capture_line(const capture_line&) = delete;
  capture_line& operator=(const capture_line&) = delete;
  ~capture_line();

  struct kept {
    kept_frame frame;
    steady_time event;    ///< When the input source read the event.
    steady_time captured; ///< When the grab was complete.
    steady_time sealed;   ///< When the sealed frame was ready.
  };
  /// Blocks until the next trigger has become a kept frame. Throws std::runtime_error when it did not.
  kept wait();
  /// The pixels of a kept frame.
  pixels decode(const kept_frame& frame) const;

private:
  void run();
  std::unique_ptr<screen_grabber> grabber_;
  std::unique_ptr<frame_codec> codec_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<trigger_event> waiting_;
  std::optional<kept> done_;
  std::string failure_;
  bool stopping_{};
  std::uint64_t frames_{};
  std::thread thread_;
  std::unique_ptr<input_source> input_;
};

} // namespace tier2::bench
