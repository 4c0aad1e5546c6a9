#include "platform/linux/account.hpp"

#include "platform/linux/unique_fd.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <pwd.h>
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

std::string session_from_cgroup(std::string_view text) {
  constexpr std::string_view before = "/session-", after = ".scope";
  for (auto at = text.find(before); at != std::string_view::npos; at = text.find(before, at + 1)) {
    const auto rest = text.substr(at + before.size());
    const auto end = rest.find_first_of("/\n");
    const auto name = rest.substr(0, end);
    if (name.size() > after.size() && name.ends_with(after))
      return std::string{name.substr(0, name.size() - after.size())};
  }
  return {};
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

std::string session_of(pid_t process, uid_t user) {
  // An open /proc directory stays bound to its process: a later one with the same number is not seen through
  // it.
  const unique_fd directory{
      ::open(("/proc/" + std::to_string(process)).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!directory) return {};
  const auto status = read_at(directory.get(), "status", 16384);
  if (!status || effective_user(*status) != user) return {};
  if (const auto audit = read_at(directory.get(), "sessionid", 64))
    if (auto session = session_from_audit(*audit); !session.empty()) return session;
  const auto groups = read_at(directory.get(), "cgroup", 65536);
  return groups ? session_from_cgroup(*groups) : std::string{};
}

std::optional<std::string> read_text(const std::string& path, std::size_t max_bytes) {
  return read_at(AT_FDCWD, path.c_str(), max_bytes);
}

} // namespace tier2::os
