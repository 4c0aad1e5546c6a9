#pragma once

#include "messages/error.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <sys/types.h>
#include <variant>
#include <vector>

/// What the service and a keeper (tier2-runner) say to each other: one datagram of a SOCK_SEQPACKET
/// socketpair a message, both of one build. A byte for the version, one for the kind, then numbers of 8 bytes
/// (little endian) and texts with their length before them.
namespace tier2::os {

/// The keeper's descriptor of the socket; 0, 1 and 2 are the child's own.
inline constexpr int keeper_socket = 3;
inline constexpr std::size_t max_keeper_message_bytes = 128U << 10U;
inline constexpr std::size_t max_child_texts = 4096;
inline constexpr std::size_t max_child_groups = 65536 / 4;

/// What the keeper starts, all that is known before the fork worked out.
struct child_plan {
  std::vector<std::string> programs;    ///< Tried in this order; at least one, each with a slash in it.
  std::vector<std::string> argv;        ///< At least one.
  std::vector<std::string> environment; ///< "NAME=value".
  std::string directory;                ///< Absolute.
  bool directory_required{};            ///< Without: the root directory when it cannot be entered.
  bool drop_privileges{};               ///< To what follows.
  uid_t user{};
  gid_t group{};
  std::vector<gid_t> groups; ///< The supplementary ones.
  std::string control_group; ///< Absolute; the keeper makes it; empty: none.
  std::chrono::milliseconds kill_after{};
  bool operator==(const child_plan&) const = default;
};
/// TERM to the tree, KILL after `kill_after`.
struct keeper_stop {
  bool operator==(const keeper_stop&) const = default;
};
/// KILL to the tree.
struct keeper_kill {
  bool operator==(const keeper_kill&) const = default;
};
/// The program runs.
struct keeper_started {
  bool operator==(const keeper_started&) const = default;
};
/// It could not be started; nothing is left.
struct keeper_failed {
  std::string sentence;
  bool operator==(const keeper_failed&) const = default;
};
/// The whole tree is gone, but for what `left` says.
struct keeper_ended {
  int status{};                       ///< As from waitpid(2).
  std::chrono::milliseconds lasted{}; ///< The life of the program itself.
  bool stopped{};                     ///< It still lived when it was told to end.
  std::string left;                   ///< A sentence about those that could not be ended; empty: nobody.
  bool operator==(const keeper_ended&) const = default;
};
using keeper_message =
    std::variant<child_plan, keeper_stop, keeper_kill, keeper_started, keeper_failed, keeper_ended>;

/// `too_large` when a plan does not fit into one message.
result<std::string> encode(const keeper_message& message);
/// `malformed`, `too_large` and, for a plan that breaks its own rules, `invalid_argument`.
result<keeper_message> decode_keeper_message(std::span<const char> bytes);

} // namespace tier2::os
