#pragma once

#include "messages/ticket.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tier2::cloud {

class database;

/// What makes a ticket one ticket: whoever sends this again gets the same number.
struct ticket_key {
  uuid agent;
  std::string account;
  uuid ticket;
  auto operator<=>(const ticket_key&) const = default;
};

/// A ticket that is whole and verified, ready to be stored.
struct whole_ticket {
  ticket_key key;
  std::string manifest_bytes;
  ticket_manifest manifest;
  ticket_consent consent;
  ticket_origin origin;
};

/// One line of the list.
struct ticket_row {
  std::int64_t number{};
  std::string message; ///< Its first 300 characters.
  std::string urgency, name, email, host, user;
  wall_time opened{}, received{};
  std::uint32_t pictures{};
};

struct ticket_query {
  enum class order : std::uint8_t { received, number, host, name, urgency };
  std::string text;    ///< Found in message, name, email, user, host or number; empty: all.
  std::string host;    ///< Exactly this machine; empty: all.
  std::string urgency; ///< "low", "normal", "high"; empty: all.
  std::string agent;   ///< Exactly this id; empty: all.
  std::string user;    ///< Exactly this user, by the kernel's word; empty: all.
  wall_time since{};   ///< Received then or later.
  order by{order::received};
  bool descending{true};
  std::uint32_t limit{200};
  std::uint32_t offset{};
};

struct ticket_list {
  std::vector<ticket_row> rows;
  std::uint64_t total{}; ///< Of the query, without limit and offset.
  std::uint64_t all{};   ///< Of the store.
};

/// All that is known about one ticket; the manifest is decoded again from its exact bytes.
struct stored_ticket {
  std::int64_t number{};
  std::string manifest_bytes;
  ticket_consent consent;
  ticket_origin origin;
  uuid agent;
  std::string host;         ///< What the agent called itself when the ticket came.
  std::string display_name; ///< What an operator calls it now; may be empty.
  std::string agent_os, agent_version;
  wall_time received{};
};

/// What remains of a ticket that was deleted: nothing but numbers, ids and times.
struct deleted_ticket {
  std::int64_t number{};
  wall_time deleted{};
  std::string by;             ///< An operator's name, "token:NAME" or "retention".
  std::uint32_t after_days{}; ///< By retention: after how many.
};

/// Tickets, which never change once stored.
class ticket_store {
public:
  explicit ticket_store(database& facts) : facts_{facts} {}

  struct known {
    std::int64_t number{};
    digest manifest;
    bool deleted{}; ///< It was here once; of what it was nothing is known any more.
  };
  result<std::optional<known>> find(const ticket_key& key);
  /// By agent and ticket alone, whichever account; nothing when there are none or two.
  result<std::optional<known>> find(const uuid& agent, const uuid& ticket);
  /// Its number. A ticket that is stored already keeps its number; `conflict` when it has another manifest,
  /// or was deleted.
  result<std::int64_t> add(const whole_ticket& ticket, wall_time now);
  /// Tickets of an agent that came after that moment, deleted ones too.
  result<std::uint64_t> count_since(const uuid& agent, wall_time since);
  /// Whether a part of any ticket is these bytes.
  result<bool> has_content(const digest& name);
  result<ticket_list> list(const ticket_query& query);
  /// `not_found` when there is none.
  result<stored_ticket> get(std::int64_t number);
  result<ticket_part> part(std::int64_t number, std::uint32_t part);
  /// Nothing when it was not deleted, or there never was one.
  result<std::optional<deleted_ticket>> deleted(std::int64_t number);

private:
  database& facts_;
};

} // namespace tier2::cloud
