#include "tests/net/ends.hpp"
#include "tests/net/peer.hpp"
#include "tests/support/child_process.hpp"

#include <doctest/doctest.h>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include <array>

using namespace tier2::test;
using reason = websocket_client::end_reason;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

certificate_recipe for_loopback() {
  certificate_recipe what;
  what.common_name = "made for a test";
  what.dns = {"localhost"};
  what.addresses = {"127.0.0.1"};
  return what;
}

/// OpenSSL's own server, which has nothing of our code.
class foreign_server {
public:
  explicit foreign_server(const issued_certificate& as, std::vector<std::string> more = {})
      : port{free_port()} {
    std::vector<std::string> argv{
        "openssl", "s_server",     "-quiet", "-accept", "127.0.0.1:" + std::to_string(port),
        "-cert",   as.certificate, "-key",   as.key};
    argv.insert(argv.end(), more.begin(), more.end());
    process_.emplace(argv);
    REQUIRE(eventually([this] {
      asio::io_context io;
      asio::ip::tcp::socket probe(io);
      std::error_code failed;
      probe.connect({asio::ip::address_v4::loopback(), port}, failed);
      return !failed;
    }));
  }
  const std::uint16_t port;

private:
  std::optional<child_process> process_;
};

websocket_client::ended refusal_by(const issued_certificate& as, const std::string& host = "127.0.0.1") {
  const foreign_server server(as);
  auto where = client_end::to(server.port);
  where.host = host;
  client_end client(where);
  const auto end = client.end();
  CHECK_FALSE(client.heard.get().open);
  return end;
}

} // namespace

TEST_CASE("an expired certificate is refused, with its host, its date and what to do") {
  auto what = for_loopback();
  what.from_s = -7 * 86400L;
  what.to_s = -86400;
  const auto end = refusal_by(roots().authority.issue("expired", what));
  CHECK(end.why == reason::untrusted);
  CHECK(contains(end.text, "The certificate of 127.0.0.1 expired on 20"));
  CHECK(contains(end.text, "renew it"));
}

TEST_CASE("a certificate of the future is refused, and the clock is named") {
  auto what = for_loopback();
  what.from_s = 86400;
  what.to_s = 7 * 86400L;
  const auto end = refusal_by(roots().authority.issue("future", what));
  CHECK(end.why == reason::untrusted);
  CHECK(contains(end.text, "is not valid before 20"));
  CHECK(contains(end.text, "clock"));
}

TEST_CASE("a self-signed certificate is refused") {
  const auto end = refusal_by(roots().authority.self_signed("self", for_loopback()));
  CHECK(end.why == reason::untrusted);
  CHECK(contains(end.text, "self-signed"));
}

TEST_CASE("a certificate of an unknown root is refused, and the root is named") {
  const temporary_directory elsewhere;
  const certificate_authority stranger(elsewhere.path(), "Stranger Root");
  const auto end = refusal_by(stranger.issue("stranger", for_loopback()));
  CHECK(end.why == reason::untrusted);
  CHECK(contains(end.text, "'Stranger Root', an authority that this computer does not know"));
  CHECK(contains(end.text, "extra roots"));
}

TEST_CASE("a certificate for another name is refused, and its names are told") {
  certificate_recipe what;
  what.common_name = "ignored";
  what.dns = {"cloud.example", "*.cloud.example"};
  what.addresses = {"192.0.2.7"};
  const auto other = roots().authority.issue("other", what);
  SUBCASE("reached by name") {
    const auto end = refusal_by(other, "localhost");
    CHECK(end.why == reason::untrusted);
    CHECK(contains(end.text, "not for localhost but for cloud.example, *.cloud.example, 192.0.2.7,"));
  }
  SUBCASE("reached by address") {
    const auto end = refusal_by(other);
    CHECK(end.why == reason::untrusted);
    CHECK(contains(end.text, "not for 127.0.0.1 but for cloud.example"));
  }
}

