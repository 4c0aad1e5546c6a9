#pragma once

#include "platform/net/websocket_client.hpp"
#include "platform/net/websocket_session.hpp"

#include <cstdint>
#include <string>

namespace tier2::net {

/// How a client's session ended, for its owner; `target` is the server's "host:port".
websocket_client::ended explain_end(websocket_session::end why, const websocket_codec::outcome& how,
                                    const std::string& target, const websocket_client::options& where);
/// The time for connecting is over; `stage` ends the sentence "no answer while …".
std::string explain_too_late(const std::string& target, std::uint32_t timeout_ms, const std::string& stage);
/// An exception `what` ended the connection.
std::string explain_fault(const std::string& target, const std::string& what);

} // namespace tier2::net
