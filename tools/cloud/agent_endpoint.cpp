#include "tools/cloud/agent_endpoint.hpp"

#include "messages/wire/manifest.hpp"
#include "platform/crypto/digest.hpp"
#include "tools/cloud/printable.hpp"

#include <span>
#include <spdlog/spdlog.h>
#include <string_view>
#include <type_traits>
#include <variant>

namespace tier2::cloud {

using namespace std::chrono_literals;

namespace {

constexpr std::string_view subprotocol = "tier2.v1";
constexpr std::size_t key_bytes = 32;
constexpr auto housekeeping_every = 60s;

// Close codes of the protocol.
constexpr std::uint16_t protocol_error = 1002;
constexpr std::uint16_t malformed = 1007;
constexpr std::uint16_t too_big = 1009;
constexpr std::uint16_t unauthorised = 4401;
constexpr std::uint16_t revoked = 4403;
constexpr std::uint16_t replaced = 4409;
constexpr std::uint16_t version_not_supported = 4426;

std::string header(const net::websocket_server::request& request, const std::string& name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? std::string{} : found->second;
}

/// One of a comma-separated list, as RFC 6455 section 11.3.4 has it.
bool offers(std::string_view list, std::string_view wanted) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    std::string_view one = list.substr(0, comma);
    while (one.starts_with(' '))
      one.remove_prefix(1);
    while (one.ends_with(' '))
      one.remove_suffix(1);
    if (one == wanted) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
  return false;
}

/// A close reason has at most 123 bytes (RFC 6455 section 5.5).
std::string reason(const std::string& text) { return text.substr(0, 120); }

} // namespace

agent_endpoint::agent_endpoint(agent_store& agents, ticket_intake& intake, worker_thread& worker, clock now)
    : agents_{agents}, intake_{intake}, worker_{worker}, now_{std::move(now)}, last_housekeeping_{now_()} {}

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
  return tell;
}

net::websocket_server::upgrade
agent_endpoint::refuse(std::uint16_t status, const net::websocket_server::request& request, const char* why) {
  const auto count = ++counts_.refused_upgrades;
  // One line for each doubling: whoever knocks for ever does not fill the log.
  if ((count & (count - 1)) == 0)
    spdlog::warn("An agent's connection from {} was refused ({}): {}. {} refused since the start.",
                 printable(request.remote), status, why, count);
  return {false, "", status};
}

net::websocket_server::upgrade agent_endpoint::admit(connection id,
                                                     const net::websocket_server::request& request) {
  if (request.path != "/agent/v1") return refuse(404, request, "there is nothing at this path");
  if (!offers(header(request, "sec-websocket-protocol"), subprotocol))
    return refuse(426, request, "it does not speak tier2.v1");
  const auto agent = parse_uuid(header(request, "tier2-agent"));
  if (!agent || agent->is_nil()) return refuse(401, request, "it does not say which agent it is");

  const std::string authorization = header(request, "authorization");
  link fresh;
  fresh.agent = *agent;
  if (authorization.starts_with("Enroll ")) {
    fresh.enrolling = true;
    fresh.token = blake2b_256(std::string_view{authorization}.substr(7));
    const auto known = agents_.knows_token(fresh.token);
    if (!known) return refuse(503, request, known.error().what.c_str());
    if (!*known) return refuse(401, request, "its enrolment token is not one of ours");
  } else if (authorization.starts_with("Bearer ")) {
    const auto key = wire::parse_base64url(std::string_view{authorization}.substr(7));
    const auto known = agents_.find(*agent);
    if (!known) return refuse(503, request, known.error().what.c_str());
    const digest given = key && key->size() == key_bytes ? blake2b_256(*key) : digest{};
    if (!key || !*known || !equal(given, (*known)->key_digest))
      return refuse(401, request, "its key is not the one of this agent");
    if ((*known)->state == agent_state::revoked) return refuse(403, request, "its key was revoked");
    if ((*known)->state == agent_state::pending)
      return refuse(401, request, "no operator has approved it yet");
  } else {
    return refuse(401, request, "it brings neither key nor enrolment token");
  }
  fresh.admitted = now_();
  links_[id] = std::move(fresh);
  return {true, std::string{subprotocol}, 101};
}

void agent_endpoint::opened(connection id) {
  const auto found = links_.find(id);
  if (found == links_.end()) return;
  link& fresh = found->second;
  fresh.open = true;
  if (fresh.enrolling) return;
  const auto older = newest_.find(fresh.agent);
  if (older != newest_.end() && older->second != id)
    server().close(older->second, replaced, "a newer link of this agent");
  newest_[fresh.agent] = id;
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
  spdlog::info("Agent {} is gone.", to_string(agent));
}

