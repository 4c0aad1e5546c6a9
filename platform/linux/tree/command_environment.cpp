#include "platform/linux/tree/command_environment.hpp"

#include "platform/linux/account.hpp"

namespace tier2::os {

namespace {

constexpr std::string_view user_directories = "/usr/local/bin:/usr/bin:/bin";

std::string system_language() {
  for (const auto* file : {"/etc/default/locale", "/etc/locale.conf"})
    if (const auto text = read_text(file, 4096))
      if (auto language = configured_language(*text); !language.empty()) return language;
  return "C.UTF-8";
}

} // namespace

std::string configured_language(std::string_view text) {
  constexpr std::string_view name = "LANG=";
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!line.starts_with(name)) continue;
    line.remove_prefix(name.size());
    if (line.size() >= 2 && line.front() == '"' && line.back() == '"') line = line.substr(1, line.size() - 2);
    constexpr std::string_view of_a_locale =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@-";
    if (line.find_first_not_of(of_a_locale) == std::string_view::npos) return std::string{line};
  }
  return {};
}

std::map<std::string, std::string> command_environment(const process_tree::options& what,
                                                       const command_account_entry& account) {
  const bool as_user = what.what.as == command_account::user;
  std::map<std::string, std::string> variables{
      {"PATH", std::string{as_user && account.user != 0 ? user_directories : system_directories}},
      {"HOME", account.home.empty() ? "/" : account.home},
      {"USER", account.name},
      {"LOGNAME", account.name},
      {"SHELL", account.shell.empty() ? "/bin/sh" : account.shell},
      {"LANG", system_language()}};
  if (as_user)
    for (const auto& [name, value] : what.user.environment)
      variables[name] = value;
  for (const auto& [name, value] : what.what.env)
    variables[name] = value;
  variables["TIER2_COMMAND"] = to_string(what.jti);
  return variables;
}

} // namespace tier2::os
