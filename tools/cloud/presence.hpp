#pragma once

#include "messages/wire/envelope.hpp"
#include "tools/cloud/delivery.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

namespace tier2::cloud {

/// Who is connected at this moment. From any thread.
class presence {
public:
  struct about {
    link_number link{}; ///< On which it has said hello, so that it can be given commands; 0: not yet.
    wall_time last_heard{};
    std::vector<actor_health> actors; ///< Of its latest heartbeat.
  };

  void arrived(const uuid& agent, wall_time now);
  void ready(const uuid& agent, link_number link);
  void heard(const uuid& agent, wall_time now);
  void beat(const uuid& agent, std::vector<actor_health> actors);
  void left(const uuid& agent);

  /// 0: not ready.
  link_number link_of(const uuid& agent) const;
  bool is_connected(const uuid& agent) const;
  std::optional<about> find(const uuid& agent) const;
  std::set<uuid> connected() const;

private:
  mutable std::mutex guard_;
  std::map<uuid, about> there_;
};

} // namespace tier2::cloud
