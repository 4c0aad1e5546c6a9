// For how long tickets are kept: "tier2-cloud retention".
#include "tools/cloud/administration.hpp"
#include "tools/cloud/database.hpp"
#include "tools/cloud/printable.hpp"
#include "tools/cloud/ticket_retention.hpp"

#include <iostream>

namespace tier2::cloud::administration {

namespace {

constexpr const char* by_hand = "command line";

result<std::unique_ptr<database>> open_database(const cloud_config& config) {
  return database::open(config.storage.directory + "/tier2.db");
}

std::string in_words(std::uint32_t days) {
  return days == 0 ? "for ever" : "for " + std::to_string(days) + (days == 1 ? " day" : " days");
}

} // namespace

result<void> show_retention(const cloud_config& config) {
  const auto facts = open_database(config);
  if (!facts) return tl::unexpected(facts.error());
  const auto rules = ticket_retention{**facts}.get();
  if (!rules) return tl::unexpected(rules.error());
  std::cout << "Tickets are kept " << in_words(rules->all) << ".\n";
  for (const auto& [label, days] : rules->labels)
    std::cout << "Those of machines with the label \"" << printable(label) << "\": " << in_words(days)
              << ".\n";
  return {};
}

result<void> set_retention(const cloud_config& config, const std::string& label, std::uint32_t days) {
  const auto facts = open_database(config);
  if (!facts) return tl::unexpected(facts.error());
  if (auto set = ticket_retention{**facts}.set(label, days, by_hand, std::chrono::system_clock::now()); !set)
    return set;
  return show_retention(config);
}

result<void> clear_retention(const cloud_config& config, const std::string& label) {
  const auto facts = open_database(config);
  if (!facts) return tl::unexpected(facts.error());
  if (auto done = ticket_retention{**facts}.clear(label, by_hand, std::chrono::system_clock::now()); !done)
    return done;
  return show_retention(config);
}

} // namespace tier2::cloud::administration
