#include "actors/collector/fact_threads.hpp"

#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>

namespace tier2 {

namespace {
/// Sources that did not answer yet. Of the process: a collector that crashed leaves its hung threads here.
struct busy_sources {
  std::mutex mutex;
  std::set<std::string> ids;
  bool enter(const std::string& id) {
    const std::lock_guard lock{mutex};
    return ids.insert(id).second;
  }
  void leave(const std::string& id) {
    const std::lock_guard lock{mutex};
    ids.erase(id);
  }
};
busy_sources& busy() {
  static auto* const all = new busy_sources; // never destroyed: a hung thread may end after main
  return *all;
}
} // namespace

struct fact_threads::shared {
  std::mutex mutex;
  bool ended{false};
};

fact_threads::fact_threads() : shared_(std::make_shared<shared>()) {}

fact_threads::~fact_threads() {
  const std::lock_guard lock{shared_->mutex};
  shared_->ended = true;
}

void fact_threads::ask(const fact_source& source, std::function<void(fact)> tell) {
  if (!busy().enter(source.id)) {
    tell({source.id, source.title, {}, "It still has not answered the question before this one."});
    return;
  }
  std::thread{[s = shared_, source, tell = std::move(tell)] {
    auto answer = source.gather();
    busy().leave(source.id);
    const std::lock_guard lock{s->mutex};
    if (!s->ended) tell(std::move(answer));
  }}.detach();
}

} // namespace tier2
