#include "actors/command/audit_chain.hpp"

#include "messages/wire/json.hpp"
#include "messages/wire/manifest.hpp"
#include "platform/crypto/digest.hpp"
#include "platform/private_file.hpp"

#include <filesystem>
#include <optional>
#include <span>

namespace tier2 {

namespace {

constexpr std::size_t max_field_bytes = 1024;
constexpr std::size_t max_line_bytes = 16U << 10U;

/// The lines from the beginning that hold, and what is wrong with the one after them; empty: nothing.
struct prefix {
  audit_check known;
  std::size_t bytes{};
  std::string wrong;
  bool is_line{}; ///< It is a line, but not the one that should be there.
};

prefix holding_prefix(std::string_view text) {
  prefix found;
  auto& known = found.known;
  while (found.bytes < text.size()) {
    const auto wrong = [&](const char* why) {
      found.wrong = "Line " + std::to_string(known.lines + 1) + " " + why +
                    ". The log was changed, or its writing was cut off there.";
      return found;
    };
    const auto rest = text.substr(found.bytes);
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) return wrong("has no end");
    const auto line = rest.substr(0, end);
    const auto json = wire::parse_json(line, max_line_bytes, 3);
    if (!json || !json->is_object() || !json->contains("seq") || !(*json)["seq"].is_number_unsigned() ||
        !json->contains("prev") || !(*json)["prev"].is_string())
      return wrong("is no line of an audit log");
    const auto previous = parse_digest((*json)["prev"].get_ref<const std::string&>());
    if (!previous) return wrong("does not name the line before it");
    const auto number = (*json)["seq"].get<std::uint64_t>();
    found.is_line = found.bytes != 0 && (number != known.next || *previous != known.last);
    if (found.is_line) return wrong("does not follow the line before it");
    known.last = blake2b_256(line);
    known.next = number + 1;
    ++known.lines;
    found.bytes += end + 1;
  }
  return found;
}

/// A file that is not there is no error: it has not been written yet.
result<void> move(const std::string& from, const std::string& to) {
  std::error_code failed;
  std::filesystem::rename(from, to, failed);
  if (failed && failed != std::errc::no_such_file_or_directory)
    return fail(errc::io_failed, "Could not move " + from + " to " + to + ": " + failed.message() + ".");
  return {};
}

bool is_there(const std::string& path) {
  std::error_code failed;
  return std::filesystem::symlink_status(path, failed).type() != std::filesystem::file_type::not_found;
}

/// Where something damaged may be kept; nothing when there is no place left.
std::optional<std::string> place_aside(const std::string& path) {
  for (int i = 1; i <= audit_chain::kept_aside; ++i)
    if (auto place = path + ".damaged." + std::to_string(i); !is_there(place)) return place;
  return std::nullopt;
}

std::string where(const std::optional<std::string>& place) {
  return place ? " It is kept as " + *place + "." : "";
}

} // namespace

result<audit_check> check_audit(std::string_view text) {
  auto found = holding_prefix(text);
  if (!found.wrong.empty()) return fail(errc::malformed, std::move(found.wrong));
  return found.known;
}

result<audit_chain> audit_chain::open(std::string path, int old_files, wall_time now) {
  audit_chain made;
  made.path_ = std::move(path);
  made.old_files_ = old_files;
  // A power cut between the two halves of turn_over.
  if (const auto next = made.path_ + ".next"; !is_there(made.path_) && is_there(next))
    if (auto moved = move(next, made.path_); !moved) return tl::unexpected(moved.error());
  auto found = append_file::open(made.path_, 2 * max_file_bytes);
  if (!found && found.error().code != errc::not_found) return tl::unexpected(found.error());
  if (!found) {
    if (auto begun = made.begin(made.line(now, "log_begun", {})); !begun)
      return tl::unexpected(begun.error());
    return made;
  }
  made.file_ = std::move(found->file);
  if (auto done =
          made.recover({reinterpret_cast<const char*>(found->content.data()), found->content.size()}, now);
      !done)
    return tl::unexpected(done.error());
  return made;
}

result<void> audit_chain::recover(std::string_view content, wall_time now) {
  const auto known = holding_prefix(content);
  next_ = known.known.next;
  last_ = known.known.last;
  if (known.wrong.empty() && known.known.lines != 0) return {};
  const auto rest = content.substr(known.bytes);
  const auto place = place_aside(path_);
  const bool only_the_last = known.known.lines != 0 && !known.is_line && rest.find('\n') >= rest.size() - 1;
  if (only_the_last) {
    if (place)
      if (auto kept = write_private_file(*place, std::as_bytes(std::span{rest})); !kept) return kept;
    return begin(std::string{content.substr(0, known.bytes)} +
                 line(now, "line_cut_off", {{"detail", known.wrong + where(place)}}));
  }
  // Without a place it grows old as an ordinary file does.
  if (auto moved = place ? move(path_, *place) : make_older(); !moved) return moved;
  return begin(line(now, "log_damaged",
                    {{"detail", (content.empty() ? "The log was empty." : known.wrong) + where(place)}}));
}

void audit_chain::follow(std::string_view line) {
  last_ = blake2b_256(line.substr(0, line.size() - 1));
  ++next_;
}

/// `text` becomes the file; its last line is the next of the chain.
result<void> audit_chain::begin(std::string_view text) {
  auto file = append_file::create(path_, [&](const file_identity&) {
    const auto bytes = std::as_bytes(std::span{text});
    return private_bytes(bytes.begin(), bytes.end());
  });
  if (!file) return tl::unexpected(file.error());
  file_ = std::move(*file);
  const auto before = text.substr(0, text.size() - 1).rfind('\n');
  follow(before == std::string_view::npos ? text : text.substr(before + 1));
  return {};
}

result<void> audit_chain::make_older() {
  for (int i = old_files_ - 1; i >= 1; --i)
    if (auto moved = move(old(i), old(i + 1)); !moved) return moved;
  return move(path_, old(1));
}

/// The new file first: when there is no room for it, no old one may have been pushed out for nothing.
result<void> audit_chain::turn_over(std::string_view text) {
  const auto fresh = path_ + ".next";
  auto file = append_file::create(fresh, [&](const file_identity&) {
    const auto bytes = std::as_bytes(std::span{text});
    return private_bytes(bytes.begin(), bytes.end());
  });
  if (!file) return tl::unexpected(file.error());
  if (auto moved = make_older(); !moved) return moved;
  if (auto moved = move(fresh, path_); !moved) return moved;
  file_ = std::move(*file);
  follow(text);
  return {};
}

std::string audit_chain::line(wall_time now, std::string_view event, const fields& about) const {
  nlohmann::ordered_json json;
  json["seq"] = next_;
  json["at"] = wire::to_rfc3339(now);
  json["event"] = event;
  for (const auto& [name, value] : about)
    if (!value.empty()) json[name] = wire::valid_utf8(value, max_field_bytes);
  json["prev"] = to_string(last_);
  return wire::dump_json(json) + "\n";
}

result<void> audit_chain::write(wall_time now, std::string_view event, const fields& about) {
  const auto text = line(now, event, about);
  if (file_->size() + text.size() > max_file_bytes) return turn_over(text);
  if (auto written = file_->append(std::as_bytes(std::span{text}), true); !written) return written;
  follow(text);
  return {};
}

} // namespace tier2
