#include "tools/cloud/database.hpp"

#include "tools/cloud/migrations.hpp"

#include <cerrno>
#include <fcntl.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace tier2::cloud {

namespace {

constexpr std::size_t connections = 8;

result<void> make_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0)
    return fail(errno == EACCES ? errc::permission_denied : errc::io_failed,
                "The database " + path + " cannot be opened (" + std::generic_category().message(errno) +
                    "): check storage.directory and who owns it.");
  struct stat about{};
  const bool wide = ::fstat(file, &about) == 0 && (about.st_mode & 077U) != 0;
  ::close(file);
  if (wide)
    return fail(errc::permission_denied,
                "The database " + path +
                    " can be read by others; it holds tickets. Mend it with: chmod 600 " + path);
  return {};
}

} // namespace

database::database() : pool_{std::make_unique<soci::connection_pool>(connections)} {}
database::~database() = default;

error database::explain(const std::exception& thrown) {
  const std::string_view text{thrown.what()};
  if (text.find("full") != std::string_view::npos)
    return {errc::disk_full, "The disk of the database is full: make room, then try again."};
  return {errc::io_failed, "The database did not do what was asked: " + std::string{text}};
}

result<std::unique_ptr<database>> database::open(const std::string& path) {
  if (path.find('"') != std::string::npos)
    return fail(errc::invalid_argument, "storage.directory must not have a quotation mark in its name.");
  if (auto made = make_file(path); !made) return tl::unexpected(made.error());
  std::unique_ptr<database> opened{new database};
  try {
    for (std::size_t i = 0; i < connections; ++i) {
      soci::session& session = opened->pool_->at(i);
      session.open(soci::sqlite3, "db=\"" + path + "\" timeout=10");
      session << "PRAGMA journal_mode = WAL";
      session << "PRAGMA foreign_keys = ON";
      session << "PRAGMA synchronous = FULL"; // a ticket whose number was told must survive a power cut
      session << "PRAGMA trusted_schema = OFF";
      session << "PRAGMA secure_delete = ON"; // what is deleted is overwritten
    }
  } catch (const std::exception& thrown) {
    return fail(errc::io_failed, "The database " + path + " cannot be opened: " + thrown.what());
  }
  const auto migrated = opened->write([&](soci::session& session) { return migrate(session, path); });
  if (!migrated) return tl::unexpected(migrated.error());
  return opened;
}

result<void> database::forget_deleted() {
  const std::lock_guard alone{writing_};
  try {
    soci::session session{*pool_};
    int busy = 1;
    int frames = 0;
    int moved = 0;
    session << "PRAGMA wal_checkpoint(TRUNCATE)", soci::into(busy), soci::into(frames), soci::into(moved);
    if (busy != 0)
      return fail(errc::in_use,
                  "The database's journal is in use: what was deleted goes from it a little later.");
    return {};
  } catch (const std::exception& thrown) {
    return tl::unexpected<error>(explain(thrown));
  }
}

database::transaction::transaction(soci::session& session) : session_{session} {
  session_ << "BEGIN IMMEDIATE";
}

database::transaction::~transaction() {
  if (!open_) return;
  try {
    session_ << "ROLLBACK";
  } catch (const std::exception&) { // SQLite has already rolled back, for example when the disk is full
  }
}

void database::transaction::commit() {
  session_ << "COMMIT";
  open_ = false;
}

long long to_column(wall_time at) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
}
wall_time from_column(long long milliseconds) { return wall_time{std::chrono::milliseconds{milliseconds}}; }

} // namespace tier2::cloud
