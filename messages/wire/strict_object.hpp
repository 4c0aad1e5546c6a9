#pragma once

#include "messages/uuid.hpp"
#include "messages/wire/json.hpp"
#include "messages/wire/members.hpp"

#include <array>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tier2::wire {

/// Reads a JSON object of signed content: every member must be asked for, null and NUL characters are
/// refused. Objects of one document share `failed`, which keeps the first mistake as a sentence with the
/// member's path; after it nothing more is read.
class strict_object {
public:
  strict_object(const nlohmann::json& from, std::string path, std::optional<error>& failed);

  /// 1 byte or more where `low` is 1.
  void text(std::string_view name, std::string& into, std::size_t low, std::size_t high,
            presence p = presence::required);
  void texts(std::string_view name, std::vector<std::string>& into, std::size_t low, std::size_t high,
             std::size_t max_bytes, presence p = presence::required);
  void id(std::string_view name, uuid& into);
  /// Nothing when it is missing and may be.
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t low, std::int64_t high,
                                      presence p = presence::required);
  /// The place of the member's text in `names`; nothing as in `integer`.
  std::optional<std::size_t> choice(std::string_view name, std::span<const std::string_view> names,
                                    presence p = presence::required);
  /// The member itself, for what needs rules of its own; null when it is missing.
  const nlohmann::json* member(std::string_view name, presence p = presence::required);
  /// A text that stands at `path`.
  bool check_text(const nlohmann::json& value, const std::string& path, std::size_t low, std::size_t high);
  std::string at(std::string_view name) const;

  bool has(std::string_view name) const { return ok() && from_.contains(name); }
  /// "The claim "path" `why`": for rules between members.
  void refuse(std::string_view name, const std::string& why);
  /// Call last: refuses members that nobody asked for.
  void finish();
  bool ok() const { return !failed_; }

private:
  const nlohmann::json& from_;
  std::string path_;
  std::optional<error>& failed_;
  std::set<std::string, std::less<>> asked_;
};

} // namespace tier2::wire
