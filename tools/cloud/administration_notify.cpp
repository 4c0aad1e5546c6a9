#include "tools/cloud/administration.hpp"
#include "tools/cloud/notifier.hpp"

#include <iostream>

namespace tier2::cloud::administration {

result<void> test_notify(const cloud_config& config) {
  const auto targets = notify_targets(config.notify);
  if (!targets) return tl::unexpected(targets.error());
  if (targets->empty())
    return fail(errc::config_invalid,
                "Nobody is told of alerts: the configuration has neither [[notify.webhook]] "
                "nor [[notify.mail]].");
  std::size_t failed = 0;
  notify_transport transport;
  for (const auto& each : *targets) {
    const auto told = each->test(transport, config.operators.public_url, std::chrono::system_clock::now());
    const bool sent = told.how == sending::verdict::sent;
    if (!sent) ++failed;
    std::cout << each->receiver().name << " (" << each->kind() << "): " << (sent ? "sent" : told.why) << "\n";
  }
  if (failed == 0) return {};
  return fail(errc::io_failed, std::to_string(failed) + " of " + std::to_string(targets->size()) +
                                   " receivers could not be told.");
}

} // namespace tier2::cloud::administration
