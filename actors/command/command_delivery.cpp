#include "actors/command/command_actor.hpp"

#include <algorithm>

namespace tier2 {

namespace {

/// Output under way to the cloud: little enough that a small message is not long behind it.
constexpr std::uint64_t most_in_flight = 512U << 10U;
constexpr std::size_t frame_bytes = 64U << 10U;
constexpr std::chrono::milliseconds start_again_after{100};

std::uint64_t in_flight(const command_state& state) {
  std::uint64_t sum = 0;
  for (const auto& [jti, run] : state.runs)
    sum += run.window.in_flight();
  return sum;
}

bool is_active(const command_state::run& run) { return run.started && !run.ended; }

void start(command_pointer self, const uuid& jti) {
  auto& state = self->state;
  auto& run = state.runs.at(jti);
  run.started = true;
  self->request(state.around.runner, caf::infinite, start_run{jti, run.what, run.user})
      .then([] {},
            [self, jti](const caf::error& why) {
              // The slot's own word: the runner never had it. Of one that went down with it, `runner_started`
              // tells.
              if (why != to_caf({errc::unavailable, {}})) return;
              auto& state = self->state;
              const auto waits = state.runs.find(jti);
              if (waits == state.runs.end() || waits->second.ended) return;
              waits->second.started = false;
              state.queue.push_front(jti);
              state.meter.count("start_put_off");
              self->delayed_send(caf::actor_cast<command_actor>(self), start_again_after, start_waiting{});
            });
}

} // namespace

void end_unstarted(command_pointer self, const uuid& jti, std::string why) {
  command_exit how;
  how.reason = exit_reason::cancelled;
  how.detail = std::move(why);
  finish(self, jti, how);
}

void start_next(command_pointer self) {
  auto& state = self->state;
  while (!state.queue.empty()) {
    std::uint64_t active = 0, held = 0;
    for (const auto& [jti, run] : state.runs) {
      if (is_active(run)) ++active;
      if (run.ended) held += run.window.held();
    }
    // Output of ended programs that the cloud has not taken yet uses the room of programs that could run.
    const auto windows =
        active + (held + state.around.limits.window_bytes - 1) / state.around.limits.window_bytes;
    if (windows >= state.around.limits.parallel) return;
    const auto jti = state.queue.front();
    state.queue.pop_front();
    if (state.runs.at(jti).expires + command_verifier::clock_skew <= to_seconds(now(state)))
      end_unstarted(self, jti, "It expired while it waited for its turn, so it was not started.");
    else
      start(self, jti);
  }
}

void send_output(command_pointer self) {
  auto& state = self->state;
  if (!state.connected) return;
  auto under_way = in_flight(state);
  for (bool more = true; more && under_way < most_in_flight;) {
    more = false;
    for (auto& [jti, run] : state.runs) {
      if (under_way >= most_in_flight) break;
      auto piece = run.window.next(std::min<std::uint64_t>(frame_bytes, most_in_flight - under_way));
      if (!piece) continue;
      under_way += piece->bytes.size();
      more = true;
      self->send(state.around.channel, to_cloud_bulk{wire::frame_kind::output, jti, piece->part,
                                                     piece->offset, std::move(piece->bytes)});
    }
  }
}

void say_exit(command_pointer self, const uuid& jti) {
  auto& state = self->state;
  const auto* known = state.journal->find(jti);
  if (!state.connected || known == nullptr || !known->ended) return;
  // After its output, so that whoever reads the exit has read all.
  if (const auto run = state.runs.find(jti); run != state.runs.end() && !run->second.window.empty()) return;
  self->send(state.around.channel, to_cloud{wire::exit{jti, known->how}});
}

void finish(command_pointer self, const uuid& jti, const command_exit& how) {
  auto& state = self->state;
  const auto now = state.around.now();
  const auto run = state.runs.find(jti);
  if (auto written = state.journal->end(jti, how, now); !written) {
    // After a restart it would be called interrupted, though it ended: not false, only less than we know.
    state.meter.failed(written.error());
    state.meter.count("end_not_written");
    spdlog::error("The end of command {} could not be written down: {}", to_string(jti),
                  written.error().what);
  }
  const auto ending = how.signal != 0 ? "signal " + std::to_string(how.signal) : std::to_string(how.code);
  write_audit(self, "exit",
              {{"jti", to_string(jti)},
               {"kid", run == state.runs.end() ? std::string{} : run->second.kid},
               {"reason", std::string{to_string(how.reason)}},
               {"outcome", ending},
               {"detail", how.detail}});
  spdlog::info("Command {} ended: {} ({}).", to_string(jti), to_string(how.reason), ending);
  state.meter.count(std::string{"ended_"} + std::string{to_string(how.reason)});
  if (run != state.runs.end()) {
    run->second.ended = true;
    if (run->second.window.empty()) {
      state.journal->output_complete(jti, now);
      state.runs.erase(run);
    }
    tell_summary(self);
  }
  say_exit(self, jti);
}

void on_acknowledged(command_pointer self, const wire::ack& what) {
  auto& state = self->state;
  if (!state.journal) return;
  const auto now = state.around.now();
  if (what.of == wire::ack::subject::exit) {
    if (!state.journal->acknowledge(what.id, now)) state.meter.count("stray_ack");
    return;
  }
  const auto run = state.runs.find(what.id);
  if (what.of != wire::ack::subject::output || run == state.runs.end()) return state.meter.count("stray_ack");
  const auto freed = run->second.window.acknowledged(what.part, what.bytes);
  if (freed == 0) return state.meter.count("stray_ack");
  if (!run->second.ended) {
    self->send(state.around.runner, add_run_credit{what.id, freed});
  } else if (run->second.window.empty()) {
    state.journal->output_complete(what.id, now);
    state.runs.erase(run);
    say_exit(self, what.id);
    start_next(self);
  }
  send_output(self);
}

} // namespace tier2
