#include "tools/cloud/rate_limit.hpp"

#include <algorithm>

namespace tier2::cloud {

namespace {

constexpr std::size_t for_both = 5;
constexpr std::size_t for_address = 20;
constexpr std::size_t for_name = 100;

// An address has no line feed, so the three kinds of key cannot be taken for each other.
std::string both_key(const std::string& name, const std::string& address) {
  return "b\n" + address + "\n" + name;
}
std::string address_key(const std::string& address) { return "a\n" + address; }
std::string name_key(const std::string& name) { return "n\n" + name; }

} // namespace

std::chrono::seconds sign_in_limit::wait_for(const std::string& key, std::size_t allowed, time now) {
  const auto found = failures_.find(key);
  if (found == failures_.end()) return {};
  auto& times = found->second;
  while (!times.empty() && now - times.front() >= window)
    times.pop_front();
  if (times.empty())
    failures_.erase(found);
  else if (times.size() >= allowed)
    return std::chrono::ceil<std::chrono::seconds>(times.front() + window - now);
  return {};
}

std::chrono::seconds sign_in_limit::wait(const std::string& name, const std::string& address, time now) {
  return std::max({wait_for(both_key(name, address), for_both, now),
                   wait_for(address_key(address), for_address, now),
                   wait_for(name_key(name), for_name, now)});
}

void sign_in_limit::note(const std::string& key, std::size_t allowed, time now) {
  if (failures_.size() >= most_keys && !failures_.contains(key)) {
    std::erase_if(failures_, [&](const auto& each) { return now - each.second.back() >= window; });
    if (failures_.size() >= most_keys)
      failures_.erase(std::min_element(failures_.begin(), failures_.end(), [](const auto& a, const auto& b) {
        return a.second.back() < b.second.back();
      }));
  }
  auto& times = failures_[key];
  times.push_back(now);
  if (times.size() > allowed) times.pop_front();
}

void sign_in_limit::failed(const std::string& name, const std::string& address, time now) {
  note(both_key(name, address), for_both, now);
  note(address_key(address), for_address, now);
  note(name_key(name), for_name, now);
}

void sign_in_limit::succeeded(const std::string& name, const std::string& address) {
  failures_.erase(both_key(name, address));
  for (const auto& key : {address_key(address), name_key(name)}) {
    const auto found = failures_.find(key);
    if (found == failures_.end()) continue;
    found->second.pop_back();
    if (found->second.empty()) failures_.erase(found);
  }
}

} // namespace tier2::cloud
