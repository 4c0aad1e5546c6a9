#pragma once

#include "messages/frame.hpp"
#include "messages/wire/json.hpp"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// A JSON object's members, listed once for both directions. A type T takes part by a function template
/// `members(A& archive, V& value)` that names each member with its bounds; `json_writer` and `json_reader`
/// are the archives. What the writer writes, the reader accepts: the writer cuts and clamps where the reader
/// refuses.
namespace tier2::wire {

/// V is T or const T: writers see const values, readers fill them.
template <class V, class T>
concept value_of = std::same_as<std::remove_const_t<V>, T>;

/// `optional` members are left out when they say nothing, and may be missing.
enum class presence : std::uint8_t { required, optional };

/// How a type with a text form (ids, digests, times, names) gets to and from it.
template <class T>
struct text_form {
  std::string (*print)(const T&);
  result<T> (*parse)(std::string_view);
};

class json_writer {
public:
  void text(const char* name, const std::string& value, std::size_t max_bytes,
            presence p = presence::required) {
    if (p == presence::required || !value.empty()) object_[name] = valid_utf8(value, max_bytes);
  }
  template <std::integral T>
  void number(const char* name, const T& value, T low, T high, presence p = presence::required) {
    if (p == presence::required || value != 0) object_[name] = std::clamp(value, low, high);
  }
  void real(const char* name, const double& value, double low, double high) {
    object_[name] = std::isfinite(value) ? std::clamp(value, low, high) : low;
  }
  void flag(const char* name, const bool& value) { object_[name] = value; }
  template <class T>
  void formed(const char* name, const T& value, text_form<T> form, presence p = presence::required) {
    if (p == presence::required || value != T{}) object_[name] = form.print(value);
  }
  template <class T>
  void formed_list(const char* name, const std::vector<T>& values, std::size_t max_count, text_form<T> form,
                   presence p = presence::required) {
    if (p == presence::optional && values.empty()) return;
    auto array = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < std::min(values.size(), max_count); ++i)
      array.push_back(form.print(values[i]));
    object_[name] = std::move(array);
  }
  template <class T>
  void object(const char* name, const T& value, presence p = presence::required) {
    if (p == presence::optional && value == T{}) return;
    json_writer inner;
    members(inner, value);
    object_[name] = std::move(inner).take();
  }
  template <class T>
  void list(const char* name, const std::vector<T>& values, std::size_t max_count,
            presence p = presence::required) {
    if (p == presence::optional && values.empty()) return;
    auto array = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < std::min(values.size(), max_count); ++i) {
      json_writer inner;
      members(inner, values[i]);
      array.push_back(std::move(inner).take());
    }
    object_[name] = std::move(array);
  }
  void texts(const char* name, const std::vector<std::string>& values, std::size_t max_count,
             std::size_t max_bytes) {
    auto array = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < std::min(values.size(), max_count); ++i)
      array.push_back(valid_utf8(values[i], max_bytes));
    object_[name] = std::move(array);
  }
  void texts(const char* name, const std::map<std::string, std::string>& values, std::size_t max_count,
             std::size_t max_bytes) {
    auto map = nlohmann::ordered_json::object();
    for (const auto& [key, value] : values)
      if (map.size() < max_count) map[valid_utf8(key, max_key_bytes)] = valid_utf8(value, max_bytes);
    object_[name] = std::move(map);
  }
  void counts(const char* name, const std::vector<std::pair<std::string, std::uint64_t>>& values,
              std::size_t max_count) {
    if (values.empty()) return;
    auto map = nlohmann::ordered_json::object();
    for (const auto& [key, value] : values)
      if (map.size() < max_count) map[valid_utf8(key, max_key_bytes)] = std::min(value, max_json_integer);
    object_[name] = std::move(map);
  }
  nlohmann::ordered_json take() && { return std::move(object_); }

  static constexpr std::size_t max_key_bytes = 255;

private:
  nlohmann::ordered_json object_ = nlohmann::ordered_json::object();
};

/// Fills a value from an object; stops at the first mistake, whose error names the member.
class json_reader {
public:
  explicit json_reader(const nlohmann::json& from, std::string path = {})
      : from_{from}, path_{std::move(path)} {
    if (!from_.is_object())
      refuse(errc::malformed, (path_.empty() ? "The message" : "The member \"" + path_ + "\"") +
                                  " must be a JSON object; it was refused.");
  }
  bool ok() const { return !failed_; }
  /// Only when not `ok()`.
  const error& failed() const { return *failed_; }

