#pragma once

#include "messages/wire/envelope.hpp"

#include <chrono>
#include <string>

namespace tier2 {

/// One question to the service over its local link, and its answer: what is neither the link's status nor a
/// type that this version does not know. `unavailable` when no service listens, hangs up, or does not answer
/// in time; `refused` with the service's sentence when it answers with a `notice`; errors of
/// `local_link_client::connect`.
result<wire::message> ask_service(const std::string& socket, const wire::message& question,
                                  std::chrono::milliseconds patience);

} // namespace tier2
