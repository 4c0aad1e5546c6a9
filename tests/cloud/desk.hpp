#pragma once

#include "messages/wire/manifest.hpp"
#include "platform/crypto/digest.hpp"
#include "platform/crypto/seal.hpp"
#include "platform/secure_memory.hpp"
#include "tests/platform/temporary_directory.hpp"
#include "tools/cloud/agent_store.hpp"
#include "tools/cloud/database.hpp"
#include "tools/cloud/operator_store.hpp"
#include "tools/cloud/ticket_intake.hpp"
#include "tools/cloud/ticket_store.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace tier2::cloud::test {

using namespace std::chrono_literals;

/// A fixed moment, so that nothing in a test depends on the day.
inline const wall_time noon{std::chrono::seconds{1767355200}};

inline uuid id(std::uint8_t last) {
  uuid value;
  value.bytes[0] = 0x7a;
  value.bytes[15] = last;
  return value;
}

/// The value, or the test ends with the error's sentence.
template <class T>
T must(result<T> value) {
  const std::string why = value ? std::string{} : value.error().what;
  INFO(why);
  REQUIRE(value.has_value());
  return std::move(*value);
}
inline void must(result<void> value) {
  const std::string why = value ? std::string{} : value.error().what;
  INFO(why);
  REQUIRE(value.has_value());
}

/// A ticket as a helper would make it: the manifest's bytes, the consent to them, the parts.
struct made_ticket {
  std::vector<std::string> parts;
  ticket_manifest manifest;
  wire::ticket_begin begin;
};

inline made_ticket make_ticket(std::uint8_t number,
                               std::vector<std::string> parts = {"first picture", "{}"}) {
  made_ticket made;
  auto& manifest = made.manifest;
  manifest.ticket = id(number);
  manifest.opened_at = noon;
  manifest.host = "pc-17";
  manifest.user = "anna";
  manifest.session = "1";
  manifest.form.name = "Anna Example";
  manifest.form.email = "anna@example.org";
  manifest.form.message = "The printer does not answer";
  manifest.form.urgency = "high";
  for (std::uint32_t i = 0; i < parts.size(); ++i) {
    const bool picture = i == 0;
    manifest.parts.push_back({i, picture ? "step.png" : "file-" + std::to_string(i) + ".json",
                              picture ? "image/png" : "application/json", parts[i].size(),
                              blake2b_256(parts[i])});
  }
  if (!parts.empty())
    manifest.steps.push_back({0, noon, trigger::click_left, 10, 20, "Invoices", "calc", 0, 0, {}});
  made.parts = std::move(parts);
  made.begin.ticket = manifest.ticket;
  made.begin.manifest = wire::encode(manifest);
  made.begin.consent = {ticket_consent::mode::asked, noon, blake2b_256(made.begin.manifest)};
  made.begin.origin = {"1000", "anna", "1"};
  return made;
}

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span{text.data(), text.size()});
}

/// The cloud's stores in a directory of the test's own, with one approved agent.
struct desk {
  tier2::test::temporary_directory place;
  std::string directory{place / "state"};
  std::unique_ptr<database> facts;
  uuid agent{id(200)};

  desk() {
    must(init_crypto());
    std::filesystem::create_directory(directory);
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all);
    open();
    must(agent_store{*facts}.add_token(blake2b_256("token"), 1000, noon + 24h));
    must(agent_store{*facts}.enrol(blake2b_256("token"), agent, about("key"), noon));
  }
  void open() {
    facts.reset();
    facts = must(database::open(directory + "/tier2.db"));
  }
  static wire::enroll about(std::string_view key) {
    wire::enroll message;
    message.key_digest = blake2b_256(key);
    message.hostname = "pc-17";
    message.os = "Debian 12";
    message.arch = "x86_64";
    message.version = "0.1.0";
    return message;
  }
};

/// An intake on a desk, and an agent that speaks to it.
struct intake_desk : desk {
  ticket_store tickets{*facts};
  intake_limits limits{};
  std::unique_ptr<ticket_intake> intake;
  wall_time now{noon};

  intake_desk() { restart(); }
  void restart() {
    intake = std::make_unique<ticket_intake>(limits, tickets, must(incoming_area::open(directory)),
                                             must(content_store::open(directory)), "https://desk.example");
  }
  wire::ticket_state begin(const made_ticket& ticket) { return intake->begin(agent, ticket.begin, now); }
  std::optional<wire::ticket_state> send(const made_ticket& ticket, std::uint32_t part, std::uint64_t offset,
                                         std::string_view bytes) {
    return intake->part(
        agent, {wire::frame_kind::ticket_part, ticket.begin.ticket, part, offset, bytes_of(bytes)}, now);
  }
  void send_all(const made_ticket& ticket) {
    for (std::uint32_t i = 0; i < ticket.parts.size(); ++i)
      if (!ticket.parts[i].empty()) send(ticket, i, 0, ticket.parts[i]);
  }
  wire::ticket_state end(const made_ticket& ticket) {
    auto ending = intake->end(agent, {ticket.begin.ticket, ticket.begin.consent.manifest});
    if (ending.answer) return *ending.answer;
    REQUIRE(ending.work);
    return intake->settle(*ending.work, intake->store(*ending.work, now));
  }
  wire::ticket_state whole(const made_ticket& ticket) {
    const auto begun = begin(ticket);
    if (!begun.error.empty() || !begun.number.empty()) return begun;
    send_all(ticket);
    return end(ticket);
  }
  std::size_t files_in(const std::string& folder) const {
    std::size_t count = 0;
    for (const auto& each : std::filesystem::recursive_directory_iterator{directory + "/" + folder})
      if (each.is_regular_file()) ++count;
    return count;
  }
};

} // namespace tier2::cloud::test
