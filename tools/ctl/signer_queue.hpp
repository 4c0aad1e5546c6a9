#pragma once

#include "messages/command.hpp"
#include "messages/digest.hpp"
#include "messages/error.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace tier2::ctl {

/// A command that somebody wants signed, from the first look at it to the cloud's answer.
struct signing_request {
  enum class stage : std::uint8_t { waiting, posting, sent, failed, refused };

  std::uint64_t id{};
  stage at{stage::waiting};
  std::string payload; ///< The exact bytes that a signature would be about.
  digest shown;        ///< BLAKE2b-256 of them: what a page must name to have them signed.
  command_claims claims;
  std::chrono::seconds lifetime{3600};
  std::string token;              ///< Once it is signed; posted again as it is.
  std::string said;               ///< The cloud's answer, or why it failed, as a sentence.
  std::size_t machines{};         ///< That the cloud took it for.
  std::vector<std::string> hints; ///< One for each of the audience: what the cloud calls it. Its word only.

  std::string audience, cmd; ///< Their JSON as it was handed over.
};

/// What waits to be signed. Pure: the clock and the ids are given. A request is hostile input: only what
/// every machine's own reader of claims would take gets in, and only for its bytes as they were shown is a
/// request given out for signing.
class signer_queue {
public:
  static constexpr std::size_t most_waiting = 32;
  static constexpr std::size_t most_ended = 32; ///< Older ones are forgotten.
  static constexpr std::size_t most_offer_bytes = 64U << 10U;
  static constexpr std::array<std::chrono::seconds, 3> lifetimes{
      {std::chrono::minutes{5}, std::chrono::hours{1}, std::chrono::hours{24}}};

  /// `offer`: {"claims": {"aud": …, "cmd": …}} and nothing else; times and the id are ours. Gives the
  /// request's id; `malformed`, `unsupported`, `too_large`, `unavailable` when too many wait.
  result<std::uint64_t> offer(std::string_view offer, const uuid& jti, unix_seconds now);
  /// New times for one that waits; false when there is none, or the lifetime is not one of ours.
  bool choose(std::uint64_t id, std::chrono::seconds lifetime, unix_seconds now);
  /// The request to sign now, which is `posting` from here on; `conflict` when its bytes are not those that
  /// were shown, or half of its lifetime went by and new times were made, so that it must be looked at again.
  result<signing_request*> approve(std::uint64_t id, std::string_view shown, unix_seconds now);
  /// A failed posting, once more; the token is the same.
  signing_request* retry(std::uint64_t id);
  bool refuse(std::uint64_t id);

  signing_request* find(std::uint64_t id);
  const std::deque<signing_request>& all() const { return all_; }
  /// Of an ended one: the token is not needed any more.
  void trim();

private:
  result<void> renew(signing_request& request, unix_seconds now);
  std::deque<signing_request> all_; ///< Oldest first.
  std::uint64_t next_{1};
};

} // namespace tier2::ctl
