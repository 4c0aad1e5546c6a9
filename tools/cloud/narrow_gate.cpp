#include "tools/cloud/narrow_gate.hpp"

namespace tier2::cloud {

std::optional<narrow_gate::pass> narrow_gate::enter(const std::string& group) {
  std::unique_lock lock{guard_};
  const bool free = inside_ < most_.inside && next_ == served_;
  if (!free && next_ - served_ >= most_.waiting) return std::nullopt;
  auto& of_group = groups_[group];
  if (of_group >= most_.of_one_group) return std::nullopt;
  ++of_group;
  const auto mine = next_++;
  moved_.wait(lock, [&] { return mine == served_ && inside_ < most_.inside; });
  ++served_;
  ++inside_;
  moved_.notify_all();
  return pass{*this, group};
}

void narrow_gate::leave(const std::string& group) {
  const std::lock_guard lock{guard_};
  --inside_;
  const auto found = groups_.find(group);
  if (--found->second == 0) groups_.erase(found);
  moved_.notify_all();
}

std::size_t narrow_gate::waiting() const {
  const std::lock_guard lock{guard_};
  return next_ - served_;
}

} // namespace tier2::cloud
