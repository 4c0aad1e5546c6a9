#include "actors/ticket/facts_file.hpp"

#include <nlohmann/json.hpp>

namespace tier2 {

std::string encode_facts(const std::vector<fact>& facts) {
  std::string text = "{\"facts\": [";
  for (const auto& each : facts) {
    nlohmann::ordered_json one;
    one["id"] = each.id;
    one["title"] = each.title;
    one["text"] = each.text;
    if (!each.failed.empty()) one["failed"] = each.failed;
    text += &each == &facts.front() ? "\n" : ",\n";
    text += one.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  }
  return text + "\n]}\n";
}

} // namespace tier2
