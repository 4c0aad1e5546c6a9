#pragma once

#include "messages/config.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace tier2::cloud {

/// The whole server: store, agents' port, operators' port. Make one, and it serves until it is destroyed.
class cloud_server {
public:
  /// Whatever is wrong (configuration, certificate, port taken, newer database) is an error with a sentence.
  static result<std::unique_ptr<cloud_server>>
  start(const cloud_config& config, std::function<wall_time()> now = std::chrono::system_clock::now);
  virtual ~cloud_server() = default;
  virtual std::uint16_t agents_port() const = 0;
  virtual std::uint16_t operators_port() const = 0;
  virtual const std::string& public_url() const = 0;
};

} // namespace tier2::cloud