  void text(const char* name, std::string& into, std::size_t max_bytes, presence p = presence::required);
  template <std::integral T>
  void number(const char* name, T& into, T low, T high, presence p = presence::required) {
    // All bounds fit: integers on the wire are below 2^53.
    if (auto value = integer(name, clip(low), clip(high), p)) into = static_cast<T>(*value);
  }
  void real(const char* name, double& into, double low, double high);
  void flag(const char* name, bool& into);
  template <class T>
  void formed(const char* name, T& into, text_form<T> form, presence p = presence::required) {
    std::string text;
    this->text(name, text, 255, p);
    if (!ok() || (p == presence::optional && text.empty())) return;
    if (auto value = form.parse(text))
      into = std::move(*value);
    else
      refuse(errc::malformed, "The member \"" + at(name) + "\" was refused. " + value.error().what);
  }
  template <class T>
  void object(const char* name, T& into, presence p = presence::required) {
    if (const auto* member = find(name, p)) read_into(*member, at(name), into);
  }
  template <class T>
  void list(const char* name, std::vector<T>& into, std::size_t max_count, presence p = presence::required) {
    const auto* member = array(name, max_count, p);
    if (member == nullptr) return;
    into.resize(member->size());
    for (std::size_t i = 0; i < into.size() && ok(); ++i)
      read_into((*member)[i], at(name) + "[" + std::to_string(i) + "]", into[i]);
  }
  template <class T>
  void formed_list(const char* name, std::vector<T>& into, std::size_t max_count, text_form<T> form,
                   presence p = presence::required) {
    const auto* member = array(name, max_count, p);
    if (member == nullptr) return;
    into.clear();
    for (const auto& each : *member) {
      auto value = each.is_string() ? form.parse(each.template get_ref<const std::string&>())
                                    : fail(errc::malformed, "A text is expected.");
      if (!value)
        return refuse(errc::malformed, "The member \"" + at(name) + "\" was refused. " + value.error().what);
      into.push_back(std::move(*value));
    }
  }
  void texts(const char* name, std::vector<std::string>& into, std::size_t max_count, std::size_t max_bytes);
  void texts(const char* name, std::map<std::string, std::string>& into, std::size_t max_count,
             std::size_t max_bytes);
  void counts(const char* name, std::vector<std::pair<std::string, std::uint64_t>>& into,
              std::size_t max_count);

  /// For rules between members; `name` as in the other functions.
  void refuse_member(const char* name, const std::string& why) {
    if (ok())
      refuse(errc::malformed, "The member \"" + at(name) + "\" " + why + "; the message was refused.");
  }

private:
  template <std::integral T>
  static std::int64_t clip(T bound) {
    if constexpr (std::unsigned_integral<T>)
      return static_cast<std::int64_t>(std::min<std::uint64_t>(bound, max_json_integer));
    else
      return static_cast<std::int64_t>(bound);
  }
  template <class T>
  void read_into(const nlohmann::json& member, std::string path, T& into) {
    json_reader inner{member, std::move(path)};
    if (inner.ok()) members(inner, into);
    if (!inner.ok() && ok()) failed_ = inner.failed();
  }
  /// Nothing after a mistake, and for an optional member that is missing or null.
  const nlohmann::json* find(const char* name, presence p);
  const nlohmann::json* array(const char* name, std::size_t max_count, presence p);
  const nlohmann::json* map(const char* name, std::size_t max_count, presence p);
  std::optional<std::int64_t> integer(const char* name, std::int64_t low, std::int64_t high, presence p);
  bool check_text(const nlohmann::json& value, const std::string& path, std::size_t max_bytes);
  std::string at(const char* name) const { return path_.empty() ? name : path_ + "." + name; }
  void refuse(errc code, std::string what) {
    if (!failed_) failed_ = error{code, std::move(what)};
  }

  const nlohmann::json& from_;
  std::string path_;
  std::optional<error> failed_;
};

/// The whole of one value from its object.
template <class T>
result<T> read_members(const nlohmann::json& from) {
  T value;
  json_reader reader{from};
  if (reader.ok()) members(reader, value);
  if (!reader.ok()) return tl::unexpected<error>(reader.failed());
  return value;
}

} // namespace tier2::wire
