#include "actors/command/command_actor.hpp"
#include "messages/wire/claims.hpp"
#include "messages/wire/manifest.hpp"
#include "tests/actors/virtual_system.hpp"
#include "tests/platform/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <filesystem>

using namespace tier2;
using namespace std::chrono_literals;

namespace {

/// What the neighbours were told; each double fails the test on what it must never be told.
struct heard {
  std::vector<wire::message> cloud;
  std::vector<to_cloud_bulk> bulk;
  std::vector<command_summary> summaries;
  std::vector<start_run> started;
  std::vector<uuid> cancelled;
  std::uint64_t credit{};
  int ended_all{};
  int runner_away{}; ///< So many starts find no runner in its slot.
  std::vector<alert> alerts;
  std::vector<wire::message> told;
  user_sessions sessions;
};

void fail_loudly(caf::scheduled_actor* self) {
  self->set_default_handler([](caf::scheduled_actor*, caf::message_view&) -> caf::result<caf::message> {
    FAIL("an unexpected message");
    return caf::sec::unexpected_message;
  });
}

caf::behavior channel_double(caf::event_based_actor* self, heard* all) {
  fail_loudly(self);
  return {[all](const to_cloud& what) { all->cloud.push_back(what.what); },
          [all](const to_cloud_bulk& what) { all->bulk.push_back(what); },
          [all](const command_summary& what) { all->summaries.push_back(what); },
          [](const get_cloud_status&) { return cloud_status{true, {}}; }};
}

caf::behavior runner_double(caf::event_based_actor* self, heard* all) {
  fail_loudly(self);
  return {[all](const start_run& what) -> caf::result<void> {
            if (all->runner_away > 0) {
              --all->runner_away;
              return to_caf({errc::unavailable, "This part is being restarted."});
            }
            all->started.push_back(what);
            return caf::unit;
          },
          [all](const cancel_run& what) { all->cancelled.push_back(what.jti); },
          [all](const add_run_credit& what) { all->credit += what.bytes; },
          [all](const end_all_runs&) { ++all->ended_all; }};
}

caf::behavior relay_double(caf::event_based_actor* self, heard* all) {
  fail_loudly(self);
  return {[all](const get_sessions&) { return all->sessions; },
          [all](const tell_helpers& what) {
            all->told.push_back(what.what);
            return helpers_told{all->sessions.size()};
          }};
}

caf::behavior alerting_double(caf::event_based_actor* self, heard* all) {
  fail_loudly(self);
  return {[all](const raise_alert& what) { all->alerts.push_back(what.what); }};
}

uuid agent_id() {
  uuid id;
  id.bytes[0] = 7;
  return id;
}

caf::behavior keystore_double(caf::event_based_actor* self, bool fresh) {
  fail_loudly(self);
  return {[fresh](const get_identity&) { return agent_name{agent_id(), fresh}; }};
}

/// One machine with a state directory; its service may be started again.
struct machine {
  test::temporary_directory directory;
  signing_key key = std::move(*signing_key::generate());
  agent_config::commands_section limits;
  std::chrono::seconds clock_moved{0};
  std::uint8_t next{1};

  wall_time now() const { return std::chrono::system_clock::now() + clock_moved; }

  command_claims claims(command what) {
    command_claims made;
    made.audience = {to_string(agent_id())};
    made.issued = std::chrono::floor<std::chrono::seconds>(now()) + 2s; // after the journal's beginning
    made.expires = made.issued + 1h;
    made.jti.bytes[15] = next++;
    made.cmd = std::move(what);
    return made;
  }
  std::string sign(const command_claims& what) const { return sign(what, key); }
  static std::string sign(const command_claims& what, const signing_key& with) {
    const auto text = wire::to_base64url(R"({"alg":"ES256","typ":"tier2-command+jwt"})") + "." +
                      wire::to_base64url(*wire::encode_claims(what));
    const auto signature = *with.sign(std::as_bytes(std::span{text}));
    return text + "." +
           wire::to_base64url({reinterpret_cast<const char*>(signature.data()), signature.size()});
  }
};

run_command script(std::string text) {
  run_command made;
  made.script = std::move(text);
  return made;
}

struct service {
  machine& here;
  test::virtual_system all;
  heard h;
  std::vector<caf::actor> doubles;
  command_actor actor;

