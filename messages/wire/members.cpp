#include "messages/wire/members.hpp"

namespace tier2::wire {

using nlohmann::json;

const json* json_reader::find(const char* name, presence p) {
  if (!ok()) return nullptr;
  const auto member = from_.find(name);
  if (member != from_.end() && !(p == presence::optional && member->is_null())) return &*member;
  if (p == presence::required)
    refuse(errc::malformed, "The member \"" + at(name) + "\" is missing; the message was refused.");
  return nullptr;
}

bool json_reader::check_text(const json& value, const std::string& path, std::size_t max_bytes) {
  if (!value.is_string())
    refuse(errc::malformed, "The member \"" + path + "\" must be text; the message was refused.");
  else if (value.get_ref<const std::string&>().size() > max_bytes)
    refuse(errc::too_large, "The member \"" + path + "\" is longer than " + std::to_string(max_bytes) +
                                " bytes; the message was refused.");
  return ok();
}

void json_reader::text(const char* name, std::string& into, std::size_t max_bytes, presence p) {
  const auto* member = find(name, p);
  if (member != nullptr && check_text(*member, at(name), max_bytes))
    into = member->get_ref<const std::string&>();
}

std::optional<std::int64_t> json_reader::integer(const char* name, std::int64_t low, std::int64_t high,
                                                 presence p) {
  const auto* member = find(name, p);
  if (member == nullptr) return std::nullopt;
  // A float is refused even when it is whole: 3.0 is not how an integer is written here.
  if (member->is_number_unsigned()) {
    if (const auto value = member->get<std::uint64_t>(); value <= max_json_integer &&
                                                         static_cast<std::int64_t>(value) >= low &&
                                                         static_cast<std::int64_t>(value) <= high)
      return static_cast<std::int64_t>(value);
  } else if (member->is_number_integer()) {
    if (const auto value = member->get<std::int64_t>(); value >= low && value <= high) return value;
  }
  refuse(errc::malformed, "The member \"" + at(name) + "\" must be a whole number from " +
                              std::to_string(low) + " to " + std::to_string(high) +
                              "; the message was refused.");
  return std::nullopt;
}

void json_reader::real(const char* name, double& into, double low, double high) {
  const auto* member = find(name, presence::required);
  if (member == nullptr) return;
  const auto value = member->is_number() ? member->get<double>() : std::numeric_limits<double>::quiet_NaN();
  if (value >= low && value <= high)
    into = value;
  else
    refuse(errc::malformed, "The member \"" + at(name) + "\" must be a number from " + std::to_string(low) +
                                " to " + std::to_string(high) + "; the message was refused.");
}

void json_reader::flag(const char* name, bool& into) {
  const auto* member = find(name, presence::required);
  if (member == nullptr) return;
  if (member->is_boolean())
    into = member->get<bool>();
  else
    refuse(errc::malformed,
           "The member \"" + at(name) + "\" must be true or false; the message was refused.");
}

const json* json_reader::array(const char* name, std::size_t max_count, presence p) {
  const auto* member = find(name, p);
  if (member == nullptr) return nullptr;
  if (!member->is_array())
    refuse(errc::malformed, "The member \"" + at(name) + "\" must be a list; the message was refused.");
  else if (member->size() > max_count)
    refuse(errc::too_large, "The member \"" + at(name) + "\" has more than " + std::to_string(max_count) +
                                " entries; the message was refused.");
  return ok() ? member : nullptr;
}

const json* json_reader::map(const char* name, std::size_t max_count, presence p) {
  const auto* member = find(name, p);
  if (member == nullptr) return nullptr;
  if (!member->is_object())
    refuse(errc::malformed,
           "The member \"" + at(name) + "\" must be a JSON object; the message was refused.");
  else if (member->size() > max_count)
    refuse(errc::too_large, "The member \"" + at(name) + "\" has more than " + std::to_string(max_count) +
                                " entries; the message was refused.");
  else
    for (const auto& [key, value] : member->items())
      if (key.size() > json_writer::max_key_bytes)
        refuse(errc::too_large, "A name in the member \"" + at(name) +
                                    "\" is longer than 255 bytes; the message was refused.");
  return ok() ? member : nullptr;
}

void json_reader::texts(const char* name, std::vector<std::string>& into, std::size_t max_count,
                        std::size_t max_bytes) {
  const auto* member = array(name, max_count, presence::required);
  if (member == nullptr) return;
  for (const auto& each : *member) {
    if (!check_text(each, at(name) + "[" + std::to_string(into.size()) + "]", max_bytes)) return;
    into.push_back(each.get_ref<const std::string&>());
  }
}

void json_reader::texts(const char* name, std::map<std::string, std::string>& into, std::size_t max_count,
                        std::size_t max_bytes) {
  const auto* member = map(name, max_count, presence::required);
  if (member == nullptr) return;
  for (const auto& [key, value] : member->items()) {
    if (!check_text(value, at(name), max_bytes)) return;
    into[key] = value.get_ref<const std::string&>();
  }
}

void json_reader::counts(const char* name, std::vector<std::pair<std::string, std::uint64_t>>& into,
                         std::size_t max_count) {
  const auto* member = map(name, max_count, presence::optional);
  if (member == nullptr) return;
  for (const auto& [key, value] : member->items()) {
    const auto* count = value.get_ptr<const json::number_unsigned_t*>();
    if (count == nullptr || *count > max_json_integer)
      return refuse_member(name, "must hold whole numbers from 0 to 9007199254740991");
    into.emplace_back(key, *count);
  }
}

} // namespace tier2::wire
