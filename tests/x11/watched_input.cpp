#include "tests/x11/watched_input.hpp"

#include <chrono>
#include <stdexcept>
#include <utility>

namespace tier2::test {

watched_input::watched_input(const std::string& display, std::vector<std::string> hotkeys,
                             trigger_set triggers) {
  const auto note = [this](auto& list, const auto& value) {
    const std::lock_guard lock{mutex_};
    list.push_back(value);
    changed_.notify_all();
  };
  auto opened = input_source::open({display, triggers, std::move(hotkeys)},
                                   {[this, note](const trigger_event& event) { note(triggers_, event); },
                                    [this, note](steady_time at) { note(hotkeys_, at); },
                                    [this, note](const error& why) { note(losses_, why); }});
  if (!opened) throw std::runtime_error{opened.error().what};
  source_ = std::move(*opened);
}

template <class List>
bool watched_input::wait_for(const List& list, std::size_t count) {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, std::chrono::seconds{30}, [&] { return list.size() >= count; });
}

bool watched_input::wait_for_triggers(std::size_t count) { return wait_for(triggers_, count); }
bool watched_input::wait_for_hotkeys(std::size_t count) { return wait_for(hotkeys_, count); }
bool watched_input::wait_for_losses(std::size_t count) { return wait_for(losses_, count); }

std::vector<trigger_event> watched_input::triggers() {
  const std::lock_guard lock{mutex_};
  return triggers_;
}

std::vector<trigger> watched_input::kinds() {
  std::vector<trigger> all;
  for (const auto& event : triggers())
    all.push_back(event.kind);
  return all;
}

std::size_t watched_input::hotkeys() {
  const std::lock_guard lock{mutex_};
  return hotkeys_.size();
}

std::vector<error> watched_input::losses() {
  const std::lock_guard lock{mutex_};
  return losses_;
}

} // namespace tier2::test
