#include "platform/crypto/seal.hpp"
#include "platform/secure_memory.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <doctest/doctest.h>
#include <functional>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace tier2;

namespace {

std::array<std::byte, 32> counting() {
  std::array<std::byte, 32> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::byte>(i + 1);
  return bytes;
}

/// The wait status of a child that runs `what`, without a core file.
int status_of_child(const std::function<void()>& what) {
  const auto child = fork();
  if (child == 0) {
    constexpr rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    std::signal(SIGSEGV, SIG_DFL); // the test framework and sanitizers have handlers of their own
    what();
    _exit(0);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}

bool killed_by_segv(int status) { return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV; }

} // namespace

TEST_CASE("a taken key holds the bytes and wipes the source") {
  REQUIRE(init_crypto());
  auto source = counting();
  const auto key = secret_key::take(source);
  CHECK(std::ranges::all_of(source, [](auto byte) { return byte == std::byte{0}; }));
  CHECK(key.with([](auto bytes) { return std::ranges::equal(bytes, counting()); }));
}

TEST_CASE("generated keys differ") {
  REQUIRE(init_crypto());
  const auto copy = [](auto bytes) { return std::vector<std::byte>(bytes.begin(), bytes.end()); };
  CHECK(secret_key::generate().with(copy) != secret_key::generate().with(copy));
}

TEST_CASE("a key can be read inside with, and neither read outside nor ever written") {
  REQUIRE(init_crypto());
  const auto key = secret_key::generate();
  const volatile std::byte* at = key.with([](auto bytes) { return bytes.data(); });
  CHECK(status_of_child([&] {
          key.with([](auto bytes) { return *static_cast<const volatile std::byte*>(bytes.data()); });
        }) == 0);
  CHECK(killed_by_segv(status_of_child([&] { static_cast<void>(*at); })));
  CHECK(killed_by_segv(status_of_child(
      [&] { key.with([](auto bytes) { *const_cast<volatile std::byte*>(bytes.data()) = std::byte{1}; }); })));
}

TEST_CASE("a key that was just made is closed already") {
  REQUIRE(init_crypto());
  auto source = counting();
  using maker = std::function<secret_key()>;
  for (const auto& make : {maker{secret_key::generate}, maker{[&] { return secret_key::take(source); }}}) {
    const auto made = make();
    std::uintptr_t at = 0;
    // The address is learnt in a child, so that the parent's key was never opened.
    std::array<int, 2> ends{};
    REQUIRE(pipe(ends.data()) == 0);
    status_of_child([&] {
      const auto address =
          made.with([](auto bytes) { return reinterpret_cast<std::uintptr_t>(bytes.data()); });
      static_cast<void>(write(ends[1], &address, sizeof address) == sizeof address);
    });
    REQUIRE(read(ends[0], &at, sizeof at) == sizeof at);
    close(ends[0]);
    close(ends[1]);
    CHECK(killed_by_segv(
        status_of_child([&] { static_cast<void>(*reinterpret_cast<const volatile char*>(at)); })));
  }
}

TEST_CASE("a key stays open until the last of those inside leaves") {
  REQUIRE(init_crypto());
  const auto key = secret_key::generate();
  CHECK(key.with([&](auto outer) {
    const auto first = key.with([](auto inner) { return inner[0]; });
    return first == outer[0];
  }));
}

TEST_CASE("a key is closed again when the use of it throws") {
  REQUIRE(init_crypto());
  const auto key = secret_key::generate();
  const volatile std::byte* at = nullptr;
  CHECK_THROWS(key.with([&](auto bytes) {
    at = bytes.data();
    throw 1;
  }));
  CHECK(killed_by_segv(status_of_child([&] { static_cast<void>(*at); })));
}

TEST_CASE("a moved key is the same key") {
  REQUIRE(init_crypto());
  auto source = counting();
  auto first = secret_key::take(source);
  auto second = secret_key::generate();
  second = std::move(first);
  const secret_key third{std::move(second)};
  CHECK(third.with([](auto bytes) { return std::ranges::equal(bytes, counting()); }));
}

TEST_CASE("several threads may use one key at once") {
  REQUIRE(init_crypto());
  const auto key = secret_key::generate();
  std::array<int, 4> opened{};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < opened.size(); ++i)
    threads.emplace_back([&, i] {
      const std::vector<std::byte> plain(200, static_cast<std::byte>(i));
      for (int round = 0; round < 500; ++round) {
        const auto back = unseal(key, seal(key, plain, {}), {});
        if (back && std::ranges::equal(*back, plain)) ++opened[i];
      }
    });
  for (auto& thread : threads)
    thread.join();
  CHECK(opened == std::array{500, 500, 500, 500});
}

TEST_CASE("random bytes fill all that was asked for") {
  REQUIRE(init_crypto());
  std::array<std::byte, 64> a{};
  std::array<std::byte, 64> b{};
  random_bytes(a);
  random_bytes(b);
  CHECK(a != b);
  CHECK(std::any_of(a.end() - 16, a.end(), [](auto byte) { return byte != std::byte{0}; }));
}
