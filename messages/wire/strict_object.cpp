#include "messages/wire/strict_object.hpp"

#include "messages/printable.hpp"

#include <algorithm>

namespace tier2::wire {

using nlohmann::json;

namespace {
std::string range(std::size_t low, std::size_t high) {
  return std::to_string(low) + " to " + std::to_string(high);
}
} // namespace

strict_object::strict_object(const json& from, std::string path, std::optional<error>& failed)
    : from_{from}, path_{std::move(path)}, failed_{failed} {
  if (ok() && !from_.is_object())
    failed_ = {errc::malformed,
               (path_.empty() ? "The payload" : "The claim \"" + path_ + "\"") + " must be a JSON object."};
}

std::string strict_object::at(std::string_view name) const {
  return path_.empty() ? std::string{name} : path_ + "." + std::string{name};
}

void strict_object::refuse(std::string_view name, const std::string& why) {
  if (ok()) failed_ = {errc::malformed, "The claim \"" + at(name) + "\" " + why + "."};
}

const json* strict_object::member(std::string_view name, presence p) {
  if (!ok()) return nullptr;
  asked_.emplace(name);
  const auto found = from_.find(name);
  if (found != from_.end()) return &*found;
  if (p == presence::required) refuse(name, "is missing");
  return nullptr;
}

bool strict_object::check_text(const json& value, const std::string& path, std::size_t low,
                               std::size_t high) {
  const auto wrong = [&](const std::string& why) {
    if (ok()) failed_ = {errc::malformed, "The claim \"" + path + "\" " + why + "."};
  };
  if (!value.is_string()) {
    wrong("must be text");
    return false;
  }
  const auto& text = value.get_ref<const std::string&>();
  if (text.size() < low || text.size() > high) wrong("must have " + range(low, high) + " bytes");
  if (text.find('\0') != std::string::npos) wrong("must not hold a NUL character");
  return ok();
}

void strict_object::text(std::string_view name, std::string& into, std::size_t low, std::size_t high,
                         presence p) {
  const auto* value = member(name, p);
  if (value != nullptr && check_text(*value, at(name), low, high))
    into = value->get_ref<const std::string&>();
}

void strict_object::texts(std::string_view name, std::vector<std::string>& into, std::size_t low,
                          std::size_t high, std::size_t max_bytes, presence p) {
  const auto* list = member(name, p);
  if (list == nullptr) return;
  if (!list->is_array() || list->size() < low || list->size() > high)
    return refuse(name, "must be a list of " + range(low, high) + " texts");
  for (std::size_t i = 0; i < list->size(); ++i) {
    if (!check_text((*list)[i], at(name) + "[" + std::to_string(i) + "]", 0, max_bytes)) return;
    into.push_back((*list)[i].get_ref<const std::string&>());
  }
}

void strict_object::id(std::string_view name, uuid& into) {
  const auto* value = member(name);
  if (value == nullptr) return;
  const auto id =
      value->is_string() ? parse_uuid(value->get_ref<const std::string&>()) : fail(errc::malformed, "");
  if (!id || id->is_nil())
    return refuse(name, "must be a UUID in lower case, 8-4-4-4-12, not all of it zero");
  into = *id;
}

std::optional<std::int64_t> strict_object::integer(std::string_view name, std::int64_t low, std::int64_t high,
                                                   presence p) {
  const auto* value = member(name, p);
  if (value == nullptr) return std::nullopt;
  // Negative ones are no number_unsigned; 3.0 and 1e9 are floats: both are not how these are written.
  if (const auto* number = value->get_ptr<const json::number_unsigned_t*>();
      number != nullptr && *number <= static_cast<std::uint64_t>(high) &&
      static_cast<std::int64_t>(*number) >= low)
    return static_cast<std::int64_t>(*number);
  refuse(name, "must be a whole number from " + std::to_string(low) + " to " + std::to_string(high) +
                   ", written without fraction or exponent");
  return std::nullopt;
}

std::optional<std::size_t> strict_object::choice(std::string_view name,
                                                 std::span<const std::string_view> names, presence p) {
  const auto* value = member(name, p);
  if (value == nullptr) return std::nullopt;
  const auto* text = value->get_ptr<const std::string*>();
  const auto found = std::ranges::find(names, text == nullptr ? std::string_view{} : std::string_view{*text});
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  std::string all;
  for (const auto each : names)
    all += (all.empty() ? "" : ", ") + std::string{each};
  refuse(name, "must be one of " + all);
  return std::nullopt;
}

void strict_object::finish() {
  if (!ok()) return;
  for (const auto& [name, value] : from_.items())
    if (!asked_.contains(name)) return refuse(printable(name, 64), "is not known here");
}

} // namespace tier2::wire
