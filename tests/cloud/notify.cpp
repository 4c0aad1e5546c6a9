// Who is told of alerts: the queue, and what messages look like.
#include "platform/private_file.hpp"
#include "tests/cloud/desk.hpp"
#include "tools/cloud/alert_store.hpp"
#include "tools/cloud/notify_message.hpp"
#include "tools/cloud/notify_queue.hpp"

#include <nlohmann/json.hpp>
#include <sodium.h>

using namespace tier2;
using namespace tier2::cloud;
using namespace tier2::cloud::test;

namespace {

struct queue_desk : desk {
  notify_queue told{*facts, {{"all", alert_severity::info}, {"bad", alert_severity::error}}};
  alert_store alerts{*facts, &told};
  std::uint32_t number{};
  queue_desk() { must(told.open()); }
  void raise(alert_severity severity = alert_severity::error, wall_time at = noon) {
    alert what;
    what.id = id(1);
    ++number;
    what.id.bytes[12] = static_cast<std::uint8_t>(number >> 8U);
    what.id.bytes[13] = static_cast<std::uint8_t>(number);
    what.severity = severity;
    what.at = at;
    must(facts->write([&](soci::session& session) { return alerts.add(session, agent, what, at); }));
  }
};

alert_row row_of(const std::string& title, const std::string& body = "") {
  alert_row row;
  row.agent = id(7);
  row.hostname = "pc-7";
  row.what.id = id(8);
  row.what.severity = alert_severity::error;
  row.what.title = title;
  row.what.body = body;
  row.severity = "error";
  row.labels = "{}";
  row.received = noon;
  return row;
}

const mail_frame frame{"tier2@example.org", {"anna@example.org"}};

std::string header_of(const std::string& mail) { return mail.substr(0, mail.find("\r\n\r\n")); }
std::string text_of(const std::string& mail) {
  std::string base64;
  for (const char c : mail.substr(mail.find("\r\n\r\n") + 4))
    if (c != '\r' && c != '\n') base64 += c;
  std::string text(base64.size(), '\0');
  std::size_t size = 0;
  REQUIRE(sodium_base642bin(reinterpret_cast<unsigned char*>(text.data()), text.size(), base64.data(),
                            base64.size(), nullptr, &size, nullptr, sodium_base64_VARIANT_ORIGINAL) == 0);
  text.resize(size);
  return text;
}

} // namespace

TEST_CASE("an alert waits for each receiver for whom it weighs enough, and only when it was kept") {
  queue_desk on;
  on.raise(alert_severity::warning);
  on.raise(alert_severity::critical);
  CHECK(must(on.told.state("all")).waiting == 2);
  CHECK(must(on.told.state("bad")).waiting == 1);
  CHECK(must(on.told.due("bad", noon, 10)) == std::vector<long long>{2});
  const auto undone = on.facts->write([&](soci::session& session) -> result<void> {
    alert what;
    what.id = id(99);
    what.severity = alert_severity::error;
    must(on.alerts.add(session, on.agent, what, noon));
    return fail(errc::io_failed, "the disk is full");
  });
  CHECK(!undone);
  CHECK(must(on.told.state("bad")).waiting == 1);
}

TEST_CASE("what was told is taken out; what was not is due later and later, up to five minutes") {
  queue_desk on;
  on.raise();
  on.raise();
  must(on.told.sent("bad", {1}, 0, noon + 1s));
  auto state = must(on.told.state("bad"));
  CHECK(state.waiting == 1);
  CHECK(state.sent == 1);
  CHECK(state.last_sent == noon + 1s);
  must(on.told.failed("bad", {2}, "it is away", noon));
  state = must(on.told.state("bad"));
  CHECK(state.failing_since == noon);
  CHECK(state.problem == "it is away");
  CHECK(must(on.told.due("bad", noon, 10)).empty());
  CHECK(must(on.told.next_due("bad")) == noon + 1s);
  must(on.told.failed("bad", {2}, "it is away", noon + 1s));
  CHECK(must(on.told.next_due("bad")) == noon + 3s);
  CHECK(must(on.told.state("bad")).failing_since == noon);
  must(on.told.sent("bad", {2}, 0, noon + 3s));
  state = must(on.told.state("bad"));
  CHECK(state.problem.empty());
  CHECK(state.failing_since == wall_time{});
  CHECK_FALSE(must(on.told.next_due("bad")));
  CHECK(notify_pause(0) == 1s);
  CHECK(notify_pause(3) == 8s);
  CHECK(notify_pause(1'000'000) == 5min);
}

