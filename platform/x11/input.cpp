#include "platform/input.hpp"

#include "platform/x11/connection.hpp"
#include "platform/x11/hotkey_grab.hpp"
#include "platform/x11/keyboard.hpp"
#include "platform/x11/keymap.hpp"
#include "platform/x11/raw_events.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bitset>
#include <mutex>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace tier2 {

namespace {

using namespace x11;

constexpr std::size_t batch = 64;

/// Something to report, in the order in which it happened, once the server has said where the pointer is.
struct pending_report {
  trigger_event event;
  keycode key{};
  xcb_query_pointer_cookie_t where{};
  bool is_hotkey{};
  bool claimed{}; ///< It turned out to be the press of the hotkey.
};

class x11_input final : public input_source {
public:
  x11_input(display_connection display, raw_event_codes codes, options what, callbacks tell)
      : display_{std::move(display)}, codes_{codes}, wanted_{what.triggers}, tell_{std::move(tell)},
        grab_{display_.xcb.get(), display_.screen->root, std::move(what.hotkeys)},
        stop_{eventfd(0, EFD_CLOEXEC)} {
    learn_keyboard();
    xcb_flush(display_.xcb.get());
    thread_ = std::thread{[this] { run(); }};
  }

  x11_input(const x11_input&) = delete;
  x11_input& operator=(const x11_input&) = delete;

  ~x11_input() override {
    stopping_ = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(stop_, &one, sizeof one);
    // Ends a wait for a reply too: another program may hold the server for as long as it likes.
    shutdown(xcb_get_file_descriptor(display_.xcb.get()), SHUT_RDWR);
    thread_.join();
    close(stop_);
  }

  std::string hotkey() const override {
    const std::lock_guard lock{grab_mutex_};
    return hotkey_;
  }
  std::string hotkey_problem() const override {
    const std::lock_guard lock{grab_mutex_};
    return problem_;
  }
  counters counts() const override { return {wheel_.load(), other_.load(), autorepeat_.load()}; }

private:
  void run() {
    pthread_setname_np(pthread_self(), "tier2-input");
    std::array<pollfd, 2> sources{
        {{xcb_get_file_descriptor(display_.xcb.get()), POLLIN, 0}, {stop_, POLLIN, 0}}};
    while (!stopping_) {
      take_events();
      if (stopping_) return;
      if (xcb_connection_has_error(display_.xcb.get()) != 0) {
        tell_.on_lost({errc::display_lost,
                       "The X server closed the connection. No more pictures are taken until the "
                       "display is back; the helper opens it again by itself."});
        return;
      }
      poll(sources.data(), sources.size(), -1);
    }
  }

  /// Returns when nothing is left to be read or written.
  void take_events() {
    auto* xcb = display_.xcb.get();
    for (;;) {
      while (pending_.size() < batch) {
        const reply<xcb_generic_event_t> event{xcb_poll_for_event(xcb)};
        if (event == nullptr) break;
        handle(*event);
      }
      if (keyboard_changed_) {
        learn_keyboard();
        continue; // while it waited for replies, events may have come, of which poll() would know nothing
      }
      if (pending_.empty()) break;
      report_pending();
    }
    xcb_flush(xcb);
  }

  void handle(const xcb_generic_event_t& event) {
    if (const auto* raw = as_raw_event(event, codes_)) return handle_raw(*raw);
    // Without the top bit: events that other clients made up with SendEvent are not input.
    if (event.response_type == XCB_KEY_PRESS) return handle_hotkey(as_key_event(event));
    if (event.response_type == XCB_KEY_RELEASE) {
      hotkey_down_ = false;
      return;
    }
    if (is_keyboard_change(event, codes_)) keyboard_changed_ = true;
  }

  void handle_raw(const raw_event& event) {
    switch (event.event_type) {
    case XCB_INPUT_RAW_BUTTON_PRESS:
      if (is_wheel(event.detail)) {
        ++wheel_;
      } else if (const auto kind = trigger_of_button(event.detail); kind && wanted_.contains(*kind)) {
        queue(*kind, 0);
      } else {
        ++other_;
      }
      return;
    case XCB_INPUT_RAW_KEY_PRESS:
    case XCB_INPUT_RAW_KEY_RELEASE:
      return handle_key(event);
    default:
      return;
    }
  }

