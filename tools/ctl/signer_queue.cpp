#include "tools/ctl/signer_queue.hpp"

#include "messages/wire/claims.hpp"
#include "messages/wire/json.hpp"
#include "platform/crypto/digest.hpp"

#include <algorithm>

namespace tier2::ctl {

namespace {

using stage = signing_request::stage;
using nlohmann::ordered_json;

constexpr int offer_depth = 10; // one more than claims may have, and "claims" itself

bool is_over(const signing_request& request) {
  return request.at == stage::sent || request.at == stage::refused;
}

std::size_t count(const std::deque<signing_request>& all, bool over) {
  return static_cast<std::size_t>(
      std::ranges::count_if(all, [over](const auto& each) { return is_over(each) == over; }));
}

} // namespace

result<void> signer_queue::renew(signing_request& request, unix_seconds now) {
  ordered_json claims;
  claims["aud"] = ordered_json::parse(request.audience);
  claims["iat"] = now.time_since_epoch().count();
  claims["exp"] = (now + request.lifetime).time_since_epoch().count();
  claims["jti"] = to_string(request.claims.jti);
  claims["cmd"] = ordered_json::parse(request.cmd);
  auto text = wire::dump_json(claims);
  auto read = wire::parse_claims(text);
  if (!read) return tl::unexpected(read.error());
  if (const auto* other = std::get_if<unsupported_command>(&read->cmd))
    return fail(errc::unsupported, "This version has no command \"" + other->name + "\".");
  request.payload = std::move(text);
  request.shown = blake2b_256(request.payload);
  request.claims = std::move(*read);
  return {};
}

result<std::uint64_t> signer_queue::offer(std::string_view offer, const uuid& jti, unix_seconds now) {
  if (count(all_, false) >= most_waiting)
    return fail(errc::unavailable, "There are " + std::to_string(most_waiting) +
                                       " commands waiting already. Sign or refuse some of them first.");
  const auto json = wire::parse_json(offer, most_offer_bytes, offer_depth);
  if (!json) return tl::unexpected(json.error());
  const auto wrong = [] {
    return fail(errc::malformed,
                R"(What is handed over must be {"claims": {"aud": …, "cmd": …}} and nothing else: )"
                "the times and the id are made here.");
  };
  if (!json->is_object() || json->size() != 1 || !json->contains("claims")) return wrong();
  const auto& claims = (*json)["claims"];
  if (!claims.is_object() || claims.size() != 2 || !claims.contains("aud") || !claims.contains("cmd"))
    return wrong();
  signing_request request;
  request.id = next_;
  request.claims.jti = jti;
  request.audience = wire::dump_json(claims["aud"]);
  request.cmd = wire::dump_json(claims["cmd"]);
  if (auto made = renew(request, now); !made) return tl::unexpected(made.error());
  request.hints.resize(request.claims.audience.size());
  all_.push_back(std::move(request));
  return next_++;
}

signing_request* signer_queue::find(std::uint64_t id) {
  const auto found = std::ranges::find(all_, id, &signing_request::id);
  return found == all_.end() ? nullptr : &*found;
}

bool signer_queue::choose(std::uint64_t id, std::chrono::seconds lifetime, unix_seconds now) {
  auto* const request = find(id);
  if (request == nullptr || request->at != stage::waiting) return false;
  if (std::ranges::find(lifetimes, lifetime) == lifetimes.end()) return false;
  request->lifetime = lifetime;
  return renew(*request, now).has_value();
}

result<signing_request*> signer_queue::approve(std::uint64_t id, std::string_view shown, unix_seconds now) {
  auto* const request = find(id);
  if (request == nullptr || request->at != stage::waiting)
    return fail(errc::not_found, "This command does not wait any more.");
  if (shown != to_string(request->shown))
    return fail(errc::conflict, "What was shown is not what would be signed. Look at it again.");
  if (now - request->claims.issued > request->lifetime / 2 || now < request->claims.issued) {
    if (auto renewed = renew(*request, now); !renewed) return tl::unexpected(renewed.error());
    return fail(errc::conflict, "It waited so long that its times were made anew. Look at it again.");
  }
  request->at = stage::posting;
  return request;
}

signing_request* signer_queue::retry(std::uint64_t id) {
  auto* const request = find(id);
  if (request == nullptr || request->at != stage::failed || request->token.empty()) return nullptr;
  request->at = stage::posting;
  return request;
}

bool signer_queue::refuse(std::uint64_t id) {
  auto* const request = find(id);
  if (request == nullptr || (request->at != stage::waiting && request->at != stage::failed)) return false;
  request->at = stage::refused;
  trim();
  return true;
}

void signer_queue::trim() {
  for (auto& each : all_)
    if (is_over(each)) each.token.clear();
  while (count(all_, true) > most_ended)
    all_.erase(std::ranges::find_if(all_, is_over));
}

} // namespace tier2::ctl
