#pragma once

#include "messages/frame.hpp"
#include "messages/uuid.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// The signed command (protocol, section 1) as values. Bounds are those of `wire/claims.hpp`, which parses
/// it.
namespace tier2 {

enum class command_shell : std::uint8_t { sh, bash, powershell, cmd, exec };
enum class command_account : std::uint8_t { system, user };
enum class overflow_rule : std::uint8_t { truncate, kill };

inline constexpr std::uint64_t default_output_bytes = 8ULL << 20U;
inline constexpr std::uint64_t largest_output_bytes = 1ULL << 30U;

/// Start a program and send what it writes.
struct run_command {
  command_shell shell{command_shell::sh};
  std::string script;            ///< Not for `exec`.
  std::vector<std::string> argv; ///< For `exec` only, not empty there.
  std::vector<std::string> args; ///< Of the script.
  std::string input;             ///< `stdin`; the program then sees its end.
  command_account as{command_account::system};
  std::string session; ///< With `as: user`: which session; empty: the one that is active.
  std::string cwd;     ///< Absolute; empty: the account's home, or the root directory.
  std::map<std::string, std::string> env;
  std::chrono::seconds timeout{60};                     ///< 1 s to 24 h.
  std::uint64_t max_output_bytes{default_output_bytes}; ///< Of both streams together, up to 1 GiB.
  overflow_rule on_overflow{overflow_rule::truncate};
  bool operator==(const run_command&) const = default;
};
struct cancel_command {
  uuid jti;
  bool operator==(const cancel_command&) const = default;
};
/// Opens the ticket page like the hotkey does.
struct report_command {
  std::string message;
  bool operator==(const report_command&) const = default;
};
struct set_groups_command {
  std::vector<std::string> groups;
  bool operator==(const set_groups_command&) const = default;
};
struct notify_command {
  std::string title, body;
  bool operator==(const notify_command&) const = default;
};
struct restart_actor_command {
  std::string program, session, name;
  bool operator==(const restart_actor_command&) const = default;
};
/// A name that this version cannot do: refused as `unsupported_command`.
struct unsupported_command {
  std::string name;
  bool operator==(const unsupported_command&) const = default;
};
using command = std::variant<run_command, cancel_command, report_command, set_groups_command, notify_command,
                             restart_actor_command, unsupported_command>;
/// "run", "cancel" and so on; for `unsupported_command` the name that it came with.
std::string_view name_of(const command& what);

/// A group's name: 1 to 64 of ASCII letters, digits, '.', '-' and '_'.
bool is_group_name(std::string_view text);

using unix_seconds = std::chrono::time_point<std::chrono::system_clock, std::chrono::seconds>;

/// The payload of a command whose signature held.
struct command_claims {
  std::vector<std::string> audience; ///< Agent ids, "group:…", "fleet:…"; at least one.
  unix_seconds issued{}, expires{};
  std::optional<unix_seconds> not_before;
  uuid jti;
  command cmd;
  bool operator==(const command_claims&) const = default;
};

/// Why a command was refused, in the order in which it is checked.
enum class reject_reason : std::uint8_t {
  too_large = 1,
  malformed,
  unsupported_algorithm,
  unknown_key,
  bad_signature,
  malformed_claims,
  wrong_audience,
  not_yet_valid,
  expired,
  lifetime_too_long,
  unsupported_command,
  no_session,
  busy,
  replayed,
};
/// As on the wire, for example "bad_signature".
std::string_view to_string(reject_reason reason);
std::optional<reject_reason> parse_reject_reason(std::string_view text);

struct rejection {
  reject_reason reason{};
  std::string detail; ///< A sentence for the integrator; holds nothing of an unverified payload.
  uuid jti;           ///< Where it may be trusted, that is after the signature held; else nil.
};

/// A command that the verifier let pass; nobody else can make one.
class verified_command {
public:
  const command_claims& claims() const { return claims_; }
  /// RFC 7638 thumbprint of the key that signed it.
  const std::string& kid() const { return kid_; }

private:
  friend class command_verifier;
  verified_command(command_claims claims, std::string kid)
      : claims_{std::move(claims)}, kid_{std::move(kid)} {}
  command_claims claims_;
  std::string kid_;
};

/// How a command ended.
enum class exit_reason : std::uint8_t {
  finished = 1,
  timed_out,
  cancelled,
  overflow,
  spawn_failed,
  interrupted
};
std::string_view to_string(exit_reason reason);
std::optional<exit_reason> parse_exit_reason(std::string_view text);

struct command_exit {
  exit_reason reason{exit_reason::finished};
  std::int64_t code{};   ///< 0 with a signal.
  std::int32_t signal{}; ///< 0: it ended by itself.
  std::uint64_t duration_ms{};
  std::uint64_t stdout_bytes{}, stderr_bytes{}; ///< What the program wrote, also beyond the limit.
  bool truncated{};                             ///< Output beyond `max_output_bytes` was not sent.
  bool output_lost{};                           ///< Output that was not acknowledged is gone.
  std::string detail;                           ///< A sentence, above all with `spawn_failed`; may be empty.
  bool left_over{}; ///< Something of it could not be ended; `detail` says what. Stays on this machine.
  bool operator==(const command_exit&) const = default;
};

} // namespace tier2