TEST_CASE("a common name is no host name, and its control bytes do not reach a log") {
  certificate_recipe what;
  what.common_name = "local\x1b[31mhost";
  const auto end = refusal_by(roots().authority.issue("common", what), "localhost");
  CHECK(end.why == reason::untrusted);
  CHECK(contains(end.text, "but for local?[31mhost"));
}

TEST_CASE("an address that stands only among the DNS names does not count as an address") {
  certificate_recipe what;
  what.common_name = "127.0.0.1";
  what.dns = {"127.0.0.1"};
  CHECK(refusal_by(roots().authority.issue("address-as-name", what)).why == reason::untrusted);
}

TEST_CASE("a server with TLS 1.1 only is refused") {
  const foreign_server server(roots().loopback, {"-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"});
  client_end client(client_end::to(server.port));
  const auto end = client.end();
  CHECK(end.why == reason::untrusted);
  CHECK(contains(end.text, "older than 1.2"));
}

TEST_CASE("a server without TLS is told apart from a wrong certificate") {
  const peer page([](asio::ip::tcp::socket socket) -> asio::awaitable<void> {
    std::array<char, 4096> hello{};
    co_await socket.async_read_some(asio::buffer(hello), asio::use_awaitable);
    const std::string answer = "HTTP/1.1 400 Bad Request\r\n\r\n";
    co_await asio::async_write(socket, asio::buffer(answer), asio::use_awaitable);
  });
  client_end client(client_end::to(page.port()));
  const auto end = client.end();
  CHECK(end.why == reason::untrusted);
  CHECK(contains(end.text, "does not answer with TLS"));
}

TEST_CASE("the good certificate is accepted by name and by address, and the server hears the name") {
  server_end server;
  auto where = client_end::to(server.port());
  SUBCASE("address") {}
  SUBCASE("name") { where.host = "localhost"; }
  client_end client(where);
  CHECK(client.opens());
}

TEST_CASE("without the extra root the same certificate is refused: nothing but the stores decides") {
  server_end server;
  auto where = client_end::to(server.port());
  where.ca_file.clear();
  client_end client(where);
  CHECK(client.end().why == reason::untrusted);
}

TEST_CASE("a root of the system's store is trusted without a file of extra roots") {
  server_end server;
  auto where = client_end::to(server.port());
  where.ca_file.clear();
  setenv("SSL_CERT_FILE", roots().authority.root().c_str(), 1);
  client_end client(where);
  const bool opened = client.opens();
  setenv("SSL_CERT_FILE", "/nonexistent", 1);
  CHECK(opened);
}

TEST_CASE("a file of extra roots that cannot be read is named, and nothing is connected") {
  auto where = client_end::to(1);
  const temporary_directory empty;
  where.ca_file = empty / "missing.pem";
  client_end client(where);
  const auto end = client.end();
  CHECK(end.why == reason::untrusted);
  CHECK(contains(end.text, where.ca_file));
}

TEST_CASE("a server does not start without a usable certificate, and says which file and why") {
  auto where = server_end::with_tls();
  SUBCASE("certificate missing") { where.certificate = "/nonexistent/server.pem"; }
  SUBCASE("key missing") { where.key = "/nonexistent/server.key"; }
  SUBCASE("key of another certificate") { where.key = roots().authority.loopback("another").key; }
  const server_end server(where);
  CHECK(server.server == nullptr);
  CHECK_FALSE(server.why.in_use);
  CHECK(contains(server.why.what, where.key == roots().loopback.key ? where.certificate : where.key));
  CHECK(contains(server.why.what, "nobody can connect"));
}

TEST_CASE("our server refuses TLS 1.1, renegotiates with nobody, and works with OpenSSL's client") {
  const server_end server;
  const std::string where = "127.0.0.1:" + std::to_string(server.port());
  child_process old({"openssl", "s_client", "-connect", where, "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"});
  CHECK(old.wait() != 0);
  child_process now({"openssl", "s_client", "-connect", where, "-CAfile", roots().authority.root(),
                     "-verify_return_error", "-verify_hostname", "localhost"});
  CHECK(now.wait() == 0);
}
