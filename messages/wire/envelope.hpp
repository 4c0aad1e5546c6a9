#pragma once

#include "messages/alert.hpp"
#include "messages/command.hpp"
#include "messages/health.hpp"
#include "messages/ticket.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The JSON text messages of protocol sections 2 and 4 as values. `encode` writes `{"type": …}` first.
namespace tier2::wire {

inline constexpr std::size_t max_text_bytes = 1U << 20U;
inline constexpr int max_depth = 32;

struct enroll {
  digest key_digest; ///< BLAKE2b-256 of the 32 key bytes.
  std::string hostname, os, arch, version;
  /// BLAKE2b-256 of the board's and the system disk's serial number; zeros, and left out, where there is
  /// none.
  digest board_digest{}, disk_digest{};
  bool operator==(const enroll&) const = default;
};
struct enrolled {
  std::string state; ///< "pending", "approved" or "revoked".
  bool operator==(const enrolled&) const = default;
};
struct hello {
  std::uint32_t protocol{1};
  std::string version, os, hostname;
  uuid boot_id;
  std::vector<std::string> groups, capabilities;
  std::vector<uuid> running; ///< Commands that were accepted and have not ended.
  bool operator==(const hello&) const = default;
};
struct heartbeat {
  wall_time at{};
  std::vector<actor_health> actors;
};
/// From the helper without origin; the service adds it before the cloud sees it.
struct ticket_begin {
  uuid ticket;
  std::string manifest; ///< The exact bytes; base64url without padding on the wire.
  ticket_consent consent;
  ticket_origin origin;
  bool operator==(const ticket_begin&) const = default;
};
/// Local link only: describes the bulk bytes of the same frame. Towards the cloud it is a binary frame.
struct ticket_data {
  uuid ticket;
  std::uint32_t part{};
  std::uint64_t offset{};
  bool operator==(const ticket_data&) const = default;
};
struct ticket_end {
  uuid ticket;
  digest consent_digest;
  bool operator==(const ticket_end&) const = default;
};
/// How far the receiver is. `number` is set once the ticket is whole and stored; `error` when it never will
/// be.
struct ticket_state {
  struct have_part {
    std::uint32_t part{};
    std::uint64_t bytes{};
    bool operator==(const have_part&) const = default;
  };
  uuid ticket;
  std::vector<have_part> have;
  std::string number, url, error;
  std::uint32_t retry_after_s{}; ///< At most 3600.
  bool operator==(const ticket_state&) const = default;
};
/// Local link, service to helper: whether the cloud is reachable; `detail` is a sentence for people.
struct link_status {
  bool connected{};
  std::string detail;
  bool operator==(const link_status&) const = default;
};
/// Local link, helper to service: the helper's actors.
struct health {
  std::string session;
  std::vector<actor_health> actors;
};
/// A second start of the helper, or `buttonhelper --open`, to the first: open the ticket page.
struct open_request {
  bool operator==(const open_request&) const = default;
};
struct notice {
  std::string text;
  std::uint32_t retry_after_s{};
  bool operator==(const notice&) const = default;
};
/// Cloud to agent. `ref` is the cloud's own word for this delivery, at most 64 bytes, and comes back with the
/// answer.
struct command {
  std::string ref, jws;
  bool operator==(const command&) const = default;
};
struct accepted {
  std::string ref;
  uuid jti;
  bool operator==(const accepted&) const = default;
};
struct rejected {
  std::string ref;
  uuid jti; ///< Nil, and left out, where the signature did not hold.
  reject_reason reason{reject_reason::malformed};
  std::string detail;
  bool operator==(const rejected&) const = default;
};
/// Repeated until it is acknowledged.
struct exit {
  uuid jti;
  command_exit how;
  bool operator==(const exit&) const = default;
};
/// Repeated until it is acknowledged.
struct alert {
  tier2::alert what;
  bool operator==(const alert&) const = default;
};
/// Cloud to agent: it is stored. `bytes` is cumulative, for output only.
struct ack {
  enum class subject : std::uint8_t { exit, alert, output };
  subject of{subject::exit};
  uuid id; ///< The command's jti, or the alert's id.
  std::uint32_t part{};
  std::uint64_t bytes{};
  bool operator==(const ack&) const = default;
};
/// Local link, service to helper: a signed command asks for the ticket page, for a desktop notification, or
/// for a fresh incarnation of one of the helper's actors.
struct report {
  std::string message;
  bool operator==(const report&) const = default;
};
struct notify {
  std::string title, body;
  bool operator==(const notify&) const = default;
};
struct restart_actor {
  std::string name;
  bool operator==(const restart_actor&) const = default;
};
/// Local link, to the service: how is it? From root and the service's own account only; a `notice` refuses.
struct get_status {
  bool operator==(const get_status&) const = default;
};
/// The answer. What people read is in `tier2ctl status`.
struct machine_status {
  struct cloud_side {
    std::string host, detail;
    bool connected{};
    wall_time since{}; ///< Of the last change that the service knows of.
    bool operator==(const cloud_side&) const = default;
  };
  struct outbox_side {
    std::uint64_t waiting{}, dropped{}; ///< Alerts.
    bool operator==(const outbox_side&) const = default;
  };
  std::string version;
  wall_time at{}, started{};
  uuid agent;             ///< Nil while the keystore does not answer.
  bool enrolled{};        ///< A cloud has taken this identity in.
  uuid replaces;          ///< Who this machine was on other hardware, until a cloud has agreed; else nil.
  std::string protection; ///< What keeps the key: "tpm2", "host", "hardware", "machine" or "none".
  cloud_side cloud;
  std::vector<std::string> groups, packs;
  std::vector<uuid> running; ///< Commands that were accepted and have not ended.
  outbox_side outbox;
  std::vector<actor_health> actors;
};
/// Local link: what became of an `alert` that was handed to the service, from root and the service's own
/// account only; a `notice` refuses.
struct alert_answer {
  enum class outcome : std::uint8_t {
    kept,      ///< On the disk; it goes to the cloud until that has it.
    held_back, ///< One of its key went out a short time ago: counted, and said with the next.
    in_memory, ///< The disk takes nothing: it goes to the cloud, and is lost if the service ends before.
  };
  uuid id;
  outcome how{outcome::kept};
  bool operator==(const alert_answer&) const = default;
};
/// A type that this version does not know: to be counted and ignored.
struct unknown {
  std::string type;
};

using message =
    std::variant<enroll, enrolled, hello, heartbeat, ticket_begin, ticket_data, ticket_end, ticket_state,
                 link_status, health, open_request, notice, command, accepted, rejected, exit, alert, ack,
                 report, notify, restart_actor, get_status, machine_status, alert_answer, unknown>;

std::string encode(const message& value);
/// `too_large` above 1 MiB or depth 32; `malformed` (the text says where) for invalid UTF-8, JSON or members;
/// unknown members are ignored.
result<message> decode(std::string_view text);

} // namespace tier2::wire
