#include "tests/net/peer.hpp"

#include "tests/net/ends.hpp"

#include <asio/co_spawn.hpp>
#include <asio/connect.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/read.hpp>
#include <asio/read_until.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <thread>
#include <variant>

namespace tier2::test {

using asio::use_awaitable;
using asio::ip::tcp;

struct peer::state {
  asio::io_context io{1};
  tcp::acceptor acceptor{io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  part play;
  std::thread thread;

  asio::awaitable<void> accept() {
    for (;;) {
      asio::co_spawn(io, play(co_await acceptor.async_accept(use_awaitable)), asio::detached);
    }
  }
};

peer::peer(part play) : state_(std::make_unique<state>()) {
  state_->play = std::move(play);
  asio::co_spawn(state_->io, state_->accept(), asio::detached);
  state_->thread = std::thread([this] { state_->io.run(); });
}

peer::~peer() {
  state_->io.stop();
  state_->thread.join();
}

std::uint16_t peer::port() const { return state_->acceptor.local_endpoint().port(); }

asio::ssl::context& peer::loopback_tls() {
  static asio::ssl::context context = [] {
    asio::ssl::context c(asio::ssl::context::tls_server);
    c.use_certificate_chain_file(roots().loopback.certificate);
    c.use_private_key_file(roots().loopback.key, asio::ssl::context::pem);
    return c;
  }();
  return context;
}

peer::part peer::says_over_tls(std::function<std::string(const std::string&)> reply) {
  return [reply = std::move(reply)](tcp::socket socket) -> asio::awaitable<void> {
    asio::ssl::stream<tcp::socket> tls(std::move(socket), loopback_tls());
    co_await tls.async_handshake(asio::ssl::stream_base::server, use_awaitable);
    std::string header;
    co_await asio::async_read_until(tls, asio::dynamic_buffer(header), "\r\n\r\n", use_awaitable);
    const std::string answer = reply(header);
    co_await asio::async_write(tls, asio::buffer(answer), use_awaitable);
    std::array<char, 4096> rest{};
    for (;;) {
      co_await tls.async_read_some(asio::buffer(rest), use_awaitable);
    }
  };
}

namespace {

asio::awaitable<void> carry(std::shared_ptr<tcp::socket> from, std::shared_ptr<tcp::socket> to) {
  std::array<char, 16384> bytes{};
  for (;;) {
    const auto count = co_await from->async_read_some(asio::buffer(bytes), use_awaitable);
    co_await asio::async_write(*to, asio::buffer(bytes, count), use_awaitable);
  }
}

} // namespace

peer::part peer::connect_proxy(unsigned status, std::function<void(const std::string&)> seen) {
  return [status, seen = std::move(seen)](tcp::socket accepted) -> asio::awaitable<void> {
    auto client = std::make_shared<tcp::socket>(std::move(accepted));
    std::string header;
    co_await asio::async_read_until(*client, asio::dynamic_buffer(header), "\r\n\r\n", use_awaitable);
    seen(header);
    if (status != 200) {
      const std::string refusal =
          "HTTP/1.1 " + std::to_string(status) + " No\r\nContent-Length: 3\r\n\r\nno\n";
      co_await asio::async_write(*client, asio::buffer(refusal), use_awaitable);
      co_return;
    }
    const auto colon = header.find(':');
    const auto port = static_cast<std::uint16_t>(std::stoul(header.substr(colon + 1)));
    auto server = std::make_shared<tcp::socket>(client->get_executor());
    co_await server->async_connect({asio::ip::address_v4::loopback(), port}, use_awaitable);
    const std::string fine = "HTTP/1.1 200 Connection established\r\nVia: 1.1 test\r\n\r\n";
    co_await asio::async_write(*client, asio::buffer(fine), use_awaitable);
    asio::co_spawn(client->get_executor(), carry(server, client), asio::detached);
    co_await carry(client, server);
  };
}

std::string peer::accepted(const std::string& header, const std::string& more_lines) {
  const std::string name = "Sec-WebSocket-Key: ";
  const auto at = header.find(name) + name.size();
  const std::string key =
      header.substr(at, header.find("\r\n", at) - at) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> hash{};
  SHA1(reinterpret_cast<const unsigned char*>(key.data()), key.size(), hash.data());
  std::array<unsigned char, 32> text{};
  EVP_EncodeBlock(text.data(), hash.data(), hash.size());
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
         "Upgrade\r\nSec-WebSocket-Accept: " +
         std::string(reinterpret_cast<const char*>(text.data())) + "\r\n" + more_lines + "\r\n";
}

struct raw_client::state {
  asio::io_context io{1};
  asio::ssl::context context{asio::ssl::context::tls_client};
  std::variant<std::monostate, tcp::socket, asio::ssl::stream<tcp::socket>> link;

