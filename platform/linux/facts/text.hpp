#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tier2::os {

/// The most bytes that one fact may have.
inline constexpr std::size_t max_fact_bytes = 64U << 10U;

/// "512 bytes", "7.6 GiB": powers of 1024, one decimal.
std::string human_bytes(std::uint64_t bytes);

/// "3 days, 4 hours, 5 minutes"; parts that are nothing are left out; "less than a minute".
std::string human_duration(std::uint64_t seconds);

/// "2025-01-31 14:05 UTC" of seconds since 1970.
std::string human_time(std::int64_t seconds);

/// Lines without their ends; an empty last one is none.
std::vector<std::string_view> lines_of(std::string_view text);

/// The words between blanks and tabs.
std::vector<std::string_view> words_of(std::string_view line);

std::string_view trimmed(std::string_view text);

/// The whole text as a decimal number, or nothing.
std::optional<std::uint64_t> number_of(std::string_view text);

/// The value of a "name<separator>value" line, trimmed; nothing when no line has that name.
std::optional<std::string_view> value_of(std::string_view text, std::string_view name, char separator);

/// What may go into a fact: whole UTF-8 (RFC 3629) characters, no control bytes but the line's end, at most
/// `max_bytes`; everything else becomes '?', and a text that was cut says so.
std::string presentable(std::string_view text, std::size_t max_bytes);

} // namespace tier2::os
