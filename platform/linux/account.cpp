#include "platform/linux/account.hpp"

#include "platform/linux/unique_fd.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>
#include <vector>

namespace tier2::os {

namespace {

std::optional<std::string> read_at(int directory, const char* path, std::size_t max_bytes) {
  const unique_fd file{::openat(directory, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
  if (!file) return std::nullopt;
  std::string text;
  char buffer[4096];
  while (text.size() < max_bytes) {
    const auto count = ::read(file.get(), buffer, std::min(sizeof buffer, max_bytes - text.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) break;
    text.append(buffer, static_cast<std::size_t>(count));
  }
  return text;
}

std::string_view leading_digits(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && std::isdigit(static_cast<unsigned char>(text[count])) != 0)
    ++count;
  return text.substr(0, count);
}

} // namespace

std::string user_name(uid_t user) {
  std::vector<char> buffer(1024);
  passwd entry{};
  passwd* found = nullptr;
  int outcome = 0;
  while ((outcome = ::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found)) == ERANGE &&
         buffer.size() < (1U << 20U))
    buffer.resize(buffer.size() * 2);
  if (outcome != 0 || found == nullptr || *entry.pw_name == '\0') return std::to_string(user);
  return entry.pw_name;
}

std::string session_from_audit(std::string_view text) {
  const auto digits = leading_digits(text);
  return digits == "4294967295" ? std::string{} : std::string{digits};
}

std::optional<uid_t> account_from_audit(std::string_view text) {
  const auto digits = leading_digits(text);
  uid_t account = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), account).ec != std::errc{} ||
      account == static_cast<uid_t>(-1))
    return std::nullopt;
  return account;
}

login_place place_from_cgroup(std::string_view text, uid_t user) {
  const auto slice = "/user.slice/user-" + std::to_string(user) + ".slice/";
  constexpr std::string_view before = "session-", after = ".scope";
  login_place found;
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    // hierarchy:controllers:path, cgroups(7)
    line.remove_prefix(std::min(line.find(':'), line.size()));
    if (!line.starts_with("::") && !line.starts_with(":name=systemd:")) continue;
    const auto path = line.substr(line.find(':', 1) + 1);
    if (!path.starts_with(slice)) continue;
    found.below_user_slice = true;
    auto name = path.substr(slice.size());
    if (!name.starts_with(before) || !name.ends_with(after)) continue;
    name.remove_prefix(before.size());
    if (name.size() <= after.size()) continue;
    name.remove_suffix(after.size());
    if (std::ranges::all_of(name, [](unsigned char each) { return std::isalnum(each) != 0; }))
      found.session = name;
  }
  return found;
}

std::optional<uid_t> effective_user(std::string_view status) {
  const auto line = status.starts_with("Uid:") ? std::size_t{0} : status.find("\nUid:");
  if (line == std::string_view::npos) return std::nullopt;
  auto rest = status.substr(status.find(':', line) + 1);
  for (int column = 0; column < 2; ++column) { // real, effective, saved, file system
    rest.remove_prefix(std::min(rest.find_first_not_of("\t "), rest.size()));
    const auto digits = leading_digits(rest);
    uid_t user = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), user).ec != std::errc{})
      return std::nullopt;
    if (column == 1) return user;
    rest.remove_prefix(digits.size());
  }
  return std::nullopt;
}

namespace {

/// The /proc directory of a process that is `user`'s. It stays bound to its process: a later one with the
/// same number is not seen through it.
unique_fd process_directory(pid_t process, uid_t user) {
  unique_fd directory{
      ::open(("/proc/" + std::to_string(process)).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!directory) return directory;
  const auto status = read_at(directory.get(), "status", 16384);
  if (!status || effective_user(*status) != user) directory.reset();
  return directory;
}

} // namespace

std::map<std::string, std::string> session_environment(pid_t process, uid_t user) {
  constexpr std::array<std::string_view, 8> wanted{
      "DBUS_SESSION_BUS_ADDRESS", "DISPLAY",         "WAYLAND_DISPLAY", "XAUTHORITY",
      "XDG_CURRENT_DESKTOP",      "XDG_RUNTIME_DIR", "XDG_SESSION_ID",  "XDG_SESSION_TYPE"};
  std::map<std::string, std::string> found;
  const auto directory = process_directory(process, user);
  const auto text = directory ? read_at(directory.get(), "environ", 1U << 20U) : std::nullopt;
  if (!text) return found;
  std::string_view rest{*text};
  while (!rest.empty()) {
    const auto one = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(one.size() + 1, rest.size()));
    const auto equals = one.find('=');
    if (equals == std::string_view::npos || one.size() > 4096) continue;
    if (std::ranges::find(wanted, one.substr(0, equals)) != wanted.end())
      found.emplace(one.substr(0, equals), one.substr(equals + 1));
  }
  return found;
}

login login_of(pid_t process, uid_t user) {
  login found;
  const auto directory = process_directory(process, user);
  if (!directory) return found;
  const auto text = [&](const char* name) {
    return read_at(directory.get(), name, 65536).value_or(std::string{});
  };
  auto place = place_from_cgroup(text("cgroup"), user);
  found.account = account_from_audit(text("loginuid"));
  found.session = session_from_audit(text("sessionid"));
  if (found.session.empty()) found.session = std::move(place.session);
  found.proven = place.below_user_slice;
  return found;
}

std::string session_of(pid_t process, uid_t user) { return login_of(process, user).session; }

bool keeps_logins() {
  // sd_booted(3), and whether logind is there: other init systems leave empty directories of its names.
  return ::access("/run/systemd/system", F_OK) == 0 && ::access("/run/systemd/seats", F_OK) == 0;
}

std::optional<std::string> read_text(const std::string& path, std::size_t max_bytes) {
  return read_at(AT_FDCWD, path.c_str(), max_bytes);
}

} // namespace tier2::os
