#include "tests/cloud/desk.hpp"
#include "tools/cloud/address_group.hpp"
#include "tools/cloud/narrow_gate.hpp"
#include "tools/cloud/request_head.hpp"
#include "tools/cloud/waiting_room.hpp"
#include "tools/cloud/worker_pool.hpp"

#include <future>
#include <thread>

using namespace tier2::cloud;
using namespace tier2::cloud::test;

namespace {

const port_limits usual;

tl::expected<std::optional<request_head>, request_refusal> read(std::string_view bytes,
                                                                const port_limits& limits = usual) {
  std::size_t from = 0;
  return read_head(bytes, limits, from);
}
int status(std::string_view bytes) {
  const auto head = read(bytes);
  return head ? (*head ? 200 : 0) : head.error().status;
}
std::string get(std::string_view headers) {
  return "GET / HTTP/1.1\r\nHost: x\r\n" + std::string{headers} + "\r\n";
}

} // namespace

TEST_CASE("a request's head is read when it is whole, and every shorter one is waited for") {
  const std::string text = "POST /a?b HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\nAccept: */*\r\n\r\n";
  for (std::size_t size = 0; size < text.size(); ++size)
    CHECK(status(std::string_view{text}.substr(0, size)) == 0);
  const auto head = **read(text + "the body and");
  CHECK(head.bytes == text.size());
  CHECK(head.body_bytes == 12);
  CHECK(head.keep_alive);
  CHECK(head.for_library == text);
  // One byte after another, as a slow peer sends it.
  std::size_t from = 0;
  for (std::size_t size = 0; size < text.size(); ++size)
    CHECK_FALSE(*read_head(std::string_view{text}.substr(0, size), usual, from));
  CHECK((*read_head(text, usual, from))->bytes == text.size());
  CHECK((**read("\r\n" + text)).bytes == text.size() + 2);
}

TEST_CASE("whether another request may follow") {
  CHECK((**read(get(""))).keep_alive);
  CHECK_FALSE((**read(get("Connection: close\r\n"))).keep_alive);
  CHECK_FALSE((**read(get("connection: TE, Close\r\n"))).keep_alive);
  CHECK_FALSE((**read("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")).keep_alive);
}

TEST_CASE("a head that could be read in two ways is refused") {
  CHECK(status(get("")) == 200);
  for (const char* headers : {"Content-Length: 1\r\nContent-Length: 1\r\n", "Content-Length: +1\r\n",
                              "Content-Length: -1\r\n", "Content-Length: 0x1\r\n", "Content-Length: 1,1\r\n",
                              "Content-Length:\r\n", "Content-Length: 99999999999999999999\r\n", "A : b\r\n",
                              " A: b\r\n", "A: b\r\n c\r\n", "no colon\r\n", ": b\r\n", "A: b\nC: d\r\n",
                              "A: b\rC: d\r\n", "A: \x01\r\n", "A: \x7f\r\n", "Host: y\r\n"}) {
    INFO(headers);
    CHECK(status(get(headers)) == 400);
  }
  CHECK(status(get(std::string_view{"A: b\0c\r\n", 8})) == 400);
  for (const char* line : {"GET /", "GET  / HTTP/1.1", "GET / HTTP/1.1 ", " GET / HTTP/1.1", "GET x HTTP/1.1",
                           "GET http://x/ HTTP/1.1", "GET /a b HTTP/1.1", "GET /\x01 HTTP/1.1",
                           "G(T / HTTP/1.1", "GET / ICY/1.1", "GET /\xc3\xa4 HTTP/1.1"}) {
    INFO(line);
    CHECK(status(std::string{line} + "\r\nHost: x\r\n\r\n") == 400);
  }
  CHECK(status("GET / HTTP/1.1\r\n\r\n") == 400); // no host
  CHECK(status("GET / HTTP/1.0\r\n\r\n") == 200);
  CHECK(status("GET / HTTP/2.0\r\nHost: x\r\n\r\n") == 505);
  CHECK(status("CONNECT / HTTP/1.1\r\nHost: x\r\n\r\n") == 501);
  CHECK(status("PRI / HTTP/1.1\r\nHost: x\r\n\r\n") == 501);
}