  explicit service(machine& on, bool fresh = false) : here{on} {
    auto& s = all.system;
    command_surroundings around;
    around.channel = add<channel_actor>(s.spawn(channel_double, &h));
    around.runner = add<runner_actor>(s.spawn(runner_double, &h));
    around.relay = add<relay_actor>(s.spawn(relay_double, &h));
    around.alerting = add<alerting_actor>(s.spawn(alerting_double, &h));
    around.keystore = add<keystore_actor>(s.spawn(keystore_double, fresh));
    around.limits = here.limits;
    around.state_directory = here.directory.path();
    around.keys = {here.key.public_pem()};
    around.now = [&on] { return on.now(); };
    actor = s.spawn(command_desk, around);
    all.run();
  }
  ~service() {
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    for (auto& each : doubles)
      caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
    all.run();
  }
  template <class Handle>
  Handle add(const caf::actor& which) {
    doubles.push_back(which);
    return caf::actor_cast<Handle>(which);
  }
  template <class Message>
  void tell(Message what) {
    caf::anon_send(actor, std::move(what));
    all.run();
  }
  void command(const std::string& jws) { tell(from_cloud{wire::command{"ref", jws}}); }
  void ack_exit(const uuid& jti) { tell(from_cloud{wire::ack{wire::ack::subject::exit, jti, 0, 0}}); }
  void ack_output(const uuid& jti, std::uint64_t bytes) {
    tell(from_cloud{wire::ack{wire::ack::subject::output, jti, 1, bytes}});
  }
  void wrote(const uuid& jti, std::uint64_t offset, std::size_t count) {
    tell(run_wrote{jti, 1, offset, std::make_shared<const std::vector<std::byte>>(count, std::byte{'x'})});
  }
  void ended(const uuid& jti, std::uint64_t bytes = 0) {
    command_exit how;
    how.code = 3;
    how.stdout_bytes = bytes;
    tell(run_ended{jti, how});
  }
  template <class T>
  std::vector<T> said() const {
    std::vector<T> found;
    for (const auto& each : h.cloud)
      if (const auto* one = std::get_if<T>(&each)) found.push_back(*one);
    return found;
  }
  std::string last_reason() const {
    const auto all_of_them = said<wire::rejected>();
    return all_of_them.empty() ? "(none)" : std::string{to_string(all_of_them.back().reason)};
  }
};

} // namespace

TEST_CASE("command: accepted before it starts, its output sent and acknowledged before its exit is said") {
  machine here;
  service s{here, true};
  const auto claims = here.claims(script("echo"));
  s.command(here.sign(claims));
  REQUIRE(s.said<wire::accepted>() == std::vector{wire::accepted{"ref", claims.jti}});
  REQUIRE(s.h.started.size() == 1);
  CHECK(s.h.started[0].what->script == "echo");
  CHECK(s.h.summaries.back().running == std::vector{claims.jti});
  s.wrote(claims.jti, 0, 10);
  REQUIRE(s.h.bulk.size() == 1);
  CHECK(s.h.bulk[0].payload.size() == 10);
  s.ended(claims.jti, 10);
  CHECK(s.said<wire::exit>().empty());
  s.ack_output(claims.jti, 10);
  REQUIRE(s.said<wire::exit>().size() == 1);
  CHECK(s.said<wire::exit>()[0].how.code == 3);
  CHECK_FALSE(s.said<wire::exit>()[0].how.output_lost);
  CHECK(s.h.summaries.back().running.empty());
}

