#include "tests/platform/child_process.hpp"
#include "tests/platform/link_ends.hpp"
#include "tests/platform/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <sys/stat.h>

using namespace tier2;
using namespace tier2::test;
using expected_peer = local_link_client::expected_peer;

namespace {

constexpr uid_t stranger = 65534;

bool only_for_root() {
  if (::geteuid() == 0) return true;
  MESSAGE("skipped: playing another user needs root");
  return false;
}

void open_to_all(const std::string& path, mode_t mode) { REQUIRE(::chmod(path.c_str(), mode) == 0); }

} // namespace

TEST_CASE("another user is reported by name and number, and is not taken for us") {
  if (!only_for_root()) return;
  const temporary_directory home;
  open_to_all(home.path(), 0755);
  server_end service{{.path = home / "s", .logins_only = false}};
  REQUIRE(service.server);
  child_process other{[&] {
    if (::setresuid(stranger, stranger, stranger) != 0) return 2;
    const raw_socket socket{home / "s"};
    socket.read_to_end();
    return socket.connected() ? 0 : 1;
  }};
  REQUIRE(service.state.wait([](const auto& heard) { return heard.opened == 1; }));
  const auto who = service.state.get().open.begin()->second;
  CHECK(who.account == "65534");
  CHECK(who.user == "nobody");
  CHECK(!who.privileged);
  CHECK(!who.same_user);
  service.server->reset();
  CHECK(other.exit_status() == 0);
}

TEST_CASE(
    "another user is refused at a socket that is for one account, even when its permissions are opened") {
  if (!only_for_root()) return;
  const temporary_directory home;
  open_to_all(home.path(), 0755);
  server_end service{{.path = home / "s", .every_user = false}};
  REQUIRE(service.server);
  const auto try_as_stranger = [&] {
    child_process other{[&] {
      if (::setresuid(stranger, stranger, stranger) != 0) return 2;
      const raw_socket socket{home / "s"};
      if (!socket.connected()) return 3;
      return socket.read_to_end() == 0 ? 0 : 1; // closed at once
    }};
    return other.exit_status();
  };
  CHECK(try_as_stranger() == 3); // the file's permissions
  open_to_all(home / "s", 0666);
  CHECK(try_as_stranger() == 0);
  CHECK((*service.server)->refused() == 1);
  CHECK(service.state.get().opened == 0);
}

TEST_CASE("a service account is refused where logins are kept, and root is not") {
  if (!only_for_root()) return;
  const temporary_directory home;
  open_to_all(home.path(), 0755);
  server_end service{{.path = home / "s", .logins_only = true}};
  REQUIRE(service.server);
  child_process daemon{[&] {
    if (::setresuid(stranger, stranger, stranger) != 0) return 2;
    const raw_socket socket{home / "s"};
    if (!socket.connected()) return 3;
    return socket.read_to_end() == 0 ? 0 : 1; // closed at once
  }};
  CHECK(daemon.exit_status() == 0);
  CHECK((*service.server)->refused() == 1);
  const raw_socket root{home / "s"};
  CHECK(service.state.wait([](const auto& heard) { return heard.opened == 1; }));
}

TEST_CASE("the accounts that one login has taken on share its connections") {
  if (!only_for_root()) return;
  const auto log_in = [](uid_t account) {
    std::ofstream to{"/proc/self/loginuid"};
    to << 4242 << std::flush;
    return to.good() && ::setresuid(account, account, account) == 0;
  };
  if (child_process{[&] { return log_in(stranger) ? 0 : 1; }}.exit_status() != 0) {
    MESSAGE("skipped: this kernel lets nobody have a login");
    return;
  }
  const temporary_directory home;
  open_to_all(home.path(), 0755);
  server_end service{{.path = home / "s", .connections_per_account = 2, .logins_only = false}};
  REQUIRE(service.server);
  const auto connect_as = [&](uid_t account) {
    return [&, account] {
      if (!log_in(account)) return 2;
      const raw_socket socket{home / "s"};
      socket.read_to_end();
      return socket.connected() ? 0 : 1;
    };
  };
  child_process first{connect_as(100000)}, second{connect_as(100001)};
  REQUIRE(service.state.wait([](const auto& heard) { return heard.opened == 2; }));
  child_process third{connect_as(100002)};
  CHECK(third.exit_status() == 0);
  CHECK((*service.server)->refused() == 1);
  CHECK(service.state.get().opened == 2);
  service.server->reset();
  CHECK(first.exit_status() == 0);
  CHECK(second.exit_status() == 0);
}

TEST_CASE("root may talk to another account's own socket") {
  if (!only_for_root()) return;
  const temporary_directory home;
  open_to_all(home.path(), 0777);
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  child_process other{[&] {
    if (::setresuid(stranger, stranger, stranger) != 0) return 2;
    server_end service{{.path = home / "s", .every_user = false}};
    [[maybe_unused]] const auto told = ::write(ready[1], "x", 1);
    if (!service.server) return 3;
    if (!service.state.wait([](const auto& heard) { return heard.opened == 1; })) return 4;
    const auto who = service.state.get().open.begin()->second;
    return who.privileged && !who.same_user && who.user == "root" ? 0 : 5;
  }};
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  const raw_socket root{home / "s"};
  CHECK(root.connected());
  CHECK(other.exit_status() == 0);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_CASE("the helper does not say a byte to a listener that is another user") {
  if (!only_for_root()) return;
  const temporary_directory home;
  open_to_all(home.path(), 0777);
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  child_process imposter{[&] {
    if (::setresuid(stranger, stranger, stranger) != 0) return 2;
    server_end service{{.path = home / "s"}};
    [[maybe_unused]] const auto told = ::write(ready[1], "x", 1);
    if (!service.server) return 3;
    if (!service.state.wait([](const auto& heard) { return heard.closed == 2; })) return 4;
    return service.state.get().messages.empty() ? 0 : 5;
  }};
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  for (const auto who : {expected_peer::privileged_or_same_user, expected_peer::same_user}) {
    client_end helper{home / "s", who};
    REQUIRE(!helper.client);
    CHECK(helper.client.error().code == errc::permission_denied);
    CHECK(helper.client.error().what.find("nobody") != std::string::npos);
  }
  CHECK(imposter.exit_status() == 0);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_CASE(
    "an ordinary user's helper trusts a service that runs as root, but no root as its own first instance") {
  if (!only_for_root()) return;
  const temporary_directory home;
  open_to_all(home.path(), 0755);
  server_end service{{.path = home / "s", .logins_only = false}, true};
  REQUIRE(service.server);
  child_process user{[&] {
    if (::setresuid(stranger, stranger, stranger) != 0) return 2;
    const client_end twin{home / "s", expected_peer::same_user};
    if (twin.client || twin.client.error().code != errc::permission_denied) return 3;
    client_end helper{home / "s", expected_peer::privileged_or_same_user};
    if (!helper.client) return 4;
    (*helper.client)->send({.json = "{}", .bulk = {}});
    return helper.state.wait([](const auto& heard) { return heard.messages.size() == 1; }) ? 0 : 5;
  }};
  CHECK(user.exit_status() == 0);
}
