#include "platform/screen.hpp"

#include "platform/x11/connection.hpp"
#include "platform/x11/desktop.hpp"
#include "platform/x11/picture_memory.hpp"
#include "platform/x11/picture_source.hpp"

#include <utility>

namespace tier2 {

namespace {

using namespace x11;

class x11_screen final : public screen_grabber {
public:
  explicit x11_screen(display_connection display)
      : display_{std::move(display)}, desktop_{display_.xcb.get(), display_.screen->root},
        source_{display_.xcb.get(), display_.screen->root} {}

  result<raw_frame> grab() override {
    if (lending_.taken())
      return fail(errc::in_use, "The last picture is still being worked on; this one is left out.");
    for (int attempt = 0; attempt < 4; ++attempt) {
      auto frame = grab_once();
      if (frame || frame.error().code != errc::conflict) return frame;
    }
    return fail(errc::capture_failed,
                "The screen's size kept changing while a picture was taken; this one is left out.");
  }

private:
  /// `conflict`: the screen has another size by now.
  result<raw_frame> grab_once() {
    const auto asked_picture = source_.ask();
    if (!asked_picture) return tl::unexpected{asked_picture.error()};
    const auto asked_desktop = desktop_.ask();
    raw_frame frame;
    auto picture = source_.answer(*asked_picture, lending_);
    if (picture) {
      frame.image = std::move(*picture);
      frame.info.width = frame.image.width;
      frame.info.height = frame.image.height;
    }
    desktop_.answer(asked_desktop, frame.info);
    frame.info.captured_at = std::chrono::steady_clock::now(); // the title too is not from after this
    if (xcb_connection_has_error(display_.xcb.get()) != 0)
      return fail(errc::display_lost,
                  "The X server closed the connection, so no picture could be taken. The helper "
                  "opens the display again by itself.");
    if (!picture) return tl::unexpected{picture.error()};
    return frame;
  }

  display_connection display_;
  desktop desktop_;
  picture_source source_;
  lending lending_;
};

} // namespace

result<std::unique_ptr<screen_grabber>> screen_grabber::open(const std::string& display) {
  auto connected = connect(display);
  if (!connected) return tl::unexpected{connected.error()};
  if (auto readable = check_pixel_format(*connected); !readable) return tl::unexpected{readable.error()};
  return std::make_unique<x11_screen>(std::move(*connected));
}

} // namespace tier2