TEST_CASE(
    "command: the same command again is answered with its state and never run again, also after a restart") {
  machine here;
  const auto claims = here.claims(script("once"));
  const auto jws = here.sign(claims);
  {
    service s{here, true};
    s.command(jws);
    s.command(jws);
    CHECK(s.h.started.size() == 1);
    CHECK(s.said<wire::accepted>().size() == 2);
    s.ended(claims.jti);
    s.command(jws);
    CHECK(s.h.started.size() == 1);
    CHECK(s.said<wire::exit>().size() == 2);
  }
  service again{here};
  again.command(jws);
  CHECK(again.h.started.empty());
  CHECK(again.said<wire::accepted>().size() == 1);
  CHECK(again.said<wire::exit>().back().how.code == 3);
}

TEST_CASE("command: an exit is said again until it is acknowledged, over reconnects and restarts, and then "
          "no more") {
  machine here;
  const auto claims = here.claims(script("x"));
  {
    service s{here, true};
    s.command(here.sign(claims));
    s.ended(claims.jti);
    CHECK(s.said<wire::exit>().size() == 1);
    s.tell(cloud_status{false, {}});
    s.tell(cloud_status{true, {}});
    CHECK(s.said<wire::exit>().size() == 2);
  }
  {
    service again{here};
    REQUIRE(again.said<wire::exit>().size() == 1);
    again.ack_exit(claims.jti);
    again.tell(cloud_status{true, {}});
    CHECK(again.said<wire::exit>().size() == 1);
  }
  service last{here};
  CHECK(last.said<wire::exit>().empty());
}

TEST_CASE(
    "command: what ran when the service died is interrupted, once, and what still runs of it is ended") {
  machine here;
  const auto claims = here.claims(script("sleep"));
  {
    service s{here, true};
    s.command(here.sign(claims));
  }
  {
    service again{here};
    CHECK(again.h.ended_all == 1);
    REQUIRE(again.said<wire::exit>().size() == 1);
    CHECK(again.said<wire::exit>()[0].how.reason == exit_reason::interrupted);
    again.ack_exit(claims.jti);
  }
  service last{here};
  CHECK(last.said<wire::exit>().empty());
}

TEST_CASE("command: when the runner had to be started again its commands are interrupted") {
  machine here;
  service s{here, true};
  const auto claims = here.claims(script("sleep"));
  s.command(here.sign(claims));
  s.tell(runner_started{});
  REQUIRE(s.said<wire::exit>().size() == 1);
  CHECK(s.said<wire::exit>()[0].how.reason == exit_reason::interrupted);
}

TEST_CASE("command: a forged one is refused, raises an alert, and nothing of it is remembered") {
  machine here;
  service s{here, true};
  const auto claims = here.claims(script("evil"));
  const auto other = *signing_key::generate();
  s.command(machine::sign(claims, other));
  CHECK(s.last_reason() == "bad_signature");
  CHECK(s.said<wire::rejected>()[0].jti.is_nil());
  CHECK(s.said<wire::rejected>()[0].ref == "ref");
  REQUIRE(s.h.alerts.size() == 1);
  CHECK(s.h.alerts[0].dedupe_key == "bad_signature");
  CHECK(s.h.started.empty());
  s.command(here.sign(claims)); // the real one still runs
  CHECK(s.h.started.size() == 1);
}

TEST_CASE("command: a lost or restored memory refuses what was signed before") {
  machine here;
  const auto claims = here.claims(script("x"));
  const auto jws = here.sign(claims);
  {
    service s{here, true};
    s.command(jws);
    s.ended(claims.jti);
    s.ack_exit(claims.jti);
  }
  SUBCASE("lost") { std::filesystem::remove(here.directory / "commands.journal"); }
  SUBCASE("restored") {
    std::filesystem::copy_file(here.directory / "commands.journal", here.directory / "copy");
    std::filesystem::rename(here.directory / "copy", here.directory / "commands.journal");
  }
  service again{here};
  CHECK(again.h.alerts.size() == 1);
  const auto fresh = here.claims(script("signed just now"));
  again.command(here.sign(fresh));
  CHECK(again.last_reason() == "replayed");
  again.command(jws);
  CHECK(again.h.started.empty());
  here.clock_moved += 70s;
  again.command(here.sign(here.claims(script("signed later"))));
  CHECK(again.h.started.size() == 1);
}

