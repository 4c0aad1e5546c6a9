#include "tests/platform/child_process.hpp"
#include "tests/platform/link_ends.hpp"
#include "tests/platform/temporary_directory.hpp"

#include "platform/process.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>

using namespace tier2;
using namespace tier2::test;
using expected_peer = local_link_client::expected_peer;

namespace {

wire::local_message message_of(std::size_t json, std::size_t bulk) {
  wire::local_message made{.json = std::string(json, 'j'), .bulk = std::vector<std::byte>(bulk)};
  for (std::size_t i = 0; i < json; ++i)
    made.json[i] = static_cast<char>('a' + i * 31 % 26);
  for (std::size_t i = 0; i < bulk; ++i)
    made.bulk[i] = static_cast<std::byte>(i * 7);
  return made;
}

mode_t mode_of(const std::string& path) {
  struct stat found{};
  return ::stat(path.c_str(), &found) == 0 ? found.st_mode & 07777U : 0;
}

bool exists(const std::string& path) {
  struct stat found{};
  return ::lstat(path.c_str(), &found) == 0;
}

} // namespace

TEST_CASE("messages of every size up to the bounds arrive whole, in order and in both directions") {
  const temporary_directory home;
  server_end service{{.path = home / "s"}, true};
  REQUIRE(service.server);
  client_end helper{home / "s", expected_peer::same_user};
  REQUIRE(helper.client);
  std::vector<wire::local_message> sent;
  for (const std::size_t json :
       {1UL, 2UL, 7UL, 8UL, 9UL, 4095UL, 65528UL, 65536UL, wire::max_local_json_bytes})
    for (const std::size_t bulk : {0UL, 1UL, 65536UL, wire::max_local_bulk_bytes}) {
      sent.push_back(message_of(json, bulk));
      (*helper.client)->send(sent.back());
      REQUIRE(helper.state.wait([&](const auto& heard) { return heard.messages.size() == sent.size(); }));
    }
  CHECK(service.state.get().messages == sent);
  CHECK(helper.state.get().messages == sent);
}

TEST_CASE("the service learns from the kernel who connects") {
  const temporary_directory home;
  server_end service{{.path = home / "s"}};
  REQUIRE(service.server);
  const client_end helper{home / "s", expected_peer::privileged_or_same_user};
  REQUIRE(helper.client);
  REQUIRE(service.state.wait([](const auto& heard) { return heard.opened == 1; }));
  const auto who = service.state.get().open.begin()->second;
  CHECK(who.account == std::to_string(::geteuid()));
  CHECK(who.user == current_user());
  CHECK(who.same_user);
  CHECK(who.privileged == (::geteuid() == 0));
  if (::getenv("XDG_SESSION_ID") == nullptr) CHECK(who.session == current_session());
}

TEST_CASE("both ends notice when the other one goes") {
  const temporary_directory home;
  server_end service{{.path = home / "s"}};
  REQUIRE(service.server);
  {
    client_end helper{home / "s", expected_peer::same_user};
    REQUIRE(helper.client);
    REQUIRE(service.state.wait([](const auto& heard) { return heard.opened == 1; }));
  }
  CHECK(service.state.wait([](const auto& heard) { return heard.closed == 1 && heard.open.empty(); }));

  client_end helper{home / "s", expected_peer::same_user};
  REQUIRE(service.state.wait([](const auto& heard) { return heard.opened == 2; }));
  service.server->reset();
  REQUIRE(helper.state.wait([](const auto& heard) { return heard.closed.size() == 1; }));
  CHECK(helper.state.get().closed.front().code == errc::unavailable);
}

TEST_CASE("what was sent arrives although the sender is gone right after") {
  const temporary_directory home;
  server_end service{{.path = home / "s", .connections_per_account = 32}, true};
  REQUIRE(service.server);
  for (int round = 0; round < 20; ++round) {
    client_end helper{home / "s", expected_peer::same_user};
    REQUIRE(helper.client);
    (*helper.client)->send(message_of(50, 0));
    (*helper.client)->send(message_of(60, 1000));
  }
  REQUIRE(service.state.wait([](const auto& heard) { return heard.closed == 20; }));
  CHECK(service.state.get().messages.size() == 40);
}

