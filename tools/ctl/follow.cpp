#include "tools/ctl/follow.hpp"

#include "messages/wire/json.hpp"
#include "tools/ctl/command_watch.hpp"
#include "tools/ctl/outcome.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

namespace tier2::ctl {

using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr int most_failures = 8; ///< One after the other, without an event between them.
constexpr auto longest_pause = 30s;

/// Ends the client's call when the time is over; until then it can be waited on.
class time_limit {
public:
  time_limit(cloud_client& client, std::optional<std::chrono::seconds> limit) {
    if (!limit) return;
    waiter_ = std::jthread{
        [this, &client, until = std::chrono::steady_clock::now() + *limit](std::stop_token stop) {
          std::unique_lock lock{guard_};
          if (wake_.wait_until(lock, stop, until, [] { return false; }) || stop.stop_requested()) return;
          over_ = true;
          // A call that was about to begin has no socket yet, so that once may be too early.
          while (!stop.stop_requested()) {
            client.stop();
            wake_.wait_for(lock, stop, 200ms, [] { return false; });
          }
        }};
  }
  bool is_over() const { return over_; }
  void pause(std::chrono::milliseconds time) const {
    const auto until = std::chrono::steady_clock::now() + time;
    while (!over_ && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(50ms);
  }

private:
  std::mutex guard_;
  std::condition_variable_any wake_;
  std::atomic<bool> over_{};
  std::jthread waiter_; // ends first: it uses the rest
};

class follower {
public:
  follower(std::string_view subcommand, cloud_client& client, const uuid& command, const follow_options& how)
      : subcommand_{subcommand}, client_{client}, path_{"/api/v1/commands/" + to_string(command)}, how_{how} {
  }

  int run() {
    if (auto ready = look_up(); !ready)
      return report(subcommand_, ready.error(),
                    is_connection_error(ready.error()) ? exit_unreachable : exit_refused);
    printer_.emplace(output_printer::standard(watch_.count() > 1));
    const time_limit limit{client_, how_.wait};
    int failures = 0;
    while (!ended_ && !watch_.all_ended() && !limit.is_over()) {
      show_progress();
      had_event_ = false;
      const auto heard =
          client_.listen(path_ + "/output", reader_, [&](const auto& event) { return take(event); });
      if (printer_->failed()) return exit_usage;
      if (ended_ || limit.is_over()) break;
      if (!heard && !may_come_back(heard.error())) return give_up(heard.error());
      failures = had_event_ ? 0 : failures + 1;
      if (failures >= most_failures)
        return give_up(heard ? error{errc::unavailable, "The cloud ends the stream before the command has."}
                             : heard.error());
      limit.pause(pause_after(failures));
    }
    if (limit.is_over() && !watch_.all_ended()) {
      printer_->note("tier2ctl: The time was over while it still ran: " + watch_.summary() + ".");
      return exit_still_running;
    }
    if (!watch_.all_ended())
      return give_up({errc::malformed, "The cloud says that all is over, but not how."});
    return watch_.all_succeeded() ? exit_done : exit_refused;
  }

private:
  result<void> look_up() {
    const auto command = client_.get(path_);
    if (!command) return tl::unexpected(command.error());
    if (!command->is_object() || !command->contains("deliveries") || !(*command)["deliveries"].is_array())
      return fail(errc::malformed, "The cloud's answer names no machines.");
    for (const auto& each : (*command)["deliveries"]) {
      // Ends come with the stream, after their output.
      auto waiting = each;
      if (waiting.is_object()) waiting["state"] = "waiting";
      if (auto added = watch_.add(waiting); !added) return added;
    }
    watch_.name_all();
    return {};
  }

  result<void> take(const stream_event& event) {
    had_event_ = true;
    if (event.name == "end") {
      ended_ = true;
      return {};
    }
    if (event.name != "output" && event.name != "state") return {};
    const auto data = wire::parse_json(event.data, event_reader::most_event_bytes, 8);
    if (!data) return fail(errc::malformed, "The cloud sent an event that is no JSON of ours.");
    auto taken = event.name == "output" ? take_output(*data) : take_state(*data);
    if (taken && printer_->failed()) return fail(errc::io_failed, "Nobody reads the output any more.");
    return taken;
  }

  result<void> take_output(const json& data) {
    const auto output = watch_.take_output(data);
    if (!output) return tl::unexpected(output.error());
    if (!how_.output || output->bytes.empty()) return {};
    if (how_.json) {
      print_event("output", data);
      return {};
    }
    if (output->missing > 0)
      printer_->note("tier2ctl: " + output->label + ": " + std::to_string(output->missing) +
                     " bytes are missing here");
    printer_->output({output->agent, output->label}, output->stream, output->bytes);
    return {};
  }

  result<void> take_state(const json& data) {
    const auto change = watch_.take_state(data);
    if (!change) return tl::unexpected(change.error());
    if (how_.json) {
      print_event("state", data);
      return {};
    }
    if (!change->ended.empty()) {
      printer_->end({change->agent, change->label});
      printer_->note("tier2ctl: " + change->label + " " + change->ended);
    }
    show_progress();
    return {};
  }

  void print_event(const char* name, const json& data) {
    nlohmann::ordered_json line{{"event", name}};
    line.update(data);
    line["event"] = name; // It is our word, and not the cloud's to change.
    printer_->line(line.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
  }

  void show_progress() {
    if (!how_.json && !watch_.all_ended()) printer_->progress("tier2ctl: " + watch_.summary() + " …");
  }

  static bool may_come_back(const error& why) {
    return why.code == errc::unavailable || why.code == errc::timed_out;
  }

  int give_up(const error& why) {
    printer_->note("tier2ctl " + std::string{subcommand_} + ": " + why.what + " So far " + watch_.summary() +
                   ".");
    return is_connection_error(why) ? exit_unreachable : exit_refused;
  }

  static std::chrono::milliseconds pause_after(int failures) {
    static std::minstd_rand random{std::random_device{}()};
    const auto most = std::min<std::chrono::milliseconds>(250ms * (1 << failures), longest_pause);
    return std::chrono::milliseconds{
        std::uniform_int_distribution<std::int64_t>{most.count() / 2, most.count()}(random)};
  }

  std::string subcommand_;
  cloud_client& client_;
  std::string path_;
  follow_options how_;
  command_watch watch_;
  event_reader reader_;
  std::optional<output_printer> printer_;
  bool ended_{}, had_event_{};
};

} // namespace

int follow(std::string_view subcommand, cloud_client& client, const uuid& command,
           const follow_options& how) {
  return follower{subcommand, client, command, how}.run();
}

} // namespace tier2::ctl
