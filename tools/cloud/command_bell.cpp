#include "tools/cloud/command_bell.hpp"

namespace tier2::cloud {

void command_bell::ring(const uuid& command) { ring(std::set<uuid>{command}); }

void command_bell::ring(const std::set<uuid>& commands) {
  bool heard = false;
  {
    const std::lock_guard lock{guard_};
    for (const auto& command : commands)
      if (const auto found = ears_.find(command); found != ears_.end()) {
        ++found->second.rang;
        heard = true;
      }
  }
  if (heard) wake_.notify_all();
}

void command_bell::ring_all() {
  {
    const std::lock_guard lock{guard_};
    for (auto& [command, each] : ears_)
      ++each.rang;
  }
  wake_.notify_all();
}

command_bell::listener::listener(command_bell& bell, const uuid& command) : bell_{bell}, command_{command} {
  const std::lock_guard lock{bell_.guard_};
  ++bell_.ears_[command_].listeners;
}

command_bell::listener::~listener() {
  const std::lock_guard lock{bell_.guard_};
  const auto found = bell_.ears_.find(command_);
  if (--found->second.listeners == 0) bell_.ears_.erase(found);
}

command_bell::count command_bell::listener::now() const {
  const std::lock_guard lock{bell_.guard_};
  return bell_.ears_.at(command_).rang;
}

bool command_bell::listener::wait(count seen, std::chrono::milliseconds limit,
                                  const std::stop_token& stop) const {
  std::unique_lock lock{bell_.guard_};
  return bell_.wake_.wait_for(lock, stop, limit, [&] { return bell_.ears_.at(command_).rang != seen; });
}

} // namespace tier2::cloud
