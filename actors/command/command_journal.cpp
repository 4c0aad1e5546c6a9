#include "actors/command/command_journal.hpp"

#include "platform/private_file.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace tier2 {

namespace {

constexpr std::size_t compact_at_bytes = 1U << 20U;
/// Of an accepted entry with its end and both acknowledgements, with room to spare.
constexpr std::size_t max_file_bytes =
    command_journal::max_entries * 5 * journal::record_bytes + compact_at_bytes;
constexpr std::chrono::hours keep_unacknowledged{30 * 24};
/// Between the clock's reading for a record and its writing; anything later was somebody else's change.
constexpr std::chrono::seconds write_delay{30};

unix_seconds to_seconds(wall_time at) { return std::chrono::floor<std::chrono::seconds>(at); }

/// The latest time at which any file of the directory was written, by the system's clock then.
wall_time latest_write(const std::string& directory) {
  namespace fs = std::filesystem;
  wall_time latest{};
  std::error_code failed;
  for (fs::directory_iterator each{directory, failed}, end; !failed && each != end; each.increment(failed)) {
    std::error_code unknown;
    const auto written = fs::last_write_time(each->path(), unknown);
    if (unknown) continue;
    latest = std::max(latest, std::chrono::time_point_cast<wall_time::duration>(
                                  fs::file_time_type::clock::to_sys(written)));
  }
  return latest;
}

/// Why this is not the file that we wrote last; empty if it is.
std::string foreign(const append_file::opened& found, const journal::content& content) {
  if (!content.damaged.empty()) return content.damaged;
  if (content.header->file != found.identity) return "it is a copy, as a restored backup is";
  const auto last = content.records.empty() ? content.header->written : content.records.back().at;
  if (found.changed > last + write_delay)
    return "it was changed after this program had written it last, as by restoring a backup";
  return {};
}

} // namespace

void command_journal::apply(const journal::record& what) {
  switch (what.kind) {
  case journal::kind::accepted:
    entries_[what.jti].expires = what.expires;
    entries_[what.jti].issued = what.issued;
    head_.latest_issued = std::max(head_.latest_issued, what.issued);
    return;
  case journal::kind::ended: {
    auto& known = entries_[what.jti];
    known.ended = true;
    known.how = what.how;
    return;
  }
  case journal::kind::output_complete:
    entries_[what.jti].output_complete = true;
    return;
  case journal::kind::acknowledged:
    entries_[what.jti].acknowledged = true;
    return;
  }
}

result<command_journal::opened> command_journal::open(const std::string& directory, wall_time now,
                                                      bool fresh) {
  if (auto made = make_private_directory(directory); !made) return tl::unexpected(made.error());
  opened answer;
  auto& made = answer.journal;
  made.path_ = directory + "/commands.journal";
  // The latest time that anything here knows: the clock may have fallen behind.
  auto latest = std::max(now, latest_write(directory));
  auto found = append_file::open(made.path_, max_file_bytes);
  std::string why;
  if (!found && found.error().code == errc::not_found) {
    if (!fresh) why = "it is missing";
  } else if (!found && found.error().code == errc::too_large) {
    why = "it is larger than this program makes it";
    if (auto moved = put_aside(made.path_); !moved) return tl::unexpected(moved.error());
  } else if (!found) {
    return tl::unexpected(found.error());
  } else {
    latest = std::max(latest, found->changed);
    auto content = journal::decode(found->content);
    why = foreign(*found, content);
    if (content.header) made.head_ = *content.header;
    for (const auto& each : content.records) {
      made.apply(each);
      latest = std::max(latest, each.at);
    }
    latest = std::max({latest, made.head_.written, wall_time{made.head_.latest_issued}});
    if (!why.empty())
      if (auto moved = put_aside(made.path_); !moved) return tl::unexpected(moved.error());
  }
  if (!why.empty()) {
    made.head_.refuse_issued = std::max(made.head_.refuse_issued, to_seconds(latest + skew));
    answer.warning = "The memory of commands, " + made.path_ + ", was begun anew: " + why +
                     ". Commands signed until now are refused, because they may have run here already.";
  } else if (!found) {
    made.head_.refuse_issued = to_seconds(now);
  }
  for (auto& [jti, each] : made.entries_) {
    if (each.ended) {
      if (!each.acknowledged && !each.output_complete && each.how.stdout_bytes + each.how.stderr_bytes > 0)
        each.how.output_lost = true;
      continue;
    }
    each.ended = true;
    each.how = {};
    each.how.reason = exit_reason::interrupted;
    each.how.output_lost = true;
    each.how.detail = "The service ended while the command ran.";
    answer.interrupted.push_back(jti);
  }
  if (auto written = made.compact(now); !written) return tl::unexpected(written.error());
  return answer;
}

