#include "tools/cloud/sign_in.hpp"

#include "messages/wire/manifest.hpp"
#include "platform/crypto/digest.hpp"
#include "platform/secure_memory.hpp"
#include "tools/cloud/address_group.hpp"
#include "tools/cloud/password.hpp"
#include "tools/cloud/printable.hpp"

#include <array>
#include <spdlog/spdlog.h>

namespace tier2::cloud {

using namespace std::chrono_literals;

namespace {
constexpr auto wait_when_busy = 2s;
constexpr std::size_t token_text_bytes = 43;
} // namespace

std::string new_token() {
  std::array<std::byte, 32> bytes{};
  random_bytes(bytes);
  return wire::to_base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

sign_in::sign_in(operator_store& operators, clock now, const narrow_gate::limits& checks)
    : operators_{operators}, now_{std::move(now)}, nobodys_hash_{hash_password(new_token()).value_or("")},
      checks_{checks} {}

tl::expected<std::string, sign_in::refusal>
sign_in::enter(const std::string& name, const std::string& password, const std::string& address) {
  const auto audit = [&](const char* outcome) {
    if (auto noted = operators_.record_sign_in(name, address, outcome, now_()); !noted)
      spdlog::error("A sign-in could not be recorded: {}", noted.error().what);
  };
  {
    // A try counts as failed until it was right: many at once cannot get past the limit.
    const std::lock_guard lock{guard_};
    const auto now = std::chrono::steady_clock::now();
    if (const auto wait = limit_.wait(name, address, now); wait > 0s)
      return tl::unexpected(refusal{refusal::reason::too_many, wait});
    limit_.failed(name, address, now);
  }
  auto check = checks_.enter(address_group(address));
  if (!check) {
    const std::lock_guard lock{guard_};
    limit_.take_back(name, address);
    return tl::unexpected(refusal{refusal::reason::busy, wait_when_busy});
  }
  const auto hash = operators_.password_hash(name);
  const bool known = hash && *hash;
  const bool fits = password_fits(known ? **hash : nobodys_hash_, password);
  check.reset();
  if (!hash) return tl::unexpected(refusal{refusal::reason::broken, {}});
  if (!known || !fits) {
    audit("refused");
    spdlog::warn("A sign-in as \"{}\" from {} was refused.", printable(name), printable(address));
    return tl::unexpected(refusal{refusal::reason::wrong, {}});
  }
  std::string token = new_token();
  if (auto opened = operators_.open_session(blake2b_256(token), name, now_()); !opened) {
    spdlog::error("A session could not be kept: {}", opened.error().what);
    return tl::unexpected(refusal{refusal::reason::broken, {}});
  }
  {
    const std::lock_guard lock{guard_};
    limit_.succeeded(name, address);
  }
  audit("signed in");
  return token;
}

std::optional<std::string> sign_in::who(const std::string& token) {
  if (token.size() != token_text_bytes) return std::nullopt;
  const auto found = operators_.use_session(blake2b_256(token), now_());
  if (!found) spdlog::error("A session could not be looked up: {}", found.error().what);
  return found.value_or(std::nullopt);
}

bool sign_in::is_open(const std::string& token) {
  const auto found = operators_.find_session(blake2b_256(token), now_());
  return found && found->has_value();
}

void sign_in::leave(const std::string& token) {
  if (auto closed = operators_.close_session(blake2b_256(token)); !closed)
    spdlog::error("A session could not be ended: {}", closed.error().what);
}

} // namespace tier2::cloud
