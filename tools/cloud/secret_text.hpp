#pragma once

#include "messages/error.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tier2::cloud {

/// A secret of any length in guarded, locked memory (`sodium_malloc`), wiped when destroyed.
class secret_text {
public:
  secret_text() = default;
  explicit secret_text(std::span<const std::byte> bytes);
  bool empty() const { return size_ == 0; }
  std::span<const std::byte> bytes() const;

private:
  struct give_back {
    void operator()(std::byte* at) const;
  };
  std::unique_ptr<std::byte, give_back> at_;
  std::size_t size_{};
};

/// A private file's only line. `permission_denied` when others may read it, `malformed` when there is more.
result<secret_text> read_password_file(const std::string& path);
/// The bytes of "whsec_<base64>" (Standard Webhooks), 24 to 64. The same errors.
result<secret_text> read_webhook_secret(const std::string& path);

} // namespace tier2::cloud
