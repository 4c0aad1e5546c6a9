#include "actors/consent/page_session.hpp"

#include "messages/wire/manifest.hpp"
#include "platform/crypto/digest.hpp"

#include <algorithm>

namespace tier2 {

namespace {

/// A file name of ours: no folders, nothing to decode.
bool plain_name(std::string_view name) {
  return !name.empty() && name.front() != '.' && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
  });
}

std::string secret_text(const page_session::random_256& random) {
  return wire::to_base64url({reinterpret_cast<const char*>(random.data()), random.size()});
}

/// The value of the only member of a form or query "name=value"; our values need no decoding.
std::optional<std::string_view> only_member(std::string_view text, std::string_view name) {
  if (!text.starts_with(name) || !text.substr(name.size()).starts_with('=')) return {};
  return text.substr(name.size() + 1);
}

page_session::answer refuse(std::uint16_t status) { return {page_session::serve::refusal, status, {}, {}}; }

} // namespace

bool request_allowance::take(steady_time now) {
  if (last_) {
    const std::chrono::duration<double> passed = now - *last_;
    left_ = std::min(burst_, left_ + std::max(0.0, passed.count()) * rate_);
  }
  last_ = now;
  if (left_ < 1) return false;
  left_ -= 1;
  return true;
}

std::string page_session::open(const random_256& random, steady_time now) {
  open_ = true;
  auto token = secret_text(random);
  token_ = expiring{blake2b_256(token), now + token_life};
  return token;
}

std::vector<page_session::closing> page_session::close() {
  std::vector<closing> all;
  if (attached_) all.push_back({*attached_, close_ended});
  for (const auto each : unclaimed_)
    all.push_back({each, close_unclaimed});
  open_ = false;
  token_.reset();
  page_secret_.reset();
  attached_.reset();
  unclaimed_.clear();
  went_away_.reset();
  return all;
}

bool page_session::host_is_ours(const request& what) const {
  const auto port = ":" + std::to_string(port_);
  return what.host && (*what.host == "127.0.0.1" + port || *what.host == "localhost" + port);
}

bool page_session::origin_is_ours(std::string_view origin) const {
  const auto port = ":" + std::to_string(port_);
  return origin == "http://127.0.0.1" + port || origin == "http://localhost" + port;
}

bool page_session::spend(std::optional<expiring>& secret, std::string_view given, steady_time now) {
  if (!secret) return false;
  if (now >= secret->until) {
    secret.reset();
    return false;
  }
  // Digests of equal length are compared, so that time says nothing about the secret.
  if (!equal(blake2b_256(given), secret->of)) return false;
  secret.reset();
  return true;
}

page_session::answer page_session::hand_over(std::string_view token, const random_256& random,
                                             steady_time now) {
  if (!open_ || !spend(token_, token, now)) {
    ++counts_.wrong_tokens;
    return {serve::reopen_page, 410, {}, {}};
  }
  auto secret = secret_text(random);
  page_secret_ = expiring{blake2b_256(secret), now + token_life};
  return {serve::page, 200, {}, std::move(secret)};
}

page_session::answer page_session::reopen(bool by_itself, steady_time now) {
  if (!open_) return refuse(410);
  // A reload comes back by itself; a page that is open elsewhere is not taken over without a click.
  if (by_itself && attached_) return refuse(409);
  if (by_itself && !(went_away_ && now - *went_away_ < reopen_window)) return refuse(409);
  if (reopened_ && now - *reopened_ < reopen_gap) return refuse(429);
  reopened_ = now;
  return {serve::reopen, 202, {}, {}};
}

page_session::answer page_session::decide(const request& what, const random_256& random, steady_time now) {
  const bool get = what.method == "GET";
  const bool post = what.method == "POST";
  const bool handed_by_file = post && what.path == "/open" && way_ == handover::file;
  const bool from_us = what.origin && origin_is_ours(*what.origin);
  // A file's origin is opaque, so is that of a sandboxed foreign page: only the token tells them apart.
  const bool origin_fits =
      (!what.origin && what.path != "/reopen") || from_us || (handed_by_file && *what.origin == "null");
  // Before the allowance: a foreign page must not use up ours.
  if (!host_is_ours(what) || !origin_fits || what.for_service_worker || what.in_foreign_page) {
    ++counts_.foreign;
    return refuse(403);
  }
  if (!requests_.take(now)) {
    ++counts_.too_many;
    return refuse(429);
  }

  if (handed_by_file) return hand_over(only_member(what.body, "token").value_or(""), random, now);
  if (get && what.path == "/open" && way_ == handover::url)
    if (const auto token = only_member(what.query, "once")) return hand_over(*token, random, now);
  if (get && (what.path == "/" || what.path == "/open")) return {serve::reopen_page, 200, {}, {}};
  if (post && what.path == "/reopen") return reopen(what.query == "by=itself", now);
  if (get && what.path.starts_with('/') && plain_name(what.path.substr(1)))
    return {serve::asset, 200, std::string{what.path.substr(1)}, {}};
  return refuse(404);
}

bool page_session::upgrade(connection_id who, const request& what, steady_time now,
                           std::vector<closing>& make_room) {
  if (!host_is_ours(what) || !what.origin || !origin_is_ours(*what.origin)) {
    ++counts_.foreign;
    return false;
  }
  if (!requests_.take(now)) {
    ++counts_.too_many;
    return false;
  }
  if (what.path != "/page" || !open_) return false;
  if (unclaimed_.size() >= max_unclaimed) {
    make_room.push_back({unclaimed_.front(), close_unclaimed});
    unclaimed_.erase(unclaimed_.begin());
  }
  unclaimed_.push_back(who);
  return true;
}

page_session::claim_outcome page_session::claim(connection_id who, std::string_view secret, steady_time now) {
  const bool waiting = std::erase(unclaimed_, who) != 0;
  if (!waiting || !spend(page_secret_, secret, now)) {
    ++counts_.wrong_claims;
    return {false, {{who, close_unclaimed}}};
  }
  claim_outcome done{true, {}};
  if (attached_) done.close.push_back({*attached_, close_replaced});
  attached_ = who;
  return done;
}

std::optional<std::uint16_t> page_session::admit(connection_id who, steady_time now) {
  if (attached_ != who) {
    std::erase(unclaimed_, who);
    return close_unclaimed;
  }
  if (messages_.take(now)) return {};
  ++counts_.too_many;
  return close_policy;
}

std::optional<page_session::closing> page_session::turn_over(steady_time now) {
  if (!attached_) return {};
  const closing old{*attached_, close_replaced};
  gone(*attached_, now);
  return old;
}

bool page_session::gone(connection_id who, steady_time now) {
  std::erase(unclaimed_, who);
  if (attached_ != who) return false;
  attached_.reset();
  went_away_ = now;
  return true;
}

} // namespace tier2
