#include "tools/cloud/agent_endpoint.hpp"

#include "tools/cloud/agent_admission.hpp"
#include "tools/cloud/close_codes.hpp"
#include "tools/cloud/printable.hpp"

#include <sodium.h>
#include <span>
#include <spdlog/spdlog.h>
#include <utility>
#include <variant>

namespace tier2::cloud {

using namespace std::chrono_literals;

namespace {

constexpr auto housekeeping_every = 60s;

link_number random_number() {
  std::uint32_t high = 0;
  randombytes_buf(&high, sizeof high);
  return (static_cast<link_number>(high >> 2U) + 1) << 32U; // ids of connections count up from 1 behind it
}

/// A close reason has at most 123 bytes (RFC 6455 section 5.5).
std::string reason(const std::string& text) { return text.substr(0, 120); }

} // namespace

agent_endpoint::agent_endpoint(const parts& of, clock now)
    : of_{of}, now_{std::move(now)}, first_number_{random_number()}, last_housekeeping_{now_()} {}

net::websocket_server::callbacks agent_endpoint::callbacks() {
  net::websocket_server::callbacks tell;
  tell.on_request = [](const net::websocket_server::request&) {
    return net::websocket_server::response{
        404, {{"content-type", "text/plain; charset=utf-8"}}, "This port is for agents.\n"};
  };
  tell.on_upgrade = [this](connection id, const net::websocket_server::request& request) {
    return admit(id, request);
  };
  tell.on_open = [this](connection id) { opened(id); };
  tell.on_text = [this](connection id, const std::string& bytes) { text(id, bytes); };
  tell.on_binary = [this](connection id, const std::vector<unsigned char>& bytes) { binary(id, bytes); };
  tell.on_close = [this](connection id, std::uint16_t) { closed(id); };
  tell.on_fault = [](const std::string& what) { spdlog::error("An agent's connection was ended: {}", what); };
  return tell;
}

net::websocket_server::upgrade agent_endpoint::admit(connection id,
                                                     const net::websocket_server::request& request) {
  const auto judged = judge_upgrade(of_.agents, request);
  if (judged.refused != 0) {
    const auto count = ++counts_.refused_upgrades;
    // One line for each doubling: whoever knocks for ever does not fill the log.
    if ((count & (count - 1)) == 0)
      spdlog::warn("An agent's connection from {} was refused ({}): {}. {} refused since the start.",
                   printable(request.remote), judged.refused, judged.why, count);
    return {false, "", judged.refused};
  }
  link fresh;
  fresh.agent = judged.agent;
  fresh.enrolling = judged.enrolling;
  fresh.token = judged.token;
  fresh.replaces = judged.replaces;
  fresh.admitted = now_();
  links_[id] = std::move(fresh);
  return {true, agent_subprotocol, 101};
}

void agent_endpoint::opened(connection id) {
  const auto found = links_.find(id);
  if (found == links_.end()) return;
  link& fresh = found->second;
  fresh.open = true;
  if (fresh.enrolling) return;
  const auto older = newest_.find(fresh.agent);
  if (older != newest_.end() && older->second != id)
    end(older->second, close_code::replaced, "a newer link of this agent");
  newest_[fresh.agent] = id;
  of_.there.arrived(fresh.agent, now_());
  heard(fresh.agent);
  spdlog::info("Agent {} is connected.", to_string(fresh.agent));
}

void agent_endpoint::closed(connection id) {
  const auto found = links_.find(id);
  if (found == links_.end()) return;
  const uuid agent = found->second.agent;
  links_.erase(found);
  const auto newest = newest_.find(agent);
  if (newest == newest_.end() || newest->second != id) return;
  newest_.erase(newest);
  of_.there.left(agent);
  spdlog::info("Agent {} is gone.", to_string(agent));
}

void agent_endpoint::text(connection id, const std::string& bytes) {
  const auto found = links_.find(id);
  if (found == links_.end() || found->second.ending) return;
  link& from = found->second;
  auto message = wire::decode(bytes);
  if (!message) {
    spdlog::warn("Agent {} sent what cannot be read: {}", to_string(from.agent),
                 printable(message.error().what));
    end(id, message.error().code == errc::too_large ? close_code::too_big : close_code::malformed,
        message.error().what);
    return;
  }
  if (std::holds_alternative<wire::unknown>(*message)) {
    ++counts_.unknown_messages;
    return;
  }
  if (from.enrolling != std::holds_alternative<wire::enroll>(*message)) {
    end(id, from.enrolling ? close_code::unauthorised : close_code::protocol_error,
        from.enrolling ? "only enroll is possible with a token" : "this link is enrolled already");
    return;
  }
  if (!from.enrolling) heard(from.agent);
  std::visit(
      [&](auto& value) {
        if constexpr (requires { on(id, from, value); })
          on(id, from, value);
        else
          ++counts_.unknown_messages;
      },
      *message);
}

void agent_endpoint::binary(connection id, const std::vector<unsigned char>& bytes) {
  const auto found = links_.find(id);
  if (found == links_.end() || found->second.ending) return;
  link& from = found->second;
  if (from.enrolling) {
    end(id, close_code::unauthorised, "only enroll is possible with a token");
    return;
  }
  heard(from.agent);
  const auto frame = wire::decode_binary_frame(std::as_bytes(std::span{bytes}));
  if (!frame) {
    end(id, frame.error().code == errc::too_large ? close_code::too_big : close_code::malformed,
        frame.error().what);
    return;
  }
  if (frame->kind == wire::frame_kind::output) return output(id, from, *frame);
  const auto state = frame->kind == wire::frame_kind::ticket_part
                         ? of_.intake.part(from.agent, *frame, now_())
                         : std::optional<wire::ticket_state>{};
  if (!state) {
    ++counts_.stray_frames;
    return;
  }
  answer(id, *state);
}

void agent_endpoint::end(connection id, std::uint16_t code, const std::string& why) {
  if (const auto found = links_.find(id); found != links_.end()) found->second.ending = true;
  server().close(id, code, reason(why));
}

void agent_endpoint::answer(connection id, const wire::message& message) {
  server().send_text(id, wire::encode(message));
}

void agent_endpoint::answer_agent(const uuid& agent, const wire::message& message) {
  if (const auto found = newest_.find(agent); found != newest_.end()) answer(found->second, message);
}

void agent_endpoint::heard(const uuid& agent) {
  const auto now = now_();
  last_heard_[agent] = now;
  of_.there.heard(agent, now);
  housekeeping();
}

void agent_endpoint::housekeeping() {
  const auto now = now_();
  if (now - last_housekeeping_ < housekeeping_every) return;
  last_housekeeping_ = now;
  of_.intake.expire(now);
  // Who went away between the upgrade and its answer never closes.
  std::erase_if(links_, [&](const auto& each) {
    return !each.second.open && now - each.second.admitted > housekeeping_every;
  });
  of_.worker.run([this, heard = std::exchange(last_heard_, {})] {
    if (auto noted = of_.agents.saw(heard); !noted) spdlog::error("{}", noted.error().what);
  });
}

void agent_endpoint::flush() {
  if (auto noted = of_.agents.saw(last_heard_); !noted) spdlog::error("{}", noted.error().what);
  last_heard_.clear();
}

} // namespace tier2::cloud
