#pragma once

#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace tier2::cloud {

/// Lets a few in at once and a few wait, in the order in which they came, and nobody have more than his share
/// of both. From any thread.
class narrow_gate {
public:
  struct limits {
    std::size_t inside{2}, waiting{8}, of_one_group{4};
  };
  explicit narrow_gate(const limits& most) : most_{most} {}

  /// Somebody who is inside, until it is destroyed.
  class pass {
  public:
    pass(narrow_gate& gate, std::string group) : gate_{&gate}, group_{std::move(group)} {}
    pass(pass&& other) noexcept : gate_{other.gate_}, group_{std::move(other.group_)} {
      other.gate_ = nullptr;
    }
    pass& operator=(pass&&) = delete;
    ~pass() {
      if (gate_ != nullptr) gate_->leave(group_);
    }

  private:
    narrow_gate* gate_;
    std::string group_;
  };
  /// Waits for a place inside; nothing at once when too many wait already.
  std::optional<pass> enter(const std::string& group);
  std::size_t waiting() const;

private:
  void leave(const std::string& group);
  const limits most_;
  mutable std::mutex guard_;
  std::condition_variable moved_;
  std::map<std::string, std::size_t> groups_;
  std::size_t inside_{}, next_{}, served_{}; ///< Numbers are given out and called in turn.
};

} // namespace tier2::cloud
