#include "platform/process.hpp"

#include "platform/linux/account.hpp"
#include "platform/linux/system_error.hpp"
#include "platform/linux/unique_fd.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace tier2 {

namespace {

std::string environment(const char* name) {
  const char* value =
      std::getenv(name); // NOLINT(concurrency-mt-unsafe): nothing here ever sets the environment
  return value == nullptr ? std::string{} : value;
}

bool is_our_directory(const std::string& path) {
  struct stat found{};
  return path.starts_with('/') && ::lstat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode) &&
         found.st_uid == ::geteuid();
}

} // namespace

result<void> forbid_core_dumps() {
  // In this order: once it is not dumpable, a process without privileges cannot write its own /proc any more.
  const os::unique_fd filter{::open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC)};
  const bool filtered = filter && ::write(filter.get(), "0", 1) == 1;
  const rlimit nothing{0, 0};
  if (::setrlimit(RLIMIT_CORE, &nothing) != 0) return os::fail_with("Could not forbid core dumps", errno);
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return os::fail_with("Could not forbid core dumps", errno);
  // A kernel without the filter has no core dump to filter; the two others hold on their own.
  static_cast<void>(filtered);
  return {};
}

void give_way(background what) {
  // On Linux a nice value is a thread's own (setpriority(2), "C library/kernel differences"). Not SCHED_IDLE:
  // on a busy machine pictures would be left out by the dozen.
  constexpr int recording = 5, encoding = 15;
  ::setpriority(PRIO_PROCESS, 0, what == background::recording ? recording : encoding);
}

void take_precedence() {
  constexpr int nice = -5;
  // Without privileges it stays as it is, which costs time and nothing else.
  ::setpriority(PRIO_PROCESS, 0, nice);
}

std::string default_runtime_directory() {
  if (const auto given = environment("XDG_RUNTIME_DIR"); is_our_directory(given)) return given + "/tier2";
  auto temporary = environment("TMPDIR");
  if (!temporary.starts_with('/')) temporary = "/tmp";
  auto path = temporary + "/tier2-" + std::to_string(::geteuid());
  // Somebody else may have taken the name: whoever uses the directory checks it and refuses it then.
  ::mkdir(path.c_str(), 0700);
  return path;
}

std::string current_user() { return os::user_name(::geteuid()); }

std::string current_session() {
  auto session = os::session_of(::getpid(), ::geteuid());
  return session.empty() ? environment("XDG_SESSION_ID") : session;
}

uuid boot_id() {
  static const uuid id = [] {
    if (const auto text = os::read_text("/proc/sys/kernel/random/boot_id", 64))
      if (const auto parsed = parse_uuid(std::string_view{*text}.substr(0, 36))) return *parsed;
    return random_uuid();
  }();
  return id;
}

uuid random_uuid() {
  uuid id;
  for (std::size_t filled = 0; filled < id.bytes.size();) {
    const auto count = ::getrandom(id.bytes.data() + filled, id.bytes.size() - filled, 0);
    if (count > 0) filled += static_cast<std::size_t>(count);
  }
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0fU) | 0x40U); // version 4, RFC 4122 section 4.4
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3fU) | 0x80U);
  return id;
}

} // namespace tier2
