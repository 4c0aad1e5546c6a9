#include "platform/key_protector.hpp"
#include "platform/linux/program.hpp"
#include "platform/process.hpp"
#include "tests/platform/child_process.hpp"
#include "tests/platform/eventually.hpp"
#include "tests/platform/temporary_directory.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace tier2;

namespace {

bool listens(std::uint16_t port) {
  const int end = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool there = ::connect(end, reinterpret_cast<const sockaddr*>(&where), sizeof(where)) == 0;
  ::close(end);
  return there;
}

/// A TPM 2.0 in software, of its own. It has no resource manager, so what uses it leaves sessions behind:
/// each use gets a freshly started one with the same state.
class software_tpm {
public:
  std::string state;
  std::uint16_t port;

  explicit software_tpm(const std::string& where) : state{where}, port{free_pair()} {
    REQUIRE(run_program({"mkdir", "-p", state}, std::chrono::seconds{5}, 100));
  }
  template <class F>
  auto with(F&& use) const {
    test::child_process tpm{[&] {
      const auto data = std::to_string(port), control = std::to_string(port + 1);
      ::execlp("swtpm", "swtpm", "socket", "--tpm2", "--tpmstate", ("dir=" + state).c_str(), "--server",
               ("type=tcp,port=" + data).c_str(), "--ctrl", ("type=tcp,port=" + control).c_str(), "--flags",
               "not-need-init,startup-clear", static_cast<char*>(nullptr));
      return 127;
    }};
    const auto until = std::chrono::steady_clock::now() + test::generous;
    while (!listens(static_cast<std::uint16_t>(port + 1)) && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
    return use(*make_tpm2_protector("swtpm:host=127.0.0.1,port=" + std::to_string(port)));
  }

private:
  static std::uint16_t free_pair() {
    for (std::uint16_t candidate = static_cast<std::uint16_t>(24000 + ::getpid() % 8000);; candidate += 2)
      if (!listens(candidate) && !listens(static_cast<std::uint16_t>(candidate + 1))) return candidate;
  }
};

bool same(const secret_key& one, const secret_key& other) {
  return one.with([&](std::span<const std::byte, 32> a) {
    return other.with(
        [&](std::span<const std::byte, 32> b) { return std::equal(a.begin(), a.end(), b.begin()); });
  });
}

} // namespace

TEST_CASE("credentials: a key that a TPM seals is opened by that TPM and by no other") {
  const test::temporary_directory where;
  REQUIRE(init_crypto());
  const software_tpm one{where / "one"}, other{where / "other"};
  const auto made = one.with([](key_protector& tpm) { return tpm.make(); });
  REQUIRE_MESSAGE(made, made.error().what);
  CHECK(made->blob.size() > 100);
  const auto opened = one.with([&](key_protector& tpm) { return tpm.open(made->blob); });
  REQUIRE_MESSAGE(opened, opened.error().what);
  CHECK(same(*opened, made->key));
  CHECK_FALSE(other.with([&](key_protector& tpm) { return tpm.open(made->blob); }));
  auto damaged = made->blob;
  damaged[damaged.size() / 2] =
      damaged[damaged.size() / 2] == std::byte{'A'} ? std::byte{'B'} : std::byte{'A'};
  CHECK_FALSE(one.with([&](key_protector& tpm) { return tpm.open(damaged); }));
}

TEST_CASE("credentials: where there is no TPM it says so") {
  REQUIRE(init_crypto());
  const auto made = make_tpm2_protector("swtpm:host=127.0.0.1,port=1")->make();
  REQUIRE_FALSE(made);
  CHECK(made.error().what.find("systemd-creds") != std::string::npos);
}

TEST_CASE("credentials: a key that the host's own key seals is opened again; another text is not") {
  REQUIRE(init_crypto());
  if (::geteuid() != 0) return; // only root has the host's key
  const auto host = make_host_protector();
  const auto made = host->make();
  REQUIRE_MESSAGE(made, made.error().what);
  const auto opened = host->open(made->blob);
  REQUIRE_MESSAGE(opened, opened.error().what);
  CHECK(same(*opened, made->key));
  auto damaged = made->blob;
  damaged[damaged.size() / 2] =
      damaged[damaged.size() / 2] == std::byte{'A'} ? std::byte{'B'} : std::byte{'A'};
  CHECK(host->open(damaged).error().code == errc::crypto_failed);
  CHECK(host->open(std::vector<std::byte>(100)).error().code == errc::crypto_failed);
}

TEST_CASE("credentials: a secret for another program is nowhere to be seen") {
  const std::string secret = "0123456789abcdef0123456789abcdef";
  const auto seen = os::filter({"sh", "-c", "cat; tr '\\0' ' ' < /proc/$$/cmdline; env"},
                               std::as_bytes(std::span{secret}), std::chrono::seconds{10}, 1U << 16U);
  REQUIRE(seen);
  const std::string_view text{reinterpret_cast<const char*>(seen->data()), seen->size()};
  CHECK(text.starts_with(secret));
  CHECK(text.substr(secret.size()).find(secret) == std::string_view::npos);
  CHECK(os::filter({"cat"}, std::vector<std::byte>(17U << 10U), std::chrono::seconds{1}, 10).error().code ==
        errc::too_large);
  CHECK(os::filter({"cat"}, {}, std::chrono::seconds{10}, 10)->empty());
}
