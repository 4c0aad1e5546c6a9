#include "tools/service/service.hpp"

#include "actors/channel/channel_actor.hpp"
#include "actors/health/health_actor.hpp"
#include "actors/keystore/keystore_actor.hpp"
#include "actors/relay/relay_actor.hpp"
#include "actors/supervisor/slot.hpp"

namespace tier2 {

supervisor_actor start_service(caf::actor_system& system, const agent_config& config,
                               std::function<void(std::string, error)> on_escalate) {
  const auto keystore_slot = slot<keystore_actor>::make(system);
  const auto channel_slot = slot<channel_actor>::make(system);
  const auto relay_slot = slot<relay_actor>::make(system);
  const auto health_slot = slot<health_actor>::make(system);

  const auto supervisor = std::make_shared<supervisor_actor>();
  std::vector<child_spec> children;
  std::vector<health_peer> peers;
  const auto add = [&](std::string name, const auto& where, auto start) {
    peers.push_back({name, caf::actor_cast<caf::strong_actor_ptr>(where.control)});
    children.push_back({std::move(name), where.control, std::move(start)});
  };
  using parent = supervisor_actor::pointer;
  add("keystore", keystore_slot,
      [state = config.paths.state, token = config.cloud.enrolment_token_file](parent p) {
        return child_of(p, keystore, state, token);
      });
  add("relay", relay_slot,
      [path = config.paths.socket, host = config.cloud.host, channel = channel_slot.handle,
       health = health_slot.handle](parent p) { return child_of(p, relay, path, host, channel, health); });
  add("channel", channel_slot,
      [cloud = config.cloud, keystore = keystore_slot.handle, relay = relay_slot.handle](parent p) {
        return child_of(p, channel, cloud, keystore, relay);
      });
  add("health", health_slot, [](parent) { return caf::strong_actor_ptr{}; });
  children.back().start = [peers, supervisor, channel = channel_slot.handle](parent p) {
    return child_of(p, health, std::string{"tier2-service"}, peers,
                    std::function<supervisor_actor()>{[supervisor] { return *supervisor; }}, channel);
  };

  auto all = spawn_supervisor(system, std::move(children), std::move(on_escalate));
  *supervisor = all;
  return all;
}

result<void> check_development_build(bool has_development_key, const std::string& host) {
  const auto is_address = host.find_first_not_of("0123456789.") == std::string::npos;
  const auto loopback = host == "localhost" || host == "::1" || (is_address && host.rfind("127.", 0) == 0);
  if (!has_development_key || loopback) return {};
  return fail(errc::refused,
              "This is a development build: the key whose commands it obeys lies open in its build "
              "directory, so it talks to servers on this machine only, and not to " +
                  host + ". Build with -Dcommand_keys=… for real use.");
}

} // namespace tier2
