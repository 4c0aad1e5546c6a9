#include "platform/input.hpp"
#include "platform/screen.hpp"
#include "tests/support/xvfb.hpp"
#include "tests/x11/watched_input.hpp"

#include <cstdlib>
#include <doctest/doctest.h>
#include <optional>

using namespace tier2;
using namespace tier2::test;

namespace {

/// Sets a variable, or takes it away, for as long as this lives.
class environment_variable {
public:
  environment_variable(const char* name, const char* value) : name_{name} {
    if (const char* old = std::getenv(name); old != nullptr) old_ = old;
    set(value);
  }
  environment_variable(const environment_variable&) = delete;
  environment_variable& operator=(const environment_variable&) = delete;
  ~environment_variable() { set(old_ ? old_->c_str() : nullptr); }

private:
  void set(const char* value) const {
    if (value == nullptr)
      unsetenv(name_);
    else
      setenv(name_, value, 1);
  }
  const char* name_;
  std::optional<std::string> old_;
};

error input_error(const std::string& display) {
  const auto opened = input_source::open({display, trigger_set::all(), {}}, {});
  REQUIRE_FALSE(opened);
  return opened.error();
}

error screen_error(const std::string& display) {
  const auto opened = screen_grabber::open(display);
  REQUIRE_FALSE(opened);
  return opened.error();
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("without any display the error says so and what to do") {
  const environment_variable x{"DISPLAY", nullptr};
  const environment_variable wayland{"WAYLAND_DISPLAY", nullptr};
  for (const auto& why : {input_error(""), screen_error("")}) {
    CHECK(why.code == errc::no_display);
    CHECK(contains(why.what, "DISPLAY"));
    CHECK(contains(why.what, "Start this program inside the user's desktop session"));
  }
}

TEST_CASE("in a Wayland session without X the error says what does not work and what does") {
  const environment_variable x{"DISPLAY", nullptr};
  const environment_variable wayland{"WAYLAND_DISPLAY", "wayland-0"};
  for (const auto& why : {input_error(""), screen_error("")}) {
    CHECK(why.code == errc::wayland_only);
    CHECK(contains(why.what, "Pictures and the hotkey do not work here yet"));
    CHECK(contains(why.what, "`buttonhelper --open` still opens a ticket"));
  }
}

TEST_CASE("a display that does not answer is named") {
  const std::string gone = ":9999";
  for (const auto& display : {gone, std::string{"not a display"}})
    for (const auto& why : {input_error(display), screen_error(display)}) {
      CHECK(why.code == errc::no_display);
      CHECK(contains(why.what, "\"" + display + "\""));
    }
}

TEST_CASE("$DISPLAY is used when no display is named") {
  const xvfb server;
  const environment_variable x{"DISPLAY", server.display().c_str()};
  CHECK(screen_grabber::open(""));
  CHECK(input_source::open({"", trigger_set::all(), {}}, {}));
}

TEST_CASE("with X inside a Wayland session the limits are said") {
  const xvfb server;
  const environment_variable wayland{"WAYLAND_DISPLAY", "wayland-0"};
  const watched_input input{server.display(), {"Ctrl+Shift+F12"}};
  CHECK(input.source().hotkey() == "Ctrl+Shift+F12");
  CHECK(contains(input.source().hotkey_problem(), "only in windows of X programs"));
}

TEST_CASE("a screen with 16 bits a pixel is refused with a sentence") {
  const xvfb server{{.width = 320, .height = 200, .depth = 16, .more = {}}};
  const auto why = screen_error(server.display());
  CHECK(why.code == errc::unsupported);
  CHECK(contains(why.what, "16"));
  CHECK(contains(why.what, "24"));
}
