// What strangers may take of the agents' port.
#include "platform/net/websocket_server.hpp"
#include "tests/cloud/running.hpp"
#include "tests/cloud/tls_peer.hpp"
#include "tools/cloud/address_group.hpp"
#include "tools/cloud/port_socket.hpp"

using namespace tier2;
using namespace tier2::cloud;
using namespace tier2::cloud::test;

namespace {

constexpr const char* upgrade = "GET /agent/v1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                                "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n";

/// A port like the agents', which lets in everybody.
struct open_port {
  std::unique_ptr<net::websocket_server> server;

  explicit open_port(net::websocket_server::options where) {
    where.certificate = roots().loopback.certificate;
    where.key = roots().loopback.key;
    net::websocket_server::callbacks tell;
    tell.on_upgrade = [](net::websocket_server::connection_id, const net::websocket_server::request&) {
      return net::websocket_server::upgrade{true, "", 101};
    };
    net::websocket_server::failure why;
    server = net::websocket_server::listen(where, tell, why);
    REQUIRE_MESSAGE(server, why.what);
  }
  net::websocket_server::counts counted() const { return server->counted(); }
  std::unique_ptr<tls_peer> upgraded() const {
    auto peer = std::make_unique<tls_peer>(server->port());
    CHECK(peer->ask(upgrade).starts_with("HTTP/1.1 101 "));
    return peer;
  }
};

} // namespace

TEST_CASE("at the agents' port, too, TLS records without data and without end are cut off") {
  const open_port on{net::websocket_server::options{}};
  for (const bool before_the_upgrade : {true, false}) {
    const auto peer = before_the_upgrade ? std::make_unique<tls_peer>(on.server->port()) : on.upgraded();
    int updates = 0;
    while (updates < 5'000'000 && peer->update_key())
      ++updates;
    CHECK(updates < 5'000'000);
  }
  CHECK(comes_true([&] { return on.counted().silent == 2; }));
  CHECK(on.upgraded());
}

TEST_CASE("silent connections of one address take the place of older silent ones, never of an agent") {
  net::websocket_server::options where;
  SUBCASE("of the address") { where.max_unfinished_per_group = 8; }
  SUBCASE("of all") { where.max_connections = 28; }
  where.group_of = address_group;
  where.ping_interval_ms = 0; // an agent that has something to read was closed
  const open_port on{where};
  std::vector<std::unique_ptr<tls_peer>> fleet; // behind one address
  for (int i = 0; i < 20; ++i)
    fleet.push_back(on.upgraded());
  std::vector<std::unique_ptr<tcp_peer>> silent;
  for (int i = 0; i < 40; ++i)
    silent.push_back(std::make_unique<tcp_peer>(on.server->port()));
  CHECK(comes_true([&] { return on.counted().evicted == 32; }));
  CHECK(silent.front()->rest().empty());
  CHECK(on.upgraded());
  CHECK(on.counted().turned_away == 0);
  for (const auto& each : fleet)
    CHECK_FALSE(each->tcp.readable(0));
}

TEST_CASE("few open files are shared: each port has its part, and something is left for the rest") {
  CHECK(shares_of(100'000, 4096, 10'000).agents == 10'000);
  CHECK(shares_of(100'000, 4096, 10'000).console == 4096);
  for (const std::size_t files : {16, 256, 1024, 4096, 8192, 14'607}) {
    const auto shares = shares_of(files, 4096, 10'000);
    CHECK(shares.console >= 1);
    CHECK(shares.agents >= shares.console);
    CHECK(shares.console + shares.agents < files);
    CHECK(files - shares.console - shares.agents >= std::min<std::size_t>(files / 2, 512));
  }
}
