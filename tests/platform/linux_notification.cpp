#include "tests/platform/eventually.hpp"
#include "tests/platform/temporary_directory.hpp"

#include "platform/linux/account.hpp"
#include "platform/notification.hpp"

#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>

using namespace tier2;
using namespace tier2::test;

namespace {

/// A notify-send that writes down what it is given, each on a line of its own, before all others.
class scripted_notify_send {
public:
  scripted_notify_send() : path_{std::getenv("PATH")} {
    const auto program = home_ / "notify-send";
    std::ofstream{program} << "#!/bin/sh\nprintf '%s\\n' \"$@\" >" << home_ / "part" << "\nmv "
                           << home_ / "part " << home_ / "out\n";
    std::filesystem::permissions(program, std::filesystem::perms{0700});
    ::setenv("PATH", (home_.path() + ":" + path_).c_str(), 1);
  }
  ~scripted_notify_send() { ::setenv("PATH", path_.c_str(), 1); }
  scripted_notify_send(const scripted_notify_send&) = delete;
  scripted_notify_send& operator=(const scripted_notify_send&) = delete;

  std::string given() const {
    std::string all;
    eventually([&] {
      const auto text = os::read_text(home_ / "out", 4096);
      all = text.value_or(std::string{});
      return text.has_value();
    });
    return all;
  }

private:
  const temporary_directory home_;
  const std::string path_;
};

} // namespace

TEST_CASE("a notification shows what was said: no markup, no option, and a backslash is one") {
  const scripted_notify_send program;
  // notify-send 0.8 shows this body as it was said; it resolves \074 to < and drops single backslashes.
  REQUIRE(notify_user("Help & Co", "--title \\074", R"(<b>1</b> & \074b\076 C:\temp\)"));
  CHECK(program.given() == R"(--app-name=Help & Co
--
--title \074
&lt;b&gt;1&lt;/b&gt; &amp; \\074b\\076 C:\\temp\\
)");
}
