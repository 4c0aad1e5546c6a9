#pragma once

#include "messages/error.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tier2 {

/// What is wrong with a text value, as the end of the sentence "`key` …"; empty when nothing is.
using text_rule = std::function<std::string(std::string_view)>;

/// Reads a TOML text by sections and keys and remembers which were asked for. Every mistake is collected with
/// its line: wrong types, values out of range, and what nobody asked for.
class config_reader {
public:
  config_reader(std::string_view text, std::string_view source);
  ~config_reader();
  config_reader(const config_reader&) = delete;
  config_reader& operator=(const config_reader&) = delete;

  class section {
  public:
    void text(const char* key, std::string& into, const text_rule& rule = {});
    /// True when the key was given and is a list.
    bool texts(const char* key, std::vector<std::string>& into, const text_rule& rule = {});
    template <std::integral T>
    void number(const char* key, T& into, T low, T high) {
      std::int64_t value{};
      if (read_number(key, value, static_cast<std::int64_t>(low), static_cast<std::int64_t>(high)))
        into = static_cast<T>(value);
    }
    /// A whole number of the duration's unit.
    template <class Duration>
    void duration(const char* key, Duration& into, Duration low, Duration high) {
      std::int64_t value{};
      if (read_number(key, value, low.count(), high.count())) into = Duration{value};
    }
    /// One of the given words.
    template <class T>
    void choice(const char* key, T& into, const std::map<std::string, T, std::less<>>& words) {
      std::vector<std::string> allowed;
      allowed.reserve(words.size());
      for (const auto& [word, value] : words)
        allowed.push_back(word);
      std::string word;
      if (read_word(key, word, allowed)) into = words.find(word)->second;
    }
    /// The sections of a list, `[[name.key]]`, or the only one, `[name.key]`; at most 16.
    std::vector<section> each(const char* key);
    /// A mistake where one of these keys is missing.
    void require(const std::vector<const char*>& keys);
    /// A mistake that only several values together show; `what` is the end of the sentence "`key` …".
    void refuse(const char* key, const std::string& what);

  private:
    friend class config_reader;
    section(config_reader& reader, std::size_t at) : reader_{&reader}, at_{at} {}
    bool read_number(const char* key, std::int64_t& into, std::int64_t low, std::int64_t high);
    bool read_word(const char* key, std::string& into, const std::vector<std::string>& allowed);
    config_reader* reader_;
    std::size_t at_; ///< Which one of those asked for.
  };

  section in(const char* name);
  /// Call after everything was asked for: `config_invalid` with one line a mistake, ordered by line.
  result<void> finish();

private:
  struct document;
  std::unique_ptr<document> document_;
};

} // namespace tier2
