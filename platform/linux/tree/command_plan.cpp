#include "platform/linux/tree/command_plan.hpp"

#include "platform/linux/program.hpp"
#include "platform/linux/tree/command_account.hpp"
#include "platform/linux/tree/command_environment.hpp"
#include "platform/linux/tree/control_group.hpp"
#include "platform/process.hpp"

#include <unistd.h>

namespace tier2::os {

namespace {

struct shell_program {
  std::string path;
  std::vector<std::string> options; ///< Before the script's path.
  std::string suffix;               ///< Of the script's name.
};

result<shell_program> find_shell(command_shell which) {
  const auto there = [](const char* name, const char* missing) -> result<std::string> {
    if (auto path = find_program(name, system_directories)) return path;
    return fail(errc::unsupported, std::string{missing} + " The command was not started.");
  };
  const auto plain = [](std::string path) { return shell_program{std::move(path), {}, {}}; };
  switch (which) {
  case command_shell::sh:
    return there("sh", "There is no sh on this system.").map(plain);
  case command_shell::bash:
    return there("bash", "There is no bash on this system.").map(plain);
  case command_shell::powershell:
    return there("pwsh", "There is no PowerShell (pwsh) on this system.").map([](std::string path) {
      return shell_program{std::move(path), {"-NoLogo", "-NoProfile", "-NonInteractive", "-File"}, ".ps1"};
    });
  default:
    return fail(errc::unsupported, "There is no cmd on this system. The command was not started.");
  }
}

/// What execvp(3) would try, but for the working directory.
std::vector<std::string> candidates(const std::string& name, std::string_view directories) {
  if (name.find('/') != std::string::npos) return {name};
  std::vector<std::string> paths;
  while (!directories.empty()) {
    const auto end = directories.find(':');
    if (directories.starts_with('/')) paths.push_back(std::string{directories.substr(0, end)} + "/" + name);
    directories = end == std::string_view::npos ? std::string_view{} : directories.substr(end + 1);
  }
  return paths;
}

result<void> choose_program(const process_tree::options& what, const command_account_entry& account,
                            std::string_view path, prepared_command& into) {
  auto& plan = into.plan;
  if (what.what.shell == command_shell::exec) {
    if (what.what.argv.empty() || what.what.argv.front().empty())
      return fail(errc::invalid_argument, "The command names no program; nothing was started.");
    plan.argv = what.what.argv;
    plan.programs = candidates(plan.argv.front(), path);
    if (plan.programs.empty())
      return fail(errc::not_found, "The command's PATH has no directory to look for " + plan.argv.front() +
                                       " in; nothing was started.");
    return {};
  }
  auto shell = find_shell(what.what.shell);
  if (!shell) return tl::unexpected(shell.error());
  auto script = script_file::write(what.script_directory, what.jti, shell->suffix, what.what.script,
                                   account.user, account.group);
  if (!script) return tl::unexpected(script.error());
  plan.programs = {shell->path};
  plan.argv = {shell->path.substr(shell->path.rfind('/') + 1)};
  plan.argv.insert(plan.argv.end(), shell->options.begin(), shell->options.end());
  plan.argv.push_back(script->path());
  plan.argv.insert(plan.argv.end(), what.what.args.begin(), what.what.args.end());
  into.script.emplace(std::move(*script));
  return {};
}

} // namespace

result<prepared_command> prepare_command(const process_tree::options& what) {
  const bool as_user = what.what.as == command_account::user;
  const auto account = as_user ? account_of_session(what.user.account) : own_account();
  if (!account) return tl::unexpected(account.error());
  prepared_command ready;
  auto& plan = ready.plan;
  plan.drop_privileges = as_user && ::geteuid() == 0;
  plan.user = account->user;
  plan.group = account->group;
  plan.groups = account->groups;
  plan.directory_required = !what.what.cwd.empty();
  plan.directory = plan.directory_required          ? what.what.cwd
                   : account->home.starts_with('/') ? account->home
                                                    : "/";
  plan.kill_after = what.kill_after;
  if (const auto parent = control_group_parent(what.cgroup); !parent.empty())
    plan.control_group = parent + "/" + control_group_prefix + to_string(what.jti) + "-" +
                         to_string(random_uuid()).substr(0, 8);
  const auto environment = command_environment(what, *account);
  for (const auto& [name, value] : environment)
    plan.environment.push_back(std::string{name}.append("=").append(value));
  if (const auto chosen = choose_program(what, *account, environment.at("PATH"), ready); !chosen)
    return tl::unexpected(chosen.error());
  return ready;
}

} // namespace tier2::os

namespace tier2 {

std::vector<std::string> available_shells() {
  std::vector<std::string> found;
  for (const auto& [name, program] : {std::pair{"sh", "sh"}, {"bash", "bash"}, {"powershell", "pwsh"}})
    if (os::find_program(program, os::system_directories)) found.emplace_back(name);
  found.emplace_back("exec");
  return found;
}

} // namespace tier2
