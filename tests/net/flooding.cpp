#include "tests/net/ends.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

using namespace tier2::test;
using tier2::net::intake;

namespace {

/// A client that keeps the receipts of what it hears until it is told to let go.
struct slow_reader {
  struct seen {
    std::vector<intake::receipt> receipts;
    std::size_t texts{};
    std::vector<websocket_client::ended> ends;
  };
  explicit slow_reader(websocket_client::options where) {
    websocket_client::callbacks c;
    c.on_open = [this] { opened.change([](bool& o) { o = true; }); };
    c.on_held_text = [this](const std::string&, intake::receipt receipt) {
      heard.change([&](seen& s) {
        ++s.texts;
        if (keeping) s.receipts.push_back(std::move(receipt));
      });
    };
    c.on_ended = [this](const auto& why) { heard.change([&](seen& s) { s.ends.push_back(why); }); };
    connection = websocket_client::connect(std::move(where), std::move(c));
    opened.wait([](bool o) { return o; });
  }
  void let_go() {
    keeping = false;
    std::vector<intake::receipt> released; // outside the lock, as an actor would
    heard.change([&](seen& s) { released.swap(s.receipts); });
  }
  bool hears(std::size_t count) {
    return heard.wait([&](const seen& s) { return s.texts >= count; });
  }
  std::atomic<bool> keeping{true};
  watched<bool> opened;
  watched<seen> heard;
  std::unique_ptr<websocket_client> connection;
};

websocket_server::options patient_server() {
  auto options = server_end::with_tls();
  options.max_buffered_bytes = 256U << 20U;
  return options;
}

void say(server_end& server, const std::string& text, std::size_t count) {
  const auto to = server.first();
  for (std::size_t i = 0; i < count; ++i)
    server.server->send_text(to, text);
}

/// So many words of the client arrive: its thread has had as many occasions to read.
void talk(const slow_reader& client, server_end& server, std::size_t count) {
  server.echo = false;
  const auto before = server.heard.get().texts.size();
  for (std::size_t i = 1; i <= count; ++i) {
    client.connection->send_text("here");
    REQUIRE(server.heard.wait([&](const auto& s) { return s.texts.size() == before + i; }));
  }
}

const std::string large(64U << 10U, 'x');

} // namespace

TEST_CASE("intake: it is full at a bound, and there is room again at half of both, once") {
  int rooms = 0;
  const auto of_three = std::make_shared<intake>(4, 100, [&] { ++rooms; });
  std::vector<intake::receipt> held;
  for (int i = 0; i < 3; ++i)
    held.push_back(of_three->take(1));
  CHECK_FALSE(of_three->full());
  held.push_back(of_three->take(1));
  CHECK(of_three->full());
  held.push_back(of_three->take(96)); // both bounds now
  held.erase(held.begin(), held.begin() + 4);
  CHECK(of_three->full()); // one message, and too many bytes
  CHECK(rooms == 0);
  const auto copy = held.front(); // counts as long as what it is of
  held.clear();
  CHECK(rooms == 0);
}

TEST_CASE("intake: each time it was full there is one word of room, and none without") {
  int rooms = 0;
  const auto two = std::make_shared<intake>(2, 0, [&] { ++rooms; });
  two->take(1U << 30U);
  CHECK(rooms == 0);
  for (int round = 1; round <= 3; ++round) {
    auto first = two->take(1), second = two->take(1);
    CHECK(two->full());
    first.reset();
    CHECK_FALSE(two->full());
    second.reset();
    CHECK(rooms == round);
  }
}

TEST_CASE("a peer that says more than is dealt with is not read from, and goes on when there is room") {
  server_end server(patient_server());
  auto where = client_end::to(server.port());
  where.max_held_texts = 0;
  where.max_held_bytes = 1U << 20U;
  slow_reader client(where);
  constexpr std::size_t count = 512; // 32 MiB: more than the sockets hold
  say(server, large, count);
  REQUIRE(client.hears(16)); // the bound
  talk(client, server, 50);
  const auto most = (1U << 20U) / large.size() + 1; // what one read may bring on top
  CHECK(client.heard.get().texts <= most);
  client.let_go();
  REQUIRE(client.hears(count));
  CHECK(client.heard.get().ends.empty());
}

TEST_CASE("the number of texts is bounded as well, up to what one read brought") {
  server_end server(patient_server());
  auto where = client_end::to(server.port());
  where.max_held_texts = 8;
  slow_reader client(where);
  constexpr std::size_t count = 100000;
  say(server, std::string(100, 'y'), count);
  REQUIRE(client.hears(8));
  talk(client, server, 50);
  CHECK(client.heard.get().texts <= 8 + (16U << 10U) / 100);
  client.let_go();
  REQUIRE(client.hears(count));
}

TEST_CASE("the silence of a peer that is not read from is not taken for its death") {
  server_end server(patient_server());
  auto where = client_end::to(server.port());
  where.max_held_texts = 1;
  where.ping_interval_ms = 200;
  where.dead_after_ms = 3000;
  slow_reader client(where);
  say(server, "held", 1);
  REQUIRE(client.hears(1));
  // Texts towards the server show that the link lives on, well beyond the time after which it would be dead.
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(4500);
  while (std::chrono::steady_clock::now() < until)
    talk(client, server, 1);
  client.let_go();
  say(server, "and on", 1);
  REQUIRE(client.hears(2));
  CHECK(client.heard.get().ends.empty());
}

TEST_CASE("a receipt may outlive its connection") {
  server_end server;
  intake::receipt last;
  {
    auto where = client_end::to(server.port());
    where.max_held_texts = 1;
    slow_reader client(where);
    say(server, "one", 1);
    REQUIRE(client.hears(1));
    last = client.heard.get().receipts.at(0);
  }
  last.reset();
}

TEST_CASE("a link whose peer does not take what it is sent is given up at the bound, with a sentence") {
  server_end server;
  auto where = client_end::to(server.port());
  where.max_buffered_bytes = 1U << 20U;
  slow_reader client(where);
  std::atomic<bool> held{true};
  server.server->post([&] {
    while (held)
      std::this_thread::yield();
  });
  std::size_t most = 0;
  while (client.heard.get().ends.empty()) {
    client.connection->send_text(large);
    most = std::max(most, client.connection->buffered_bytes());
  }
  held = false;
  CHECK(most <= where.max_buffered_bytes + 1024); // the frames' own bytes
  const auto how = client.heard.get().ends.at(0);
  CHECK(how.why == websocket_client::end_reason::overflow);
  CHECK(how.text.find("more than 1048576 bytes were waiting") != std::string::npos);
}

TEST_CASE("exactly as much as the bound may wait") {
  server_end server;
  auto where = client_end::to(server.port());
  where.max_buffered_bytes = large.size();
  slow_reader client(where);
  client.connection->send_text(large);
  REQUIRE(server.heard.wait([](const auto& s) { return s.texts.size() == 1; }));
  CHECK(client.heard.get().ends.empty());
  client.connection->send_text(large + "x");
  CHECK(client.heard.wait([](const auto& s) { return !s.ends.empty(); }));
}
