#include "tools/bench/capture_line.hpp"

#include <chrono>
#include <stdexcept>
#include <utility>

namespace tier2::bench {

namespace {

template <class T>
T value_of(result<T>&& tried) {
  if (!tried) throw std::runtime_error{tried.error().what};
  return std::move(*tried);
}

} // namespace

capture_line::capture_line(const std::string& display, int level)
    : grabber_{value_of(screen_grabber::open(display))},
      codec_{make_zstd_codec(std::make_shared<const secret_key>(secret_key::generate()), level)},
      thread_{[this] { run(); }} {
  const auto on_trigger = [this](const trigger_event& event) {
    const std::lock_guard lock{mutex_};
    waiting_ = event;
    changed_.notify_all();
  };
  input_ = value_of(input_source::open({display, trigger_set::all(), {}},
                                       {on_trigger, [](steady_time) {}, [](const error&) {}}));
}

capture_line::~capture_line() {
  input_.reset();
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void capture_line::run() {
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || waiting_; });
    if (stopping_) return;
    const auto event = *std::exchange(waiting_, std::nullopt);
    lock.unlock();
    auto frame = grabber_->grab();
    result<kept_frame> sealed = tl::unexpected{error{}};
    steady_time captured;
    if (frame) {
      frame->info.id = ++frames_;
      frame->info.cause = event;
      captured = frame->info.captured_at;
      sealed = codec_->encode(*frame);
      frame->image = {}; // gives the segment back
    } else {
      sealed = tl::unexpected{frame.error()};
    }
    const auto now = std::chrono::steady_clock::now();
    lock.lock();
    if (sealed)
      done_ = kept{std::move(*sealed), event.at, captured, now};
    else
      failure_ = sealed.error().what;
    changed_.notify_all();
  }
}

capture_line::kept capture_line::wait() {
  std::unique_lock lock{mutex_};
  const bool came =
      changed_.wait_for(lock, std::chrono::seconds{30}, [&] { return done_ || !failure_.empty(); });
  if (!failure_.empty()) throw std::runtime_error{failure_};
  if (!came) throw std::runtime_error{"a click did not become a frame within 30 s"};
  return *std::exchange(done_, std::nullopt);
}

pixels capture_line::decode(const kept_frame& frame) const { return value_of(codec_->decode(frame)); }

} // namespace tier2::bench