TEST_CASE("command: more than may run at once wait, and more than may wait are refused as busy") {
  machine here;
  here.limits.parallel = 2;
  here.limits.queue = 1;
  service s{here, true};
  std::vector<command_claims> all;
  for (int i = 0; i < 4; ++i) {
    all.push_back(here.claims(script("x")));
    s.command(here.sign(all.back()));
  }
  CHECK(s.h.started.size() == 2);
  CHECK(s.said<wire::accepted>().size() == 3);
  CHECK(s.last_reason() == "busy");
  s.ended(all[0].jti);
  REQUIRE(s.h.started.size() == 3);
  CHECK(s.h.started[2].jti == all[2].jti);
  s.command(here.sign(all[3])); // busy was no acceptance: it may come again
  CHECK(s.said<wire::accepted>().size() == 4);
}

TEST_CASE("command: output that the cloud does not take holds back programs that wait, not memory") {
  machine here;
  here.limits.parallel = 1;
  service s{here, true};
  const auto first = here.claims(script("x"));
  const auto second = here.claims(script("y"));
  s.tell(cloud_status{false, {}});
  s.command(here.sign(first));
  s.command(here.sign(second));
  s.wrote(first.jti, 0, 1000);
  s.ended(first.jti, 1000);
  CHECK(s.h.bulk.empty());
  CHECK(s.h.started.size() == 1);
  s.tell(cloud_status{true, {}});
  CHECK(s.h.bulk.size() == 1);
  s.ack_output(first.jti, 1000);
  CHECK(s.h.started.size() == 2);
}

TEST_CASE("command: little output is under way at a time, and what was acknowledged may be written anew") {
  machine here;
  service s{here, true};
  const auto claims = here.claims(script("yes"));
  s.command(here.sign(claims));
  for (std::uint64_t i = 0; i < 32; ++i)
    s.wrote(claims.jti, i << 16U, 1U << 16U);
  const auto sent = [&] {
    std::size_t sum = 0;
    for (const auto& each : s.h.bulk)
      sum += each.payload.size();
    return sum;
  };
  CHECK(sent() == 512U << 10U);
  s.ack_output(claims.jti, 256U << 10U);
  CHECK(s.h.credit == 256U << 10U);
  CHECK(sent() == 768U << 10U);
  s.tell(cloud_status{false, {}});
  s.tell(cloud_status{true, {}}); // what is not acknowledged goes again
  CHECK(s.h.bulk[12].offset == 256U << 10U);
}

TEST_CASE("command: cancel ends what runs and takes out what waits; of anything else it says so") {
  machine here;
  here.limits.parallel = 1;
  service s{here, true};
  const auto running = here.claims(script("x"));
  const auto waiting = here.claims(script("y"));
  s.command(here.sign(running));
  s.command(here.sign(waiting));
  s.command(here.sign(here.claims(cancel_command{running.jti})));
  CHECK(s.h.cancelled == std::vector{running.jti});
  s.command(here.sign(here.claims(cancel_command{waiting.jti})));
  const auto exits = s.said<wire::exit>();
  REQUIRE(exits.size() == 3);
  CHECK(exits[0].how.code == 0);
  CHECK(exits[1].jti == waiting.jti);
  CHECK(exits[1].how.reason == exit_reason::cancelled);
  s.command(here.sign(here.claims(cancel_command{agent_id()})));
  CHECK(s.said<wire::exit>().back().how.code == 1);
  s.ended(running.jti);
  CHECK(s.h.started.size() == 1);
}

