#include "actors/command/command_verifier.hpp"

#include "messages/printable.hpp"
#include "messages/wire/claims.hpp"
#include "messages/wire/jws.hpp"
#include "messages/wire/manifest.hpp"

#include <algorithm>

namespace tier2 {

namespace {

using std::chrono::seconds;

static_assert(command_verifier::max_command_bytes == wire::max_jws_bytes);

constexpr std::size_t max_detail_bytes = 512;

/// Details quote what came from outside: nothing in them may move a terminal or end a log's line.
tl::unexpected<rejection> refuse(reject_reason reason, std::string detail, const uuid& jti = {}) {
  if (detail.size() > max_detail_bytes) detail.resize(max_detail_bytes);
  std::ranges::replace_if(detail, [](char c) { return c < ' ' || c > '~'; }, '?');
  return tl::unexpected<rejection>(rejection{reason, std::move(detail), jti});
}

reject_reason reason_of(errc code) {
  if (code == errc::too_large) return reject_reason::too_large;
  return code == errc::unsupported ? reject_reason::unsupported_algorithm : reject_reason::malformed;
}

bool is_for(const std::string& audience, const command_verifier::machine& here,
            const std::vector<verification_key>& keys) {
  constexpr std::string_view group = "group:";
  constexpr std::string_view fleet = "fleet:";
  if (audience.starts_with(group))
    return std::ranges::find(here.groups, audience.substr(group.size())) != here.groups.end();
  if (audience.starts_with(fleet))
    return std::ranges::any_of(
        keys, [&](const auto& key) { return key.thumbprint() == audience.substr(fleet.size()); });
  return audience == here.agent_id;
}

/// In whole seconds, as claims have them: 2026-01-02T03:04:05Z.
std::string shown(unix_seconds at) { return wire::to_rfc3339(at).substr(0, 19) + "Z"; }

std::string shown(const std::vector<std::string>& audience) {
  std::string list;
  for (const auto& each : audience) {
    if (list.size() > 200) return list + ", ...";
    list += (list.empty() ? "\"" : ", \"") + printable(each, 80) + "\"";
  }
  return list;
}

} // namespace

tl::expected<verified_command, rejection> command_verifier::verify(std::string_view jws, const machine& here,
                                                                   unix_seconds now) const {
  const auto token = wire::parse_jws(jws, wire::command_token_type);
  if (!token) return refuse(reason_of(token.error().code), token.error().what);

  const auto named = [&](const verification_key& key) {
    return token->kid.empty() || key.thumbprint() == token->kid;
  };
  if (std::ranges::none_of(keys_, named))
    return refuse(reject_reason::unknown_key,
                  "The header's \"kid\" is \"" + printable(token->kid, 64) +
                      "\", which is the RFC 7638 thumbprint of no key that this build obeys.");
  const auto signer = std::ranges::find_if(keys_, [&](const verification_key& key) {
    return named(key) &&
           key.verify(std::as_bytes(std::span{token->signing_input.data(), token->signing_input.size()}),
                      token->signature);
  });
  if (signer == keys_.end())
    return refuse(reject_reason::bad_signature,
                  token->kid.empty() ? "The signature fits none of the keys that this build obeys."
                                     : "The signature does not fit the key that \"kid\" names.");

  auto claims = wire::parse_claims(token->payload);
  if (!claims) return refuse(reject_reason::malformed_claims, claims.error().what);
  const auto& jti = claims->jti;
  if (std::ranges::none_of(claims->audience,
                           [&](const std::string& each) { return is_for(each, here, keys_); }))
    return refuse(reject_reason::wrong_audience,
                  "The claim \"aud\" has " + shown(claims->audience) + "; this machine is \"" +
                      here.agent_id +
                      "\", and obeys \"group:\" with a group of its own and \"fleet:\" with "
                      "the thumbprint of a key of its build.",
                  jti);
  const auto earliest = std::max(claims->issued, claims->not_before.value_or(claims->issued));
  if (earliest > now + clock_skew)
    return refuse(reject_reason::not_yet_valid,
                  "The command is good from " + shown(earliest) +
                      " (\"iat\", \"nbf\"); the clock here says " + shown(now) +
                      ", and 60 seconds of difference are allowed.",
                  jti);
  if (claims->expires + clock_skew <= now)
    return refuse(reject_reason::expired,
                  "The command was good until " + shown(claims->expires) +
                      " (\"exp\"); the clock here says " + shown(now) +
                      ", and 60 seconds of difference are allowed.",
                  jti);
  if (claims->expires - claims->issued > max_lifetime)
    return refuse(reject_reason::lifetime_too_long,
                  "From \"iat\" to \"exp\" there are " +
                      std::to_string((claims->expires - claims->issued).count()) +
                      " seconds; at most 86400 are allowed.",
                  jti);
  if (const auto* other = std::get_if<unsupported_command>(&claims->cmd))
    return refuse(reject_reason::unsupported_command,
                  "This version has no command \"" + other->name +
                      "\"; it has run, cancel, report, set_groups, notify and restart_actor.",
                  jti);
  return verified_command{std::move(*claims), signer->thumbprint()};
}

} // namespace tier2
