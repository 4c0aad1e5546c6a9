#include "tools/ctl/command_watch.hpp"

#include "messages/command.hpp"
#include "messages/uuid.hpp"
#include "tools/ctl/visible_text.hpp"

#include <algorithm>
#include <array>
#include <sodium.h>

namespace tier2::ctl {

namespace {

using nlohmann::json;

constexpr std::size_t most_label_bytes = 60, most_sentence_bytes = 400;

tl::unexpected<error> wrong(const char* what) {
  return fail(errc::malformed, std::string{"The cloud sent "} + what + ", which no cloud of ours does.");
}

std::string text_of(const json& from, const char* name) {
  const auto found = from.find(name);
  return found != from.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::optional<std::int64_t> number_of(const json& from, const char* name) {
  const auto found = from.find(name);
  if (found == from.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

bool flag_of(const json& from, const char* name) {
  const auto found = from.find(name);
  return found != from.end() && found->is_boolean() && found->get<bool>();
}

/// Letters, digits, dot, dash and underscore (RFC 1123 and what is common): nothing that could look like
/// another name, like a part of our own line, or like nothing.
bool is_plain(std::string_view host) {
  return !host.empty() && host.size() <= most_label_bytes && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  });
}

std::string lower(std::string text) {
  for (auto& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

bool is_end(std::string_view state) { return state == "exited" || state == "rejected" || state == "expired"; }

std::optional<std::string> bytes_of(const json& data) {
  if (const auto text = data.find("text"); text != data.end() && text->is_string())
    return text->get<std::string>();
  const auto coded = data.find("base64");
  if (coded == data.end() || !coded->is_string()) return std::nullopt;
  const auto& text = coded->get_ref<const std::string&>();
  std::string bytes(text.size(), '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                        text.size(), nullptr, &size, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0)
    return std::nullopt;
  bytes.resize(size);
  return bytes;
}

std::string exit_in_words(const json& how) {
  const auto reason = parse_exit_reason(text_of(how, "reason"));
  const auto seconds = static_cast<double>(number_of(how, "duration_ms").value_or(0)) / 1000;
  std::array<char, 32> after{};
  std::snprintf(after.data(), after.size(), "%.1f s", seconds);
  const auto code = number_of(how, "code"), signal = number_of(how, "signal");
  if (!reason) return "ended in a way that this version does not know";
  switch (*reason) {
  case exit_reason::finished:
    if (signal) return "was ended by signal " + std::to_string(*signal) + " after " + after.data();
    return "ended with code " + std::to_string(code.value_or(-1)) + " after " + after.data();
  case exit_reason::timed_out:
    return std::string{"was stopped when its time was over, after "} + after.data();
  case exit_reason::cancelled:
    return std::string{"was cancelled after "} + after.data();
  case exit_reason::overflow:
    return "was stopped because it wrote more than was allowed";
  case exit_reason::spawn_failed:
    return "could not be started";
  case exit_reason::interrupted:
    return "was interrupted: the machine or its agent was restarted";
  }
  return {};
}

} // namespace

std::string ending_in_words(const json& data) {
  const auto state = text_of(data, "state");
  std::string said;
  if (state == "rejected") {
    said = "refused it: " + visible_text(text_of(data, "reason"), 64);
  } else if (state == "expired") {
    said = text_of(data, "reason") == "withdrawn" ? "did not get it: it was withdrawn"
                                                  : "did not get it before it expired";
  } else {
    const auto how = data.find("exit");
    if (how == data.end() || !how->is_object()) return "ended, and the cloud does not say how";
    said = exit_in_words(*how);
    if (flag_of(*how, "truncated")) said += "; its output was cut";
    if (flag_of(*how, "output_lost") || flag_of(data, "output_lost")) said += "; output was lost";
    if (const auto detail = text_of(*how, "detail"); !detail.empty())
      said += ": " + visible_text(detail, most_sentence_bytes);
    return said;
  }
  if (const auto detail = text_of(data, "detail"); !detail.empty())
    said += ". " + visible_text(detail, most_sentence_bytes);
  return said;
}

result<void> command_watch::add(const json& delivery) {
  const auto id = text_of(delivery, "agent");
  if (!parse_uuid(id) || machines_.size() >= most_machines) return wrong("a list of machines that is none");
  const auto [made, fresh] = machines_.try_emplace(id, machine{text_of(delivery, "hostname"), id, {}, {}});
  if (!fresh) return wrong("a machine twice");
  settle(made->second, delivery);
  return {};
}

void command_watch::name_all() {
  std::map<std::string, int> alike;
  for (const auto& [id, one] : machines_)
    ++alike[lower(one.host)];
  std::map<std::string, int> labels;
  for (auto& [id, one] : machines_) {
    if (!is_plain(one.host)) // Behind the id and in quotes it cannot pass for another's.
      one.label =
          id.substr(0, 8) + (one.host.empty() ? "" : " \"" + visible_text(one.host, most_label_bytes) + "\"");
    else
      one.label = alike[lower(one.host)] == 1 ? one.host : one.host + " " + id.substr(0, 8);
    ++labels[lower(one.label)];
  }
  // Ids are chosen by the machines too, so that their beginnings may be the same, or somebody's name.
  if (std::ranges::all_of(labels, [](const auto& each) { return each.second == 1; })) return;
  for (auto& [id, one] : machines_)
    one.label = id + (one.host.empty() ? "" : " \"" + visible_text(one.host, most_label_bytes) + "\"");
}

command_watch::entry* command_watch::find(const json& data) {
  if (!data.is_object()) return nullptr;
  const auto found = machines_.find(text_of(data, "agent"));
  return found == machines_.end() ? nullptr : &*found;
}

result<command_watch::output> command_watch::take_output(const json& data) {
  auto* const from = find(data);
  if (from == nullptr) return wrong("output of a machine that the command was not for");
  const auto stream = text_of(data, "stream");
  const auto offset = number_of(data, "offset");
  auto bytes = bytes_of(data);
  if ((stream != "stdout" && stream != "stderr") || !offset || *offset < 0 || !bytes)
    return wrong("output without a stream, a place or its bytes");
  const auto which = stream == "stdout" ? output_stream::out : output_stream::err;
  auto& seen = from->second.seen[static_cast<std::size_t>(which)];
  const auto begins = static_cast<std::uint64_t>(*offset);
  if (begins > largest_output_bytes || bytes->size() > largest_output_bytes - begins)
    return fail(errc::too_large,
                "The cloud sent more output than any command may have. The stream was given up.");
  output out{from->first, from->second.label, which, {}, begins > seen ? begins - seen : 0};
  if (begins + bytes->size() <= seen) return out;
  out.bytes = begins < seen ? bytes->substr(seen - begins) : std::move(*bytes);
  seen = std::max(begins, seen) + out.bytes.size();
  return out;
}

std::string command_watch::settle(machine& one, const json& data) {
  const auto state = text_of(data, "state");
  if (is_end(one.state)) return {}; // The first end is the one that counts.
  one.state = state;
  if (!is_end(state)) return {};
  ++ended_;
  const auto how = data.find("exit");
  if (state == "exited" && how != data.end() && how->is_object() && text_of(*how, "reason") == "finished" &&
      number_of(*how, "code") == 0)
    ++succeeded_;
  return ending_in_words(data);
}

result<command_watch::change> command_watch::take_state(const json& data) {
  auto* const of = find(data);
  if (of == nullptr) return wrong("the state of a machine that the command was not for");
  auto ended = settle(of->second, data);
  return change{of->first, of->second.label, std::move(ended)};
}

std::string command_watch::summary() const {
  std::size_t running = 0;
  for (const auto& [id, one] : machines_)
    running += one.state == "accepted" ? 1 : 0;
  const auto waiting = machines_.size() - ended_ - running;
  std::string said = std::to_string(ended_) + " of " + std::to_string(machines_.size()) +
                     (machines_.size() == 1 ? " machine has ended" : " machines have ended");
  if (running > 0) said += ", " + std::to_string(running) + " at work";
  if (waiting > 0) said += ", " + std::to_string(waiting) + " not reached yet";
  return said;
}

} // namespace tier2::ctl
