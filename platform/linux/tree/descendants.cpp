#include "platform/linux/tree/descendants.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string>
#include <sys/syscall.h>
#include <unistd.h>

namespace tier2::os {

namespace {

constexpr int deepest = 200; // a descriptor each

template <class T>
bool read_number(std::string_view text, T& into) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), into);
  return failed == std::errc{} && end == text.data() + text.size();
}

std::optional<process_entry> read_stat(int directory, const char* name) {
  const unique_fd file{::openat(directory, name, O_RDONLY | O_CLOEXEC)};
  std::array<char, 2048> text; // 52 numbers and a name of at most 64 bytes
  const auto count = file ? ::read(file.get(), text.data(), text.size()) : -1;
  if (count <= 0) return {};
  return parse_process_entry({text.data(), static_cast<std::size_t>(count)});
}

/// The names in the directory that are numbers, until `each` says false.
template <class F>
void numbers_in(unique_fd directory, F&& each) {
  const std::unique_ptr<DIR, int (*)(DIR*)> all{directory ? ::fdopendir(directory.get()) : nullptr,
                                                ::closedir};
  if (all) static_cast<void>(directory.release());
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is ours alone
  for (const dirent* entry = nullptr; all && (entry = ::readdir(all.get())) != nullptr;) {
    pid_t number = 0;
    if (read_number(std::string_view{entry->d_name}, number) && !each(number)) return;
  }
}

void read_list(const unique_fd& file, std::vector<pid_t>& into) {
  std::array<char, 4096> text;
  std::string left;
  for (ssize_t count = 0; file && (count = ::read(file.get(), text.data(), text.size())) > 0;) {
    left.append(text.data(), static_cast<std::size_t>(count));
    for (std::size_t space = 0; (space = left.find(' ')) != std::string::npos; left.erase(0, space + 1)) {
      pid_t number = 0;
      if (read_number(std::string_view{left}.substr(0, space), number)) into.push_back(number);
    }
  }
}

bool kernel_lists_children() {
  static const bool it_does = ::access("/proc/thread-self/children", F_OK) == 0;
  return it_does;
}

class walk {
public:
  walk(const chosen_child& which, const descendant_visit& visit) : which_{which}, visit_{visit} {}
  void below(const process_handle& parent, const process_entry& known, int depth) {
    for (const auto number : parent.children(known)) {
      const process_handle child{number};
      const auto entry = child.look();
      if (!entry || entry->parent != known.process) continue;
      if (depth > 0 && !parent.exists()) return; // its number may have been another's when we looked
      if (depth == 0 && !which_(*entry)) continue;
      visit_(child, *entry);
      if (depth + 1 < deepest) below(child, *entry, depth + 1);
    }
  }

private:
  const chosen_child& which_;
  const descendant_visit& visit_;
};

} // namespace

std::optional<process_entry> parse_process_entry(std::string_view stat) {
  process_entry entry;
  // The name, in parentheses, may hold anything, parentheses and spaces too; nothing after it does.
  const auto name = stat.find(" (");
  const auto name_end = stat.rfind(") ");
  if (name == std::string_view::npos || name_end == std::string_view::npos || name_end < name) return {};
  if (!read_number(stat.substr(0, name), entry.process)) return {};
  constexpr std::size_t wanted = 50; // the 3rd to the 52nd, which is the exit status
  std::array<std::string_view, wanted> fields;
  auto rest = stat.substr(name_end + 2);
  for (auto& field : fields) {
    const auto end = rest.find_first_of(" \n");
    field = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  if (fields[0].size() != 1 || !read_number(fields[1], entry.parent) ||
      !read_number(fields[3], entry.session) || !read_number(fields[17], entry.threads) ||
      !read_number(fields[19], entry.started))
    return {};
  if (!read_number(fields[49], entry.exit_status)) entry.exit_status = 0; // not in each kernel's line
  entry.state = fields[0].front();
  return entry;
}

std::optional<process_entry> look_at(pid_t process) {
  return read_stat(AT_FDCWD, ("/proc/" + std::to_string(process) + "/stat").c_str());
}

process_handle::process_handle(pid_t process)
    : process_{process},
      directory_{::open(("/proc/" + std::to_string(process)).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)} {}

std::optional<process_entry> process_handle::look() const {
  if (!directory_) return {};
  return read_stat(directory_.get(), "stat");
}

bool process_handle::signal(int number) const {
  return directory_ && ::syscall(SYS_pidfd_send_signal, directory_.get(), number, nullptr, 0) == 0;
}

bool process_handle::exists() const { return signal(0) || (directory_ && errno == EPERM); }

bool process_handle::ended(const process_entry& now) const {
  const auto over = [](char state) { return state == 'Z' || state == 'X'; };
  if (!over(now.state)) return false;
  if (now.threads <= 1) return true;
  // The first thread can end before the others, and a debugger can keep each of them.
  bool all = true;
  numbers_in(
      unique_fd{::openat(directory_.get(), "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC)}, [&](pid_t thread) {
        const auto entry = read_stat(directory_.get(), ("task/" + std::to_string(thread) + "/stat").c_str());
        return all = !entry || over(entry->state);
      });
  return all;
}

std::vector<pid_t> process_handle::children(const process_entry& now) const {
  std::vector<pid_t> found;
  if (!directory_) return found;
  if (!kernel_lists_children()) return search_children(process_);
  const auto of_thread = [&](pid_t thread) {
    const auto name = "task/" + std::to_string(thread) + "/children";
    read_list(unique_fd{::openat(directory_.get(), name.c_str(), O_RDONLY | O_CLOEXEC)}, found);
    return true;
  };
  if (now.threads == 1)
    of_thread(process_);
  else
    numbers_in(unique_fd{::openat(directory_.get(), "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC)}, of_thread);
  return found;
}

std::vector<pid_t> search_children(pid_t parent) {
  std::vector<pid_t> found;
  numbers_in(unique_fd{::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)}, [&](pid_t process) {
    if (const auto entry = look_at(process); entry && entry->parent == parent) found.push_back(process);
    return true;
  });
  return found;
}

void visit_descendants(const chosen_child& which, const descendant_visit& visit) {
  const process_handle self{::getpid()};
  if (const auto entry = self.look()) walk{which, visit}.below(self, *entry, 0);
}

std::vector<process_entry> descendants(const chosen_child& which) {
  std::vector<process_entry> found;
  visit_descendants(which,
                    [&](const process_handle&, const process_entry& entry) { found.push_back(entry); });
  return found;
}

std::vector<process_entry> living_descendants(const chosen_child& which) {
  std::vector<process_entry> found;
  visit_descendants(which, [&](const process_handle& process, const process_entry& entry) {
    if (!process.ended(entry)) found.push_back(entry);
  });
  return found;
}

} // namespace tier2::os
