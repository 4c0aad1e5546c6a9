#include "actors/alerting/alert_outbox.hpp"
#include "platform/private_file.hpp"
#include "tests/platform/temporary_directory.hpp"

#include <algorithm>
#include <csignal>
#include <doctest/doctest.h>
#include <filesystem>
#include <sys/resource.h>

using namespace tier2;

namespace {

std::shared_ptr<const secret_key> new_key() {
  REQUIRE(init_crypto());
  return std::make_shared<const secret_key>(secret_key::generate());
}

alert about(std::uint32_t number, alert_severity severity = alert_severity::warning,
            std::string body = "body") {
  alert made;
  made.severity = severity;
  made.source = "test";
  made.title = "Number " + std::to_string(number);
  made.body = std::move(body);
  made.at = wall_time{std::chrono::milliseconds{1'700'000'000'000 + number}};
  for (std::size_t i = 0; i < 4; ++i)
    made.id.bytes[i] = static_cast<std::uint8_t>((number + 1) >> (8 * i));
  made.id.bytes[6] = 0x40;
  made.id.bytes[8] = 0x80;
  return made;
}

alert_outbox::opened open(const test::temporary_directory& where,
                          const std::shared_ptr<const secret_key>& key,
                          const std::shared_ptr<const secret_key>& former = nullptr) {
  auto opened = alert_outbox::open(where.path(), key, former);
  REQUIRE_MESSAGE(opened, opened.error().what);
  return std::move(*opened);
}

std::vector<std::string> titles(const alert_outbox& outbox) {
  std::vector<std::string> all;
  for (const auto& each : outbox.pending())
    all.push_back(each.title);
  return all;
}

using names = std::vector<std::string>;

} // namespace

TEST_CASE("alert outbox: what waits is there after a restart, in order, without what was acknowledged") {
  const test::temporary_directory where;
  const auto key = new_key();
  {
    auto made = open(where, key);
    CHECK(made.warning == "");
    for (const std::uint32_t each : {1, 2, 3})
      REQUIRE(made.outbox.add(about(each)));
    CHECK(made.outbox.acknowledge(about(2).id));
    CHECK_FALSE(made.outbox.acknowledge(about(2).id));
    CHECK_FALSE(made.outbox.acknowledge(about(9).id));
    CHECK(titles(made.outbox) == names{"Number 1", "Number 3"});
  }
  auto again = open(where, key);
  REQUIRE(again.outbox.pending().size() == 2);
  CHECK(again.outbox.pending()[0] == about(1));
  CHECK(again.outbox.pending()[1] == about(3));
  REQUIRE(again.outbox.add(about(4)));
  CHECK(titles(open(where, key).outbox) == names{"Number 1", "Number 3", "Number 4"});
}

TEST_CASE("alert outbox: nothing of an alert can be read in its file, nor by another key") {
  const test::temporary_directory where;
  const auto key = new_key();
  {
    auto made = open(where, key);
    REQUIRE(made.outbox.add(about(1, alert_severity::error, "a very private sentence")));
  }
  const auto bytes = read_private_file(where / "alerts.outbox", 1U << 20U);
  const std::string_view text{reinterpret_cast<const char*>(bytes->data()), bytes->size()};
  for (const auto* each : {"private", "Number", "error", "test"})
    CHECK(text.find(each) == std::string_view::npos);
  const auto other = open(where, new_key());
  CHECK(other.outbox.pending().empty());
  CHECK(other.warning.find("not ours") != std::string::npos);
  CHECK(std::filesystem::exists(where / "alerts.outbox.damaged"));
}

TEST_CASE("alert outbox: what the key before sealed is taken over, and needs it no more afterwards") {
  const test::temporary_directory where;
  const auto former = new_key(), present = new_key();
  {
    auto made = open(where, former);
    REQUIRE(made.outbox.add(about(1)));
  }
  CHECK(titles(open(where, present, former).outbox) == names{"Number 1"});
  CHECK(titles(open(where, present).outbox) == names{"Number 1"});
}

