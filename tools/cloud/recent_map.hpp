#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <unordered_map>
#include <utility>

namespace tier2::cloud {

/// A map of bounded size: what was touched longest ago makes room for what is new. Every call takes the same
/// time however much it holds. Not thread-safe.
template <class Value>
class recent_map {
public:
  explicit recent_map(std::size_t most) : most_{most} {}

  /// Null when it is not (or no longer) there.
  Value* find(const std::string& key) {
    const auto found = index_.find(key);
    return found == index_.end() ? nullptr : &found->second->second;
  }
  /// The value, made when it was not there, as the one touched last.
  Value& touch(const std::string& key) {
    if (const auto found = index_.find(key); found != index_.end()) {
      order_.splice(order_.end(), order_, found->second);
      return found->second->second;
    }
    if (index_.size() >= most_) erase(std::string{order_.front().first});
    const auto made = order_.emplace(order_.end(), key, Value{});
    index_.emplace(key, made);
    return made->second;
  }
  void erase(const std::string& key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return;
    order_.erase(found->second);
    index_.erase(found);
  }
  std::size_t size() const { return index_.size(); }

private:
  using order = std::list<std::pair<std::string, Value>>;
  std::size_t most_;
  order order_;
  std::unordered_map<std::string, typename order::iterator> index_;
};

} // namespace tier2::cloud
