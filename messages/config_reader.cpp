#include "messages/config_reader.hpp"

#include "messages/nearest_name.hpp"

#include <algorithm>
#include <exception>
#include <optional>
#include <toml++/toml.h>
#include <utility>

namespace tier2 {

namespace {

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words)
    text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

std::string_view kind_of(const toml::node& node) {
  switch (node.type()) {
  case toml::node_type::table:
    return "a section";
  case toml::node_type::array:
    return "a list";
  case toml::node_type::string:
    return "text";
  case toml::node_type::integer:
    return "a whole number";
  case toml::node_type::floating_point:
    return "a number with a fraction";
  case toml::node_type::boolean:
    return "true or false";
  default:
    return "a date or time";
  }
}

std::string hint(std::string_view name, const std::vector<std::string>& allowed) {
  const auto near = nearest_name(name, allowed);
  return near.empty() ? std::string{} : "; did you mean \"" + near + "\"?";
}

/// Control characters in a path, a name or an address are never meant.
bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

/// As it may stand in a message on a terminal.
std::string printable(std::string_view text) {
  std::string shown{text.substr(0, 64)};
  std::ranges::replace_if(
      shown, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
  return shown;
}

constexpr std::size_t max_text_bytes = 4096;
constexpr std::size_t max_list_entries = 64;

} // namespace

struct config_reader::document {
  std::string source;
  toml::table root;
  std::vector<std::pair<std::string, std::vector<std::string>>>
      asked;                                        // sections in order, each with its keys
  std::multimap<std::size_t, std::string> mistakes; // by line
  bool parsed{};

  void mistake(std::size_t line, const std::string& what) { mistakes.emplace(line, what); }
  void mistake(const toml::node& at, const std::string& what) { mistake(at.source().begin.line, what); }

  std::vector<std::string>& keys_of(std::string_view section) {
    return std::ranges::find(asked, section, [](const auto& each) -> std::string_view { return each.first; })
        ->second;
  }
  /// Remembers that the key is known, and finds it.
  const toml::node* find(std::string_view section, std::string_view key) {
    keys_of(section).emplace_back(key);
    const auto* table = root[section].as_table();
    return table == nullptr ? nullptr : table->get(key);
  }
  std::optional<std::string> text(const toml::node& node, const std::string& name, const text_rule& rule) {
    const auto* value = node.as_string();
    if (value == nullptr) {
      mistake(node, name + " must be text in quotes, not " + std::string{kind_of(node)} + ".");
      return std::nullopt;
    }
    if (value->get().size() > max_text_bytes)
      mistake(node, name + " is longer than 4096 bytes.");
    else if (has_control(value->get()))
      mistake(node, name + " holds a control character.");
    else if (const auto wrong = rule ? rule(value->get()) : std::string{}; !wrong.empty())
      mistake(node, name + " " + wrong);
    else
      return value->get();
    return std::nullopt;
  }
  void refuse_unknown_keys(const std::string& section, const toml::table& table) {
    const auto& known = keys_of(section);
    for (const auto& [key, node] : table)
      if (std::ranges::find(known, key.str()) == known.end())
        mistake(key.source().begin.line, "[" + section + "] has no setting \"" + printable(key.str()) + "\"" +
                                             (hint(key.str(), known).empty() ? "." : hint(key.str(), known)) +
                                             " Allowed are " + join(known) + ".");
  }
  void refuse_unknown() {
    std::vector<std::string> sections;
    for (const auto& [name, keys] : asked)
      sections.push_back(name);
    for (const auto& [key, node] : root) {
      const auto line = key.source().begin.line;
      const auto shown = printable(key.str());
      if (std::ranges::find(sections, key.str()) == sections.end()) {
        const auto near = hint(key.str(), sections);
        if (!node.is_table())
          mistake(line,
                  "\"" + shown + "\" stands outside of every section. Sections are " + join(sections) + ".");
        else
          mistake(line, "there is no section [" + shown + "]" + (near.empty() ? "." : near) +
                            " Sections are " + join(sections) + ".");
      } else if (const auto* table = node.as_table()) {
        refuse_unknown_keys(std::string{key.str()}, *table);
      } else {
        mistake(line, "\"" + shown + "\" must be a section, written [" + shown + "] on a line of its own.");
      }
    }
  }
};

config_reader::config_reader(std::string_view text, std::string_view source)
    : document_{std::make_unique<document>()} {
  document_->source = source;
  try {
    document_->root = toml::parse(text, source);
    document_->parsed = true;
  } catch (const toml::parse_error& why) {
    document_->mistake(why.source().begin.line, "this is not TOML: " + std::string{why.description()});
  } catch (const std::exception& why) {
    document_->mistake(1, "this could not be read as TOML: " + std::string{why.what()});
  }
}

config_reader::~config_reader() = default;

config_reader::section config_reader::in(const char* name) {
  document_->asked.emplace_back(name, std::vector<std::string>{});
  return {*this, name};
}

void config_reader::section::text(const char* key, std::string& into, const text_rule& rule) {
  auto& document = *reader_.document_;
  const auto* node = document.find(name_, key);
  if (node == nullptr) return;
  if (auto value = document.text(*node, key, rule)) into = std::move(*value);
}

bool config_reader::section::texts(const char* key, std::vector<std::string>& into, const text_rule& rule) {
  auto& document = *reader_.document_;
  const auto* node = document.find(name_, key);
  if (node == nullptr) return false;
  const auto* array = node->as_array();
  if (array == nullptr)
    document.mistake(*node,
                     std::string{key} + " must be a list of texts, not " + std::string{kind_of(*node)} + ".");
  else if (array->size() > max_list_entries)
    document.mistake(*node, std::string{key} + " has more than 64 entries.");
  else {
    into.clear();
    for (const auto& each : *array)
      if (auto value = document.text(each, key, rule)) into.push_back(std::move(*value));
  }
  return array != nullptr;
}

bool config_reader::section::read_number(const char* key, std::int64_t& into, std::int64_t low,
                                         std::int64_t high) {
  auto& document = *reader_.document_;
  const auto* node = document.find(name_, key);
  if (node == nullptr) return false;
  const auto* number = node->as_integer();
  if (number != nullptr && number->get() >= low && number->get() <= high) {
    into = number->get();
    return true;
  }
  document.mistake(
      *node, std::string{key} + " must be a whole number from " + std::to_string(low) + " to " +
                 std::to_string(high) + ", not " +
                 (number == nullptr ? std::string{kind_of(*node)} : std::to_string(number->get())) + ".");
  return false;
}

bool config_reader::section::read_word(const char* key, std::string& into,
                                       const std::vector<std::string>& allowed) {
  auto& document = *reader_.document_;
  const auto* node = document.find(name_, key);
  if (node == nullptr) return false;
  const auto value = document.text(*node, key, [&](std::string_view word) -> std::string {
    if (std::ranges::find(allowed, word) != allowed.end()) return {};
    const auto near = hint(word, allowed);
    return "must not be \"" + printable(word) + "\"" + (near.empty() ? "." : near) + " Allowed are " +
           join(allowed) + ".";
  });
  if (value) into = *value;
  return value.has_value();
}

result<void> config_reader::finish() {
  auto& document = *document_;
  if (document.parsed) document.refuse_unknown();
  if (document.mistakes.empty()) return {};
  std::string text;
  for (const auto& [line, what] : document.mistakes) {
    if (!text.empty()) text += '\n';
    text += document.source + ":" + std::to_string(line) + ": " + what;
  }
  return fail(errc::config_invalid, std::move(text));
}

} // namespace tier2
