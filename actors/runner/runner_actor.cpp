#include "actors/runner/runner_actor.hpp"

#include <cstddef>
#include <semaphore>
#include <utility>

namespace tier2 {

namespace {

/// Output messages of a program that are not handled yet. A program that writes single bytes would otherwise
/// fill the mailbox with messages many times their size; with it, its thread waits until the actors have
/// caught up.
class backlog {
public:
  using bytes_ptr = std::shared_ptr<const std::vector<std::byte>>;
  bytes_ptr hold(std::vector<std::byte> bytes) {
    // Not for ever: the thread must end when the actors do.
    static_cast<void>(places_->try_acquire_for(std::chrono::seconds{1}));
    return {new std::vector<std::byte>(std::move(bytes)),
            [places = places_](const std::vector<std::byte>* done) {
              delete done;
              places->release();
            }};
  }

private:
  static constexpr std::ptrdiff_t most = 256;
  using semaphore = std::counting_semaphore<>;
  std::shared_ptr<semaphore> places_{std::make_shared<semaphore>(most)};
};

using runner_pointer = runner_actor::stateful_pointer<runner_state>;

void start(runner_pointer self, const start_run& what) {
  auto& state = self->state;
  if (state.trees.contains(what.jti)) return state.meter.count("started_twice");
  process_tree::options options;
  options.jti = what.jti;
  options.what = *what.what;
  options.user = {what.user.account, what.user.session, what.user.environment};
  options.keeper = state.options.keeper;
  options.script_directory = state.options.script_directory;
  options.cgroup = state.options.cgroup;
  options.credit = state.options.window;
  options.kill_after = state.options.kill_after;
  const auto to = caf::actor_cast<runner_actor>(self);
  state.meter.count("started");
  const auto pending = std::make_shared<backlog>();
  state.trees.emplace(
      what.jti, process_tree::start(
                    std::move(options),
                    {.on_output =
                         [to, pending, jti = what.jti](process_tree::stream part, std::uint64_t offset,
                                                       std::vector<std::byte> bytes) {
                           caf::anon_send(to, run_wrote{jti, static_cast<std::uint32_t>(part), offset,
                                                        pending->hold(std::move(bytes))});
                         },
                     .on_exit = [to, jti = what.jti](
                                    const command_exit& how) { caf::anon_send(to, run_ended{jti, how}); }}));
}

} // namespace

runner_state::~runner_state() { end_all(); }

void runner_state::end_all() {
  for (const auto& [jti, tree] : trees)
    tree->end();
  trees.clear();
}

runner_actor::behavior_type runner(runner_pointer self, runner_options options, command_actor command) {
  be_quiet(self);
  self->state.options = std::move(options);
  self->state.command = std::move(command);
  self->state.meter.set("kernel_contains_trees", kernel_contains_trees(self->state.options.cgroup) ? 1 : 0);
  self->send(self->state.command, runner_started{});

  return {
      [self](const start_run& what) {
        const auto timed = self->state.meter.handle();
        start(self, what);
      },
      [self](const cancel_run& what) {
        const auto timed = self->state.meter.handle();
        if (const auto tree = self->state.trees.find(what.jti); tree != self->state.trees.end())
          tree->second->cancel();
      },
      [self](const add_run_credit& what) {
        const auto timed = self->state.meter.handle();
        if (const auto tree = self->state.trees.find(what.jti); tree != self->state.trees.end())
          tree->second->add_credit(what.bytes);
      },
      [self](const end_all_runs&) {
        const auto timed = self->state.meter.handle();
        self->state.end_all();
      },
      [self](const run_wrote& what) {
        const auto timed = self->state.meter.handle();
        if (self->state.trees.contains(what.jti)) self->send(self->state.command, what);
      },
      [self](const run_ended& what) {
        const auto timed = self->state.meter.handle();
        if (what.how.left_over) self->state.meter.count("not_ended");
        // Not there: ended by end_all_runs, and its command knows already.
        if (self->state.trees.erase(what.jti) != 0) self->send(self->state.command, what);
      },
      [self](const get_health&) {
        self->state.meter.set("running", self->state.trees.size());
        return self->state.meter.report(self->mailbox().size());
      },
  };
}

} // namespace tier2
