#include "tools/ctl/outcome.hpp"

#include "messages/printable.hpp"

#include <exception>

namespace tier2::ctl {

namespace {

constexpr std::size_t most_words = 200;

int fault(std::string_view why) {
  std::cerr << "tier2ctl: This is a fault of tier2ctl itself, so it ends here (" << printable(why, most_words)
            << "). If a command was being sent, see in the console whether the cloud has it.\n";
  return exit_fault;
}

} // namespace

int run_guarded(const std::function<int()>& work) {
  try {
    return work();
  } catch (const std::exception& thrown) {
    return fault(thrown.what());
  } catch (...) {
    return fault("of an unknown kind");
  }
}

} // namespace tier2::ctl