TEST_CASE("alert outbox: cut off anywhere, all whole records are there; a flipped bit is noticed") {
  const test::temporary_directory where;
  const auto key = new_key();
  std::vector<std::size_t> ends;
  {
    auto made = open(where, key);
    ends.push_back(made.outbox.file_bytes());
    for (const std::uint32_t each : {1, 2, 3}) {
      REQUIRE(made.outbox.add(about(each)));
      ends.push_back(made.outbox.file_bytes());
    }
  }
  const auto whole = *read_private_file(where / "alerts.outbox", 1U << 20U);
  for (std::size_t size = ends[0]; size < whole.size(); size += 3) {
    REQUIRE(write_private_file(where / "alerts.outbox", std::span{whole}.first(size)));
    const auto cut = open(where, key);
    CHECK(cut.warning == "");
    const auto expected = static_cast<std::size_t>(std::ranges::upper_bound(ends, size) - ends.begin()) - 1;
    CHECK(cut.outbox.pending().size() == expected);
  }
  for (std::size_t at = ends[0] + 4; at < ends[1]; at += 5) {
    auto damaged = whole;
    damaged[at] ^= std::byte{1};
    REQUIRE(write_private_file(where / "alerts.outbox", damaged));
    CHECK(open(where, key).warning.find("record 1 is damaged") != std::string::npos);
  }
  auto zeros = whole;
  zeros.resize(zeros.size() + 200); // as a power cut leaves it: the length, not the bytes
  REQUIRE(write_private_file(where / "alerts.outbox", zeros));
  CHECK(open(where, key).outbox.pending().size() == 3);
  REQUIRE(write_private_file(where / "alerts.outbox",
                             std::as_bytes(std::span{"something else altogether, long enough"})));
  CHECK(open(where, key).warning.find("does not begin") != std::string::npos);
}

TEST_CASE("alert outbox: records cannot be moved, repeated or taken from another file") {
  const test::temporary_directory where;
  const auto key = new_key();
  std::vector<std::size_t> ends;
  {
    auto made = open(where, key);
    ends.push_back(made.outbox.file_bytes());
    for (const std::uint32_t each : {1, 2}) {
      REQUIRE(made.outbox.add(about(each)));
      ends.push_back(made.outbox.file_bytes());
    }
  }
  const auto whole = *read_private_file(where / "alerts.outbox", 1U << 20U);
  private_bytes swapped(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(ends[0]));
  swapped.insert(swapped.end(), whole.begin() + static_cast<std::ptrdiff_t>(ends[1]), whole.end());
  REQUIRE(write_private_file(where / "alerts.outbox", swapped));
  const auto opened = open(where, key);
  CHECK(opened.warning != "");
  CHECK(opened.outbox.pending().empty());
}

TEST_CASE("alert outbox: beyond its bounds the oldest of the least severe make way, and are counted") {
  const test::temporary_directory where;
  const auto key = new_key();
  auto made = open(where, key);
  REQUIRE(made.outbox.add(about(0, alert_severity::critical)));
  for (std::uint32_t i = 1; i <= alert_outbox::max_alerts + 5; ++i)
    REQUIRE(made.outbox.add(about(i, i % 2 == 0 ? alert_severity::info : alert_severity::error)));
  CHECK(made.outbox.pending().size() == alert_outbox::max_alerts);
  CHECK(made.outbox.dropped() == 6);
  CHECK(made.outbox.pending().front().title == "Number 0");
  CHECK(titles(made.outbox)[1] == "Number 1");
  CHECK(titles(made.outbox)[2] == "Number 3"); // 2 was only an info
  CHECK(titles(open(where, key).outbox) == titles(made.outbox));
}

TEST_CASE(
    "alert outbox: its file stays small however much goes through it, and holds the largest that may wait") {
  const test::temporary_directory where;
  const auto key = new_key();
  auto made = open(where, key);
  const std::string large(4096, 'x');
  for (std::uint32_t i = 0; i < 700; ++i) {
    REQUIRE(made.outbox.add(about(i, alert_severity::warning, large)));
    CHECK(made.outbox.acknowledge(about(i).id));
  }
  CHECK(made.outbox.file_bytes() < 1U << 20U);
  for (std::uint32_t i = 0; i < 700; ++i)
    REQUIRE(made.outbox.add(about(i, alert_severity::warning, large)));
  CHECK(made.outbox.dropped() > 0);
  CHECK(made.outbox.file_bytes() < alert_outbox::max_bytes);
  CHECK(open(where, key).outbox.pending().size() == made.outbox.pending().size());
}

TEST_CASE("alert outbox: on a full disk an alert waits in memory, and later ones are written again") {
  const test::temporary_directory where;
  const auto key = new_key();
  auto made = open(where, key);
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit usual{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &usual) == 0);
  const rlimit tight{made.outbox.file_bytes() + 20, usual.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
  const auto refused = made.outbox.add(about(1));
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &usual) == 0);
  CHECK_FALSE(refused);
  CHECK(made.outbox.pending().size() == 1);
  REQUIRE(made.outbox.add(about(2)));
  CHECK(titles(open(where, key).outbox) == names{"Number 2"});
}

TEST_CASE("alert outbox: permissions that let others in are an error, and nothing is lost") {
  const test::temporary_directory where;
  const auto key = new_key();
  {
    auto made = open(where, key);
    REQUIRE(made.outbox.add(about(1)));
  }
  std::filesystem::permissions(where / "alerts.outbox", std::filesystem::perms{0644});
  CHECK(alert_outbox::open(where.path(), key, nullptr).error().code == errc::permission_denied);
  std::filesystem::permissions(where / "alerts.outbox", std::filesystem::perms{0600});
  CHECK(open(where, key).outbox.pending().size() == 1);
}
