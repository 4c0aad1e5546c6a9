#include "tests/net/ends.hpp"
#include "tests/net/peer.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace tier2::test;
using reason = websocket_client::end_reason;

namespace {

using words = std::vector<std::string>;

[[noreturn]] void broken() { throw std::runtime_error("a bug of the test's"); }

/// Where the client's owner, or the server's, throws.
enum class at { open, text, binary, drained, ended, request, upgrade, close, odd };

websocket_client::ended end_of_client_that_throws(at where, std::uint16_t port, std::size_t& ends) {
  watched<std::vector<websocket_client::ended>> seen;
  watched<bool> opened;
  websocket_client::callbacks c;
  c.on_open = [=, &opened] {
    opened.change([](bool& o) { o = true; });
    if (where == at::open) broken();
    if (where == at::odd) throw 42; // NOLINT: what a careless library might throw
  };
  c.on_text = [=](const std::string&) {
    if (where == at::text) broken();
  };
  c.on_binary = [=](const bytes&) {
    if (where == at::binary) broken();
  };
  c.on_drained = [=] {
    if (where == at::drained) broken();
  };
  c.on_ended = [&](websocket_client::ended e) {
    seen.change([&](auto& s) { s.push_back(std::move(e)); });
    if (where == at::ended) broken();
  };
  auto options = client_end::to(port);
  options.low_water_bytes = 10;
  auto connection = websocket_client::connect(options, c);
  connection->send_text("hello");
  connection->send_binary(bytes(1000));
  if (where == at::ended) {
    opened.wait([](bool o) { return o; });
    connection->close(1000, "enough");
  }
  seen.wait([](const auto& s) { return !s.empty(); });
  connection.reset(); // its thread still answers
  ends = seen.get().size();
  return seen.get().at(0);
}

} // namespace

TEST_CASE("a callback of a client that throws ends that connection, with a sentence, and nothing else") {
  server_end server;
  at where{};
  SUBCASE("on_open") { where = at::open; }
  SUBCASE("on_text") { where = at::text; }
  SUBCASE("on_binary") { where = at::binary; }
  SUBCASE("on_drained") { where = at::drained; }
  SUBCASE("something that is no exception") { where = at::odd; }
  std::size_t ends{};
  const auto end = end_of_client_that_throws(where, server.port(), ends);
  CHECK(end.why == reason::stopped);
  CHECK(end.text.find("because of a fault in this program") != std::string::npos);
  CHECK(end.text.find(where == at::odd ? "unknown kind" : "a bug of the test's") != std::string::npos);
  CHECK(ends == 1);
  CHECK(server.closed(server.first()) == 1006);
  client_end next(client_end::to(server.port()));
  CHECK(next.opens());
}

TEST_CASE("a client's last callback may throw too") {
  server_end server;
  std::size_t ends{};
  CHECK(end_of_client_that_throws(at::ended, server.port(), ends).why == reason::closed);
  CHECK(ends == 1);
}

TEST_CASE(
    "a callback of a server that throws ends that connection, is counted and told, and the others go on") {
  at where{};
  SUBCASE("on_request") { where = at::request; }
  SUBCASE("on_upgrade") { where = at::upgrade; }
  SUBCASE("on_open") { where = at::open; }
  SUBCASE("on_text") { where = at::text; }
  SUBCASE("on_binary") { where = at::binary; }
  SUBCASE("on_close") { where = at::close; }
  SUBCASE("something that is no exception") { where = at::odd; }
  watched<words> faults;
  watched<std::vector<std::uint16_t>> closed;
  std::atomic<bool> breaks{false};
  const auto may_break = [&](at here) {
    if (!breaks || where != here) return;
    if (here == at::odd) throw 42; // NOLINT
    broken();
  };
  websocket_server::callbacks c;
  std::unique_ptr<websocket_server> server;
  c.on_request = [&](const auto&) {
    may_break(at::request);
    return websocket_server::response{};
  };
  c.on_upgrade = [&](auto, const auto&) {
    may_break(at::upgrade);
    return websocket_server::upgrade{true, "tier2.v1", 403};
  };
  c.on_open = [&](auto) { may_break(at::open); };
  c.on_text = [&](auto id, const std::string& text) {
    may_break(at::text);
    may_break(at::odd);
    server->send_text(id, text);
  };
  c.on_binary = [&](auto, const auto&) { may_break(at::binary); };
  c.on_close = [&](auto, std::uint16_t code) {
    may_break(at::close);
    closed.change([&](auto& s) { s.push_back(code); });
  };
  c.on_fault = [&](std::string what) { faults.change([&](auto& f) { f.push_back(std::move(what)); }); };
  websocket_server::failure why;
  auto options = server_end::plain();
  server = websocket_server::listen(options, c, why);
  REQUIRE(server);
  raw_client bystander(server->port(), raw_client::over::plain);
  REQUIRE(bystander.upgrade().find(" 101 ") != std::string::npos);
  // An answer says that its opening has been handled, too.
  bystander.write(client_frame(0x81, "here"));
  REQUIRE(!bystander.read_some().empty());

  breaks = true;
  {
    raw_client unlucky(server->port(), raw_client::over::plain);
    if (where == at::request) {
      unlucky.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    } else {
      unlucky.upgrade();
      unlucky.write(where == at::binary  ? client_frame(0x82, "bytes")
                    : where == at::close ? client_frame(0x88, "\x03\xE8")
                                         : client_frame(0x81, "text"));
    }
    unlucky.read_all();
  }
  REQUIRE(faults.wait([](const auto& f) { return !f.empty(); }));
  CHECK(faults.get() == words{where == at::odd ? "an exception of an unknown kind" : "a bug of the test's"});
  CHECK(server->counted().faults == 1);
  breaks = false;

  bystander.write(client_frame(0x81, "still there"));
  std::string echo;
  while (echo.find("still there") == std::string::npos) {
    const auto more = bystander.read_some();
    REQUIRE(!more.empty());
    echo += more;
  }
  raw_client later(server->port(), raw_client::over::plain);
  CHECK(later.upgrade().find(" 101 ") != std::string::npos);
}

TEST_CASE("posted work that throws is counted, and the next is done") {
  server_end server(server_end::plain());
  watched<int> ran;
  server.server->post([] { broken(); });
  server.server->post([&] { ran.change([](int& r) { r = 1; }); });
  CHECK(ran.wait([](int r) { return r == 1; }));
  CHECK(server.server->counted().faults == 1);
}
