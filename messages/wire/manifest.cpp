#include "messages/wire/manifest.hpp"

#include "messages/wire/ticket_members.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <unordered_set>

namespace tier2::wire {

namespace {

constexpr std::size_t max_monitors = 64;
constexpr std::uint32_t max_dimension = 65535;
constexpr std::int32_t lowest = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t highest = std::numeric_limits<std::int32_t>::max();
constexpr std::string_view any_bytes = "application/octet-stream";

/// A name that means a file in the folder where it is saved, on every system, and shows what it is.
bool is_plain_file_name(std::string_view name) {
  if (name.empty() || name.size() > max_name_bytes || name == "." || name == "..") return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto byte = static_cast<unsigned char>(name[i]);
    if (byte < 0x20 || byte == 0x7F || byte == '/' || byte == '\\') return false;
    // U+0080 to U+009F in UTF-8, the second set of control characters.
    if (byte == 0xC2 && i + 1 < name.size() && static_cast<unsigned char>(name[i + 1]) < 0xA0) return false;
  }
  return true;
}

void check(json_reader& reader, ticket_manifest& manifest) {
  if (manifest.ticket.is_nil()) reader.refuse_member("ticket", "must not be the nil id");
  std::unordered_set<std::string_view> names;
  for (std::size_t i = 0; i < manifest.parts.size(); ++i) {
    auto& part = manifest.parts[i];
    const auto member = "parts[" + std::to_string(i) + "]";
    if (part.part != i)
      reader.refuse_member((member + ".part").c_str(), "must count up from 0 without a gap");
    if (!is_plain_file_name(part.name))
      reader.refuse_member((member + ".name").c_str(), "must be a plain file name of at most 255 bytes");
    if (!names.insert(part.name).second) reader.refuse_member((member + ".name").c_str(), "is used twice");
    if (!is_allowed_media_type(part.media_type)) part.media_type = any_bytes;
  }
  for (std::size_t i = 0; i < manifest.steps.size(); ++i)
    if (manifest.steps[i].part >= manifest.parts.size())
      reader.refuse_member(("steps[" + std::to_string(i) + "].part").c_str(),
                           "names a part that does not exist");
}

} // namespace

template <class A, value_of<monitor> V>
void members(A& a, V& each) {
  a.text("name", each.name, short_text_bytes);
  a.number("x", each.x, lowest, highest);
  a.number("y", each.y, lowest, highest);
  a.number("width", each.width, 1U, max_dimension);
  a.number("height", each.height, 1U, max_dimension);
  a.real("scale", each.scale, 0.01, 100.0);
}

template <class A, value_of<ticket_step> V>
void members(A& a, V& step) {
  a.number("part", step.part, 0U, max_parts - 1);
  a.formed("at", step.at, time_form);
  a.formed("trigger", step.cause, trigger_form);
  a.number("x", step.x, lowest, highest);
  a.number("y", step.y, lowest, highest);
  a.text("window", step.window, long_text_bytes);
  a.text("application", step.application, long_text_bytes);
  a.number("redactions", step.redactions, 0U, std::numeric_limits<std::uint32_t>::max());
  a.number("hidden", step.hidden, 0U, std::numeric_limits<std::uint32_t>::max(), presence::optional);
  a.list("monitors", step.monitors, max_monitors, presence::optional);
}

template <class A, value_of<ticket_part> V>
void members(A& a, V& part) {
  a.number("part", part.part, 0U, max_parts - 1);
  a.text("name", part.name, max_name_bytes);
  a.text("media_type", part.media_type, short_text_bytes);
  a.number("bytes", part.bytes, std::uint64_t{0}, max_json_integer);
  a.formed("blake2b", part.blake2b, digest_form);
}

template <class A, value_of<ticket_manifest> V>
void members(A& a, V& manifest) {
  a.formed("ticket", manifest.ticket, uuid_form);
  a.formed("opened_at", manifest.opened_at, time_form);
  a.text("host", manifest.host, short_text_bytes);
  a.text("user", manifest.user, short_text_bytes);
  a.text("session", manifest.session, short_text_bytes);
  a.object("form", manifest.form);
  a.list("monitors", manifest.monitors, max_monitors);
  a.list("steps", manifest.steps, max_parts);
  a.list("parts", manifest.parts, max_parts);
  a.number("left_out", manifest.left_out, 0U, std::numeric_limits<std::uint32_t>::max());
  if constexpr (std::same_as<A, json_reader>)
    if (a.ok()) check(a, manifest);
}

bool is_allowed_media_type(std::string_view type) {
  static constexpr std::array<std::string_view, 4> allowed{"image/png", "image/jpeg", "application/json",
                                                           "text/plain"};
  return std::ranges::find(allowed, type) != allowed.end();
}

std::string encode(const ticket_manifest& manifest) {
  json_writer writer;
  members(writer, manifest);
  return dump_json(std::move(writer).take());
}

result<ticket_manifest> decode_manifest(std::string_view json) {
  return parse_json(json, max_manifest_bytes, 32).and_then(read_members<ticket_manifest>);
}

} // namespace tier2::wire
