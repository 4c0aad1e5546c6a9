#include "tests/cloud/desk.hpp"
#include "tests/cloud/roots.hpp"
#include "tests/cloud/tls_peer.hpp"
#include "tools/cloud/bounded_server.hpp"
#include "tools/cloud/console_tls.hpp"
#include "tools/cloud/stream_ending.hpp"

#include <condition_variable>

using namespace tier2;
using namespace tier2::cloud;
using namespace tier2::cloud::test;

namespace {

constexpr std::size_t big = 16U << 20U;

/// A bounded server with a route for each kind of answer.
struct port_desk {
  std::mutex guard;
  std::condition_variable_any news;
  std::string event; ///< What streams are to send, once.
  std::atomic<int> heartbeats{};
  std::unique_ptr<bounded_server> server;
  std::uint16_t port{};

  explicit port_desk(const port_limits& limits = {}) {
    bounded_server::context tls{SSL_CTX_new(TLS_server_method()), &SSL_CTX_free};
    must(set_up_tls(*tls, roots().loopback.certificate, roots().loopback.key));
    server = std::make_unique<bounded_server>(std::move(tls), limits, httplib::Headers{{"X-Refused", "yes"}});
    using request = httplib::Request;
    using response = httplib::Response;
    server->Get("/small",
                [](const request&, response& answer) { answer.set_content("small\r\n\r\n", "text/plain"); });
    server->Get("/header", [](const request& from, response& answer) {
      answer.set_content(from.get_header_value("X") + "|" + from.get_header_value("Range") + "\r\n\r\n",
                         "text/plain");
    });
    server->Get("/big", [](const request&, response& answer) {
      answer.set_content(std::string(big, 'b'), "application/octet-stream");
    });
    server->Get("/file", [](const request&, response& answer) {
      answer.set_content_provider(big, "application/octet-stream",
                                  [](std::size_t, std::size_t length, httplib::DataSink& sink) {
                                    const std::string piece(std::min(length, std::size_t{65536}), 'f');
                                    return sink.write(piece.data(), piece.size());
                                  });
    });
    server->Post("/echo", [](const request& from, response& answer) {
      answer.set_content(from.body + "\r\n\r\n", "text/plain");
    });
    server->Get("/throws", [](const request&, response&) { throw std::runtime_error{"a fault"}; });
    server->Get("/events", [this](const request&, response& answer) {
      answer.set_chunked_content_provider("text/event-stream", [this](std::size_t, httplib::DataSink& sink) {
        std::string what;
        {
          std::unique_lock lock{guard};
          news.wait_for(lock, stream_ending(), 15s, [this] { return !event.empty(); });
          what = std::exchange(event, {});
        }
        if (!sink.is_writable()) return false;
        ++heartbeats;
        const std::string text = what.empty() ? ": heartbeat\n\n" : "data: " + what + "\n\n";
        return sink.write(text.data(), text.size());
      });
    });
    const auto taken = server->take_port("127.0.0.1", 0);
    REQUIRE(taken.has_value());
    port = *taken;
    server->run();
  }
  const port_counters& counters() const { return server->counters(); }
  void send_event(const std::string& what) {
    const std::lock_guard lock{guard};
    event = what;
    news.notify_one();
  }
  std::unique_ptr<tls_peer> event_stream() const {
    auto peer = std::make_unique<tls_peer>(port);
    CHECK(peer->ask(get("/events")).starts_with("HTTP/1.1 200 "));
    return peer;
  }
  bool answers() const { return tls_peer{port}.ask(get("/small"), "small").ends_with("small\r\n\r\n"); }

  static std::string get(const std::string& path, const std::string& headers = "") {
    return "GET " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n";
  }
  static std::string post(const std::string& body, const std::string& headers = "") {
    return "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           headers + "\r\n" + body;
  }
};

bool says(const std::string& answer, int status) {
  return answer.starts_with("HTTP/1.1 " + std::to_string(status) + " ");
}

/// Everything late after a moment, for tests that wait for that.
port_limits hasty() {
  port_limits limits;
  limits.head_time = limits.request_time = limits.idle_time = limits.write_time = 200ms;
  return limits;
}

} // namespace

