#pragma once

#include "platform/facts.hpp"

#include <functional>
#include <memory>

namespace tier2 {

/// Asks each source on a thread of its own, which is left behind when it hangs (a dead disk cannot be waited
/// for). A source that still hangs from an earlier round is not asked again, so that hung threads cannot pile
/// up.
class fact_threads {
public:
  fact_threads();
  ~fact_threads();
  fact_threads(const fact_threads&) = delete;
  fact_threads& operator=(const fact_threads&) = delete;

  /// `tell` is called on the thread, or at once for a source that still hangs; never after the destructor
  /// began.
  void ask(const fact_source& source, std::function<void(fact)> tell);

private:
  struct shared;
  std::shared_ptr<shared> shared_;
};

} // namespace tier2
