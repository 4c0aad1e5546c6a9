#include "platform/linux/program.hpp"

#include <cstdlib>
#include <sys/stat.h>
#include <unistd.h>

namespace tier2::os {

namespace {

bool is_program(const std::string& path) {
  struct stat found{};
  return ::stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

} // namespace

result<std::string> find_program(const std::string& name) {
  const char* path =
      std::getenv("PATH"); // NOLINT(concurrency-mt-unsafe): nothing here ever sets the environment
  return find_program(name, path != nullptr && *path != '\0' ? path : "/usr/local/bin:/usr/bin:/bin");
}

result<std::string> find_program(const std::string& name, std::string_view directories) {
  if (name.empty()) return fail(errc::invalid_argument, "No program was named.");
  if (name.find('/') != std::string::npos) {
    if (is_program(name)) return name;
    return fail(errc::not_found, "There is no program " + name + " that this account may run.");
  }
  while (!directories.empty()) {
    const auto end = directories.find(':');
    // An empty entry would mean the working directory (execvp); a program must not depend on where we stand.
    const auto directory = directories.substr(0, end);
    auto candidate = std::string{directory} + "/" + name;
    if (directory.starts_with('/') && is_program(candidate)) return candidate;
    directories = end == std::string_view::npos ? std::string_view{} : directories.substr(end + 1);
  }
  return fail(errc::not_found, "The program " + name + " is not installed.");
}

std::vector<char*> argument_pointers(const std::vector<std::string>& argv) {
  std::vector<char*> pointers;
  pointers.reserve(argv.size() + 1);
  for (const auto& each : argv)
    pointers.push_back(const_cast<char*>(each.c_str())); // NOLINT: exec does not write
  pointers.push_back(nullptr);
  return pointers;
}

} // namespace tier2::os
