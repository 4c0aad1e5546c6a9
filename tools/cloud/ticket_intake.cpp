#include "tools/cloud/ticket_intake.hpp"

#include "messages/wire/manifest.hpp"
#include "platform/crypto/digest.hpp"

#include <algorithm>

namespace tier2::cloud {

namespace {

constexpr std::size_t max_origin_bytes = 255;

error because(errc code, std::string_view what) { return {code, std::string{what}}; }

/// Faults of this server, not of the ticket: they pass, and the ticket is taken then.
bool passes(errc code) {
  return code == errc::disk_full || code == errc::io_failed || code == errc::unavailable ||
         code == errc::in_use;
}

constexpr std::uint32_t retry_after_s = 60;
constexpr std::uint32_t longest_retry_s = 3600;

error other_content() {
  return because(errc::conflict,
                 "This ticket was sent before with other content, and a stored ticket never changes.");
}

/// One name for one content of one ticket: other content begins from nothing.
digest upload_name(const ticket_key& key, const digest& manifest) {
  return blake2b_256(to_string(key.agent) + "\n" + to_string(key.ticket) + "\n" + to_string(manifest) + "\n" +
                     key.account);
}

wire::ticket_state failed(const uuid& ticket, const error& why) {
  wire::ticket_state answer;
  answer.ticket = ticket;
  answer.error = std::string{to_string(why.code)} + ": " + why.what;
  answer.retry_after_s = passes(why.code) ? retry_after_s : 0;
  return answer;
}

std::uint64_t sum_of(const ticket_manifest& manifest, std::uint64_t limit) {
  std::uint64_t sum = 0;
  for (const auto& part : manifest.parts) {
    if (part.bytes > limit - sum) return limit + 1;
    sum += part.bytes;
  }
  return sum;
}

} // namespace

ticket_intake::ticket_intake(intake_limits limits, ticket_store& tickets, incoming_area incoming,
                             content_store content, std::string public_url)
    : limits_{limits}, tickets_{tickets}, incoming_{std::move(incoming)}, content_{std::move(content)},
      public_url_{std::move(public_url)} {}

result<whole_ticket> ticket_intake::check(const uuid& agent, const wire::ticket_begin& message) const {
  const auto& origin = message.origin;
  if (origin.account.empty() || origin.account.size() > max_origin_bytes ||
      origin.user.size() > max_origin_bytes || origin.session.size() > max_origin_bytes)
    return fail(errc::malformed, "The origin needs an account, and no more than 255 bytes in each member.");
  if (!equal(blake2b_256(message.manifest), message.consent.manifest))
    return fail(errc::crypto_failed, "The consent is not to this manifest: their digests differ.");
  auto manifest = wire::decode_manifest(message.manifest);
  if (!manifest) return tl::unexpected(manifest.error());
  if (manifest->ticket != message.ticket)
    return fail(errc::malformed, "The manifest belongs to another ticket.");
  if (manifest->parts.size() > limits_.ticket_parts)
    return fail(errc::too_large, "The ticket has " + std::to_string(manifest->parts.size()) +
                                     " parts; this server takes up to " +
                                     std::to_string(limits_.ticket_parts) + ".");
  if (sum_of(*manifest, limits_.ticket_bytes) > limits_.ticket_bytes)
    return fail(errc::too_large, "The ticket is larger than the " + std::to_string(limits_.ticket_bytes) +
                                     " bytes that this server takes.");
  return whole_ticket{{agent, origin.account, message.ticket},
                      message.manifest,
                      std::move(*manifest),
                      message.consent,
                      origin};
}

wire::ticket_state ticket_intake::begin(const uuid& agent, const wire::ticket_begin& message, wall_time now) {
  const open_key key{agent, message.ticket};
  auto checked = check(agent, message);
  if (!checked) return failed(message.ticket, checked.error());

  const auto before = tickets_.find(checked->key);
  if (!before) return failed(message.ticket, before.error());
  // Its sender missed the answer. It was here, so it needs no second time; the page says that it is deleted.
  if (*before && (*before)->deleted) return stored(message.ticket, (*before)->number);
  if (*before && !equal((*before)->manifest, message.consent.manifest))
    return failed(message.ticket, other_content());
  if (*before) return stored(message.ticket, (*before)->number);

  const digest name = upload_name(checked->key, message.consent.manifest);
  if (const auto there = open_.find(key); there != open_.end()) {
    if (there->second.name == name) {
      there->second.last = now;
      return progress(there->second);
    }
    // One account must not push out another's upload, and what is being stored can no longer be replaced.
    if (there->second.ticket.key.account != message.origin.account || there->second.storing)
      return failed(message.ticket, other_content());
    drop(key);
  }
  const auto left = has_tickets_left(agent, now);
  if (!left) return failed(message.ticket, left.error());
  if (!*left) {
    auto answer = failed(message.ticket,
                         because(errc::unavailable, "This machine has sent as many tickets in 24 hours as "
                                                    "this server takes. It is tried again later."));
    answer.retry_after_s = longest_retry_s;
    return answer;
  }
  if (!make_room(checked->key, now))
    return failed(message.ticket,
                  because(errc::unavailable, "Too many tickets are on their way from this machine. Try "
                                             "again when one of them has arrived."));

  upload fresh{std::move(*checked), name, incoming_.sizes(name), {}, now, false};
  for (const auto& [part, bytes] : fresh.have) {
    if (part >= fresh.ticket.manifest.parts.size() || bytes > fresh.ticket.manifest.parts[part].bytes) {
      incoming_.remove(name); // not ours: nothing of it can be trusted
      fresh.have.clear();
      fresh.resumed.clear();
      break;
    }
    fresh.resumed.insert(part);
  }
  return progress(open_.emplace(key, std::move(fresh)).first->second);
}

std::optional<wire::ticket_state> ticket_intake::part(const uuid& agent, const wire::binary_frame& frame,
                                                      wall_time now) {
  const open_key key{agent, frame.id};
  const auto found = open_.find(key);
  if (found == open_.end()) return std::nullopt;
  upload& to = found->second;
  to.last = now;
  if (to.storing) return progress(to);
  if (frame.part >= to.ticket.manifest.parts.size())
    return refuse(key,
                  because(errc::malformed, "The manifest has no part " + std::to_string(frame.part) + "."));
  const std::uint64_t whole = to.ticket.manifest.parts[frame.part].bytes;
  const std::uint64_t end = frame.offset + frame.payload.size(); // an offset is below 2^53: no overflow
  if (end > whole)
    return refuse(key, because(errc::too_large,
                               "Part " + std::to_string(frame.part) + " is longer than the manifest says."));
  std::uint64_t& have = to.have[frame.part];
  if (frame.offset > have || end <= have) return progress(to);
  const auto news = frame.payload.subspan(static_cast<std::size_t>(have - frame.offset));
  if (auto written = incoming_.append(to.name, frame.part, have, news); !written)
    return refuse(key, written.error());
  have = end;
  return progress(to);
}

ticket_intake::ending ticket_intake::end(const uuid& agent, const wire::ticket_end& message) {
  const open_key key{agent, message.ticket};
  const auto found = open_.find(key);
  if (found == open_.end()) {
    const auto before = tickets_.find(agent, message.ticket);
    if (before && *before && (*before)->deleted) return {stored(message.ticket, (*before)->number), {}};
    if (before && *before && equal((*before)->manifest, message.consent_digest))
      return {stored(message.ticket, (*before)->number), {}};
    return {refuse(key, because(errc::not_found, "This ticket was ended before it was begun.")), {}};
  }
  upload& whole = found->second;
  if (whole.storing) return {};
  if (!equal(message.consent_digest, whole.ticket.consent.manifest))
    return {refuse(key,
                   because(errc::crypto_failed, "The consent at the end is not the one from the beginning.")),
            {}};
  for (const auto& part : whole.ticket.manifest.parts) {
    const auto there = whole.have.find(part.part);
    if ((there == whole.have.end() ? 0 : there->second) != part.bytes) return {progress(whole), {}};
  }
  whole.storing = true;
  return {std::nullopt, std::make_shared<const finished>(finished{whole.ticket, whole.name, whole.resumed})};
}

ticket_intake::outcome ticket_intake::store(const finished& work, wall_time now) const {
  outcome done;
  std::vector<std::string> files;
  for (const auto& part : work.ticket.manifest.parts) {
    const auto file = incoming_.file(work.upload, part.part);
    if (!file) return {0, {}, file.error()};
    const auto found = digest_of_file(*file);
    if (!found) return {0, {}, found.error()};
    files.push_back(*file);
    if (equal(*found, part.blake2b)) continue;
    if (!work.resumed.contains(part.part))
      return {0,
              {},
              because(errc::crypto_failed,
                      "Part " + std::to_string(part.part) +
                          " is not what the manifest says: nothing of the ticket was kept.")};
    done.send_again.push_back(part.part);
  }
  if (!done.send_again.empty()) return done;

  std::vector<digest> brought;
  const auto take_back = [&](const error& why) {
    for (const auto& name : brought)
      static_cast<void>(content_.remove(name)); // else it goes at the next start
    return outcome{0, {}, why};
  };
  for (const auto& part : work.ticket.manifest.parts) {
    const auto taken = content_.take(files[part.part], part.blake2b);
    if (!taken) return take_back(taken.error());
    if (*taken) brought.push_back(part.blake2b);
  }
  const auto number = tickets_.add(work.ticket, now);
  if (!number) return take_back(number.error());
  done.number = *number;
  return done;
}

wire::ticket_state ticket_intake::settle(const finished& work, const outcome& done) {
  const open_key key{work.ticket.key.agent, work.ticket.key.ticket};
  if (done.problem) {
    drop(key);
    return refuse(key, *done.problem);
  }
  if (done.send_again.empty()) {
    drop(key);
    return stored(key.second, done.number);
  }
  const auto found = open_.find(key);
  if (found == open_.end())
    return refuse(key, because(errc::not_found, "This ticket was given up meanwhile."));
  upload& again = found->second;
  again.storing = false;
  for (const auto part : done.send_again) {
    incoming_.remove_part(again.name, part);
    again.have.erase(part);
    again.resumed.erase(part);
  }
  return progress(again);
}

void ticket_intake::drop(const open_key& key) {
  const auto found = open_.find(key);
  if (found == open_.end()) return;
  incoming_.remove(found->second.name);
  open_.erase(found);
}

wire::ticket_state ticket_intake::refuse(const open_key& key, const error& why) {
  if (const auto found = open_.find(key); found != open_.end() && !found->second.storing) drop(key);
  return failed(key.second, why);
}

wire::ticket_state ticket_intake::progress(const upload& on_its_way) const {
  wire::ticket_state answer;
  answer.ticket = on_its_way.ticket.key.ticket;
  for (const auto& [part, bytes] : on_its_way.have)
    answer.have.push_back({part, bytes});
  return answer;
}

wire::ticket_state ticket_intake::stored(const uuid& ticket, std::int64_t number) const {
  wire::ticket_state answer;
  answer.ticket = ticket;
  answer.number = std::to_string(number);
  answer.url = public_url_ + "/tickets/" + answer.number;
  return answer;
}

} // namespace tier2::cloud
