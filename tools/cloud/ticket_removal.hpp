#pragma once

#include "tools/cloud/content_store.hpp"
#include "tools/cloud/ticket_store.hpp"

#include <cstdint>
#include <string>

namespace tier2::cloud {

class database;

/// Deletes tickets so that nothing of them is left in the files of this server: rows are overwritten, the
/// journal of the database is emptied, and content that no other ticket has is removed. What remains is a
/// `deleted_ticket`. For the one thread that also brings content in: between the two nothing may come.
class ticket_removal {
public:
  ticket_removal(database& facts, content_store content) : facts_{facts}, content_{std::move(content)} {}

  /// By somebody. `not_found`; a ticket that was deleted before gives that again.
  result<deleted_ticket> remove(std::int64_t number, const std::string& who, wall_time now);
  /// Those whose time is over (`ticket_retention`), the oldest first and so many at most; how many there
  /// were.
  result<std::size_t> sweep(wall_time now, std::uint32_t most);
  /// Does what an earlier removal could not finish, because the server ended or a file was in use.
  result<void> finish();

private:
  result<void> remove_content();
  database& facts_;
  content_store content_;
};

} // namespace tier2::cloud
