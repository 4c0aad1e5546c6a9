#pragma once

#include <stop_token>

namespace tier2::cloud {

/// Within a handler or content provider of the console's server: stops when the peer has left or the server
/// ends. A provider that waits for events must wait with it (`std::condition_variable_any::wait_for(lock,
/// token, heartbeat, has_news)`), else a stop of the server waits for its heartbeat. Copy it, keep no
/// reference.
std::stop_token stream_ending();

} // namespace tier2::cloud