TEST_CASE("requests follow each other on one connection, one by one, pipelined, and each with its body") {
  const port_desk on;
  tls_peer peer{on.port};
  for (int i = 0; i < 5; ++i) {
    CHECK(says(peer.ask(on.get("/small"), "small\r\n\r\n"), 200));
    const auto body = "body " + std::to_string(i) + "\r\n\r\n";
    CHECK(says(peer.ask(on.post("body " + std::to_string(i)), body), 200));
  }
  peer.send(on.get("/small") + on.post("first") + on.post("second") +
            on.get("/small", "Connection: close\r\n"));
  const auto all = peer.rest();
  CHECK(all.find("small") < all.find("first"));
  CHECK(all.find("first") < all.find("second"));
  CHECK(all.find("second") < all.rfind("small"));
  CHECK(peer.clean);
  CHECK(on.counters().accepted == 1);
  CHECK(on.counters().requests == 14);
}

TEST_CASE("a connection ends after as many requests as it may have") {
  port_limits limits;
  limits.requests_per_connection = 2;
  const port_desk on{limits};
  tls_peer peer{on.port};
  CHECK(peer.ask(on.get("/small"), "small\r\n\r\n").find("Connection: close") == std::string::npos);
  peer.send(on.get("/small"));
  CHECK(peer.rest().find("Connection: close") != std::string::npos);
  CHECK(peer.clean);
}