  void handle_key(const raw_event& event) {
    const auto key = static_cast<keycode>(event.detail);
    const bool press = event.event_type == XCB_INPUT_RAW_KEY_PRESS;
    const auto kind = table_.of_key(key);
    if (!kind) {
      if (press) ++other_;
      return;
    }
    // XInput 2.2 has no mark on a repeated raw press; a press without a release in between is one.
    const bool repeated = press && down_.test(key);
    down_.set(key, press);
    if (repeated)
      ++autorepeat_;
    else if (press)
      queue(*kind, key);
  }

  void queue(trigger kind, keycode key) {
    pending_report report;
    report.event = {kind, std::chrono::steady_clock::now(), std::chrono::system_clock::now(), 0, 0};
    report.key = key;
    report.where = xcb_query_pointer(display_.xcb.get(), display_.screen->root);
    pending_.push_back(report);
  }

  void handle_hotkey(const xcb_key_press_event_t& event) {
    if (grab_.key() != event.detail) return;
    for (auto& report : pending_)
      report.claimed = report.claimed || (report.key == event.detail && !report.is_hotkey);
    // With detectable autorepeat a held key sends presses only.
    if (std::exchange(hotkey_down_, true)) {
      ++autorepeat_;
      return;
    }
    pending_report report;
    report.event.at = std::chrono::steady_clock::now();
    report.is_hotkey = true;
    pending_.push_back(report);
  }

  void report_pending() {
    auto* xcb = display_.xcb.get();
    const auto count = pending_.size();
    for (std::size_t i = 0; i < count; ++i) {
      if (pending_[i].is_hotkey) continue;
      const reply<xcb_query_pointer_reply_t> at{xcb_query_pointer_reply(xcb, pending_[i].where, nullptr)};
      if (at == nullptr) continue;
      pending_[i].event.x = at->root_x;
      pending_[i].event.y = at->root_y;
    }
    // The server sends a grabbed press right behind its raw twin, so it has come before the replies.
    for (;;) {
      const reply<xcb_generic_event_t> event{xcb_poll_for_queued_event(xcb)};
      if (event == nullptr) break;
      handle(*event);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const auto report = pending_[i];
      if (report.is_hotkey)
        tell_.on_hotkey(report.event.at);
      else if (!report.claimed)
        tell_.on_trigger(report.event);
    }
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(count));
  }

  void learn_keyboard() {
    keyboard_changed_ = false;
    auto keys = read_keyboard(display_.xcb.get());
    if (keys == keys_)
      return; // another keyboard of the same kind: the grab need not be given up for a moment
    keys_ = std::move(keys);
    table_ = trigger_table{keys_, wanted_};
    down_.reset();
    hotkey_down_ = false;
    grab_.take(keys_);
    const std::lock_guard lock{grab_mutex_};
    hotkey_ = grab_.name();
    problem_ = grab_.problem();
    if (wayland_session())
      problem_ += std::string{problem_.empty() ? "" : " "} +
                  "This is a Wayland session: clicks, keys, the hotkey "
                  "and pictures work only in windows of X programs.";
  }

  display_connection display_;
  raw_event_codes codes_;
  trigger_set wanted_;
  callbacks tell_;
  keyboard_map keys_;
  trigger_table table_;
  std::bitset<256> down_; ///< Trigger keys only.
  bool hotkey_down_{};
  bool keyboard_changed_{};
  std::vector<pending_report> pending_;
  hotkey_grab grab_;
  mutable std::mutex grab_mutex_;
  std::string hotkey_, problem_;
  std::atomic<std::uint64_t> wheel_{}, other_{}, autorepeat_{};
  std::atomic<bool> stopping_{};
  int stop_;
  std::thread thread_;
};

} // namespace

result<std::unique_ptr<input_source>> input_source::open(options what, callbacks tell) {
  auto display = connect(what.display);
  if (!display) return tl::unexpected{display.error()};
  const auto codes = select_raw_events(*display);
  if (!codes) return tl::unexpected{codes.error()};
  return std::make_unique<x11_input>(std::move(*display), *codes, std::move(what), std::move(tell));
}

} // namespace tier2
