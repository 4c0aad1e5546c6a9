#pragma once

#include "tools/cloud/narrow_gate.hpp"
#include "tools/cloud/operator_store.hpp"
#include "tools/cloud/rate_limit.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace tier2::cloud {

/// Signs operators in and out. From any thread.
class sign_in {
public:
  using clock = std::function<wall_time()>;
  sign_in(operator_store& operators, clock now, const narrow_gate::limits& checks = {});

  struct refusal {
    enum class reason : std::uint8_t { wrong, too_many, busy, broken } why{};
    std::chrono::seconds wait{}; ///< For too_many and busy.
  };
  /// The session's token, 256 bits in base64url, whose digest alone is kept. A wrong name takes as long as a
  /// wrong password; at most two are checked at once, since each takes 64 MiB, and at most 8 more
  /// wait for that (4 of one address): beyond it `busy`, at once, and the try does not count.
  tl::expected<std::string, refusal> enter(const std::string& name, const std::string& password,
                                           const std::string& address);
  /// The operator that this token belongs to, or nothing.
  std::optional<std::string> who(const std::string& token);
  /// Whether the session still stands; to ask is no use of it.
  bool is_open(const std::string& token);
  void leave(const std::string& token);

private:
  operator_store& operators_;
  clock now_;
  std::string nobodys_hash_; ///< What the password of an unknown name is compared with.
  narrow_gate checks_;
  std::mutex guard_;
  sign_in_limit limit_;
};

/// 256 random bits in base64url, for tokens.
std::string new_token();

} // namespace tier2::cloud
