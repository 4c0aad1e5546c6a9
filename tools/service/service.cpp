#include "tools/service/service.hpp"

#include "actors/alerting/alerting_actor.hpp"
#include "actors/channel/channel_actor.hpp"
#include "actors/command/command_actor.hpp"
#include "actors/health/health_actor.hpp"
#include "actors/keystore/keystore_actor.hpp"
#include "actors/relay/relay_actor.hpp"
#include "actors/runner/runner_actor.hpp"
#include "actors/supervisor/slot.hpp"
#include "actors/watch/watch_actor.hpp"
#include "platform/crypto/ecdsa.hpp"

namespace tier2 {

namespace {

runner_options run_options(const agent_config& config) {
  const auto& commands = config.commands;
  return {commands.runner, config.paths.scripts, commands.cgroup, commands.window_bytes, commands.kill_after};
}

/// The last word, for the outbox: what ends the program cannot be told by a part of it that is restarted.
alert end_alert(const std::string& name, const error& why) {
  alert made;
  made.severity = alert_severity::critical;
  made.source = "supervisor";
  made.dedupe_key = "actor:" + name;
  made.labels["actor"] = name;
  made.title = "The agent ended because a part of it crashed too often: " + name;
  made.body = "\"" + name +
              "\" ended again and again, the last time with: " + std::string{to_string(why.code)} + ": " +
              why.what +
              ". The service ended, for whoever started it to start it afresh. See the service's log.";
  return made;
}

} // namespace

supervisor_actor start_service(caf::actor_system& system, const agent_config& config,
                               std::function<void(std::string, error)> on_escalate) {
  const auto keystore_slot = slot<keystore_actor>::make(system);
  const auto channel_slot = slot<channel_actor>::make(system);
  const auto relay_slot = slot<relay_actor>::make(system);
  const auto alerting_slot = slot<alerting_actor>::make(system);
  const auto runner_slot = slot<runner_actor>::make(system);
  const auto command_slot = slot<command_actor>::make(system);
  const auto health_slot = slot<health_actor>::make(system);
  const auto watch_slot = slot<watch_actor>::make(system);

  const auto supervisor = std::make_shared<supervisor_actor>();
  std::vector<child_spec> children;
  std::vector<health_peer> peers;
  const auto add = [&](std::string name, const auto& where, auto start) {
    peers.push_back({name, caf::actor_cast<caf::strong_actor_ptr>(where.control)});
    children.push_back({std::move(name), where.control, std::move(start)});
  };
  using parent = supervisor_actor::pointer;
  // Before those who may have something to tell at once.
  add("alerting", alerting_slot,
      [state = config.paths.state, channel = channel_slot.handle, keystore = keystore_slot.handle](parent p) {
        return detached_child_of(p, alerting, state, channel, keystore);
      });
  watch_surroundings watched;
  watched.thresholds = config.thresholds;
  watched.state_directory = config.paths.state;
  watched.cloud_host = config.cloud.host;
  watched.crl_file = config.cloud.crl_file;
  watched.alerting = alerting_slot.handle;
  add("watch", watch_slot, [watched](parent p) { return detached_child_of(p, watch, watched); });
  add("keystore", keystore_slot,
      [options = keystore_options{this_machine_identity(config.paths.state, config.keystore),
                                  config.cloud.enrolment_token_file},
       alerting = alerting_slot.handle](parent p) {
        return detached_child_of(p, keystore, options, alerting);
      });
  add("relay", relay_slot,
      [around = relay_surroundings{.path = config.paths.socket,
                                   .cloud_host = config.cloud.host,
                                   .keystore = keystore_slot.handle,
                                   .alerting = alerting_slot.handle},
       channel = channel_slot.handle,
       health = health_slot.handle](parent p) { return child_of(p, relay, around, channel, health); });
  add("runner", runner_slot, [options = run_options(config), command = command_slot.handle](parent p) {
    return child_of(p, runner, options, command);
  });
  command_surroundings around;
  around.channel = channel_slot.handle;
  around.runner = runner_slot.handle;
  around.relay = relay_slot.handle;
  around.alerting = alerting_slot.handle;
  around.keystore = keystore_slot.handle;
  around.supervisor = [supervisor] { return *supervisor; };
  around.limits = config.commands;
  around.state_directory = config.paths.state;
  for (const auto& pem : compiled_in_keys())
    around.keys.emplace_back(pem);
  // It waits for the disk, and nobody is to wait for that with it.
  add("command", command_slot, [around](parent p) { return detached_child_of(p, command_desk, around); });
  add("channel", channel_slot,
      [cloud = config.cloud, keystore = keystore_slot.handle,
       tell = channel_listeners{relay_slot.handle, command_slot.handle, alerting_slot.handle,
                                watch_slot.handle}](parent p) {
        return child_of(p, channel, cloud, keystore, tell);
      });
  add("health", health_slot, [](parent) { return caf::strong_actor_ptr{}; });
  children.back().start = [peers, supervisor, channel = channel_slot.handle,
                           watch = watch_slot.handle](parent p) {
    return child_of(p, health, std::string{"tier2-service"}, peers,
                    std::function<supervisor_actor()>{[supervisor] { return *supervisor; }}, channel, watch);
  };

  auto all = spawn_supervisor(
      system, std::move(children),
      [on_escalate = std::move(on_escalate), alerting = alerting_slot.handle](std::string name, error why) {
        caf::anon_send(alerting, raise_alert{end_alert(name, why)});
        on_escalate(std::move(name), std::move(why));
      },
      [watch = watch_slot.handle](child_crashed what) { caf::anon_send(watch, std::move(what)); });
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
