#pragma once

#include "tests/platform/eventually.hpp"
#include "tests/platform/temporary_directory.hpp"

#include "platform/linux/account.hpp"
#include "platform/linux/tree/descendants.hpp"
#include "platform/linux/tree/script_file.hpp"
#include "platform/process.hpp"
#include "platform/process_tree.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <vector>

namespace tier2::test {

/// Scripts lie where every account can get at its own.
class script_place {
public:
  script_place() { ::chmod(directory_.path().c_str(), 0711); }
  std::string path() const { return directory_ / "scripts"; }
  bool empty() const { return !std::filesystem::exists(path()) || std::filesystem::is_empty(path()); }

private:
  temporary_directory directory_;
};

/// The program that attacks a tree, where every account may run it: the build may lie in somebody's home.
class attacker_program {
public:
  attacker_program() {
    ::chmod(directory_.path().c_str(), 0711);
    std::filesystem::copy_file(TIER2_TREE_ATTACKER, path());
    ::chmod(path().c_str(), 0755);
  }
  std::string path() const { return directory_ / "tree_attacker"; }

private:
  temporary_directory directory_;
};

/// Without a control group, which is the harder case; tests of groups name one.
inline process_tree::options sh(const script_place& scripts, std::string script) {
  process_tree::options what;
  what.jti = random_uuid();
  what.keeper = TIER2_RUNNER;
  what.script_directory = scripts.path();
  what.cgroup = "none";
  what.what.script = std::move(script);
  return what;
}

inline process_tree::options exec(const script_place& scripts, std::vector<std::string> argv) {
  auto what = sh(scripts, {});
  what.what.shell = command_shell::exec;
  what.what.argv = std::move(argv);
  return what;
}

inline process_tree::options as_user(process_tree::options what, uid_t user) {
  what.what.as = command_account::user;
  what.user.account = std::to_string(user);
  return what;
}

/// A started command and all that it said.
class running_command {
public:
  struct said {
    std::string out, err;
    std::size_t largest_chunk{};
    bool in_order{true};
    bool silent_after_exit{true};
    int exits{};
    command_exit exit;
  };

  /// Without `keep`, what is said is only counted.
  explicit running_command(process_tree::options what, bool keep = true) {
    tree_ = process_tree::start(
        std::move(what),
        {[this, keep](process_tree::stream stream, std::uint64_t offset, std::vector<std::byte> bytes) {
           said_.change([&](said& all) {
             const bool out = stream == process_tree::stream::out;
             auto& counted = out ? out_ : err_;
             all.in_order = all.in_order && offset == counted;
             all.silent_after_exit = all.silent_after_exit && all.exits == 0;
             all.largest_chunk = std::max(all.largest_chunk, bytes.size());
             counted += bytes.size();
             if (keep)
               (out ? all.out : all.err).append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
           });
         },
         [this](command_exit how) {
           said_.change([&](said& all) {
             all.exit = std::move(how);
             ++all.exits;
           });
         }});
  }
  process_tree& tree() { return *tree_; }
  void forget() { tree_.reset(); }
  bool ended() {
    return said_.wait([](const said& all) { return all.exits > 0; });
  }
  /// Waits for the end.
  said result() {
    ended();
    return said_.get();
  }
  said so_far() { return said_.get(); }
  bool says(const std::string& text) {
    return said_.wait([&](const said& all) {
      return all.out.find(text) != std::string::npos || all.exits > 0;
    }) && said_.get().out.find(text) != std::string::npos;
  }
  /// The number that the command printed in a line "<name>=<number>".
  pid_t number(const std::string& name) {
    const auto start = name + "=";
    const auto complete = [&](const said& all) {
      const auto at = all.out.find(start);
      return at != std::string::npos && all.out.find('\n', at) != std::string::npos;
    };
    said_.wait([&](const said& all) { return complete(all) || all.exits > 0; });
    const auto all = said_.get();
    return complete(all) ? std::stoi(all.out.substr(all.out.find(start) + start.size())) : -1;
  }
  std::uint64_t delivered() {
    std::uint64_t sum = 0;
    said_.change([&](said&) { sum = out_ + err_; });
    return sum;
  }

private:
  watched<said> said_;
  std::uint64_t out_{}, err_{}; // guarded by `said_`
  std::unique_ptr<process_tree> tree_;
};

/// Runs it to its end.
inline running_command::said run(process_tree::options what) {
  return running_command{std::move(what)}.result();
}

/// Whether the process is still there, dead and not reaped included.
inline bool exists(pid_t process) { return os::look_at(process).has_value(); }

/// Every process whose environment names this command.
inline std::vector<pid_t> processes_of(const uuid& command) {
  std::vector<pid_t> found;
  std::error_code ignored;
  for (const auto& each : std::filesystem::directory_iterator{"/proc", ignored}) {
    const auto name = each.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const auto text = os::read_text(each.path().string() + "/environ", 1U << 20U);
    if (text && text->find("TIER2_COMMAND=" + to_string(command)) != std::string::npos)
      found.push_back(std::stoi(name));
  }
  return found;
}

/// Whether we have a child, running or dead and not waited for.
inline bool has_children() {
  siginfo_t ended{};
  return ::waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0;
}

} // namespace tier2::test
