#include "tools/buttonhelper/helper.hpp"

#include "actors/capture/capture_actor.hpp"
#include "actors/collector/collector_actor.hpp"
#include "actors/compression/compression_actor.hpp"
#include "actors/consent/consent_actor.hpp"
#include "actors/encoder/encoder_actor.hpp"
#include "actors/health/health_actor.hpp"
#include "actors/input_hook/input_hook_actor.hpp"
#include "actors/link/link_actor.hpp"
#include "actors/recorder/recorder_actor.hpp"
#include "actors/ticket/ticket_actor.hpp"
#include "platform/browser.hpp"
#include "platform/facts.hpp"
#include "platform/person.hpp"
#include "platform/process.hpp"

#include <algorithm>
#include <thread>

namespace tier2 {

namespace {

open_input x11_input(const agent_config& config) {
  return [options = input_source::options{{}, config.input.triggers, config.input.hotkeys}](
             input_source::callbacks tell) { return input_source::open(options, std::move(tell)); };
}

grab_thread::open_screen x11_screen(const agent_config& config) {
  return [exclude = config.pictures.exclude] { return screen_grabber::open({}, exclude); };
}

page_server::options page_options(const agent_config& config, const std::string& runtime) {
  const auto by_file = config.browser.handover == agent_config::browser_section::handover_way::file;
  return {config.ticket.port, by_file ? page_session::handover::file : page_session::handover::url, runtime,
          config.ticket.language};
}

ticket_form known_of_user(const agent_config& config) {
  auto who = current_person();
  ticket_form form;
  form.name = std::move(who.name);
  form.email = std::move(who.email);
  form.phone = std::move(who.phone);
  form.business = config.ticket.business;
  return form;
}

} // namespace

helper::helper(caf::actor_system& system, const agent_config& config, const std::string& runtime,
               const std::string& without_pictures, std::function<void(std::string, error)> on_escalate)
    : ticket_(slot<ticket_actor>::make(system)) {
  const auto input_slot = slot<input_hook_actor>::make(system);
  const auto capture_slot = slot<capture_actor>::make(system);
  const auto compression_slot = slot<compression_actor>::make(system);
  const auto recorder_slot = slot<recorder_actor>::make(system);
  const auto encoder_slot = slot<encoder_actor>::make(system);
  const auto collector_slot = slot<collector_actor>::make(system);
  const auto consent_slot = slot<consent_actor>::make(system);
  const auto link_slot = slot<link_actor>::make(system);
  const auto health_slot = slot<health_actor>::make(system);

  // What survives a crash of the actors that use it: the sealing key, the codec, the ring and the frames'
  // numbers.
  const auto key = std::make_shared<const secret_key>(secret_key::generate());
  const std::shared_ptr<frame_codec> codec = make_zstd_codec(key, config.recording.compression_level);
  const auto ring = std::make_shared<frame_ring>(
      frame_ring::limits{config.recording.frames, config.recording.bytes, config.recording.age});
  const auto last_id = std::make_shared<std::uint64_t>(0);
  const auto threads = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 4);

  ticket_surroundings around;
  around.capture = capture_slot.handle;
  around.recorder = recorder_slot.handle;
  around.encoder = encoder_slot.handle;
  around.collector = collector_slot.handle;
  around.consent = consent_slot.handle;
  around.link = link_slot.handle;
  around.to = config.organisation.name;
  around.host = this_machine().host;
  around.user = current_user();
  around.session = current_session();
  around.form = known_of_user(config);
  around.choices = config.ticket.choices;
  around.pictures_note = without_pictures;
  around.keep_closed = config.ticket.keep_closed;

  const auto supervisor = std::make_shared<supervisor_actor>();
  std::vector<child_spec> children;
  std::vector<health_peer> peers;
  const auto add = [&](std::string name, const auto& where, auto start) {
    peers.push_back({name, caf::actor_cast<caf::strong_actor_ptr>(where.control)});
    children.push_back({std::move(name), where.control, std::move(start)});
  };
  const link_control control{config.organisation.name, [supervisor] { return *supervisor; }};
  using parent = supervisor_actor::pointer;
  add("recorder", recorder_slot, [=](parent p) { return child_of(p, recorder, ring); });
  add("compression", compression_slot,
      [=](parent p) { return detached_child_of(p, compression, codec, recorder_slot.handle); });
  if (without_pictures.empty())
    add("capture", capture_slot, [=, open_screen = x11_screen(config)](parent p) {
      return child_of(p, capture, open_screen, compression_slot.handle, last_id);
    });
  add("encoder", encoder_slot, [=, options = config.ticket](parent p) {
    return child_of(p, encoder, std::shared_ptr<const frame_codec>{codec}, options, threads);
  });
  add("collector", collector_slot, [limit = config.collector.limit, ticket = ticket_.handle](parent p) {
    return child_of(p, collector, machine_facts(), limit, ticket);
  });
  add("consent", consent_slot,
      [options = page_options(config, runtime), command = config.browser.command,
       ticket = ticket_.handle](parent p) {
        return child_of(p, consent, options, open_page{[command](const std::string& target) {
                          return open_in_browser(command, target);
                        }},
                        ticket);
      });
  add("ticket", ticket_, [around](parent p) { return child_of(p, ticket, around); });
  add("link", link_slot,
      [path = config.paths.socket, session = around.session, ticket = ticket_.handle,
       health = health_slot.handle,
       control](parent p) { return child_of(p, link, path, session, ticket, health, control); });
  if (without_pictures.empty())
    // std::function frees what it holds, which the analyzer does not see.
    // NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDeleteLeaks)
    add("input_hook", input_slot,
        [input = x11_input(config), capture = capture_slot.handle, ticket = ticket_.handle](parent p) {
          return detached_child_of(p, input_hook, input, capture, ticket); // opening a display may block
        });
  add("health", health_slot, [](parent) { return caf::strong_actor_ptr{}; });
  children.back().start = [peers, supervisor](parent p) {
    return child_of(p, health, std::string{"buttonhelper"}, peers,
                    std::function<supervisor_actor()>{[supervisor] { return *supervisor; }}, channel_actor{},
                    watch_actor{});
  };

  supervisor_ = spawn_supervisor(system, std::move(children), std::move(on_escalate));
  *supervisor = supervisor_;
}

void helper::open(const std::string& source) {
  caf::anon_send(ticket_.handle, open_ticket{std::chrono::steady_clock::now(), source, {}});
}

} // namespace tier2
