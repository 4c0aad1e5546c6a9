#include "messages/command.hpp"

#include <algorithm>
#include <array>

namespace tier2 {

namespace {

// In the order of the enumerations, whose first value is 1.
constexpr std::array<std::string_view, 14> reject_names{
    "too_large",     "malformed",         "unsupported_algorithm", "unknown_key",
    "bad_signature", "malformed_claims",  "wrong_audience",        "not_yet_valid",
    "expired",       "lifetime_too_long", "unsupported_command",   "no_session",
    "busy",          "replayed"};
constexpr std::array<std::string_view, 6> exit_names{"finished", "timed_out",    "cancelled",
                                                     "overflow", "spawn_failed", "interrupted"};
constexpr std::array<std::string_view, std::variant_size_v<command> - 1> command_names{
    "run", "cancel", "report", "set_groups", "notify", "restart_actor"};

template <class Enum, std::size_t N>
std::string_view name_in(const std::array<std::string_view, N>& names, Enum value) {
  const auto at = static_cast<std::size_t>(value) - 1;
  return at < N ? names[at] : std::string_view{"unknown"};
}

template <class Enum, std::size_t N>
std::optional<Enum> find_in(const std::array<std::string_view, N>& names, std::string_view text) {
  for (std::size_t i = 0; i < N; ++i)
    if (names[i] == text) return static_cast<Enum>(i + 1);
  return std::nullopt;
}

} // namespace

std::string_view name_of(const command& what) {
  if (const auto* other = std::get_if<unsupported_command>(&what)) return other->name;
  return command_names.at(what.index());
}

bool is_group_name(std::string_view text) {
  const auto allowed = [](char each) {
    return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') || (each >= '0' && each <= '9') ||
           each == '.' || each == '-' || each == '_';
  };
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, allowed);
}

std::string_view to_string(reject_reason reason) { return name_in(reject_names, reason); }
std::optional<reject_reason> parse_reject_reason(std::string_view text) {
  return find_in<reject_reason>(reject_names, text);
}
std::string_view to_string(exit_reason reason) { return name_in(exit_names, reason); }
std::optional<exit_reason> parse_exit_reason(std::string_view text) {
  return find_in<exit_reason>(exit_names, text);
}

} // namespace tier2