const command_journal::entry* command_journal::find(const uuid& jti) const {
  const auto known = entries_.find(jti);
  return known == entries_.end() ? nullptr : &known->second;
}

result<void> command_journal::may_accept(const command_claims& claims) const {
  if (entries_.size() >= max_entries)
    return fail(errc::too_large,
                "This machine remembers as many commands as it can; try again when they have expired.");
  if (claims.issued <= head_.refuse_issued)
    return fail(errc::conflict,
                "It was signed before this machine's memory of commands begins, so it may have run "
                "already. Sign it again.");
  if (claims.expires <= head_.refuse_expiring)
    return fail(errc::conflict,
                "It expires before commands that this machine has forgotten already, so it may have run. "
                "Sign it again with a later exp.");
  return {};
}

result<void> command_journal::accept(const command_claims& claims, wall_time now) {
  if (file_->size() > compact_at_)
    if (auto compacted = compact(now); !compacted) return compacted;
  return append({journal::kind::accepted, claims.jti, claims.expires, claims.issued, now, {}}, true);
}

result<void> command_journal::end(const uuid& jti, const command_exit& how, wall_time now) {
  const journal::record what{journal::kind::ended, jti, {}, {}, now, how};
  auto written = append(what, true);
  if (!written) apply(what);
  return written;
}

bool command_journal::output_complete(const uuid& jti, wall_time now) {
  const auto* known = find(jti);
  if (known == nullptr || known->output_complete) return false;
  static_cast<void>(append({journal::kind::output_complete, jti, {}, {}, now, {}}, false));
  return true;
}

bool command_journal::acknowledge(const uuid& jti, wall_time now) {
  const auto* known = find(jti);
  if (known == nullptr || !known->ended || known->acknowledged) return false;
  static_cast<void>(append({journal::kind::acknowledged, jti, {}, {}, now, {}}, false));
  return true;
}

std::vector<uuid> command_journal::unacknowledged() const {
  std::vector<uuid> all;
  for (const auto& [jti, each] : entries_)
    if (each.ended && !each.acknowledged) all.push_back(jti);
  return all;
}

result<void> command_journal::append(const journal::record& what, bool sync) {
  auto chain = chain_;
  const auto bytes = journal::encode(what, chain);
  if (auto written = file_->append(bytes, sync); !written) return written;
  chain_ = chain;
  apply(what);
  return {};
}

result<void> command_journal::compact(wall_time now) {
  auto head = head_;
  auto kept = entries_;
  std::erase_if(kept, [&](const auto& each) {
    const auto& [jti, known] = each;
    const bool over = known.expires + skew < now;
    const bool settled = known.ended && (known.acknowledged || known.expires + keep_unacknowledged < now);
    if (!over || !settled) return false;
    head.refuse_expiring = std::max(head.refuse_expiring, known.expires);
    return true;
  });
  journal::sum chain{};
  auto file = append_file::create(path_, [&](const file_identity& identity) {
    head.file = identity;
    head.written = now;
    auto bytes = journal::encode(head, chain);
    const auto add = [&](const journal::record& what) {
      const auto more = journal::encode(what, chain);
      bytes.insert(bytes.end(), more.begin(), more.end());
    };
    for (const auto& [jti, known] : kept) {
      add({journal::kind::accepted, jti, known.expires, known.issued, now, {}});
      if (known.ended) add({journal::kind::ended, jti, {}, {}, now, known.how});
      if (known.output_complete) add({journal::kind::output_complete, jti, {}, {}, now, {}});
      if (known.acknowledged) add({journal::kind::acknowledged, jti, {}, {}, now, {}});
    }
    return bytes;
  });
  if (!file) return tl::unexpected(file.error());
  file_ = std::move(*file);
  head_ = head;
  entries_ = std::move(kept);
  chain_ = chain;
  // Each rewriting is paid for by as many bytes of new records.
  compact_at_ = compact_at_bytes + 2 * file_->size();
  return {};
}

} // namespace tier2
