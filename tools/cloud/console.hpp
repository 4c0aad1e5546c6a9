#pragma once

#include "tools/cloud/api_parts.hpp"
#include "tools/cloud/port_limits.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace tier2::cloud {

/// The port that operators use: pages and REST over TLS 1.2 or newer, on threads of its own. What strangers
/// may take of it is bounded by `port_limits`.
class console {
public:
  struct options {
    std::string address{"127.0.0.1"};
    std::uint16_t port{8444};     ///< 0: any free one.
    std::string certificate, key; ///< PEM files.
    std::string public_url;       ///< What Origin must be; empty: https://<address>:<port>.
    port_limits limits{};
  };
  /// Takes the port and answers nothing yet. `in_use`, `permission_denied`, `config_invalid` for the
  /// certificate.
  static result<std::unique_ptr<console>> bind(const options& where, const api_parts& parts);
  virtual ~console() = default;
  /// Starts to answer.
  virtual void run() = 0;
  virtual std::uint16_t port() const = 0;
  virtual const std::string& public_url() const = 0;
  virtual const port_counters& counters() const = 0;
};

} // namespace tier2::cloud
