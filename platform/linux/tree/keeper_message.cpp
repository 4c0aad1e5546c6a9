#include "platform/linux/tree/keeper_message.hpp"

#include <algorithm>
#include <limits>
#include <type_traits>

namespace tier2::os {

namespace {

constexpr char version = 2;

class writer {
public:
  void number(std::uint64_t value) {
    for (unsigned byte = 0; byte < 8; ++byte)
      bytes_.push_back(static_cast<char>((value >> (8 * byte)) & 0xffU));
  }
  void text(const std::string& value) {
    number(value.size());
    bytes_ += value;
  }
  void texts(const std::vector<std::string>& values) {
    number(values.size());
    for (const auto& each : values)
      text(each);
  }
  std::string bytes_;
};

/// Fails once and stays failed; then everything reads as nothing.
class reader {
public:
  explicit reader(std::span<const char> bytes) : left_{bytes} {}
  std::uint64_t number(std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) {
    std::uint64_t value = 0;
    const auto bytes = take(8);
    for (std::size_t byte = 0; byte < bytes.size(); ++byte)
      value |= std::uint64_t{static_cast<unsigned char>(bytes[byte])} << (8 * byte);
    if (value <= most) return value;
    failed_ = true;
    return 0;
  }
  bool flag() { return number(1) == 1; }
  std::string text() {
    const auto bytes = take(number(max_keeper_message_bytes));
    return {bytes.begin(), bytes.end()};
  }
  std::vector<std::string> texts() {
    std::vector<std::string> values;
    for (auto count = number(max_child_texts); count > 0 && !failed_; --count)
      values.push_back(text());
    return values;
  }
  bool whole() const { return !failed_ && left_.empty(); }
  bool failed() const { return failed_; }

private:
  std::span<const char> take(std::size_t count) {
    if (failed_ || count > left_.size()) {
      failed_ = true;
      return {};
    }
    const auto taken = left_.first(count);
    left_ = left_.subspan(count);
    return taken;
  }
  std::span<const char> left_;
  bool failed_{};
};

void write(writer& to, const child_plan& plan) {
  to.texts(plan.programs);
  to.texts(plan.argv);
  to.texts(plan.environment);
  to.text(plan.directory);
  to.number(plan.directory_required ? 1 : 0);
  to.number(plan.drop_privileges ? 1 : 0);
  to.number(plan.user);
  to.number(plan.group);
  to.number(plan.groups.size());
  for (const auto group : plan.groups)
    to.number(group);
  to.text(plan.control_group);
  to.number(static_cast<std::uint64_t>(plan.kill_after.count()));
}
void write(writer&, const keeper_stop&) {}
void write(writer&, const keeper_kill&) {}
void write(writer&, const keeper_started&) {}
void write(writer& to, const keeper_failed& failed) { to.text(failed.sentence); }
void write(writer& to, const keeper_ended& ended) {
  to.number(static_cast<std::uint32_t>(ended.status));
  to.number(static_cast<std::uint64_t>(ended.lasted.count()));
  to.number(ended.stopped ? 1 : 0);
  to.text(ended.left);
}

// The all-ones ids mean "unchanged" to setresuid(2), so they are no account.
constexpr std::uint64_t largest_id = std::numeric_limits<uid_t>::max() - 1;
constexpr std::uint64_t longest_ms = std::uint64_t{1} << 40U;

child_plan read_plan(reader& from) {
  child_plan plan;
  plan.programs = from.texts();
  plan.argv = from.texts();
  plan.environment = from.texts();
  plan.directory = from.text();
  plan.directory_required = from.flag();
  plan.drop_privileges = from.flag();
  plan.user = static_cast<uid_t>(from.number(largest_id));
  plan.group = static_cast<gid_t>(from.number(largest_id));
  for (auto count = from.number(max_child_groups); count > 0 && !from.failed(); --count)
    plan.groups.push_back(static_cast<gid_t>(from.number(largest_id)));
  plan.control_group = from.text();
  plan.kill_after = std::chrono::milliseconds{from.number(longest_ms)};
  return plan;
}

keeper_ended read_ended(reader& from) {
  keeper_ended ended;
  ended.status = static_cast<int>(from.number(std::numeric_limits<std::uint32_t>::max()));
  ended.lasted = std::chrono::milliseconds{from.number(longest_ms)};
  ended.stopped = from.flag();
  ended.left = from.text();
  return ended;
}

/// What exec cannot be given, or would read otherwise than it was meant.
const char* objection(const child_plan& plan) {
  const auto has_null = [](const std::string& text) { return text.find('\0') != std::string::npos; };
  const auto any_null = [&](const auto& texts) { return std::any_of(texts.begin(), texts.end(), has_null); };
  if (any_null(plan.programs) || any_null(plan.argv) || any_null(plan.environment) ||
      has_null(plan.directory) || has_null(plan.control_group))
    return "A program's arguments, environment and directory cannot hold a NUL byte.";
  if (plan.programs.empty() || plan.argv.empty()) return "No program was named.";
  for (const auto& each : plan.programs)
    if (each.find('/') == std::string::npos) return "The program is not named by its path.";
  for (const auto& each : plan.environment)
    if (const auto equals = each.find('='); equals == 0 || equals == std::string::npos)
      return "A variable of the environment has no name, or one with \"=\" in it.";
  if (!plan.directory.starts_with('/')) return "The working directory is not an absolute path.";
  if (!plan.control_group.empty() && !plan.control_group.starts_with('/'))
    return "The control group's directory is not an absolute path.";
  return nullptr;
}

} // namespace

result<std::string> encode(const keeper_message& message) {
  writer to;
  to.bytes_ = {version, static_cast<char>(message.index())};
  std::visit([&](const auto& each) { write(to, each); }, message);
  if (to.bytes_.size() > max_keeper_message_bytes)
    return fail(errc::too_large, "The command's arguments and environment are more than " +
                                     std::to_string(max_keeper_message_bytes) +
                                     " bytes together; it was not started.");
  return std::move(to.bytes_);
}

result<keeper_message> decode_keeper_message(std::span<const char> bytes) {
  if (bytes.size() > max_keeper_message_bytes)
    return fail(errc::too_large, "A message between service and keeper is too long.");
  if (bytes.size() < 2 || bytes[0] != version)
    return fail(errc::malformed, "Service and keeper are of different versions.");
  reader from{bytes.subspan(2)};
  keeper_message message;
  switch (bytes[1]) {
  case 0:
    message = read_plan(from);
    break;
  case 1:
    message = keeper_stop{};
    break;
  case 2:
    message = keeper_kill{};
    break;
  case 3:
    message = keeper_started{};
    break;
  case 4:
    message = keeper_failed{from.text()};
    break;
  case 5:
    message = read_ended(from);
    break;
  default:
    return fail(errc::malformed, "A message between service and keeper is of an unknown kind.");
  }
  if (!from.whole()) return fail(errc::malformed, "A message between service and keeper is damaged.");
  if (const auto* plan = std::get_if<child_plan>(&message))
    if (const auto* why = objection(*plan)) return fail(errc::invalid_argument, why);
  return message;
}

} // namespace tier2::os
