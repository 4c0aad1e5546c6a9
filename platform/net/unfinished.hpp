#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>

namespace tier2::net {

/// Connections that are not upgraded yet, by who they are from. A later connection has a greater id.
class unfinished {
public:
  using id = std::uint64_t; ///< Never 0.

  void add(id one, const std::string& group) {
    groups_[group].insert(one);
    all_.insert(one);
    group_of_.emplace(one, group);
  }
  /// Also of one that is not here.
  void remove(id one) {
    const auto found = group_of_.find(one);
    if (found == group_of_.end()) {
      return;
    }
    const auto group = groups_.find(found->second);
    group->second.erase(one);
    if (group->second.empty()) {
      groups_.erase(group);
    }
    all_.erase(one);
    group_of_.erase(found);
  }
  std::size_t of(const std::string& group) const {
    const auto found = groups_.find(group);
    return found == groups_.end() ? 0 : found->second.size();
  }
  /// 0: none.
  id oldest() const { return first(all_); }
  id oldest_of(const std::string& group) const {
    const auto found = groups_.find(group);
    return found == groups_.end() ? 0 : first(found->second);
  }

private:
  static id first(const std::set<id>& of) { return of.empty() ? 0 : *of.begin(); }
  std::unordered_map<id, std::string> group_of_;
  std::map<std::string, std::set<id>> groups_;
  std::set<id> all_;
};

} // namespace tier2::net