TEST_CASE("bodies without an announced length, or that would unfold to more than they are, are refused") {
  CHECK(status("POST / HTTP/1.1\r\nHost: x\r\n\r\n") == 411);
  CHECK(status(get("Transfer-Encoding: chunked\r\n")) == 411);
  CHECK(status(get("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")) == 411);
  CHECK(status("DELETE / HTTP/1.1\r\nHost: x\r\n\r\n") == 200);
  CHECK(status(get("Content-Encoding: gzip\r\n")) == 415);
  CHECK(status(get("Content-Encoding: br\r\n")) == 415);
  CHECK(status(get("Content-Encoding: identity\r\n")) == 200);
  CHECK(status(get("Content-Type: Multipart/form-data; boundary=x\r\n")) == 415);
  CHECK(status(get("Expect: 200-ok\r\n")) == 417);
  CHECK((**read(get("Expect: 100-continue\r\n"))).expects_continue);
}

TEST_CASE("what the library would take apart wrongly never reaches it") {
  const auto head = **read(get("Range: bytes=0-1,0-1\r\nExpect: 100-continue\r\nX: 100%41 a+b\r\n"));
  CHECK(head.for_library == get("X: 100%2541 a+b\r\n"));
}

TEST_CASE("each bound of a head holds to the byte") {
  port_limits limits;
  const auto code = [&](const std::string& bytes) {
    const auto head = read(bytes, limits);
    return head ? (*head ? 200 : 0) : head.error().status;
  };
  const std::string text = get("A: b\r\n");
  limits.head_bytes = text.size();
  CHECK(code(text) == 200);
  CHECK(code(text.substr(0, text.size() - 1)) == 0);
  limits.head_bytes = text.size() - 1;
  CHECK(code(text) == 431);
  CHECK(code(text.substr(0, text.size() - 1)) == 431);

  limits = {};
  const auto with_value = [](std::size_t size) { return get("A: " + std::string(size, 'x') + "\r\n"); };
  CHECK(code(with_value(limits.line_bytes - 5)) == 200); // "A: " and the line's end, as the library counts
  CHECK(code(with_value(limits.line_bytes - 2)) == 431);
  CHECK(code(get("A: " + std::string(limits.line_bytes / 2, '%') + "\r\n")) == 431); // escaped it is too long
  CHECK(code(std::string(limits.head_bytes, 'x')) == 414);
  CHECK(code("GET / HTTP/1.1\r\n" + std::string(limits.head_bytes, 'x')) == 431);

  const auto lines = [](std::size_t count) {
    std::string headers;
    for (std::size_t i = 1; i < count; ++i) // Host is one
      headers += "A: b\r\n";
    return get(headers);
  };
  CHECK(code(lines(limits.header_lines)) == 200);
  CHECK(code(lines(limits.header_lines + 1)) == 431);

  const auto path = [](std::size_t size, const std::string& query) {
    return "GET /" + std::string(size - 1, 'a') + query + " HTTP/1.1\r\nHost: x\r\n\r\n";
  };
  CHECK(code(path(limits.path_bytes, "?" + std::string(2000, 'b'))) == 200);
  CHECK(code(path(limits.path_bytes + 1, "")) == 414);
  CHECK(code(path(limits.path_bytes + 1, "?b")) == 414);
  CHECK(code(path(10, "?" + std::string(limits.line_bytes, 'b'))) == 414);

  const auto body = [](std::size_t size) {
    return "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
  };
  CHECK(code(body(limits.body_bytes)) == 200);
  CHECK(code(body(limits.body_bytes + 1)) == 413);
}

