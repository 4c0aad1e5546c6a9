#pragma once

#include "actors/command/journal_format.hpp"

#include <map>
#include <string>
#include <vector>

namespace tier2 {

/// What this machine has done with each command, on the disk before it is acted upon: the replay guard, and
/// the exits that the cloud has not acknowledged. Survives crashes, restarts and a new enrolment. Not
/// thread-safe.
class command_journal {
public:
  static constexpr std::size_t max_entries = 20'000;
  static constexpr std::chrono::seconds skew{60};

  struct entry {
    unix_seconds expires{}, issued{};
    bool ended{}, output_complete{}, acknowledged{};
    command_exit how; ///< When ended.
  };
  struct opened;

  /// Opens `<directory>/commands.journal`, or begins one. `fresh`: this machine was never anybody's agent
  /// before, so that a missing journal is no lost one. A journal that is missing, damaged, or not the very
  /// file that we wrote last (restored from a backup) is replaced by one that refuses all commands issued
  /// until now and the allowed clock skew; what it still tells is kept, and `warning` says what happened.
  /// "Now" is then the latest time that any file of the directory, or the journal itself, tells: after a
  /// power cut the clock may be years behind. Commands that had not ended are `interrupted`. An error means
  /// that no command may run.
  static result<opened> open(const std::string& directory, wall_time now, bool fresh);

  /// What is known of a command.
  const entry* find(const uuid& jti) const;
  /// `replayed` for what may have run here before the journal's memory; `busy` when it is full. The command
  /// is unknown.
  result<void> may_accept(const command_claims& claims) const;
  /// On the disk when it returns. On an error the command must not run.
  result<void> accept(const command_claims& claims, wall_time now);
  /// On the disk when it returns. On an error it is known until the next restart, which calls the command
  /// interrupted.
  result<void> end(const uuid& jti, const command_exit& how, wall_time now);
  /// Not synced: after a power cut it is said again, which is harmless. Written once a command, whoever says
  /// it how often; false when it is no news.
  bool output_complete(const uuid& jti, wall_time now);
  bool acknowledge(const uuid& jti, wall_time now);

  std::vector<uuid> unacknowledged() const;
  std::size_t size() const { return entries_.size(); }
  unix_seconds refuses_issued_until() const { return head_.refuse_issued; }
  /// When the newest command that was accepted here was signed: it is not earlier than that now, whatever the
  /// clock says.
  unix_seconds latest_issued() const { return head_.latest_issued; }
  std::uint64_t file_bytes() const { return file_->size(); }

private:
  command_journal() = default;
  result<void> append(const journal::record& what, bool sync);
  void apply(const journal::record& what);
  /// Writes what still matters into a new file.
  result<void> compact(wall_time now);

  std::string path_;
  std::unique_ptr<append_file> file_;
  journal::header head_;
  journal::sum chain_{};
  std::map<uuid, entry> entries_;
  std::uint64_t compact_at_{};
};

struct command_journal::opened {
  command_journal journal;
  std::string warning; ///< For the log, an alert and the audit; empty: all is well.
  std::vector<uuid> interrupted;
};

} // namespace tier2