TEST_CASE("a connection that the service closes gets what was sent before") {
  const temporary_directory home;
  server_end service{{.path = home / "s"}};
  REQUIRE(service.server);
  client_end helper{home / "s", expected_peer::same_user};
  REQUIRE(service.state.wait([](const auto& heard) { return heard.opened == 1; }));
  const auto id = service.state.get().last;
  const auto large = message_of(wire::max_local_json_bytes, wire::max_local_bulk_bytes);
  (*service.server)->send(id, large);
  (*service.server)->close(id);
  (*service.server)->send(id, message_of(5, 0)); // too late, and harmless
  REQUIRE(helper.state.wait([](const auto& heard) { return heard.closed.size() == 1; }));
  CHECK(helper.state.get().messages == std::vector{large});
  CHECK(service.state.wait([](const auto& heard) { return heard.closed == 1; }));
}

TEST_CASE("a bad frame ends that connection, is counted, and disturbs no other") {
  const temporary_directory home;
  server_end service{{.path = home / "s"}, true};
  REQUIRE(service.server);
  client_end good{home / "s", expected_peer::same_user};
  const auto refused = [&](std::vector<unsigned char> bytes) {
    const raw_socket bad{home / "s"};
    REQUIRE(bad.write(bytes.data(), bytes.size()));
    bad.read_to_end();
  };
  refused({0, 0x10, 0, 1, 0, 0, 0, 0}); // 1 MiB + 1 of JSON
  refused({0, 0, 0, 1, 0, 4, 0, 1});    // 256 KiB + 1 of bulk
  refused({0, 0, 0, 0, 0, 0, 0, 0});    // no JSON
  refused({'G', 'E', 'T', ' ', '/', ' ', 'H', 'T', 'T', 'P'});
  REQUIRE(service.state.wait([](const auto& heard) { return heard.closed == 4; }));
  CHECK((*service.server)->malformed() == 4);
  (*good.client)->send(message_of(10, 10));
  CHECK(good.state.wait([](const auto& heard) { return heard.messages.size() == 1; }));
}

TEST_CASE("every frame that is cut short is no message") {
  const temporary_directory home;
  server_end service{{.path = home / "s"}};
  REQUIRE(service.server);
  const auto whole = wire::encode(message_of(3, 2));
  REQUIRE(whole);
  for (std::size_t length = 0; length < whole->size(); ++length) {
    const raw_socket half{home / "s"};
    REQUIRE(half.write(whole->data(), length));
  }
  REQUIRE(service.state.wait([&](const auto& heard) { return heard.closed == whole->size(); }));
  CHECK(service.state.get().messages.empty());
}

TEST_CASE("a message above the bounds is not sent and ends the link, which says so") {
  const temporary_directory home;
  server_end service{{.path = home / "s"}};
  REQUIRE(service.server);
  client_end helper{home / "s", expected_peer::same_user};
  (*helper.client)->send(message_of(wire::max_local_json_bytes + 1, 0));
  REQUIRE(helper.state.wait([](const auto& heard) { return heard.closed.size() == 1; }));
  CHECK(helper.state.get().closed.front().code == errc::too_large);
  CHECK(service.state.wait([](const auto& heard) { return heard.closed == 1; }));
  CHECK(service.state.get().messages.empty());
}

TEST_CASE("who does not read is closed at 4 MiB and counted; the others go on") {
  const temporary_directory home;
  server_end service{{.path = home / "s"}, true};
  REQUIRE(service.server);
  const raw_socket sleeper{home / "s"};
  REQUIRE(service.state.wait([](const auto& heard) { return heard.opened == 1; }));
  const auto id = service.state.get().last;
  const auto megabyte = message_of((1U << 20U) - wire::local_header_bytes, 0);
  for (int sent = 0; sent < 4; ++sent)
    (*service.server)->send(id, megabyte);
  client_end good{home / "s", expected_peer::same_user};
  (*good.client)->send(message_of(10, 10));
  REQUIRE(good.state.wait([](const auto& heard) { return heard.messages.size() == 1; }));
  CHECK((*service.server)->overflowed() == 0); // 4 MiB are allowed
  CHECK(service.state.get().closed == 0);
  // What the kernel took does not count, so one more may still fit.
  for (int sent = 0; sent < 2; ++sent)
    (*service.server)->send(id, megabyte);
  REQUIRE(service.state.wait([](const auto& heard) { return heard.closed == 1; }));
  CHECK((*service.server)->overflowed() == 1);
  CHECK(sleeper.read_to_end() < 4U << 20U);
}