TEST_CASE("HTTP/1.0 gets an answer and the end; HEAD gets no body; a fault is a 500") {
  const port_desk on;
  tls_peer old{on.port};
  old.send("GET /small HTTP/1.0\r\n\r\n");
  CHECK(old.rest().ends_with("small\r\n\r\n"));
  tls_peer head{on.port};
  head.send("HEAD /small HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const auto answer = head.rest();
  CHECK(answer.find("Content-Length: 9\r\n") != std::string::npos);
  CHECK(answer.ends_with("\r\n\r\n"));
  CHECK(answer.find("small") == std::string::npos);
  tls_peer stream{on.port};
  stream.send("HEAD /events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(says(stream.rest(), 200));
  tls_peer old_stream{on.port};
  old_stream.send("GET /events HTTP/1.0\r\n\r\n");
  CHECK(says(old_stream.rest(), 505));
  CHECK(says(tls_peer{on.port}.ask(on.get("/throws")), 500));
  CHECK(on.answers());
}

TEST_CASE("a header's value comes to the handler as it was sent, and a range is not looked at") {
  const port_desk on;
  tls_peer peer{on.port};
  const auto answer = peer.ask(on.get("/header", "X: a+b %0d%0a%41\r\nRange: bytes=0-1\r\n"), "|");
  CHECK(says(answer, 200));
  CHECK(answer.find("a+b %0d%0a%41|") != std::string::npos);
}

TEST_CASE("who asks before it sends a body is told to go on") {
  const port_desk on;
  tls_peer peer{on.port};
  const auto request = on.post("the body", "Expect: 100-continue\r\n");
  CHECK(peer.ask(request.substr(0, request.size() - 8)) == "HTTP/1.1 100 Continue\r\n\r\n");
  const auto answer = peer.ask("the body", "the body");
  CHECK(says(answer, 200)); // not another 100
  CHECK(answer.find("the body") != std::string::npos);
}

TEST_CASE("TLS below 1.2 is refused, and what is no TLS gets no further") {
  const port_desk on;
  CHECK_FALSE(tls_peer{on.port, TLS1_1_VERSION}.connected);
  CHECK(tls_peer{on.port, TLS1_2_VERSION}.connected);
  tcp_peer plain{on.port};
  plain.send(on.get("/small"));
  const auto told = plain.rest();
  CHECK(says(told, 400));
  CHECK(told.find("https://") != std::string::npos);
  tcp_peer garbage{on.port};
  garbage.send(std::string(100000, '\xee'));
  CHECK(garbage.rest().size() < 100); // an alert at most
  CHECK(on.counters().handshakes_failed == 3);
  CHECK(on.answers());
}

TEST_CASE("TLS records without data and without end hold up nobody: the peer is cut off") {
  const port_desk on;
  const auto endless = [&](const char* before) {
    const tls_peer peer{on.port};
    peer.send(before);
    int updates = 0;
    while (updates < 5'000'000 && peer.update_key())
      ++updates;
    return updates == 5'000'000;
  };
  CHECK_FALSE(endless(""));
  CHECK_FALSE(endless("GET /small HTTP/1.1\r\n"));
  CHECK(comes_true([&] { return on.counters().silent == 2; }));
  CHECK(on.answers());
}

TEST_CASE("new keys now and then are as good as the old, and a request may come byte by byte") {
  const port_desk on;
  tls_peer peer{on.port};
  for (int i = 0; i < 10; ++i) {
    for (int update = 0; update < 10; ++update)
      REQUIRE(peer.update_key());
    for (const char byte : on.get("/small", "X: " + std::string(200, 'x') + "\r\n"))
      REQUIRE(peer.send({&byte, 1}));
    CHECK(says(peer.until("small\r\n\r\n"), 200));
  }
  CHECK(on.counters().silent == 0);
}

TEST_CASE("an answer counts with all its memory until all of it was sent") {
  port_limits limits;
  limits.shared_bytes = 26U << 20U;
  const port_desk on{limits};
  const std::size_t most = big / 2; // what is left is more than the system's buffers take (tcp_wmem, 4 MiB)
  tls_peer first{on.port, TLS1_3_VERSION, 4096};
  first.send(on.get("/big"));
  CHECK(first.read(most) >= most);
  CHECK(on.counters().evicted == 0);
  tls_peer second{on.port, TLS1_3_VERSION, 4096};
  second.send(on.get("/big"));
  second.read(most);
  // The older one; it is known that room is wanting when the second one's socket takes no more.
  CHECK(comes_true([&] { return on.counters().evicted == 1; }));
  CHECK(first.read(big) < big - most);
}

TEST_CASE("a header of 1 MiB and a line without an end are refused with an answer, not kept in memory") {
  const port_desk on;
  tls_peer header{on.port};
  header.send("GET /small HTTP/1.1\r\nHost: x\r\nX: " + std::string(1U << 20U, 'x') + "\r\n\r\n");
  const auto refused = header.rest();
  CHECK(says(refused, 431));
  CHECK(refused.find("X-Refused: yes\r\n") != std::string::npos);
  tls_peer line{on.port};
  line.send("GET /" + std::string(1U << 20U, 'x'));
  CHECK(says(line.rest(), 414));
  tls_peer body{on.port};
  body.send(on.post(std::string(200000, 'x')));
  CHECK(says(body.rest(), 413));
  tls_peer chunked{on.port};
  chunked.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n" +
               std::string(65536, 'x'));
  CHECK(says(chunked.rest(), 411));
  CHECK(on.counters().too_large == 3);
  CHECK(on.counters().malformed == 1);
  CHECK(on.counters().requests == 0);
  CHECK(on.answers());
}

TEST_CASE("the largest body that may be is taken") {
  const port_desk on;
  tls_peer peer{on.port};
  const std::string body(port_limits{}.body_bytes, 'x');
  CHECK(peer.ask(on.post(body), "x\r\n\r\n").find(body) != std::string::npos);
}

TEST_CASE("who says nothing, or too slowly, is closed in time; what was begun is answered 408") {
  auto limits = hasty();
  limits.head_time = limits.request_time = limits.idle_time = 2s;
  const port_desk on{limits};
  const tcp_peer silent{on.port};
  CHECK(silent.rest().empty());
  tls_peer silent_in_tls{on.port};
  CHECK(silent_in_tls.rest().empty());
  tls_peer trickling{on.port, TLS1_2_VERSION}; // nothing comes in it after the handshake but answers
  while (!trickling.tcp.readable(1))
    trickling.send("G");
  CHECK(says(trickling.rest(), 408));
  tls_peer body{on.port};
  body.send(on.post("body").substr(0, on.post("body").size() - 1));
  CHECK(says(body.rest(), 408));
  CHECK(on.counters().late == 4);
  tls_peer idle{on.port};
  idle.ask(on.get("/small"), "small\r\n\r\n");
  CHECK(idle.rest().empty());
  CHECK(on.counters().late == 4); // idleness is no fault
  CHECK(comes_true([&] { return on.counters().open == 0; }));
}

TEST_CASE("a body that trickles gets no more time by trickling") {
  auto limits = hasty();
  limits.head_time = 60s;
  const port_desk on{limits};
  tls_peer peer{on.port, TLS1_2_VERSION};
  peer.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
  while (!peer.tcp.readable(1))
    peer.send("x");
  CHECK(says(peer.rest(), 408));
}

TEST_CASE("who does not read a big answer holds no thread, and is given up") {
  auto limits = hasty();
  limits.head_time = limits.request_time = 60s;
  limits.workers = 1;
  const port_desk on{limits};
  const int small_window = 4096;
  tls_peer memory{on.port, TLS1_3_VERSION, small_window};
  memory.send(on.get("/big"));
  tls_peer provider{on.port, TLS1_3_VERSION, small_window};
  provider.send(on.get("/file"));
  CHECK(comes_true([&] { return on.counters().requests >= 2; }));
  CHECK(on.answers());
  CHECK(comes_true([&] { return on.counters().slow_readers == 2; }));
  CHECK(memory.rest().size() < big);
  CHECK(provider.rest().size() < big);
  CHECK_FALSE(provider.clean);
  CHECK(comes_true([&] { return on.counters().open == 0 && on.counters().downloads == 0; }));
}

TEST_CASE("big answers come whole to who reads them") {
  const port_desk on;
  for (const char* path : {"/big", "/file"}) {
    tls_peer peer{on.port};
    peer.send(on.get(path, "Connection: close\r\n"));
    const auto all = peer.rest();
    CHECK(all.size() - all.find("\r\n\r\n") - 4 == big);
    CHECK(peer.clean);
  }
}

TEST_CASE("silent connections beyond the bounds take the place of older silent ones, never of a request") {
  port_limits limits;
  SUBCASE("of one address") { limits.unproven_per_address = 8; }
  SUBCASE("of one address, with those that work") { limits.per_address = 8; }
  SUBCASE("of all") { limits.connections = 8; }
  const port_desk on{limits};
  const auto stream = on.event_stream();
  std::vector<std::unique_ptr<tcp_peer>> silent;
  silent.reserve(40);
  for (int i = 0; i < 40; ++i)
    silent.push_back(std::make_unique<tcp_peer>(on.port));
  CHECK(comes_true([&] { return on.counters().accepted == 41 && on.counters().evicted >= 32; }));
  CHECK(on.counters().open <= 9);
  CHECK(on.answers());
  CHECK(silent.front()->rest().empty());
  CHECK(on.counters().event_streams == 1);
}

TEST_CASE("when nobody waits, more connections than may be are closed at once") {
  port_limits limits;
  limits.connections = 2;
  const port_desk on{limits};
  auto first = on.event_stream();
  auto second = on.event_stream();
  CHECK(tcp_peer{on.port}.rest().empty());
  CHECK(on.counters().refused == 1);
  first.reset();
  CHECK(comes_true([&] { return on.counters().open == 1; }));
  CHECK(on.answers());
}

TEST_CASE("the memory of unfinished requests is bounded over all connections") {
  port_limits limits;
  limits.shared_bytes = 256U << 10U;
  const port_desk on{limits};
  const auto request = on.post(std::string(100000, 'x'));
  std::vector<std::unique_ptr<tls_peer>> holding;
  for (int i = 0; i < 10; ++i) {
    holding.push_back(std::make_unique<tls_peer>(on.port));
    holding.back()->send(request.substr(0, request.size() - 1));
  }
  CHECK(comes_true([&] { return on.counters().evicted >= 6; }));
  CHECK(on.answers());
  tls_peer another{on.port}; // the oldest go, so that who comes later is served
  CHECK(says(another.ask(request, "x\r\n\r\n"), 200));
}

TEST_CASE("events arrive as they happen; the stream ends when its peer leaves") {
  port_desk on;
  auto peer = on.event_stream();
  CHECK(on.counters().event_streams == 1);
  on.send_event("first");
  CHECK(peer->until("data: first\n\n").find("data: first\n\n") != std::string::npos);
  on.send_event("second");
  peer->until("data: second\n\n");
  peer.reset();
  CHECK(comes_true([&] { return on.counters().event_streams == 0 && on.counters().open == 0; }));
  CHECK(on.heartbeats == 2); // it did not wait for a heartbeat to learn that
}

TEST_CASE("event streams and downloads have bounds of their own, and leave the threads of requests alone") {
  port_limits limits;
  limits.workers = 1;
  limits.event_streams = 3;
  limits.downloads = 1;
  port_desk on{limits};
  std::vector<std::unique_ptr<tls_peer>> open;
  open.reserve(3);
  for (int i = 0; i < 3; ++i)
    open.push_back(on.event_stream());
  tls_peer fourth{on.port};
  const auto refused = fourth.ask(on.get("/events"), "}");
  CHECK(says(refused, 503));
  CHECK(refused.find("Retry-After: ") != std::string::npos);
  CHECK(refused.find("chunked") == std::string::npos);
  CHECK(says(fourth.ask(on.get("/small"), "small\r\n\r\n"), 200)); // the connection goes on
  tls_peer download{on.port, TLS1_3_VERSION, 4096};
  download.send(on.get("/file"));
  CHECK(comes_true([&] { return on.counters().downloads == 1; }));
  CHECK(says(tls_peer{on.port}.ask(on.get("/file"), "}"), 503));
  CHECK(on.answers());
  CHECK(on.counters().streams_refused == 2);
  open.pop_back();
  CHECK(comes_true([&] { return says(tls_peer{on.port}.ask(on.get("/events")), 200); }));
}

TEST_CASE("hundreds of event streams are open at once, and requests are answered") {
  port_desk on;
  std::vector<std::unique_ptr<tls_peer>> open;
  open.reserve(200);
  for (int i = 0; i < 200; ++i)
    open.push_back(on.event_stream());
  CHECK(on.counters().event_streams == 200);
  CHECK(on.answers());
  on.send_event("one of them hears it");
}

TEST_CASE("the end of the server ends streams, downloads and the silent at once") {
  auto on = std::make_unique<port_desk>();
  auto stream = on->event_stream();
  const tcp_peer silent{on->port};
  tls_peer download{on->port, TLS1_3_VERSION, 4096};
  download.send(on->get("/file"));
  CHECK(comes_true([&] { return on->counters().downloads == 1 && on->counters().accepted == 3; }));
  const int before = on->heartbeats;
  on->server.reset(); // with heartbeats every 15 s, and 30 s for a piece of the download
  CHECK(on->heartbeats == before);
  stream->rest();
  CHECK(stream->closed);
  CHECK(silent.rest().empty());
  CHECK(download.rest().size() < big);
}

TEST_CASE("a server that never ran gives its port back") {
  bounded_server::context tls{SSL_CTX_new(TLS_server_method()), &SSL_CTX_free};
  auto first = std::make_unique<bounded_server>(std::move(tls), port_limits{}, httplib::Headers{});
  const auto port = first->take_port("127.0.0.1", 0);
  REQUIRE(port.has_value());
  const auto take = [&] {
    bounded_server::context another{SSL_CTX_new(TLS_server_method()), &SSL_CTX_free};
    bounded_server second{std::move(another), port_limits{}, httplib::Headers{}};
    return second.take_port("127.0.0.1", *port);
  };
  CHECK(take().error() == EADDRINUSE);
  first.reset();
  CHECK(take() == *port);
}
