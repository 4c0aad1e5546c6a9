#include "tools/ctl/status_text.hpp"

#include "messages/wire/json.hpp"
#include "messages/wire/manifest.hpp"
#include "tools/ctl/visible_text.hpp"

#include <algorithm>
#include <array>

namespace tier2::ctl {

namespace {

constexpr std::size_t label_columns = 12, most_cell_bytes = 200, name_columns = 14;

std::string line(std::string_view label, const std::string& text) {
  return fit(label, label_columns) + text + "\n";
}

std::string joined(const std::vector<std::string>& all) {
  std::string text;
  for (const auto& each : all)
    text += (text.empty() ? "" : ", ") + visible_text(each, most_cell_bytes);
  return text.empty() ? "none" : text;
}

/// "3 d 4 h", "12 min", "8 s": the two greatest units.
std::string lasting(std::chrono::milliseconds time) {
  const auto s = std::max<std::int64_t>(0, time.count() / 1000);
  if (s < 60) return std::to_string(s) + " s";
  if (s < 3600) return std::to_string(s / 60) + " min";
  if (s < 86400) return std::to_string(s / 3600) + " h " + std::to_string(s / 60 % 60) + " min";
  return std::to_string(s / 86400) + " d " + std::to_string(s / 3600 % 24) + " h";
}

std::string since(const wire::machine_status& now, wall_time then) {
  return lasting(std::chrono::duration_cast<std::chrono::milliseconds>(now.at - then));
}

std::string protection_words(const std::string& protection) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> known{{
      {"tpm2", "tpm2: the TPM of this board; the file opens nowhere else"},
      {"host", "host: systemd's host key; who has the whole disk as root can open it"},
      {"hardware", "hardware: derived from the serial numbers; who is root here, or knows them, can open it"},
      {"machine", "machine: derived from the installation's id; who has the whole disk can open it"},
      {"none", "none: nothing but the file's permissions"},
  }};
  for (const auto& [name, words] : known)
    if (name == protection) return std::string{words};
  return protection.empty() ? "not known: the keystore does not answer" : visible_text(protection, 64);
}

std::string cloud_words(const wire::machine_status& now) {
  const auto& cloud = now.cloud;
  auto text = visible_text(cloud.host, most_cell_bytes) + ", " +
              (cloud.connected ? "connected" : "not connected") + " for " + since(now, cloud.since);
  if (!cloud.detail.empty()) text += ": " + visible_text(cloud.detail, most_cell_bytes);
  return text;
}

std::string actor_line(const actor_health& actor) {
  auto text = "  " + fit(visible_text(actor.name, most_cell_bytes), name_columns) +
              fit(visible_text(actor.state, 16), 13) + fit(std::to_string(actor.restarts), 10) +
              fit(std::to_string(actor.handled), 11) + std::to_string(actor.p99_us) + " µs";
  if (!actor.last_error.empty())
    text += "\n  " + fit("", name_columns) + "last error: " + visible_text(actor.last_error, most_cell_bytes);
  return text + "\n";
}

} // namespace

std::vector<std::string> complaints(const wire::machine_status& now) {
  std::vector<std::string> all;
  if (now.agent.is_nil())
    all.emplace_back("The keystore does not answer: look into the service's log.");
  else if (!now.enrolled)
    all.emplace_back(
        "No cloud has taken this machine in yet: it needs an enrolment token, or an operator's yes.");
  if (!now.cloud.connected) all.emplace_back("There is no connection to the cloud.");
  if (now.protection == "none" || now.protection == "machine")
    all.emplace_back("The key is kept by nothing that belongs to this machine's hardware.");
  if (now.outbox.dropped != 0)
    all.push_back(std::to_string(now.outbox.dropped) + " alerts had to make way for others.");
  for (const auto& actor : now.actors)
    if (actor.state != "up")
      all.push_back("The part " + visible_text(actor.name, 64) + " is " + visible_text(actor.state, 16) +
                    ".");
  return all;
}

std::string status_text(const wire::machine_status& now) {
  auto text = line("Service", "tier2-service " + visible_text(now.version, 64) + ", running for " +
                                  since(now, now.started));
  text += line("Agent", (now.agent.is_nil() ? "not known" : to_string(now.agent)) +
                            (now.enrolled ? ", enrolled" : ", not enrolled"));
  if (!now.replaces.is_nil()) text += line("Replaces", to_string(now.replaces) + ", on other hardware");
  text += line("Key", protection_words(now.protection));
  text += line("Cloud", cloud_words(now));
  text += line("Groups", joined(now.groups));
  text += line("Packs", joined(now.packs));
  text += line("Commands", std::to_string(now.running.size()) + " running or waiting");
  text += line("Alerts", std::to_string(now.outbox.waiting) + " wait for the cloud");
  text += line("Parts", fit("", 4) + "state        restarts  messages   p99");
  for (const auto& actor : now.actors)
    text += actor_line(actor);
  const auto wrong = complaints(now);
  if (!wrong.empty()) text += "\n";
  for (const auto& each : wrong)
    text += "! " + each + "\n";
  return text;
}

std::string status_json(const wire::machine_status& now) {
  auto value = nlohmann::ordered_json::parse(wire::encode(now));
  value.erase("type");
  value["complaints"] = complaints(now);
  return value.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

} // namespace tier2::ctl