TEST_CASE("the helper's link ends when 16 MiB wait for a service that does not read") {
  const temporary_directory home;
  const auto path = home / "s";
  const int listening = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  REQUIRE(::bind(listening, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(listening, 1) == 0);
  client_end helper{path, expected_peer::same_user};
  REQUIRE(helper.client);
  for (int sent = 0; sent < 18; ++sent)
    (*helper.client)->send(message_of((1U << 20U) - wire::local_header_bytes, 0));
  CHECK(helper.state.wait([](const auto& heard) { return heard.closed.size() == 1; }));
  CHECK(helper.state.get().closed.front().code == errc::too_large);
  ::close(listening);
}

TEST_CASE("one account has so many connections and no more, and gets them back") {
  const temporary_directory home;
  server_end service{{.path = home / "s", .connections_per_account = 3}};
  REQUIRE(service.server);
  raw_socket first{home / "s"};
  const raw_socket second{home / "s"}, third{home / "s"};
  REQUIRE(service.state.wait([](const auto& heard) { return heard.opened == 3; }));
  const raw_socket fourth{home / "s"};
  CHECK(fourth.read_to_end() == 0);
  CHECK((*service.server)->refused() == 1);
  CHECK(service.state.get().opened == 3);
  first.close();
  REQUIRE(service.state.wait([](const auto& heard) { return heard.closed == 1; }));
  const raw_socket fifth{home / "s"};
  CHECK(service.state.wait([](const auto& heard) { return heard.opened == 4; }));
}

TEST_CASE("all accounts together have so many connections and no more") {
  const temporary_directory home;
  server_end service{{.path = home / "s", .connections = 2}};
  REQUIRE(service.server);
  const raw_socket first{home / "s"}, second{home / "s"};
  REQUIRE(service.state.wait([](const auto& heard) { return heard.opened == 2; }));
  const raw_socket third{home / "s"};
  CHECK(third.read_to_end() == 0);
  CHECK((*service.server)->refused() == 1);
}

TEST_CASE("a server that ran out of descriptors accepts again as soon as it can") {
  const temporary_directory home;
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  child_process service{[&] {
    server_end own{{.path = home / "s", .connections_per_account = 1000}};
    if (!own.server) return 2;
    const int next = ::dup(0); // the lowest free descriptor: ten connections fit above it
    ::close(next);
    const rlimit few{static_cast<rlim_t>(next) + 10, static_cast<rlim_t>(next) + 10};
    if (::setrlimit(RLIMIT_NOFILE, &few) != 0) return 3;
    [[maybe_unused]] const auto told = ::write(ready[1], "x", 1);
    if (!own.state.wait([](const auto& heard) { return heard.opened == 10; })) return 4;
    [[maybe_unused]] const auto full = ::write(ready[1], "x", 1);
    return own.state.wait([](const auto& heard) { return heard.messages.size() == 1; }) ? 0 : 5;
  }};
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  {
    std::vector<std::unique_ptr<raw_socket>> many;
    for (int i = 0; i < 20; ++i)
      many.push_back(std::make_unique<raw_socket>(home / "s"));
    REQUIRE(::read(ready[0], &byte, 1) == 1);
  }
  client_end helper{home / "s", expected_peer::same_user};
  REQUIRE(helper.client);
  (*helper.client)->send(message_of(10, 0));
  CHECK(service.exit_status() == 0);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_CASE("a path that is too long is refused with its length, the limit and what to set") {
  const temporary_directory home;
  const auto fits = home.path() + "/" + std::string(107 - home.path().size() - 1, 's');
  const auto too_long = fits + "s";
  server_end service{{.path = fits}};
  CHECK(service.server);
  CHECK(client_end{fits, expected_peer::same_user}.client);
  const server_end refused{{.path = too_long}};
  REQUIRE(!refused.server);
  const auto helper = local_link_client::connect(too_long, expected_peer::same_user, {});
  REQUIRE(!helper);
  for (const auto& failed : {refused.server.error(), helper.error()}) {
    CHECK(failed.code == errc::invalid_argument);
    CHECK(failed.what.find("108 bytes long") != std::string::npos);
    CHECK(failed.what.find("at most 107") != std::string::npos);
    CHECK(failed.what.find("`socket` in [paths]") != std::string::npos);
  }
  CHECK(!exists(too_long));
}

TEST_CASE("a path that is not one is refused") {
  for (const char* path : {"", "relative", "/", "/tmp/"}) {
    const server_end service{{.path = path}};
    REQUIRE(!service.server);
    CHECK(service.server.error().code == errc::invalid_argument);
  }
}

TEST_CASE("a socket that a dead program left behind is replaced") {
  const temporary_directory home;
  child_process dead{[&] {
    const server_end service{{.path = home / "s"}};
    ::_exit(service.server ? 0 : 1); // no destructor runs, so the file stays
    return 0;
  }};
  REQUIRE(dead.exit_status() == 0);
  REQUIRE(exists(home / "s"));
  server_end service{{.path = home / "s"}, true};
  REQUIRE(service.server);
  client_end helper{home / "s", expected_peer::same_user};
  (*helper.client)->send(message_of(10, 0));
  CHECK(helper.state.wait([](const auto& heard) { return heard.messages.size() == 1; }));
}

TEST_CASE("a socket that somebody answers at is in use, and stays as it is") {
  const temporary_directory home;
  server_end service{{.path = home / "s"}, true};
  REQUIRE(service.server);
  const server_end second{{.path = home / "s"}};
  REQUIRE(!second.server);
  CHECK(second.server.error().code == errc::in_use);
  client_end helper{home / "s", expected_peer::same_user};
  REQUIRE(helper.client);
  (*helper.client)->send(message_of(10, 0));
  CHECK(helper.state.wait([](const auto& heard) { return heard.messages.size() == 1; }));
}

TEST_CASE("a socket of a program that is not ours is in use too") {
  const temporary_directory home;
  const auto path = home / "s";
  const int listening = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  REQUIRE(::bind(listening, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(listening, 1) == 0);
  const server_end service{{.path = path}};
  REQUIRE(!service.server);
  CHECK(service.server.error().code == errc::in_use);
  CHECK(exists(path));
  ::close(listening);
}

TEST_CASE("a file that is no socket is never removed") {
  const temporary_directory home;
  std::ofstream{home / "s"} << "dear";
  const server_end service{{.path = home / "s"}};
  REQUIRE(!service.server);
  CHECK(service.server.error().code == errc::invalid_argument);
  std::string text;
  std::ifstream{home / "s"} >> text;
  CHECK(text == "dear");
}

TEST_CASE("the socket goes with its server, but not one that another has put there") {
  const temporary_directory home;
  {
    const server_end service{{.path = home / "s"}};
    REQUIRE(exists(home / "s"));
  }
  CHECK(!exists(home / "s"));
  {
    const server_end service{{.path = home / "s"}};
    ::unlink((home / "s").c_str());
    std::ofstream{home / "s"} << "dear";
  }
  CHECK(exists(home / "s"));
}

TEST_CASE("permissions are as narrow as the purpose allows, whatever the umask is") {
  const temporary_directory home;
  for (const mode_t mask : {mode_t{0}, mode_t{077}}) {
    const auto before = ::umask(mask);
    const auto name = std::to_string(mask);
    const server_end all{{.path = home / (name + "all/deep/s")}};
    const server_end own{{.path = home / (name + "own/s"), .every_user = false}};
    ::umask(before);
    REQUIRE(all.server);
    REQUIRE(own.server);
    CHECK(mode_of(home / (name + "all/deep/s")) == 0666);
    CHECK(mode_of(home / (name + "own/s")) == 0600);
    CHECK(mode_of(home / (name + "own")) == 0700);
    CHECK(mode_of(home / (name + "all/deep")) == (::geteuid() == 0 ? 0755 : 0700));
  }
}

TEST_CASE("nobody listening is unavailable") {
  const temporary_directory home;
  const auto helper = local_link_client::connect(home / "s", expected_peer::same_user, {});
  REQUIRE(!helper);
  CHECK(helper.error().code == errc::unavailable);
}
