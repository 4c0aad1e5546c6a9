#pragma once

#include "messages/alert.hpp"
#include "messages/error.hpp"
#include "platform/append_file.hpp"
#include "platform/secure_memory.hpp"

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace tier2 {

/// Alerts that the cloud has not acknowledged, in order, on the disk before anybody is told that they are
/// kept: they survive a crash at any moment. Sealed with a key of its own. Not thread-safe.
///
/// `<directory>/alerts.outbox`, version 1, big endian: "tier2out", u16 version, 6 bytes zero, 16 random
/// bytes. Then records: u32 length and a sealed chunk whose context is those 16 bytes and the record's number
/// as u64. Inside: u8 1 and an alert as its envelope, or u8 2 and the uuid of one that was acknowledged or
/// had to go.
class alert_outbox {
public:
  static constexpr std::size_t max_alerts = 1024;
  static constexpr std::size_t max_pending_bytes = 2U << 20U; ///< Of all alerts together.
  static constexpr std::size_t max_bytes = 8U << 20U;         ///< Of the file.
  struct opened;

  /// Opens it, or begins one. What `former` sealed (the key before the hardware changed) is taken over. What
  /// cannot be read is put aside as `.damaged`, what precedes the damage is kept, and `warning` says so.
  /// Errors of the disk leave everything as it is.
  static result<opened> open(const std::string& directory, std::shared_ptr<const secret_key> key,
                             const std::shared_ptr<const secret_key>& former);

  /// On the disk when it returns. On an error the alert is pending all the same, until this process ends.
  /// When it is full the oldest of the least severe ones makes way, which `dropped` counts.
  result<void> add(const alert& what);
  /// Not synced: after a power cut it is sent again, and the cloud knows its id. False: it is not pending.
  bool acknowledge(const uuid& id);
  const std::deque<alert>& pending() const { return pending_; }
  std::uint64_t dropped() const { return dropped_; }
  std::uint64_t file_bytes() const { return file_->size(); }

private:
  alert_outbox() = default;
  result<void> append(std::span<const std::byte> plain, bool sync);
  /// Writes what is pending into a new file.
  result<void> rewrite();
  /// What had to go.
  std::vector<uuid> make_room();
  void forget(const std::deque<alert>::iterator& which);

  std::string path_;
  std::shared_ptr<const secret_key> key_;
  std::unique_ptr<append_file> file_;
  private_bytes context_; ///< The file's random bytes.
  std::uint64_t records_{}, rewrite_at_{}, dropped_{};
  std::deque<alert> pending_;
  std::size_t pending_bytes_{};
};

struct alert_outbox::opened {
  alert_outbox outbox;
  std::string warning;
};

} // namespace tier2
