#include "tools/cloud/notify_message.hpp"

#include "messages/wire/json.hpp"
#include "messages/wire/manifest.hpp"
#include "platform/crypto/digest.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <sodium.h>

namespace tier2::cloud {

namespace {

constexpr std::size_t most_listed = 50;
constexpr std::size_t most_subject_bytes = 160;

std::string base64(std::span<const unsigned char> bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back(); // the NUL byte
  return text;
}
std::string base64(std::string_view bytes) {
  return base64(std::span{reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
}

std::string sign(std::string_view text, const secret_text& secret) {
  crypto_auth_hmacsha256_state state;
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> mac{};
  const auto key = secret.bytes();
  crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(key.data()), key.size());
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  crypto_auth_hmacsha256_final(&state, mac.data());
  sodium_memzero(&state, sizeof state);
  return "v1," + base64(mac);
}

webhook_message signed_webhook(std::string id, const nlohmann::ordered_json& body, const secret_text& secret,
                               wall_time now) {
  using namespace std::chrono;
  webhook_message made{std::move(id),
                       std::to_string(duration_cast<seconds>(now.time_since_epoch()).count()),
                       wire::dump_json(body),
                       {}};
  made.signature = sign(made.id + "." + made.timestamp + "." + made.body, secret);
  return made;
}

std::string machine_page(const std::string& console, const alert_row& alert) {
  return console + "/machines/" + to_string(alert.agent);
}

/// What a machine says, on one line: what moves a terminal's or a reader's eye elsewhere is a space or "?".
std::string one_line(std::string_view text) {
  std::string safe = wire::valid_utf8(text, 1024);
  std::ranges::replace_if(
      safe, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  // U+200B..U+200F, U+2028..U+202E, U+2060..U+206F and the byte order mark turn or hide what stands beside
  // them.
  for (std::size_t at = 0; at + 2 < safe.size(); ++at) {
    const auto byte = [&](std::size_t offset) { return static_cast<unsigned char>(safe[at + offset]); };
    const bool general = byte(0) == 0xe2 && ((byte(1) == 0x80 && ((byte(2) >= 0x8b && byte(2) <= 0x8f) ||
                                                                  (byte(2) >= 0xa8 && byte(2) <= 0xae))) ||
                                             (byte(1) == 0x81 && byte(2) >= 0xa0 && byte(2) <= 0xaf));
    const bool mark = byte(0) == 0xef && byte(1) == 0xbb && byte(2) == 0xbf;
    if (general || mark) safe.replace(at, 3, "?");
  }
  return safe;
}

/// Lines of a machine's are indented, so that none can look like one of ours.
std::string indented(std::string_view text) {
  std::string lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines += "    " + one_line(text.substr(0, end)) + "\n";
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::string lost(std::uint64_t unsaid) {
  return unsaid == 0
             ? ""
             : "\n" + std::to_string(unsaid) +
                   " more alerts were not sent: too many waited, or this receiver could not be reached for "
                   "too long. The console has them.\n";
}

/// RFC 5322 section 3.3, in UTC.
std::string date(wall_time at) {
  const auto seconds = std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(at));
  std::tm parts{};
  static_cast<void>(::gmtime_r(&seconds, &parts));
  constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::array<char, 64> text{};
  static_cast<void>(std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d +0000",
                                  days.at(static_cast<std::size_t>(parts.tm_wday)), parts.tm_mday,
                                  months.at(static_cast<std::size_t>(parts.tm_mon)), parts.tm_year + 1900,
                                  parts.tm_hour, parts.tm_min, parts.tm_sec));
  return text.data();
}

std::string whole_mail(const std::string& subject, const std::string& text, const std::string& id,
                       const mail_frame& frame, wall_time now) {
  std::string to;
  for (const auto& each : frame.to)
    to += (to.empty() ? "" : ",\r\n ") + each;
  const std::string domain = frame.from.substr(frame.from.find('@') + 1);
  std::string mail = "Date: " + date(now) + "\r\nFrom: " + frame.from + "\r\nTo: " + to +
                     "\r\nSubject: " + encoded_header(subject) + "\r\nMessage-ID: <" + id + "@" + domain +
                     ">\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                     "Content-Transfer-Encoding: base64\r\nAuto-Submitted: auto-generated\r\n\r\n";
  const std::string body = base64(std::string_view{text});
  for (std::size_t at = 0; at < body.size(); at += 76)
    mail += body.substr(at, 76) + "\r\n";
  return mail;
}

} // namespace

std::string encoded_header(std::string_view text) {
  std::string safe = wire::valid_utf8(text, most_subject_bytes);
  const bool plain = std::ranges::all_of(safe, [](char c) { return c >= ' ' && c < 0x7f; }) &&
                     safe.find("=?") == std::string::npos && safe.size() <= 60;
  if (plain) return safe;
  constexpr std::size_t most_in_word = 39; // with "Subject: " the line is below the 76 of RFC 2047 section 2
  std::string header;
  for (std::size_t at = 0; at < safe.size();) {
    const std::string word = wire::valid_utf8(std::string_view{safe}.substr(at), most_in_word);
    header += (header.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") + base64(std::string_view{word}) + "?=";
    at += word.size();
  }
  return header;
}

webhook_message webhook_of(const alert_row& alert, std::uint64_t unsaid, const std::string& console,
                           const secret_text& secret, wall_time now) {
  auto labels = nlohmann::ordered_json::parse(alert.labels, nullptr, false);
  nlohmann::ordered_json body{{"type", "alert.raised"},
                              {"timestamp", wire::to_rfc3339(alert.received)},
                              {"data",
                               {{"seq", alert.seq},
                                {"id", to_string(alert.what.id)},
                                {"agent", to_string(alert.agent)},
                                {"hostname", alert.hostname},
                                {"severity", alert.severity},
                                {"source", alert.what.source},
                                {"title", alert.what.title},
                                {"body", alert.what.body},
                                {"at", wire::to_rfc3339(alert.what.at)},
                                {"labels", labels.is_object() ? labels : nlohmann::ordered_json::object()},
                                {"suppressed", alert.what.suppressed},
                                {"url", machine_page(console, alert)},
                                {"not_sent_before", unsaid}}}};
  return signed_webhook("alert_" + to_string(alert.agent) + "_" + to_string(alert.what.id), body, secret,
                        now);
}

webhook_message test_webhook(const std::string& receiver, const secret_text& secret, wall_time now) {
  return signed_webhook(
      "test_" + receiver + "_" + std::to_string(now.time_since_epoch().count()),
      {{"type", "test"}, {"timestamp", wire::to_rfc3339(now)}, {"data", {{"receiver", receiver}}}}, secret,
      now);
}

std::string mail_of(const std::vector<alert_row>& alerts, std::uint64_t unsaid, const std::string& console,
                    const mail_frame& frame, wall_time now) {
  const auto& worst = *std::ranges::max_element(
      alerts, {}, [](const alert_row& row) { return static_cast<int>(row.what.severity); });
  std::string subject = "[" + std::string{to_string(worst.what.severity)} + "] ";
  subject += alerts.size() == 1
                 ? one_line(worst.hostname) + ": " + one_line(worst.what.title)
                 : std::to_string(alerts.size()) + " alerts, such as " + one_line(worst.what.title);
  std::string text;
  std::string ids;
  std::size_t listed = 0;
  for (const auto& row : alerts) {
    ids += to_string(row.agent) + to_string(row.what.id);
    if (listed++ >= most_listed) continue;
    text += std::string{to_string(row.what.severity)} + ", " + wire::to_rfc3339(row.received) + "\n    " +
            one_line(row.hostname) + ": " + one_line(row.what.title) + "\n" + indented(row.what.body) +
            "    " + machine_page(console, row) + "\n\n";
  }
  if (alerts.size() > most_listed)
    text += "And " + std::to_string(alerts.size() - most_listed) + " more, which the console has.\n\n";
  text += "All open alerts: " + console + "/alerts?open=true\n" + lost(unsaid);
  return whole_mail(subject, text, to_string(blake2b_256(ids)).substr(0, 32), frame, now);
}

std::string test_mail(const std::string& receiver, const std::string& console, const mail_frame& frame,
                      wall_time now) {
  return whole_mail("Tier 2: a test of " + receiver,
                    "This is a test. Alerts of " + (console.empty() ? "this server" : console) +
                        " come to this address.\n",
                    "test." + std::to_string(now.time_since_epoch().count()), frame, now);
}

} // namespace tier2::cloud
