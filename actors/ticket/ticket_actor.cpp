#include "actors/ticket/ticket_actor.hpp"

#include "platform/process.hpp"

namespace tier2 {

namespace {

using ticket_pointer = ticket_actor::stateful_pointer<ticket_state>;
using std::chrono::seconds;

constexpr std::chrono::milliseconds view_pause{30};
constexpr std::chrono::milliseconds files_pause{
    200}; // a page that draws itself again takes time from the files' making
constexpr seconds reload_time{60};
/// A browser that starts needs the processor more than files that nobody can see yet.
constexpr seconds browser_start{3};

ticket_actor me(ticket_pointer self) { return caf::actor_cast<ticket_actor>(self); }

void changed(ticket_pointer self, std::chrono::milliseconds at_most = view_pause) {
  auto& due = self->state.push_due;
  const auto when = self->clock().now() + at_most;
  if (due && *due <= when) return;
  due = when;
  self->delayed_send(me(self), at_most, push_view{});
}

void push_now(ticket_pointer self) {
  if (!self->state.draft) return;
  auto view = self->state.draft->view();
  view.pictures_note = self->state.note;
  self->send(self->state.around.consent, show_view{std::make_shared<const ticket_view>(std::move(view))});
}

/// The ticket is sent or gone: nothing of it is kept, as the page says, and pictures are taken again.
void close(ticket_pointer self) {
  self->send(self->state.around.recorder, forget{self->state.until});
  self->state.frames.clear();
  self->state.unmade.clear();
  self->state.thumbnails_lost = false;
  self->state.encoding.clear();
  self->state.outdated.clear();
  self->state.submission.reset();
  self->send(self->state.around.encoder, drop_work{});
  self->send(self->state.around.capture, set_recording{true});
  push_now(self);
  self->state.draft.reset();
}

void encode(ticket_pointer self, std::uint32_t id);

/// False for an answer that is of no use any more; the picture is made once more when its regions have
/// changed.
bool is_wanted(ticket_pointer self, const uuid& ticket, std::uint32_t id) {
  auto& state = self->state;
  if (!state.draft || state.ticket != ticket) return false;
  state.encoding.erase(id);
  if (state.outdated.erase(id) == 0) return true;
  encode(self, id);
  return false;
}

/// At most one file of a picture is being made, however often its regions change.
void encode(ticket_pointer self, std::uint32_t id) {
  const auto ticket = self->state.ticket;
  if (!self->state.encoding.insert(id).second) {
    self->state.outdated.insert(id);
    return;
  }
  self->request(self->state.around.encoder, seconds{300},
                encode_picture{id, self->state.frames.at(id), self->state.draft->regions(id)})
      .then(
          [self, ticket, id](encoded_picture& done) {
            if (!is_wanted(self, ticket, id)) return;
            self->state.draft->picture_encoded(id, {done.name, done.media_type, done.file, done.blake2b});
            self->send(self->state.around.consent, show_image{std::move(done.thumbnail)});
            changed(self, files_pause);
          },
          [self, ticket, id](const caf::error& why) {
            if (!is_wanted(self, ticket, id)) return;
            const auto reason = from_caf(why);
            self->state.meter.failed(reason);
            self->state.draft->picture_failed(id, reason.what);
            changed(self);
          });
}

/// The page shows the last picture first, and so are they made.
void encode_all(ticket_pointer self) {
  for (const auto id : std::exchange(self->state.unmade, {}))
    encode(self, id);
}

void begin(ticket_pointer self, const kept_frames& frames, std::string note) {
  auto& state = self->state;
  state.opening = false;
  state.ticket = random_uuid();
  state.note = std::move(note);
  std::vector<frame_info> pictures;
  for (const auto& each : frames)
    pictures.push_back(each->info);
  state.draft.emplace(ticket_draft::origin{state.ticket, std::chrono::system_clock::now(), state.around.to,
                                           state.around.host, state.around.user, state.around.session,
                                           std::exchange(state.asked, {}), state.around.form,
                                           state.around.choices},
                      pictures);
  self->send(state.around.consent, show_page{state.ticket});
  push_now(self);
  self->send(state.around.collector, collect{++state.round});
  // Longer than any limit of the collector: a crashed one must not leave the ticket preparing for ever.
  self->delayed_send(me(self), seconds{90}, facts_complete{state.round});
  std::uint32_t id = 0;
  for (const auto& each : frames) {
    ++id;
    if (is_lost(each->info.note)) continue; // there is nothing to encode or to show
    state.frames.emplace(id, each);
    state.unmade.insert(id);
  }
  if (!state.unmade.empty()) encode(self, state.unmade.extract(state.unmade.begin()).value());
  self->delayed_send(me(self), browser_start, encode_rest{state.ticket});
  self->delayed_send(me(self), reload_time, page_missing{state.ticket, state.page_changes, false});
  spdlog::info("A ticket was opened with {} pictures.", frames.size());
}

void open(ticket_pointer self, steady_time at, const std::string& asked) {
  auto& state = self->state;
  if (!asked.empty()) state.asked = asked;
  if (state.opening) return;
  if (state.draft) {
    state.draft->ask(std::exchange(state.asked, {}));
    self->send(state.around.consent, show_page{state.ticket});
    push_now(self);
    return;
  }
  state.opening = true;
  state.until = at;
  // What is in hand reaches the recorder first; what it shows after `at` is left out by the snapshot.
  self->send(state.around.capture, set_recording{false});
  const auto take = [self, at] {
    self->request(self->state.around.recorder, seconds{10}, snapshot{at})
        .then([self](const kept_frames& frames) { begin(self, frames, self->state.around.pictures_note); },
              [self](const caf::error& why) {
                self->state.meter.failed(from_caf(why));
                begin(self, {}, "The pictures could not be read; the technical report has the reason.");
              });
  };
  self->request(state.around.capture, seconds{10}, flush{})
      .then([take](const flushed&) { take(); }, [take](const caf::error&) { take(); });
}

void show_image_of(ticket_pointer self, std::uint32_t id, bool thumbnail) {
  const auto frame = self->state.frames.find(id);
  if (frame == self->state.frames.end()) return;
  auto regions = self->state.draft->regions(id);
  self->request(self->state.around.encoder, seconds{thumbnail ? 300 : 60},
                decode_picture{id, frame->second, regions, thumbnail})
      .then(
          [self, ticket = self->state.ticket, id, thumbnail, regions](rgba_image& image) {
            if (!self->state.draft || self->state.ticket != ticket) return;
            // Blacked out meanwhile: another thumbnail comes with its file.
            if (thumbnail && regions != self->state.draft->regions(id)) return;
            self->send(self->state.around.consent, show_image{std::move(image)});
          },
          [self](const caf::error& why) { self->state.meter.failed(from_caf(why)); });
}

/// Those that come with a file which is still to be made are not asked for.
void show_thumbnails(ticket_pointer self) {
  auto& state = self->state;
  if (!std::exchange(state.thumbnails_lost, false)) return;
  for (auto each = state.frames.rbegin(); each != state.frames.rend(); ++each)
    if (!state.encoding.contains(each->first)) show_image_of(self, each->first, true);
}

void send_it(ticket_pointer self) {
  auto given = self->state.draft->consent(std::chrono::system_clock::now());
  if (!given) {
    self->state.meter.failed(given.error());
    return changed(self);
  }
  self->state.submission = std::move(*given);
  spdlog::info("The user said yes to ticket {}.", to_string(self->state.ticket));
  self->send(self->state.around.link, submit{self->state.submission});
  self->send(self->state.around.capture, set_recording{true}); // it may wait for the network for hours
  push_now(self);
}

void discard(ticket_pointer self) {
  if (!self->state.draft->discard()) return;
  spdlog::info("Ticket {} was discarded.", to_string(self->state.ticket));
  self->send(self->state.around.link, withdraw{self->state.ticket});
  close(self);
}

struct obey {
  ticket_pointer self;
  void operator()(const page::claim&) const {}
  void operator()(const page::include_picture& what) const {
    if (self->state.draft->include_picture(what.id, what.on)) changed(self);
  }
  void operator()(const page::black_out& what) const {
    if (!self->state.draft->black_out(what.id, what.regions)) return;
    self->state.unmade.erase(what.id);
    encode(self, what.id);
    changed(self);
  }
  void operator()(const page::include_fact& what) const {
    if (self->state.draft->include_fact(what.id, what.on)) changed(self);
  }
  void operator()(const page::write_form& what) const {
    if (self->state.draft->write_form(what.form)) changed(self);
  }
  void operator()(const page::show_picture& what) const { show_image_of(self, what.id, false); }
  void operator()(const page::send&) const { send_it(self); }
  void operator()(const page::discard&) const { discard(self); }
};

void on_progress(ticket_pointer self, const submit_progress& what) {
  if (!self->state.draft || what.ticket != self->state.ticket) return;
  using kind = submit_progress::kind;
  switch (what.how) {
  case kind::sending:
    self->state.draft->progress(ticket_phase::sending, what.acknowledged, {}, {});
    return changed(self);
  case kind::waiting:
    self->state.draft->progress(ticket_phase::waiting, what.acknowledged, what.detail, what.technical);
    return changed(self);
  case kind::refused:
    self->state.submission.reset();
    self->state.draft->progress(ticket_phase::refused, what.acknowledged, what.detail, what.technical);
    return changed(self);
  case kind::sent:
    self->state.draft->sent(what.number, what.url);
    spdlog::info("Ticket {} was received as number {}.", to_string(what.ticket), what.number);
    return close(self);
  }
}

void on_page(ticket_pointer self, bool on) {
  self->state.page = on;
  ++self->state.page_changes;
  if (!self->state.draft) return;
  if (!self->state.submission) self->send(self->state.around.capture, set_recording{!on});
  if (on) {
    push_now(self);
    encode_all(self);
    return show_thumbnails(self);
  }
  self->delayed_send(me(self), self->state.around.keep_closed,
                     page_missing{self->state.ticket, self->state.page_changes, true});
}

void on_page_missing(ticket_pointer self, const page_missing& what) {
  auto& state = self->state;
  if (!state.draft || what.ticket != state.ticket || what.since != state.page_changes || state.page) return;
  if (!what.final) { // the browser never came
    state.meter.count("page_never_came");
    self->send(state.around.capture, set_recording{true});
    self->delayed_send(me(self), state.around.keep_closed, page_missing{what.ticket, what.since, true});
    return;
  }
  // Once the user has said yes, closing the page changes nothing.
  if (state.submission) return;
  state.meter.count("abandoned");
  discard(self);
}

} // namespace

ticket_actor::behavior_type ticket(ticket_pointer self, ticket_surroundings around) {
  be_quiet(self);
  self->state.around = std::move(around);
  // After a crash: whatever the incarnation before had open is lost; the page says so and pictures are taken
  // again.
  self->send(self->state.around.capture, set_recording{true});
  self->send(self->state.around.consent, show_view{});

  return {
      [self](const open_ticket& what) {
        const auto timed = self->state.meter.handle();
        self->state.meter.count("opened_by_" + what.source);
        open(self, what.at, what.asked);
      },
      [self](const collected& what) {
        const auto timed = self->state.meter.handle();
        if (!self->state.draft || what.round != self->state.round) return;
        self->state.draft->add_fact(what.what);
        changed(self);
      },
      [self](const facts_complete& what) {
        const auto timed = self->state.meter.handle();
        if (!self->state.draft || what.round != self->state.round) return;
        self->state.draft->facts_complete();
        changed(self);
      },
      [self](const page_present& what) {
        const auto timed = self->state.meter.handle();
        on_page(self, what.on);
      },
      [self](const user_said& what) {
        const auto timed = self->state.meter.handle();
        if (self->state.draft) std::visit(obey{self}, what.what);
      },
      [self](const submit_progress& what) {
        const auto timed = self->state.meter.handle();
        on_progress(self, what);
      },
      [self](const link_started&) {
        if (self->state.submission) self->send(self->state.around.link, submit{self->state.submission});
      },
      [self](const consent_started&) { self->state.thumbnails_lost = self->state.draft.has_value(); },
      [self](const push_view&) {
        const auto timed = self->state.meter.handle();
        if (!std::exchange(self->state.push_due, {})) return; // an earlier one has shown it
        push_now(self);
      },
      [self](const encode_rest& what) {
        if (self->state.draft && self->state.ticket == what.ticket) encode_all(self);
      },
      [self](const page_missing& what) { on_page_missing(self, what); },
      [self](const get_health&) { return self->state.meter.report(self->mailbox().size()); },
  };
}

} // namespace tier2