TEST_CASE("command: as the user, in the session that is meant, and never as root; no session is a refusal") {
  machine here;
  service s{here, true};
  auto run = script("id");
  run.as = command_account::user;
  s.command(here.sign(here.claims(run)));
  CHECK(s.last_reason() == "no_session");
  s.h.sessions = {{"0", "root", "c0", true, true, {}},
                  {"1000", "ann", "c1", false, false, {}},
                  {"1001", "ben", "c2", false, false, {}}};
  s.command(here.sign(here.claims(run)));
  REQUIRE(s.h.started.size() == 1);
  CHECK(s.h.started[0].user.user == "ben");
  run.session = "c1";
  s.command(here.sign(here.claims(run)));
  CHECK(s.h.started[1].user.user == "ann");
  run.session = "c0";
  s.command(here.sign(here.claims(run)));
  CHECK(s.h.started.size() == 2);
  CHECK(s.last_reason() == "no_session");
}

TEST_CASE("command: groups that were set count at once, after a restart, and in the next hello") {
  machine here;
  here.limits.groups = {"configured"};
  auto for_group = [&](const std::string& name) {
    auto claims = here.claims(script("x"));
    claims.audience = {"group:" + name};
    return here.sign(claims);
  };
  {
    service s{here, true};
    CHECK(s.h.summaries.back().groups == std::vector<std::string>{"configured"});
    s.command(for_group("configured"));
    CHECK(s.h.started.size() == 1);
    s.command(for_group("other"));
    CHECK(s.last_reason() == "wrong_audience");
    s.command(here.sign(here.claims(set_groups_command{{"other"}})));
    CHECK(s.h.summaries.back().groups == std::vector<std::string>{"other"});
    s.command(for_group("other"));
    CHECK(s.h.started.size() == 2);
  }
  service again{here};
  again.command(for_group("configured"));
  CHECK(again.last_reason() == "wrong_audience");
  again.command(for_group("other"));
  CHECK(again.h.started.size() == 1);
}

TEST_CASE("command: groups stay as the command that was signed last said, in whatever order they come") {
  machine here;
  service s{here, true};
  auto older = here.claims(set_groups_command{{"accounts"}});
  auto newer = here.claims(set_groups_command{{}});
  newer.issued += 1s;
  s.command(here.sign(newer));
  s.command(here.sign(older));
  CHECK(s.said<wire::exit>().back().how.code == 1);
  CHECK(s.h.summaries.back().groups.empty());
  auto claims = here.claims(script("x"));
  claims.audience = {"group:accounts"};
  s.command(here.sign(claims));
  CHECK(s.last_reason() == "wrong_audience");
}

TEST_CASE("command: when the groups that were set cannot be read, the machine is in none") {
  machine here;
  here.limits.groups = {"configured"};
  {
    service s{here, true};
    s.command(here.sign(here.claims(set_groups_command{{}})));
  }
  std::filesystem::permissions(here.directory / "groups", std::filesystem::perms{0644});
  service again{here};
  CHECK(again.h.summaries.back().groups.empty());
}

TEST_CASE("command: one that expires while it waits for its turn is not started") {
  machine here;
  here.limits.parallel = 1;
  service s{here, true};
  const auto running = here.claims(script("x"));
  auto waiting = here.claims(script("y"));
  waiting.expires = waiting.issued + 5min;
  s.command(here.sign(running));
  s.command(here.sign(waiting));
  here.clock_moved += 7min;
  s.ended(running.jti);
  CHECK(s.h.started.size() == 1);
  const auto exits = s.said<wire::exit>();
  REQUIRE(exits.size() == 2);
  const auto& how = exits[exits[0].jti == waiting.jti ? 0 : 1].how;
  CHECK(how.reason == exit_reason::cancelled);
  CHECK(how.detail.find("expired while it waited") != std::string::npos);
}

