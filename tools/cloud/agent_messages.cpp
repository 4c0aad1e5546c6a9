// What agents say, one by one, and what they are told.
#include "tools/cloud/agent_endpoint.hpp"
#include "tools/cloud/close_codes.hpp"
#include "tools/cloud/printable.hpp"

#include <spdlog/spdlog.h>

namespace tier2::cloud {

void agent_endpoint::on(connection id, link& from, const wire::enroll& message) {
  const auto state = from.replaces.is_nil()
                         ? of_.agents.enrol(from.token, from.agent, message, now_())
                         : of_.agents.replace(from.replaces, of_.there.is_connected(from.replaces),
                                              from.agent, message, now_());
  if (!state) {
    spdlog::warn("Agent {} was not enrolled: {}", to_string(from.agent), printable(state.error().what));
    answer(id, wire::notice{state.error().what, 0});
    end(id, close_code::unauthorised, state.error().what);
    return;
  }
  if (of_.alerted) of_.alerted(); // one that replaces another may have raised one
  spdlog::info("Agent {} ({}) is enrolled: {}.", to_string(from.agent), printable(message.hostname),
               to_string(*state));
  answer(id, wire::enrolled{std::string{to_string(*state)}});
  if (*state == agent_state::revoked) end(id, close_code::revoked, "an operator revoked this machine's key");
}

void agent_endpoint::on(connection id, link& from, wire::hello& message) {
  if (message.protocol != 1) return end(id, close_code::version_not_supported, "supported: 1 to 1");
  if (const auto newest = newest_.find(from.agent); newest != newest_.end() && newest->second == id)
    of_.there.ready(from.agent, number_of(id));
  put(id, from, std::move(message));
}

void agent_endpoint::on(connection, link& from, wire::heartbeat& message) {
  of_.there.beat(from.agent, std::move(message.actors));
}

void agent_endpoint::on(connection id, link& from, const wire::ticket_begin& message) {
  const auto state = of_.intake.begin(from.agent, message, now_());
  if (!state.error.empty())
    spdlog::warn("A ticket of agent {} was refused: {}", to_string(from.agent), printable(state.error));
  answer(id, state);
}

void agent_endpoint::on(connection id, link& from, const wire::ticket_end& message) {
  auto ending = of_.intake.end(from.agent, message);
  if (ending.answer) answer(id, *ending.answer);
  if (!ending.work) return;
  of_.worker.run([this, work = std::move(ending.work), at = now_()] {
    const auto done = of_.intake.store(*work, at);
    server().post([this, work, done] {
      const auto state = of_.intake.settle(*work, done);
      if (done.problem)
        spdlog::warn("A ticket of agent {} was refused: {}", to_string(work->ticket.key.agent),
                     printable(done.problem->what));
      else if (done.number != 0)
        spdlog::info("Ticket {} has arrived from agent {}.", done.number, to_string(work->ticket.key.agent));
      answer_agent(work->ticket.key.agent, state);
    });
  });
}

void agent_endpoint::on(connection id, link& from, wire::accepted& message) {
  put(id, from, std::move(message));
}

void agent_endpoint::on(connection id, link& from, wire::rejected& message) {
  put(id, from, std::move(message));
}

void agent_endpoint::on(connection id, link& from, wire::exit& message) { put(id, from, std::move(message)); }

void agent_endpoint::on(connection id, link& from, wire::alert& message) {
  put(id, from, std::move(message));
}

void agent_endpoint::output(connection id, link& from, const wire::binary_frame& frame) {
  if (frame.part != 1 && frame.part != 2) {
    ++counts_.stray_frames;
    return;
  }
  put(id, from,
      output_piece{frame.id,
                   frame.part == 1 ? output_stream::out : output_stream::err,
                   frame.offset,
                   {frame.payload.begin(), frame.payload.end()}});
}

void agent_endpoint::put(connection id, link& from, agent_journal::entry what) {
  if (of_.journal.put(from.agent, std::move(what))) return;
  // It was not acknowledged, so the agent sends it again on its next link.
  ++counts_.held_back;
  end(id, close_code::try_again_later, "the server's disk is slow: send again what was not acknowledged");
}

void agent_endpoint::send_command(const linked_agent& to, const std::string& text) {
  const auto newest = newest_.find(to.agent);
  if (newest == newest_.end() || number_of(newest->second) != to.link) return;
  if (!links_.at(newest->second).ending) server().send_text(newest->second, text);
}

void agent_endpoint::deliver(std::vector<linked_agent> agents, const uuid& command, std::string jws) {
  server().post([this, agents = std::move(agents), ref = to_string(command), jws = std::move(jws)] {
    const std::string text = wire::encode(wire::command{ref, jws});
    for (const auto& agent : agents)
      send_command(agent, text);
  });
}

void agent_endpoint::say(std::vector<agent_journal::message_to> messages) {
  server().post([this, messages = std::move(messages)] {
    for (const auto& [agent, what, link] : messages)
      if (link != 0)
        send_command({agent, link}, wire::encode(what));
      else
        answer_agent(agent, what);
  });
}

void agent_endpoint::end_revoked(std::set<uuid> agents) {
  server().post([this, agents = std::move(agents)] {
    for (const auto& agent : agents)
      if (const auto newest = newest_.find(agent); newest != newest_.end())
        end(newest->second, close_code::revoked, "an operator revoked this machine's key");
  });
}

void agent_endpoint::end_for_now(const uuid& agent) {
  server().post([this, agent] {
    if (const auto newest = newest_.find(agent); newest != newest_.end())
      end(newest->second, close_code::try_again_later, "the server could not keep this: send it again");
  });
}

} // namespace tier2::cloud