TEST_CASE("a queue that is full drops what weighs least, counts it, and the next message tells") {
  queue_desk on;
  for (std::uint64_t i = 0; i < notify_queue::most_waiting; ++i)
    on.raise(alert_severity::warning);
  on.raise(alert_severity::warning); // the newest of those that weigh as little
  auto state = must(on.told.state("all"));
  CHECK(state.waiting == notify_queue::most_waiting);
  CHECK(state.dropped == 1);
  on.raise(alert_severity::critical); // takes the place of a warning
  state = must(on.told.state("all"));
  CHECK(state.waiting == notify_queue::most_waiting);
  CHECK(state.dropped == 2);
  CHECK(state.unsaid == 2);
  const auto due = must(on.told.due("all", noon, 2000));
  CHECK(due.size() == notify_queue::most_waiting);
  CHECK(due.back() == static_cast<long long>(notify_queue::most_waiting) + 2);
  CHECK(must(on.told.state("bad")).waiting == 1); // another receiver's queue is its own
  must(on.told.sent("all", {due.front()}, state.unsaid, noon));
  state = must(on.told.state("all"));
  CHECK(state.unsaid == 0);
  CHECK(state.dropped == 2);
}

TEST_CASE("what could not be told for too long is given up, and counted") {
  queue_desk on;
  on.raise(alert_severity::error, noon);
  on.raise(alert_severity::error, noon + 1h);
  CHECK(must(on.told.give_up("bad", noon)) == 0);
  CHECK(must(on.told.give_up("bad", noon + 30min)) == 1);
  const auto state = must(on.told.state("bad"));
  CHECK(state.waiting == 1);
  CHECK(state.given_up == 1);
  CHECK(state.unsaid == 1);
}

TEST_CASE("a receiver that is not configured any more is forgotten, the others keep what waits") {
  queue_desk on;
  on.raise();
  notify_queue fewer{*on.facts, {{"bad", alert_severity::error}}};
  must(fewer.open());
  CHECK(must(fewer.state("bad")).waiting == 1);
  CHECK(fewer.state("all").error().code == errc::not_found);
  CHECK(must(fewer.due("all", noon, 10)).empty());
}

TEST_CASE("a webhook is signed over its id, time and body, and says what was lost before") {
  must(init_crypto());
  std::array<unsigned char, crypto_auth_hmacsha256_KEYBYTES> key{};
  key.fill(7);
  const auto message =
      webhook_of(row_of("t"), 3, "https://desk.example", secret_text{std::as_bytes(std::span{key})}, noon);
  CHECK(message.timestamp == "1767355200");
  CHECK(message.id == "alert_" + to_string(id(7)) + "_" + to_string(id(8)));
  const std::string text = message.id + "." + message.timestamp + "." + message.body;
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> mac{};
  crypto_auth_hmacsha256(mac.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                         key.data());
  std::array<char, 64> base64{};
  sodium_bin2base64(base64.data(), base64.size(), mac.data(), mac.size(), sodium_base64_VARIANT_ORIGINAL);
  CHECK(message.signature == "v1," + std::string{base64.data()});
  const auto body = nlohmann::json::parse(message.body);
  CHECK(body["data"]["not_sent_before"] == 3);
  CHECK(body["data"]["url"] == "https://desk.example/machines/" + to_string(id(7)));
}