void agent_endpoint::text(connection id, const std::string& bytes) {
  const auto found = links_.find(id);
  if (found == links_.end()) return;
  link& from = found->second;
  auto message = wire::decode(bytes);
  if (!message) {
    spdlog::warn("Agent {} sent what cannot be read: {}", to_string(from.agent),
                 printable(message.error().what));
    server().close(id, message.error().code == errc::too_large ? too_big : malformed,
                   reason(message.error().what));
    return;
  }
  if (std::holds_alternative<wire::unknown>(*message)) {
    ++counts_.unknown_messages;
    return;
  }
  if (from.enrolling != std::holds_alternative<wire::enroll>(*message)) {
    server().close(id, from.enrolling ? unauthorised : protocol_error,
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

void agent_endpoint::on(connection id, link& from, const wire::enroll& message) {
  const auto state = agents_.enrol(from.token, from.agent, message, now_());
  if (!state) {
    spdlog::warn("Agent {} was not enrolled: {}", to_string(from.agent), printable(state.error().what));
    answer(id, wire::notice{state.error().what, 0});
    server().close(id, unauthorised, reason(state.error().what));
    return;
  }
  spdlog::info("Agent {} ({}) is enrolled: {}.", to_string(from.agent), printable(message.hostname),
               to_string(*state));
  answer(id, wire::enrolled{std::string{to_string(*state)}});
  if (*state == agent_state::revoked) server().close(id, revoked, "an operator revoked this machine's key");
}

void agent_endpoint::on(connection id, link& from, const wire::hello& message) {
  if (message.protocol != 1) {
    server().close(id, version_not_supported, "supported: 1 to 1");
    return;
  }
  worker_.run([this, agent = from.agent, message, at = now_()] {
    if (auto noted = agents_.describe(agent, message, at); !noted)
      spdlog::error("What agent {} says of itself could not be kept: {}", to_string(agent),
                    noted.error().what);
  });
}

void agent_endpoint::on(connection, link& from, wire::heartbeat& message) {
  from.latest = std::move(message);
}

void agent_endpoint::on(connection id, link& from, const wire::ticket_begin& message) {
  const auto state = intake_.begin(from.agent, message, now_());
  if (!state.error.empty())
    spdlog::warn("A ticket of agent {} was refused: {}", to_string(from.agent), printable(state.error));
  answer(id, state);
}

void agent_endpoint::on(connection id, link& from, const wire::ticket_end& message) {
  auto ending = intake_.end(from.agent, message);
  if (ending.answer) answer(id, *ending.answer);
  if (!ending.work) return;
  worker_.run([this, work = std::move(ending.work), at = now_()] {
    const auto done = intake_.store(*work, at);
    server().post([this, work, done] {
      const auto state = intake_.settle(*work, done);
      if (done.problem)
        spdlog::warn("A ticket of agent {} was refused: {}", to_string(work->ticket.key.agent),
                     printable(done.problem->what));
      else if (done.number != 0)
        spdlog::info("Ticket {} has arrived from agent {}.", done.number, to_string(work->ticket.key.agent));
      answer_agent(work->ticket.key.agent, state);
    });
  });
}

void agent_endpoint::binary(connection id, const std::vector<unsigned char>& bytes) {
  const auto found = links_.find(id);
  if (found == links_.end()) return;
  link& from = found->second;
  if (from.enrolling) {
    server().close(id, unauthorised, "only enroll is possible with a token");
    return;
  }
  heard(from.agent);
  const auto frame = wire::decode_binary_frame(std::as_bytes(std::span{bytes}));
  if (!frame) {
    server().close(id, frame.error().code == errc::too_large ? too_big : malformed,
                   reason(frame.error().what));
    return;
  }
  const auto state = frame->kind == wire::frame_kind::ticket_part ? intake_.part(from.agent, *frame, now_())
                                                                  : std::optional<wire::ticket_state>{};
  if (!state) {
    ++counts_.stray_frames;
    return;
  }
  answer(id, *state);
}

void agent_endpoint::answer(connection id, const wire::message& message) {
  server().send_text(id, wire::encode(message));
}

void agent_endpoint::answer_agent(const uuid& agent, const wire::message& message) {
  if (const auto found = newest_.find(agent); found != newest_.end()) answer(found->second, message);
}

void agent_endpoint::heard(const uuid& agent) {
  last_heard_[agent] = now_();
  housekeeping();
}

void agent_endpoint::housekeeping() {
  const auto now = now_();
  if (now - last_housekeeping_ < housekeeping_every) return;
  last_housekeeping_ = now;
  intake_.expire(now);
  // Who went away between the upgrade and its answer never closes.
  std::erase_if(links_, [&](const auto& each) {
    return !each.second.open && now - each.second.admitted > housekeeping_every;
  });
  worker_.run([this, heard = std::exchange(last_heard_, {})] {
    if (auto noted = agents_.saw(heard); !noted) spdlog::error("{}", noted.error().what);
  });
}

void agent_endpoint::flush() {
  if (auto noted = agents_.saw(last_heard_); !noted) spdlog::error("{}", noted.error().what);
  last_heard_.clear();
}

} // namespace tier2::cloud
