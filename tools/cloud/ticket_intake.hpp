#pragma once

#include "messages/wire/binary_frame.hpp"
#include "messages/wire/envelope.hpp"
#include "tools/cloud/content_store.hpp"
#include "tools/cloud/incoming_area.hpp"
#include "tools/cloud/ticket_store.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tier2::cloud {

struct intake_limits {
  std::uint64_t ticket_bytes{1ULL << 30U};
  std::uint32_t ticket_parts{1100};
  std::size_t open_uploads{4};                   ///< At most, for one agent,
  std::size_t uploads_of_account{2};             ///< of which for one of its accounts.
  std::uint32_t tickets_per_day{200};            ///< Of one agent, in any 24 hours.
  std::chrono::seconds idle{24 * 3600};          ///< After which an upload is dropped.
  std::chrono::seconds makes_way_after{10 * 60}; ///< Idle so long, an upload yields its place to a new one.
};

/// Takes tickets in: what an agent sends goes in, answers come out (protocol, sections 2 and 3). It checks
/// all that is claimed: the consent against the manifest's bytes, sizes, offsets, and the parts' digests as
/// they are on the disk. For one thread, but `store`.
class ticket_intake {
public:
  /// A ticket whose parts are all there, to be verified and stored by `store`.
  struct finished {
    whole_ticket ticket;
    digest upload;
    std::set<std::uint32_t> resumed; ///< Parts that began in an earlier run: a crash may have damaged them.
  };
  struct outcome {
    std::int64_t number{};                 ///< When stored.
    std::vector<std::uint32_t> send_again; ///< Resumed parts whose bytes were lost.
    std::optional<error> problem;          ///< When it was not stored.
  };
  /// What `end` leads to: an answer now, or work for `store`; neither while that work is under way.
  struct ending {
    std::optional<wire::ticket_state> answer;
    std::shared_ptr<const finished> work;
  };

  /// `public_url` without a slash at its end: the answer's url is `<public_url>/tickets/<number>`.
  ticket_intake(intake_limits limits, ticket_store& tickets, incoming_area incoming, content_store content,
                std::string public_url);

  wire::ticket_state begin(const uuid& agent, const wire::ticket_begin& message, wall_time now);
  /// Nothing for a ticket that was not begun; that is counted by the caller.
  std::optional<wire::ticket_state> part(const uuid& agent, const wire::binary_frame& frame, wall_time now);
  ending end(const uuid& agent, const wire::ticket_end& message);

  /// Verifies, syncs and stores; may take long. From any one thread: touches no open upload.
  outcome store(const finished& work, wall_time now) const;
  /// Takes over what `store` did and makes the answer to it.
  wire::ticket_state settle(const finished& work, const outcome& done);

  /// Drops uploads that were idle for too long.
  void expire(wall_time now);
  std::size_t open_uploads() const { return open_.size(); }

private:
  struct upload {
    whole_ticket ticket;
    digest name;
    std::map<std::uint32_t, std::uint64_t> have;
    std::set<std::uint32_t> resumed;
    wall_time last{};
    bool storing{};
  };
  using open_key = std::pair<uuid, uuid>; // agent, ticket

  result<whole_ticket> check(const uuid& agent, const wire::ticket_begin& message) const;
  bool make_room(const ticket_key& for_whom, wall_time now);
  result<bool> has_tickets_left(const uuid& agent, wall_time now);
  void drop(const open_key& key);
  wire::ticket_state refuse(const open_key& key, const error& why);
  wire::ticket_state progress(const upload& on_its_way) const;
  wire::ticket_state stored(const uuid& ticket, std::int64_t number) const;

  intake_limits limits_;
  ticket_store& tickets_;
  incoming_area incoming_;
  content_store content_;
  std::string public_url_;
  std::map<open_key, upload> open_;
};

} // namespace tier2::cloud
