#include "tools/cloud/rate_limit.hpp"

#include "tools/cloud/address_group.hpp"

#include <algorithm>
#include <array>

namespace tier2::cloud {

namespace {

constexpr std::size_t for_both = 5;
constexpr std::size_t for_both_of_a_name_under_attack = 1;
constexpr std::size_t for_address = 20;
constexpr std::size_t attack_on_name = 100;

// An address has no line feed, so the three kinds of key cannot be taken for each other.
std::string both_key(const std::string& name, const std::string& address) {
  return "b\n" + address_group(address) + "\n" + name;
}
std::string address_key(const std::string& address) { return "a\n" + address_group(address); }
std::string name_key(const std::string& name) { return "n\n" + name; }

} // namespace

std::size_t sign_in_limit::count(const std::string& key, time now) {
  auto* const times = failures_.find(key);
  if (times == nullptr) return 0;
  while (!times->empty() && now - times->front() >= window)
    times->pop_front();
  const auto left = times->size();
  if (left == 0) failures_.erase(key);
  return left;
}

std::chrono::seconds sign_in_limit::wait_for(const std::string& key, std::size_t allowed, time now) {
  const auto failed = count(key, now);
  if (failed < allowed) return {};
  // When the oldest of those that are one too many is forgotten, there is room for another.
  return std::chrono::ceil<std::chrono::seconds>((*failures_.find(key))[failed - allowed] + window - now);
}

std::chrono::seconds sign_in_limit::wait(const std::string& name, const std::string& address, time now) {
  const auto both = both_key(name, address);
  if (familiar_.find(both) != nullptr) return wait_for(both, for_both, now);
  const bool attacked = count(name_key(name), now) >= attack_on_name;
  return std::max(wait_for(both, attacked ? for_both_of_a_name_under_attack : for_both, now),
                  wait_for(address_key(address), for_address, now));
}

void sign_in_limit::note(const std::string& key, std::size_t kept, time now) {
  auto& times = failures_.touch(key);
  times.push_back(now);
  if (times.size() > kept) times.pop_front();
}

void sign_in_limit::failed(const std::string& name, const std::string& address, time now) {
  note(both_key(name, address), for_both, now);
  note(address_key(address), for_address, now);
  note(name_key(name), attack_on_name, now);
}

void sign_in_limit::forget_one(const std::string& key) {
  auto* const times = failures_.find(key);
  if (times == nullptr) return;
  times->pop_back();
  if (times->empty()) failures_.erase(key);
}

void sign_in_limit::take_back(const std::string& name, const std::string& address) {
  for (const auto& key : std::array{both_key(name, address), address_key(address), name_key(name)})
    forget_one(key);
}

void sign_in_limit::succeeded(const std::string& name, const std::string& address) {
  const auto both = both_key(name, address);
  failures_.erase(both);
  forget_one(address_key(address));
  forget_one(name_key(name));
  familiar_.touch(both);
}

} // namespace tier2::cloud