TEST_CASE("command: a clock that was set back brings no expired command to life") {
  machine here;
  service s{here, true};
  auto held_back = here.claims(script("old"));
  held_back.expires = held_back.issued + 1min;
  here.clock_moved += 10min;
  s.command(here.sign(here.claims(script("new"))));
  REQUIRE(s.h.started.size() == 1);
  here.clock_moved -= 10min;
  s.command(here.sign(held_back));
  CHECK(s.last_reason() == "expired");
}

TEST_CASE("command: a runner that is just being put into its place gets the command a little later") {
  machine here;
  service s{here, true};
  s.h.runner_away = 2;
  const auto claims = here.claims(script("x"));
  s.command(here.sign(claims));
  CHECK(s.h.started.empty());
  s.all.advance(100ms);
  CHECK(s.h.started.empty());
  s.all.advance(100ms);
  REQUIRE(s.h.started.size() == 1);
  CHECK(s.h.started[0].jti == claims.jti);
  CHECK(s.said<wire::exit>().empty());
}

TEST_CASE("command: what has filled the disk can be cancelled though that cannot be written down") {
  machine here;
  service s{here, true};
  const auto claims = here.claims(script("fill the disk"));
  s.command(here.sign(claims));
  // A journal that can no longer be written to: as on a full disk, any append fails.
  std::filesystem::remove(here.directory / "commands.journal");
  s.command(here.sign(here.claims(script("another"))));
  CHECK(s.last_reason() == "busy");
  CHECK(s.h.cancelled.empty());
  s.command(here.sign(here.claims(cancel_command{claims.jti})));
  CHECK(s.last_reason() == "busy");
  CHECK(s.h.cancelled == std::vector{claims.jti});
}

TEST_CASE("command: what cannot be written into the audit log is not done") {
  machine here;
  service s{here, true};
  std::filesystem::remove(here.directory / "audit.log");
  const auto claims = here.claims(script("unseen"));
  s.command(here.sign(claims));
  CHECK(s.h.started.empty());
  REQUIRE(s.said<wire::exit>().size() == 1);
  CHECK(s.said<wire::exit>()[0].how.reason == exit_reason::spawn_failed);
}

TEST_CASE("command: report, notify and a helper's restart go to the helpers; without any, the exit says so") {
  machine here;
  service s{here, true};
  s.command(here.sign(here.claims(notify_command{"t", "b"})));
  CHECK(s.said<wire::exit>().back().how.code == 1);
  s.h.sessions = {{"1000", "ann", "c1", false, false, {}}};
  s.command(here.sign(here.claims(notify_command{"t", "b"})));
  s.command(here.sign(here.claims(report_command{"please"})));
  s.command(here.sign(here.claims(restart_actor_command{"buttonhelper", "", "capture"})));
  REQUIRE(s.h.told.size() == 4);
  CHECK(std::get<wire::report>(s.h.told[2]).message == "please");
  CHECK(std::get<wire::restart_actor>(s.h.told[3]).name == "capture");
  CHECK(s.said<wire::exit>().back().how.code == 0);
}

TEST_CASE("command: the machine's own policy can forbid that a command opens the ticket page") {
  machine here;
  here.limits.report = false;
  service s{here, true};
  s.h.sessions = {{"1000", "ann", "c1", false, false, {}}};
  s.command(here.sign(here.claims(report_command{"please"})));
  CHECK(s.h.told.empty());
  CHECK(s.said<wire::exit>().back().how.code == 1);
}

TEST_CASE("command: when its memory cannot be used no command runs, and the operators learn why") {
  machine here;
  {
    service s{here, true};
  }
  std::filesystem::permissions(here.directory / "commands.journal", std::filesystem::perms{0644});
  service s{here};
  s.command(here.sign(here.claims(script("x"))));
  CHECK(s.last_reason() == "busy");
  CHECK(s.h.started.empty());
  REQUIRE(s.h.alerts.size() == 1);
  CHECK(s.h.alerts[0].body.find("chmod 600") != std::string::npos);
}
