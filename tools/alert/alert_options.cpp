#include "tools/alert/alert_options.hpp"

#include "messages/wire/json.hpp"
#include "platform/process.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <system_error>

namespace tier2 {

namespace {

// As the envelope has them (messages/wire/ticket_members.hpp).
constexpr std::size_t most_name_bytes = 255, most_body_bytes = 4096, most_labels = 31;
/// More is read and thrown away, of which the end is kept.
constexpr std::size_t piece_bytes = 64U << 10U;

std::optional<alert_severity> parse_severity(std::string_view word) {
  for (const auto each :
       {alert_severity::info, alert_severity::warning, alert_severity::error, alert_severity::critical})
    if (to_string(each) == word) return each;
  return std::nullopt;
}

error wrong(std::string what) { return {errc::invalid_argument, std::move(what)}; }

result<std::string> one_line(const char* option, const std::string& text, bool may_be_empty) {
  if (text.empty() && !may_be_empty)
    return tl::unexpected(wrong(std::string{option} + " must not be empty."));
  if (text.size() > most_name_bytes)
    return tl::unexpected(wrong(std::string{option} + " has " + std::to_string(text.size()) +
                                " bytes; at most 255 are possible. Put the rest into --body."));
  if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 127; }))
    return tl::unexpected(wrong(std::string{option} + " must be one line without control characters."));
  if (wire::valid_utf8(text, text.size()) != text)
    return tl::unexpected(wrong(std::string{option} + " is not valid UTF-8."));
  return text;
}

/// The end of a stream of any length, and how much there was before it.
struct stream_end {
  std::string text;
  std::uint64_t before{};
};
stream_end read_end(std::istream& from) {
  stream_end all;
  std::string piece(piece_bytes, '\0');
  while (from.read(piece.data(), static_cast<std::streamsize>(piece.size())), from.gcount() > 0) {
    all.text.append(piece, 0, static_cast<std::size_t>(from.gcount()));
    if (all.text.size() <= most_body_bytes) continue;
    all.before += all.text.size() - most_body_bytes;
    all.text.erase(0, all.text.size() - most_body_bytes);
  }
  return all;
}

/// Without the rest of a character that was cut through at the beginning.
void drop_torn_start(std::string& text) {
  std::size_t torn = 0;
  while (torn < 3 && torn < text.size() && (static_cast<unsigned char>(text[torn]) & 0xc0U) == 0x80)
    ++torn;
  text.erase(0, torn);
}

result<prepared_alert> with_body(prepared_alert so_far, const alert_options& options) {
  stream_end body{options.body, 0};
  if (options.body_file == "-") {
    body = read_end(std::cin);
  } else if (!options.body_file.empty()) {
    std::ifstream file{options.body_file, std::ios::binary};
    if (!file)
      return tl::unexpected(wrong("--body-file " + options.body_file +
                                  " cannot be read: " + std::generic_category().message(errno) + "."));
    body = read_end(file);
  }
  if (body.text.size() > most_body_bytes) {
    body.before += body.text.size() - most_body_bytes;
    body.text.erase(0, body.text.size() - most_body_bytes);
  }
  if (body.before != 0) {
    drop_torn_start(body.text);
    so_far.note = "The body is longer than 4096 bytes: its first " + std::to_string(body.before) +
                  " bytes were left out.";
    so_far.what.labels.emplace("body_left_out_bytes", std::to_string(body.before));
  }
  while (!body.text.empty() && (body.text.back() == '\n' || body.text.back() == '\r'))
    body.text.pop_back();
  so_far.what.body = wire::valid_utf8(body.text, most_body_bytes);
  return so_far;
}

} // namespace

result<prepared_alert> prepare_alert(const alert_options& options) {
  prepared_alert made;
  const auto severity = parse_severity(options.severity);
  if (!severity)
    return tl::unexpected(
        wrong("--severity " + options.severity + " is not known: info, warning, error or critical."));
  made.what.severity = *severity;
  for (const auto& [option, text, into, may_be_empty] :
       {std::tuple{"--title", &options.title, &made.what.title, false},
        std::tuple{"--source", &options.source, &made.what.source, false},
        std::tuple{"--key", &options.key, &made.what.dedupe_key, true}}) {
    auto line = one_line(option, *text, may_be_empty);
    if (!line) return tl::unexpected(line.error());
    *into = std::move(*line);
  }
  if (options.labels.size() + 1 > most_labels)
    return tl::unexpected(wrong("There are " + std::to_string(options.labels.size()) +
                                " times --label; at most 30 are possible."));
  for (const auto& each : options.labels) {
    const auto equals = each.find('=');
    if (equals == std::string::npos || equals == 0)
      return tl::unexpected(wrong("--label " + each + " is not of the form NAME=VALUE."));
    auto name = one_line("The name of a --label", each.substr(0, equals), false);
    auto value = one_line("The value of a --label", each.substr(equals + 1), true);
    if (!name || !value) return tl::unexpected(name ? value.error() : name.error());
    if (!made.what.labels.emplace(std::move(*name), std::move(*value)).second)
      return tl::unexpected(wrong("--label " + each.substr(0, equals) + " is there twice."));
  }
  if (!options.body.empty() && !options.body_file.empty())
    return tl::unexpected(wrong("Give either --body or --body-file."));
  made.what.at = std::chrono::system_clock::now();
  made.what.id = random_uuid();
  return with_body(std::move(made), options);
}

} // namespace tier2
