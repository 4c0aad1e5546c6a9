// A program that stands for the service: starts one command, prints its output, and waits to be killed.
// tree_owner KEEPER SCRIPTS JTI SCRIPT
// Without a control group, so that what is tested is what the keeper does.

#include "platform/process_tree.hpp"

#include <unistd.h>

int main(int count, char** words) {
  if (count != 5) return 2;
  tier2::process_tree::options what;
  what.keeper = words[1];
  what.script_directory = words[2];
  what.jti = tier2::parse_uuid(words[3]).value();
  what.what.script = words[4];
  what.cgroup = "none";
  const auto tree = tier2::process_tree::start(
      what, {[](auto, auto, std::vector<std::byte> bytes) {
               static_cast<void>(::write(STDOUT_FILENO, bytes.data(), bytes.size()) > 0);
             },
             [](tier2::command_exit) {}});
  for (;;)
    ::pause();
}
