#include "tools/cloud/agent_journal.hpp"

#include "tools/cloud/database.hpp"

#include <spdlog/spdlog.h>
#include <utility>

namespace tier2::cloud {

namespace {

constexpr std::size_t most_accounts = 4096;
constexpr std::uint64_t most_pieces = 200'000; ///< Of one delivery: what is in small pieces costs rows.

} // namespace

result<void> agent_journal::apply(soci::session& session, const waiting& one, effects& done) {
  return std::visit([&](const auto& what) { return on(session, one, what, done); }, one.what);
}

result<void> agent_journal::on(soci::session& session, const waiting& from, const wire::hello& hello,
                               effects& done) {
  // A new link: what comes now is sent again from where it was acknowledged, or is lost for good.
  std::erase_if(blocked_, [&](const auto& each) { return each.first.second == from.agent; });
  if (const auto last = last_hello_.find(from.agent); last != last_hello_.end() && last->second != &from) {
    ++counts_.hellos_passed_over;
    return {};
  }
  const auto noted = agents_.describe(session, from.agent, hello, from.at);
  if (!noted) return tl::unexpected(noted.error());
  done.alerted = done.alerted || *noted;
  return give_due(session, from.agent, from.at, done);
}

result<void> agent_journal::on(soci::session& session, const waiting& from, const room&, effects& done) {
  return give_due(session, from.agent, from.at, done);
}

result<void> agent_journal::give_due(soci::session& session, const uuid& agent, wall_time now,
                                     effects& done) {
  const auto link = tell_.link_of(agent);
  if (link == 0) return {}; // it is gone again: at its next hello
  auto due = deliveries::take_due(session, agent, link, now);
  if (!due) return tl::unexpected(due.error());
  for (auto& each : *due) {
    done.changed.insert(each.command);
    done.command_bytes += each.jws.size();
    done.messages.push_back({agent, wire::command{to_string(each.command), std::move(each.jws)}, link});
  }
  return {};
}

result<void> agent_journal::give_more(soci::session& session, const uuid& agent, wall_time now,
                                      effects& done) {
  const auto waits = deliveries::any_due(session, agent, tell_.link_of(agent));
  if (!waits) return tl::unexpected(waits.error());
  return *waits ? give_due(session, agent, now, done) : result<void>{};
}

result<void> agent_journal::on(soci::session& session, const waiting& from, const wire::accepted& said,
                               effects& done) {
  const auto taken = deliveries::accept(session, said.jti, from.agent, from.at);
  if (!taken) return tl::unexpected(taken.error());
  accounts_.erase({said.jti, from.agent});
  if (!*taken) {
    ++counts_.unknown_answers;
    return {};
  }
  done.changed.insert(said.jti);
  return give_more(session, from.agent, from.at, done);
}

result<void> agent_journal::on(soci::session& session, const waiting& from, const wire::rejected& said,
                               effects& done) {
  // Where the signature did not hold there is no jti; `ref` is the command's id as we sent it.
  const auto command = said.jti.is_nil() ? parse_uuid(said.ref) : result<uuid>{said.jti};
  if (!command) {
    ++counts_.unknown_answers;
    return {};
  }
  const auto taken = deliveries::reject(session, *command, from.agent, said.reason, said.detail, from.at);
  if (!taken) return tl::unexpected(taken.error());
  accounts_.erase({*command, from.agent});
  if (!*taken) {
    ++counts_.unknown_answers;
    return {};
  }
  done.changed.insert(*command);
  return give_more(session, from.agent, from.at, done);
}

result<void> agent_journal::on(soci::session& session, const waiting& from, const wire::exit& said,
                               effects& done) {
  // Its output has to be sent again first; the exit comes again behind it.
  if (is_blocked({said.jti, from.agent})) return {};
  const auto finished = deliveries::finish(session, said.jti, from.agent, said.how, from.at);
  if (!finished) return tl::unexpected(finished.error());
  accounts_.erase({said.jti, from.agent});
  if (*finished == deliveries::finishing::unknown) ++counts_.unknown_exits;
  // Also for what we do not know: else the agent would say it for ever.
  done.messages.push_back({from.agent, wire::ack{wire::ack::subject::exit, said.jti, 0, 0}});
  if (*finished != deliveries::finishing::finished) return {};
  done.changed.insert(said.jti);
  if (said.how.reason == exit_reason::finished && said.how.code == 0 && said.how.signal == 0)
    if (auto set = agent_store::groups_were_set(session, from.agent, said.jti, from.at); !set) return set;
  return give_more(session, from.agent, from.at, done);
}

result<void> agent_journal::on(soci::session& session, const waiting& from, const wire::alert& said,
                               effects& done) {
  const auto taken = alerts_.add(session, from.agent, said.what, from.at);
  if (!taken) return tl::unexpected(taken.error());
  done.alerted = done.alerted || *taken == alert_store::taken::stored;
  if (*taken == alert_store::taken::too_many) ++counts_.alerts_over_limit;
  done.messages.push_back({from.agent, wire::ack{wire::ack::subject::alert, said.what.id, 0, 0}});
  return {};
}

result<deliveries::output_account*> agent_journal::account(soci::session& session, const delivery_key& key) {
  if (const auto known = accounts_.find(key); known != accounts_.end()) return &known->second;
  const auto found = deliveries::account_of(session, key.first, key.second);
  if (!found) return tl::unexpected(found.error());
  if (!*found) return nullptr;
  if (accounts_.size() >= most_accounts) accounts_.clear();
  return &(accounts_[key] = **found);
}

result<void> agent_journal::on(soci::session& session, const waiting& from, const output_piece& piece,
                               effects& done) {
  const delivery_key key{piece.command, from.agent};
  const auto found = account(session, key);
  if (!found) return tl::unexpected(found.error());
  const std::uint32_t part = piece.stream == output_stream::out ? 1 : 2;
  auto& acked = done.output_acks[{key, part}];
  const std::uint64_t end = piece.position + piece.bytes.size();
  deliveries::output_account* to = *found;
  const auto discard = [&](std::atomic<std::uint64_t>& counter) -> result<void> {
    // Acknowledged all the same: the agent must not hold its child for bytes that nobody will take.
    ++counter;
    acked = std::max(acked, end);
    return {};
  };
  if (to == nullptr) return discard(counts_.stray_output);
  // What was given up and goes on all the same counts, like its exit.
  const bool open = to->state == delivery_state::sent || to->state == delivery_state::accepted ||
                    (to->state == delivery_state::expired && to->sent);
  if (!open) {
    accounts_.erase(key); // what waits may be sent later
    return discard(counts_.stray_output);
  }
  const std::uint64_t have = to->received.at(static_cast<std::size_t>(piece.stream));
  acked = std::max(acked, have);
  const std::pair stream{key, piece.stream};
  if (piece.position <= have) blocked_.erase(stream);
  if (end <= have || blocked_.contains(stream)) return {};
  const std::uint64_t other = to->received[0] + to->received[1] - have;
  const std::uint64_t room = to->limit > other ? to->limit - other : 0; // where this stream must end
  if (end > room || to->pieces >= most_pieces) {
    if (!to->lost)
      if (auto marked = deliveries::mark_lost(session, piece.command, from.agent); !marked) return marked;
    to->lost = true;
    done.changed.insert(piece.command);
    if (have >= room || piece.position >= room || to->pieces >= most_pieces)
      return discard(counts_.output_over_limit);
    ++counts_.output_over_limit;
  }
  const std::uint64_t start = std::max(have, piece.position);
  const std::uint64_t until = std::min(end, room);
  if (piece.position > have && !to->lost) {
    if (auto marked = deliveries::mark_lost(session, piece.command, from.agent); !marked) return marked;
    to->lost = true;
  }
  const auto news = std::span{piece.bytes}.subspan(static_cast<std::size_t>(start - piece.position),
                                                   static_cast<std::size_t>(until - start));
  if (auto written = files_.write(piece.command, from.agent, piece.stream, start, news); !written) {
    // Not acknowledged, so nothing is lost: the agent sends it again on its next link.
    if (!std::exchange(failing_, true))
      spdlog::error("Output is not taken for now: {}", written.error().what);
    blocked_.insert(stream);
    done.failed.insert(from.agent);
    return {};
  }
  failing_ = false;
  if (auto added =
          deliveries::add_output(session, piece.command, from.agent, piece.stream, start, until - start, *to);
      !added)
    return added;
  acked = std::max(acked, end);
  done.changed.insert(piece.command);
  return {};
}

} // namespace tier2::cloud
