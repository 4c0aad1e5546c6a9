#pragma once

#include "messages/error.hpp"
#include "messages/frame.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <soci/connection-pool.h>
#include <soci/session.h>
#include <soci/soci.h>
#include <string>
#include <utility>

namespace tier2::cloud {

/// The cloud's facts. SOCI is the seam: statements keep to SQL that SQLite and PostgreSQL share, and all that
/// is SQLite's own (pragmas, locking, the file) is in database.cpp and migrations.cpp.
class database {
public:
  /// Opens or makes the file (0600), brings it to this program's schema. `unsupported` when a newer program
  /// has written it, `disk_full`, `io_failed`, `permission_denied`.
  static result<std::unique_ptr<database>> open(const std::string& path);
  ~database();
  database(const database&) = delete;
  database& operator=(const database&) = delete;

  /// Runs `use(soci::session&)`, which returns a `result`; what the database throws becomes an error.
  template <class F>
  auto read(F&& use) -> decltype(use(std::declval<soci::session&>())) {
    try {
      soci::session session{*pool_};
      return std::forward<F>(use)(session);
    } catch (const std::exception& thrown) {
      return tl::unexpected<error>(explain(thrown));
    }
  }

  /// As `read`, in one transaction that is kept only when `use` returns a value. Writers queue up.
  template <class F>
  auto write(F&& use) -> decltype(use(std::declval<soci::session&>())) {
    const std::lock_guard alone{writing_};
    try {
      soci::session session{*pool_};
      transaction whole{session};
      auto outcome = std::forward<F>(use)(session);
      if (outcome) whole.commit();
      return outcome;
    } catch (const std::exception& thrown) {
      return tl::unexpected<error>(explain(thrown));
    }
  }

  /// Empties the write-ahead log, in which pages stand as they were before something was deleted. `in_use`
  /// when a reader was in the way for too long.
  result<void> forget_deleted();

private:
  database();
  static error explain(const std::exception& thrown);

  /// Takes the write lock at once: a reader that becomes a writer later could not wait for it.
  class transaction {
  public:
    explicit transaction(soci::session& session);
    ~transaction();
    transaction(const transaction&) = delete;
    transaction& operator=(const transaction&) = delete;
    void commit();

  private:
    soci::session& session_;
    bool open_{true};
  };

  std::unique_ptr<soci::connection_pool> pool_;
  std::mutex writing_;
};

/// Times are kept as whole milliseconds since 1970 UTC.
long long to_column(wall_time at);
wall_time from_column(long long milliseconds);

} // namespace tier2::cloud
