#pragma once

#include "messages/digest.hpp"
#include "messages/frame.hpp"
#include "messages/uuid.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tier2 {

/// What the user writes. All text, all optional but the message.
struct ticket_form {
  std::string name;
  std::string email;
  std::string phone;
  std::string business;
  std::string message;
  std::string urgency; ///< "low", "normal", "high" or empty.
  std::map<std::string, std::string> choices;
  bool operator==(const ticket_form&) const = default;
};

/// A question of the organisation's own: one of the options, or nothing, goes into the form's `choices`.
struct form_choice {
  std::string name;
  std::vector<std::string> options;
  bool operator==(const form_choice&) const = default;
};

/// One picture in the story: which part it is, when, and what made it be taken.
struct ticket_step {
  std::uint32_t part{};
  wall_time at{};
  trigger cause{};
  std::int32_t x{};
  std::int32_t y{};
  std::string window;
  std::string application;
  std::uint32_t redactions{};
  std::uint32_t hidden{};          ///< Windows that were painted over before the picture was kept.
  std::vector<monitor> monitors{}; ///< Where they are others than the manifest's; else empty.
  bool operator==(const ticket_step&) const = default;
};

/// One file of the ticket. Part numbers count up from 0 without a gap.
struct ticket_part {
  std::uint32_t part{};
  std::string name;
  std::string media_type;
  std::uint64_t bytes{};
  digest blake2b;
  bool operator==(const ticket_part&) const = default;
};

/// The list of all that is sent. Consent is about the exact bytes of its JSON (protocol, section 3).
struct ticket_manifest {
  uuid ticket;
  wall_time opened_at{};
  std::string host;
  std::string user;
  std::string session;
  ticket_form form;
  std::vector<monitor> monitors;
  std::vector<ticket_step> steps;
  std::vector<ticket_part> parts;
  std::uint32_t left_out{}; ///< How many pictures the user took out.
  bool operator==(const ticket_manifest&) const = default;
};

/// How the user, or an administrator's policy, said yes to exactly these bytes.
struct ticket_consent {
  enum class mode : std::uint8_t { asked, policy };
  mode how{mode::asked};
  wall_time at{};
  digest manifest;
  bool operator==(const ticket_consent&) const = default;
};

/// Who sends, by the word of the service's kernel and never of the helper.
struct ticket_origin {
  std::string account; ///< Numeric user id, or a SID.
  std::string user;
  std::string session;
  bool operator==(const ticket_origin&) const = default;
};

/// One fact about the machine: a line or a few, or why it could not be found out.
struct fact {
  std::string id;     ///< Stable name, for example "memory".
  std::string title;  ///< For people, English; pages translate by id.
  std::string text;   ///< The fact; lines separated by '\n'.
  std::string failed; ///< Why it is missing; empty when it is not.
  bool operator==(const fact&) const = default;
};

} // namespace tier2
