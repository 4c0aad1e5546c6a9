#include "actors/capture/grab_thread.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace tier2 {

struct grab_thread::shared {
  open_screen open;
  std::mutex mutex; // guards all below
  std::condition_variable changed;
  std::optional<trigger_event> wanted;
  bool stopped{false};
  on_grabbed tell;
};

grab_thread::grab_thread(open_screen open, on_grabbed tell) : shared_(std::make_shared<shared>()) {
  shared_->open = std::move(open);
  shared_->tell = std::move(tell);
  std::thread{[s = shared_] {
    std::unique_ptr<screen_grabber> screen;
    for (;;) {
      trigger_event event;
      {
        std::unique_lock lock{s->mutex};
        s->changed.wait(lock, [&] { return s->stopped || s->wanted; });
        if (s->stopped) return;
        event = *std::exchange(s->wanted, std::nullopt);
      }
      const auto grab = [&]() -> result<raw_frame> {
        if (!screen) {
          auto opened = s->open();
          if (!opened) return tl::unexpected(opened.error());
          screen = std::move(*opened);
        }
        return screen->grab();
      };
      auto frame = grab();
      if (!frame && frame.error().code == errc::display_lost) {
        screen.reset(); // the display may be there again since: this click need not be lost
        if (auto again = grab()) frame = std::move(again);
      }
      const std::lock_guard lock{s->mutex};
      if (s->stopped) return;
      s->tell(event, std::move(frame));
    }
  }}.detach();
}

void grab_thread::grab(const trigger_event& event) {
  const std::lock_guard lock{shared_->mutex};
  shared_->wanted = event;
  shared_->changed.notify_one();
}

void grab_thread::stop() {
  const std::lock_guard lock{shared_->mutex};
  shared_->stopped = true;
  shared_->tell = nullptr;
  shared_->changed.notify_one();
}

grab_thread::~grab_thread() { stop(); }

} // namespace tier2