  tcp::socket& socket() {
    if (auto* plain = std::get_if<tcp::socket>(&link)) return *plain;
    return std::get<asio::ssl::stream<tcp::socket>>(link).next_layer();
  }
  template <class Action>
  auto with(Action action) {
    if (auto* plain = std::get_if<tcp::socket>(&link)) return action(*plain);
    return action(std::get<asio::ssl::stream<tcp::socket>>(link));
  }
};

raw_client::raw_client(std::uint16_t port, over what) : state_(std::make_unique<state>()) {
  tcp::socket socket(state_->io);
  socket.connect({asio::ip::address_v4::loopback(), port});
  const timeval limit{generous.count(), 0};
  setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (what == over::plain) {
    state_->link = std::move(socket);
    return;
  }
  state_->context.load_verify_file(roots().authority.root());
  state_->context.set_verify_mode(asio::ssl::verify_peer);
  auto& tls = state_->link.emplace<asio::ssl::stream<tcp::socket>>(std::move(socket), state_->context);
  tls.handshake(asio::ssl::stream_base::client);
}

raw_client::~raw_client() = default;

bool raw_client::write(const std::string& bytes) {
  std::error_code failed;
  state_->with([&](auto& link) { return asio::write(link, asio::buffer(bytes), failed); });
  return !failed;
}

std::string raw_client::read_all() {
  std::string all;
  std::error_code ended;
  state_->with([&](auto& link) { return asio::read(link, asio::dynamic_buffer(all), ended); });
  return all;
}

std::string raw_client::read_some() {
  std::array<char, 16384> bytes{};
  std::error_code ended;
  const auto count = state_->with([&](auto& link) { return link.read_some(asio::buffer(bytes), ended); });
  return {bytes.data(), count};
}

bool raw_client::ends_within(std::chrono::milliseconds time) {
  pollfd waited{state_->socket().native_handle(), POLLIN, 0};
  return poll(&waited, 1, static_cast<int>(time.count())) > 0 && read_some().empty();
}

void raw_client::shut_down_writing() { state_->socket().shutdown(tcp::socket::shutdown_send); }

std::string raw_client::upgrade(const std::string& path) {
  write("GET " + path +
        " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: "
        "13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: tier2.v1\r\n\r\n");
  std::string answer;
  while (answer.find("\r\n\r\n") == std::string::npos) {
    const auto more = read_some();
    if (more.empty()) break;
    answer += more;
  }
  return answer;
}

std::string client_frame(unsigned char first_byte, const std::string& payload) {
  std::string frame(1, static_cast<char>(first_byte));
  const auto size = payload.size();
  if (size < 126) {
    frame += static_cast<char>(0x80U | size);
  } else if (size < 65536) {
    frame += static_cast<char>(0x80U | 126U);
    frame += static_cast<char>(size >> 8U);
    frame += static_cast<char>(size & 0xFFU);
  } else {
    frame += static_cast<char>(0x80U | 127U);
    for (int shift = 56; shift >= 0; shift -= 8) {
      frame += static_cast<char>((size >> static_cast<unsigned>(shift)) & 0xFFU);
    }
  }
  return frame + std::string(4, '\0') + payload;
}

unsigned close_code(const std::string& frames) {
  const auto at = frames.rfind('\x88');
  if (at == std::string::npos || at + 4 > frames.size()) return 0;
  return static_cast<unsigned char>(frames[at + 2]) << 8U | static_cast<unsigned char>(frames[at + 3]);
}

std::uint16_t free_port() {
  asio::io_context io;
  return tcp::acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)).local_endpoint().port();
}

} // namespace tier2::test
