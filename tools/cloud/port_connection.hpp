#pragma once

#include "tools/cloud/request_head.hpp"
#include "tools/cloud/tls_connection.hpp"
#include "tools/cloud/waiting_room.hpp"

#include <stop_token>

namespace tier2::cloud {

/// A connection to the operators' port and how far it is. The loop's, but while `busy`: then everything but
/// `at` and `gone` is the worker's that handles its request.
struct port_connection {
  enum class stage : std::uint8_t { handshake, request, busy, answering, lingering };
  using time = waiting_room::time;

  port_connection(SSL_CTX& context, int socket, std::atomic<std::uint64_t>& silent)
      : tls{context, socket, silent} {}

  waiting_room::id id{};
  tls_connection tls;
  std::string address, group;
  int port{};
  stage at{stage::handshake};
  std::string in;                   ///< What came and was not handled yet.
  std::optional<request_head> head; ///< Of the request at the beginning of `in`.
  std::size_t looked{};             ///< For read_head.
  std::size_t requests{};           ///< Handled or being handled.
  time since{};                     ///< Accepted, or began to wait for what it waits for now.
  time began{};                     ///< Of the request under way: accepted, or its first byte.
  bool last{};                      ///< To be closed after this answer.
  bool streaming{};                 ///< The answer comes from a content provider: it is sent as it is made.
  bool events{};                    ///< And it is an event stream.
  std::size_t held{};               ///< What it has of the memory that all share.
  std::size_t discarded{};          ///< While lingering.
  std::stop_source gone;            ///< The peer left, or the port ends.
};

} // namespace tier2::cloud
