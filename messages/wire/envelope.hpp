#pragma once

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
/// A type that this version does not know: to be counted and ignored.
struct unknown {
  std::string type;
};

using message = std::variant<enroll, enrolled, hello, heartbeat, ticket_begin, ticket_data, ticket_end,
                             ticket_state, link_status, health, open_request, notice, unknown>;

std::string encode(const message& value);
/// `too_large` above 1 MiB or depth 32; `malformed` (the text says where) for invalid UTF-8, JSON or members;
/// unknown members are ignored.
result<message> decode(std::string_view text);

} // namespace tier2::wire
