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
constexpr std::size_t max_sections = 16;

} // namespace

struct config_reader::document {
  std::string source;
  toml::table root;
  struct part {
    std::string name;
    const toml::table* table{}; ///< Null: it is not there.
    bool top{true};             ///< Not one of a list.
    std::vector<std::string> keys;
  };
  std::vector<part> asked;                          // in order
  std::multimap<std::size_t, std::string> mistakes; // by line
  bool parsed{};

  void mistake(std::size_t line, const std::string& what) { mistakes.emplace(line, what); }
  void mistake(const toml::node& at, const std::string& what) { mistake(at.source().begin.line, what); }

  /// Remembers that the key is known, and finds it.
  const toml::node* find(std::size_t at, std::string_view key) {
    auto& part = asked.at(at);
    part.keys.emplace_back(key);
    return part.table == nullptr ? nullptr : part.table->get(key);
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
  void refuse_unknown_keys(const part& section) {
    const auto& known = section.keys;
    for (const auto& [key, node] : *section.table)
      if (std::ranges::find(known, key.str()) == known.end())
        mistake(key.source().begin.line, "[" + section.name + "] has no setting \"" + printable(key.str()) +
                                             "\"" +
                                             (hint(key.str(), known).empty() ? "." : hint(key.str(), known)) +
                                             " Allowed are " + join(known) + ".");
  }
  void refuse_unknown() {
    std::vector<std::string> sections;
    sections.reserve(asked.size());
    for (const auto& part : asked)
      if (part.top) sections.push_back(part.name);
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
      } else if (!node.is_table()) {
        mistake(line,
                std::string{"\""}.append(shown).append("\" must be a section, written [").append(shown) +
                    "] on a line of its own.");
      }
    }
    for (const auto& part : asked)
      if (part.table != nullptr) refuse_unknown_keys(part);
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
  document_->asked.push_back({name, document_->root[name].as_table(), true, {}});
  return {*this, document_->asked.size() - 1};
}

void config_reader::section::text(const char* key, std::string& into, const text_rule& rule) {
  auto& document = *reader_->document_;
  const auto* node = document.find(at_, key);
  if (node == nullptr) return;
  if (auto value = document.text(*node, key, rule)) into = std::move(*value);
}

bool config_reader::section::texts(const char* key, std::vector<std::string>& into, const text_rule& rule) {
  auto& document = *reader_->document_;
  const auto* node = document.find(at_, key);
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
  auto& document = *reader_->document_;
  const auto* node = document.find(at_, key);
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
  auto& document = *reader_->document_;
  const auto* node = document.find(at_, key);
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

std::vector<config_reader::section> config_reader::section::each(const char* key) {
  auto& document = *reader_->document_;
  const auto* node = document.find(at_, key);
  std::vector<section> found;
  if (node == nullptr) return found;
  const std::string name = document.asked.at(at_).name + "." + key;
  const auto add = [&](const toml::table* table) {
    document.asked.push_back({name, table, false, {}});
    found.push_back({*reader_, document.asked.size() - 1});
  };
  if (const auto* table = node->as_table()) {
    add(table);
    return found;
  }
  const auto* array = node->as_array();
  const bool whole =
      array != nullptr && std::ranges::all_of(*array, [](const toml::node& one) { return one.is_table(); });
  if (!whole)
    document.mistake(*node, "\"" + name + "\" must be sections, each written [[" + name +
                                "]] on a line of its own.");
  else if (array->size() > max_sections)
    document.mistake(*node, "there are more than 16 sections [[" + name + "]].");
  else
    for (const auto& one : *array)
      add(one.as_table());
  return found;
}

void config_reader::section::require(const std::vector<const char*>& keys) {
  auto& document = *reader_->document_;
  const auto& part = document.asked.at(at_);
  if (part.table == nullptr) return;
  for (const auto* key : keys)
    if (part.table->get(key) == nullptr)
      document.mistake(*part.table, "[" + part.name + "] needs the setting \"" + key + "\".");
}

void config_reader::section::refuse(const char* key, const std::string& what) {
  auto& document = *reader_->document_;
  const auto* table = document.asked.at(at_).table;
  if (table == nullptr) return;
  const auto* node = table->get(key);
  document.mistake(node != nullptr ? *node : *table, std::string{key} + " " + what);
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
