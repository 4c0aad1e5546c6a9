#include "messages/wire/json.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace tier2::wire {

namespace {

using nlohmann::json;

/// Builds the value while the parser runs, so that a bound is met before memory is spent beyond it.
class bounded_builder : public nlohmann::json_sax<json> {
public:
  explicit bounded_builder(int max_depth) : max_depth_{static_cast<std::size_t>(max_depth)} {}

  bool null() override { return add(nullptr) != nullptr; }
  bool boolean(bool value) override { return add(value) != nullptr; }
  bool number_integer(number_integer_t value) override { return add(value) != nullptr; }
  bool number_unsigned(number_unsigned_t value) override { return add(value) != nullptr; }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return add(value) != nullptr; }
  bool string(string_t& value) override { return add(std::move(value)) != nullptr; }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*size*/) override { return open(json::object()); }
  bool start_array(std::size_t /*size*/) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    if (open_.back()->contains(name)) {
      failed_ = {errc::malformed,
                 "The JSON has the member " + dump_json(valid_utf8(name, 64)) + " twice in one object."};
      return false;
    }
    name_ = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const json::exception& /*why*/) override {
    failed_ = {errc::malformed, "This is not valid JSON: wrong at byte " + std::to_string(position) + "."};
    return false;
  }

  const error& failed() const { return failed_; }
  json take() { return std::move(root_); }

private:
  template <class T>
  json* add(T&& value) {
    if (open_.empty()) {
      root_ = std::forward<T>(value);
      return &root_;
    }
    if (open_.back()->is_array()) {
      open_.back()->push_back(std::forward<T>(value));
      return &open_.back()->back();
    }
    return &((*open_.back())[std::move(name_)] = std::forward<T>(value));
  }
  bool open(json container) {
    if (open_.size() >= max_depth_) {
      failed_ = {errc::too_large,
                 "The JSON is nested deeper than " + std::to_string(max_depth_) + " levels."};
      return false;
    }
    open_.push_back(add(std::move(container)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  std::size_t max_depth_;
  json root_;
  std::vector<json*> open_; // of each, only the last child is open: pointers stay good while it grows
  std::string name_;
  error failed_{errc::malformed, "This is not valid JSON."};
};

} // namespace

result<nlohmann::json> parse_json(std::string_view text, std::size_t max_bytes, int max_depth) {
  if (text.size() > max_bytes)
    return fail(errc::too_large, "The JSON has " + std::to_string(text.size()) + " bytes; at most " +
                                     std::to_string(max_bytes) + " are allowed.");
  // The parser takes a NUL byte for the end and would not look at what follows, and skips a byte order mark.
  if (text.find('\0') != std::string_view::npos)
    return fail(errc::malformed, "This is not valid JSON: it holds a NUL byte.");
  if (text.starts_with("\xef\xbb\xbf"))
    return fail(errc::malformed, "This is not valid JSON: it starts with a byte order mark.");
  bounded_builder builder{max_depth};
  if (!json::sax_parse(text.begin(), text.end(), &builder)) return tl::unexpected<error>(builder.failed());
  return builder.take();
}

std::string dump_json(const nlohmann::ordered_json& value) {
  return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string valid_utf8(std::string_view text, std::size_t max_bytes) {
  static constexpr std::string_view replacement = "\xef\xbf\xbd";
  std::string valid;
  valid.reserve(std::min(text.size(), max_bytes));
  const auto byte = [&](std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
  };
  for (std::size_t at = 0; at < text.size();) {
    // Well-formed sequences: Unicode 15, table 3-7. `low` and `high` bound the second byte.
    const auto lead = byte(at);
    std::size_t length = 1;
    unsigned low = 0x80;
    unsigned high = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) length = 2;
    if (lead >= 0xE0 && lead <= 0xEF) length = 3;
    if (lead >= 0xF0 && lead <= 0xF4) length = 4;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
    std::size_t good = 1;
    while (good < length && byte(at + good) >= low && byte(at + good) <= high) {
      low = 0x80;
      high = 0xBF;
      ++good;
    }
    const bool whole = good == length && (length > 1 || lead < 0x80);
    const auto piece = whole ? text.substr(at, length) : replacement;
    if (valid.size() + piece.size() > max_bytes) break;
    valid += piece;
    at += good;
  }
  return valid;
}

} // namespace tier2::wire