TEST_CASE("IPv4 counts by address, IPv6 by /64") {
  CHECK(address_group("192.0.2.1") == "192.0.2.1");
  CHECK(address_group("192.0.2.2") != address_group("192.0.2.1"));
  CHECK(address_group("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
  CHECK(address_group("2001:db8:1:2::") == address_group("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  CHECK(address_group("2001:db8:1:3::") != address_group("2001:db8:1:2::"));
  CHECK(address_group("::ffff:192.0.2.1") == "192.0.2.1");
  CHECK(address_group("fe80::1%eth0") == "fe80::/64");
  CHECK(address_group("no address") == "no address");
}

TEST_CASE("who has waited longest goes first, of all or of an address; deadlines come in their order") {
  const waiting_room::time start{};
  waiting_room room;
  room.wait(1, {"a", false, start + 2s, start + 20s});
  room.wait(2, {"a", true, start + 1s, start + 30s});
  room.wait(3, {"b", false, start + 3s, start + 10s});
  CHECK(room.oldest() == 2);
  CHECK(room.oldest_of("b") == 3);
  CHECK(room.oldest_unproven_of("a") == 1);
  CHECK(room.unproven_of("a") == 1);
  CHECK(room.next() == start + 10s);
  CHECK_FALSE(room.overdue(start + 10s - 1ns));
  CHECK(room.overdue(start + 10s) == 3);
  room.wait(2, {"a", true, start + 4s, start + 5s}); // goes on waiting for something else
  CHECK(room.oldest() == 1);
  CHECK(room.overdue(start + 5s) == 2);
  for (const waiting_room::id each : {1, 2, 3, 3})
    room.leave(each);
  CHECK(room.size() == 0);
  CHECK_FALSE(room.oldest());
  CHECK_FALSE(room.next());
  CHECK_FALSE(room.oldest_of("a"));
  CHECK(room.unproven_of("a") == 0);
}

TEST_CASE("streams take no thread from requests, and both have a bound") {
  worker_pool pool{{1, 0, 2}};
  using kind = worker_pool::kind;
  std::promise<void> end;
  const auto ended = end.get_future().share();
  std::promise<bool> third, download;
  std::promise<std::thread::id> another;
  for (int i = 0; i < 2; ++i) {
    std::promise<bool> became;
    pool.post([&] {
      became.set_value(pool.become(kind::event_stream));
      ended.wait();
    });
    CHECK(became.get_future().get());
  }
  CHECK(pool.running(kind::event_stream) == 2);
  pool.post([&] {
    third.set_value(pool.become(kind::event_stream));
    download.set_value(pool.become(kind::download));
  });
  CHECK_FALSE(third.get_future().get());
  CHECK_FALSE(download.get_future().get());
  pool.post([&] { another.set_value(std::this_thread::get_id()); }); // requests are still served
  another.get_future().get();

  std::promise<void> in_request;
  std::atomic<bool> second_ran{};
  pool.post([&] {
    in_request.set_value();
    ended.wait();
  });
  in_request.get_future().get();
  pool.post([&] { second_ran = true; });
  CHECK(pool.running(kind::request) == 1);
  CHECK_FALSE(second_ran); // one at a time
  end.set_value();
  while (!second_ran)
    std::this_thread::yield();
  pool.stop();
  CHECK(pool.running(kind::event_stream) == 0);
}

TEST_CASE("a narrow gate lets few in, few wait, and nobody take it all") {
  narrow_gate gate{{1, 2, 2}};
  auto inside = gate.enter("a");
  REQUIRE(inside);
  std::vector<int> order;
  const auto wait = [&](const char* group, int number) {
    return std::thread{[&gate, &order, group, number] {
      const auto pass = gate.enter(group);
      REQUIRE(pass);
      order.push_back(number); // one at a time: the gate guards it
    }};
  };
  auto first = wait("a", 1);
  while (gate.waiting() != 1)
    std::this_thread::yield();
  CHECK_FALSE(gate.enter("a")); // two of this one are here
  auto second = wait("b", 2);
  while (gate.waiting() != 2)
    std::this_thread::yield();
  CHECK_FALSE(gate.enter("c")); // two wait
  inside.reset();
  first.join();
  second.join();
  CHECK(order == std::vector{1, 2});
  CHECK(gate.enter("a"));
}
