#include "actors/consent/consent_actor.hpp"

namespace tier2 {

namespace {

using consent_pointer = consent_actor::stateful_pointer<consent_state>;

void bring_up(consent_pointer self) {
  const auto target = self->state.server->open();
  const auto opened = target ? self->state.browser(*target) : result<void>{tl::unexpected(target.error())};
  if (opened) return self->state.meter.count("pages_opened");
  self->state.meter.failed(opened.error());
  spdlog::error("The ticket page could not be opened: {}", opened.error().what);
}

} // namespace

consent_actor::behavior_type consent(consent_pointer self, page_server::options options, open_page browser,
                                     ticket_actor ticket) {
  be_quiet(self);
  self->state.browser = std::move(browser);
  self->state.ticket = std::move(ticket);
  const auto to = caf::actor_cast<consent_actor>(self);
  auto server = page_server::listen(
      std::move(options),
      {.on_command = [to](page_command what) { caf::anon_send(to, user_said{std::move(what)}); },
       .on_present = [to](bool on) { caf::anon_send(to, page_present{on}); },
       .on_reopen = [to] { caf::anon_send(to, show_page{}); }});
  if (!server) {
    self->quit(to_caf(server.error()));
    return consent_actor::behavior_type::make_empty_behavior();
  }
  self->state.server = std::move(*server);
  // After a crash: the page of the incarnation before is gone.
  self->send(self->state.ticket, page_present{false});
  self->send(self->state.ticket, consent_started{});

  return {
      [self](const show_page&) {
        const auto timed = self->state.meter.handle();
        bring_up(self);
      },
      [self](const show_view& what) {
        const auto timed = self->state.meter.handle();
        if (what.view) return self->state.server->show_view(*what.view);
        self->state.server->close_ticket();
      },
      [self](const show_image& what) {
        const auto timed = self->state.meter.handle();
        self->state.server->show_image(what.image);
      },
      [self](const user_said& what) {
        const auto timed = self->state.meter.handle();
        self->send(self->state.ticket, what);
      },
      [self](const page_present& what) {
        const auto timed = self->state.meter.handle();
        self->send(self->state.ticket, what);
      },
      [self](const get_health&) {
        const auto counts = self->state.server->counts();
        self->state.meter.set("malformed", counts.malformed);
        self->state.meter.set("thumbnails_dropped", counts.thumbnails_dropped);
        self->state.meter.set("stale_images", counts.stale_images);
        return self->state.meter.report(self->mailbox().size());
      },
  };
}

} // namespace tier2
