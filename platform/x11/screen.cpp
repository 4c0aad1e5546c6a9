#include "platform/screen.hpp"

#include "platform/x11/blank_cause.hpp"
#include "platform/x11/connection.hpp"
#include "platform/x11/desktop.hpp"
#include "platform/x11/overpaint.hpp"
#include "platform/x11/picture_memory.hpp"
#include "platform/x11/picture_source.hpp"
#include "platform/x11/window_guard.hpp"

#include <utility>

namespace tier2 {

namespace {

using namespace x11;

constexpr int attempts = 4;

class x11_screen final : public screen_grabber {
public:
  x11_screen(display_connection display, window_rules exclude)
      : display_{std::move(display)}, desktop_{display_.xcb.get(), display_.screen->root},
        source_{display_.xcb.get(), display_.screen->root},
        guard_{display_.xcb.get(), *display_.screen, std::move(exclude)} {}

  result<raw_frame> grab() override {
    if (lending_.taken())
      return fail(errc::in_use, "The last picture is still being worked on; this one is left out.");
    result<raw_frame> frame;
    for (int attempt = 1; attempt <= attempts; ++attempt) {
      frame = grab_once(attempt == attempts);
      if (frame || frame.error().code != errc::conflict) return frame;
    }
    return fail(errc::conflict, frame.error().what + " It went on for " + std::to_string(attempts) +
                                    " attempts, so this picture is left out.");
  }

private:
  /// `conflict`: the screen has another size by now, or windows came and went.
  result<raw_frame> grab_once(bool last) {
    raw_frame frame;
    const auto taken = guard_.on() ? take_guarded(frame, last) : take(frame);
    if (xcb_connection_has_error(display_.xcb.get()) != 0)
      return fail(errc::display_lost,
                  "The X server closed the connection, so no picture could be taken. The helper "
                  "opens the display again by itself.");
    if (!taken) return tl::unexpected{taken.error()};
    if (frame.info.note != picture_note::none)
      frame.info.note = blank_cause(display_.xcb.get(), display_.screen->root);
    return frame;
  }

  result<void> take_guarded(raw_frame& frame, bool last) {
    if (auto looked = guard_.before(); !looked) return looked;
    window_list::question windows;
    auto taken = take(frame, &windows);
    auto looked = guard_.after(windows, last);
    if (!taken) return taken;
    if (!looked) return looked;
    guard_.cover(source_.writable(), desktop_.active(), frame.info);
    return {};
  }

  /// With `windows`, asks which there are right behind the picture.
  result<void> take(raw_frame& frame, window_list::question* windows = nullptr) {
    const auto asked_picture = source_.ask();
    if (windows != nullptr) *windows = guard_.ask();
    const auto asked_desktop = desktop_.ask();
    result<pixels> picture = tl::unexpected{asked_picture ? error{} : asked_picture.error()};
    if (asked_picture) picture = source_.answer(*asked_picture, lending_);
    if (picture) {
      frame.image = std::move(*picture);
      frame.info.width = frame.image.width;
      frame.info.height = frame.image.height;
    }
    desktop_.answer(asked_desktop, frame.info);
    frame.info.captured_at = std::chrono::steady_clock::now(); // the title too is not from after this
    if (!picture) return tl::unexpected{picture.error()};
    if (is_one_colour(frame.image.bytes)) frame.info.note = picture_note::one_colour;
    return {};
  }

  display_connection display_;
  desktop desktop_;
  picture_source source_;
  window_guard guard_;
  lending lending_;
};

} // namespace

result<std::unique_ptr<screen_grabber>> screen_grabber::open(const std::string& display,
                                                             window_rules exclude) {
  auto connected = connect(display);
  if (!connected) return tl::unexpected{connected.error()};
  if (auto readable = check_pixel_format(*connected); !readable) return tl::unexpected{readable.error()};
  return std::make_unique<x11_screen>(std::move(*connected), std::move(exclude));
}

} // namespace tier2