TEST_CASE("no title makes a header, whatever bytes it has, and every line is short ASCII") {
  for (const std::string& title :
       {std::string{"a\r\nBcc: evil@example.org\r\n\r\nbody"}, std::string{"=?UTF-8?B?eA==?="},
        std::string{"\0\x01\x7f\x80\xff", 5}, std::string(300, 'x'),
        std::string{"\u00e4\u65e5\U0001f4a5\u202e\u2028"}, std::string{"a\nb\rc"}}) {
    const auto head = header_of(mail_of({row_of(title)}, 0, "https://desk.example", frame, noon));
    std::size_t lines = 0;
    for (std::size_t at = 0; at <= head.size(); ++lines) {
      auto end = head.find("\r\n", at);
      if (end == std::string::npos) end = head.size();
      const auto line = head.substr(at, end - at);
      CHECK(line.size() <= 76);
      CHECK(std::ranges::all_of(line, [](char c) { return c >= ' ' && c < 0x7f; }));
      const bool known = line.starts_with("Date: ") || line.starts_with("From: tier2@") ||
                         line.starts_with("To: anna@") || line.starts_with("Subject: ") ||
                         line.starts_with(" =?UTF-8?B?") || line.starts_with("Message-ID: <") ||
                         line == "MIME-Version: 1.0" || line == "Content-Type: text/plain; charset=utf-8" ||
                         line == "Content-Transfer-Encoding: base64" ||
                         line == "Auto-Submitted: auto-generated";
      CHECK_MESSAGE(known, line);
      at = end + 2;
    }
    CHECK(lines >= 9);
  }
  CHECK(encoded_header("plain words") == "plain words");
  CHECK(encoded_header("\u00e4") == "=?UTF-8?B?w6Q=?=");
}

TEST_CASE("in a mail a machine's lines are indented, and those that were lost are told") {
  const auto mail = mail_of({row_of("t", "one\ncritical, now\n")}, 2, "https://desk.example", frame, noon);
  CHECK(header_of(mail).find("Date: Fri, 02 Jan 2026 12:00:00 +0000\r\n") == 0);
  const auto text = text_of(mail);
  CHECK(text.find("\n    critical, now\n") != std::string::npos);
  CHECK(text.find("\ncritical, now") == std::string::npos);
  CHECK(text.find("2 more alerts were not sent") != std::string::npos);
  CHECK(text_of(mail_of({row_of("t")}, 0, "https://desk.example", frame, noon)).find("not sent") ==
        std::string::npos);
  std::vector<alert_row> many(60, row_of("t"));
  many[7].what.severity = alert_severity::critical;
  const auto digest = mail_of(many, 0, "https://desk.example", frame, noon);
  CHECK(header_of(digest).find("Subject: [critical] 60 alerts, such as t\r\n") != std::string::npos);
  CHECK(text_of(digest).find("And 10 more") != std::string::npos);
}

TEST_CASE("secrets are read from private files, in the form that is said") {
  const desk on;
  const auto file = [&](std::string_view text) {
    const std::string path = on.place / "secret";
    must(write_private_file(path, bytes_of(text)));
    return path;
  };
  const std::string key(32, 'k');
  std::array<char, 64> base64{};
  sodium_bin2base64(base64.data(), base64.size(), reinterpret_cast<const unsigned char*>(key.data()),
                    key.size(), sodium_base64_VARIANT_ORIGINAL);
  const auto good = must(read_webhook_secret(file("whsec_" + std::string{base64.data()} + "\n")));
  CHECK(std::string{reinterpret_cast<const char*>(good.bytes().data()), good.bytes().size()} == key);
  for (const char* bad : {"", "\n", "whsec_", "whsec_AAAA", "whsec_!!!!", "hello"})
    CHECK(read_webhook_secret(file(bad)).error().code == errc::malformed);
  CHECK(read_webhook_secret(file(base64.data())).error().code == errc::malformed);
  CHECK(must(read_password_file(file("pass word\n"))).bytes().size() == 9);
  CHECK(read_password_file(file("two\nlines\n")).error().code == errc::malformed);
  const auto open = file("x");
  std::filesystem::permissions(open, std::filesystem::perms::others_read, std::filesystem::perm_options::add);
  CHECK(read_password_file(open).error().code == errc::permission_denied);
}
