#pragma once

#include "messages/wire/claims.hpp"
#include "messages/wire/jws.hpp"
#include "tests/cloud/running.hpp"
#include "tools/cloud/api_token_store.hpp"

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

namespace tier2::cloud::test {

using nlohmann::json;

/// A command as an integrator makes one. The cloud does not look at the signature, so it is any.
struct made_command {
  command_claims claims;
  std::string kid{"a key"};

  explicit made_command(std::uint8_t number, std::vector<std::string> audience = {to_string(id(7))}) {
    using namespace std::chrono;
    claims.jti = id(number);
    claims.audience = std::move(audience);
    claims.issued = time_point_cast<seconds>(system_clock::now());
    claims.expires = claims.issued + 1h;
    run_command run;
    run.script = "echo " + std::to_string(number) + "\n";
    claims.cmd = run;
  }
  std::string id_text() const { return to_string(claims.jti); }
  std::string jws(std::uint8_t signature = 1) const {
    std::array<std::byte, wire::jws_signature_bytes> bytes{};
    bytes.fill(std::byte{signature});
    return wire::finish_jws(
        wire::jws_signing_input(wire::command_token_type, kid, must(wire::encode_claims(claims))), bytes);
  }
  std::string body(std::uint8_t signature = 1) const { return json{{"jws", jws(signature)}}.dump(); }
  run_command& run() { return std::get<run_command>(claims.cmd); }
};

/// A program of an integrator.
struct program {
  httplib::SSLClient http;
  httplib::Headers headers;

  program(const running& on, const std::string& token) : http{"127.0.0.1", on.cloud->operators_port()} {
    http.set_ca_cert_path(roots().authority.root().c_str());
    http.enable_server_certificate_verification(true);
    http.set_read_timeout(60);
    if (!token.empty()) headers = {{"Authorization", "Bearer " + token}};
  }
  httplib::Result get(const std::string& path) { return http.Get(path.c_str(), headers); }
  httplib::Result post(const std::string& path, const std::string& body) {
    return http.Post(path.c_str(), headers, body, "application/json");
  }
  httplib::Result post(const made_command& command) { return post("/api/v1/commands", command.body()); }
  json read(const std::string& path) {
    const auto answer = get(path);
    REQUIRE(answer);
    INFO(answer->body);
    REQUIRE(answer->status == 200);
    return json::parse(answer->body);
  }
  json command(const std::string& id) { return read("/api/v1/commands/" + id); }
  /// The state of the only delivery, or of one agent's.
  std::string state(const std::string& id, const std::string& agent = "") {
    const auto whole = command(id);
    for (const auto& each : whole["deliveries"])
      if (agent.empty() || each["agent"] == agent) return each["state"];
    return "none";
  }
};

/// A running cloud with a token that may do everything, and a clock that can be put forward.
struct commanding : running {
  std::string token = std::string(43, 'T');
  std::shared_ptr<std::atomic<std::int64_t>> ahead_s = std::make_shared<std::atomic<std::int64_t>>(0);

  commanding() {
    add_token("all", token, {all_scopes.begin(), all_scopes.end()});
    restart();
  }
  std::unique_ptr<database> beside() const { return must(database::open(directory + "/tier2.db")); }
  void add_token(const std::string& name, const std::string& text, const std::vector<std::string>& scopes) {
    const auto facts = beside();
    must(api_token_store{*facts}.add(name, blake2b_256(text), scopes, {}, "test",
                                     std::chrono::system_clock::now()));
  }
  /// A second approved agent and more; all have the same key.
  void add_agents(std::uint8_t first, std::uint8_t last) {
    const auto facts = beside();
    for (int i = first; i <= last; ++i) {
      auto machine = about(key);
      machine.hostname = "pc-" + std::to_string(i);
      must(agent_store{*facts}.enrol(blake2b_256("token"), id(static_cast<std::uint8_t>(i)), machine, noon));
    }
  }
  void restart() {
    cloud.reset();
    cloud = must(cloud_server::start(config, [ahead = ahead_s] {
      return std::chrono::system_clock::now() + std::chrono::seconds{ahead->load()};
    }));
  }
  program integrator() const { return {*this, token}; }
  static wire::hello hello(std::vector<std::string> groups = {}) {
    return {1, "0.2.0", "Debian 13", "pc-7", id(3), std::move(groups), {"run"}, {}};
  }
  /// An agent that has said hello, and is known to have.
  std::unique_ptr<talking_agent> here(std::uint8_t who = 7, std::vector<std::string> groups = {}) const {
    auto made = tries(who, std::move(groups));
    REQUIRE(made);
    return made;
  }
  /// The same, or nothing when the link was ended meanwhile.
  std::unique_ptr<talking_agent> tries(std::uint8_t who = 7, std::vector<std::string> groups = {}) const {
    auto made = agent(id(who), authorization);
    made->say(hello(std::move(groups)));
    // What is acknowledged was committed, and so was the hello before it.
    wire::alert alert;
    alert.what.id = id(who);
    alert.what.title = "here";
    alert.what.at = noon;
    made->say(alert);
    const bool heard =
        made->hear<wire::ack>([](const wire::ack& ack) { return ack.of == wire::ack::subject::alert; })
            .has_value();
    return heard ? std::move(made) : nullptr;
  }
};

inline std::optional<wire::command> hear_command(talking_agent& agent, const made_command& which) {
  return agent.hear<wire::command>([&](const wire::command& heard) { return heard.ref == which.id_text(); });
}
inline bool hears_exit_ack(talking_agent& agent, const uuid& command) {
  return agent
      .hear<wire::ack>(
          [&](const wire::ack& ack) { return ack.of == wire::ack::subject::exit && ack.id == command; })
      .has_value();
}
/// The greatest acknowledgement of a stream reaches `bytes`.
inline bool hears_output_ack(talking_agent& agent, const uuid& command, std::uint32_t part,
                             std::uint64_t bytes) {
  return agent
      .hear<wire::ack>([&](const wire::ack& ack) {
        return ack.of == wire::ack::subject::output && ack.id == command && ack.part == part &&
               ack.bytes == bytes;
      })
      .has_value();
}
inline void send_output(talking_agent& agent, const uuid& command, std::uint32_t part, std::uint64_t offset,
                        std::string_view bytes) {
  const auto frame =
      wire::encode(wire::binary_frame{wire::frame_kind::output, command, part, offset, bytes_of(bytes)});
  const auto* first = reinterpret_cast<const unsigned char*>(frame.data());
  agent.send_raw({first, first + frame.size()});
}
inline wire::exit exit_of(const uuid& command, std::int64_t code = 0) {
  wire::exit said;
  said.jti = command;
  said.how.code = code;
  said.how.duration_ms = 12;
  return said;
}
/// Accepts a command, as far as the cloud sees.
inline void accept(talking_agent& agent, const made_command& which) {
  const auto heard = hear_command(agent, which);
  REQUIRE(heard);
  agent.say(wire::accepted{heard->ref, which.claims.jti});
}

struct sent_event {
  std::string id, name;
  json data;
};

/// Listens to an event stream on a thread of its own.
class listening {
public:
  struct heard {
    std::vector<sent_event> events;
    bool over{};
    int status{};
  };
  listening(const program& who, const running& on, const std::string& path, const std::string& last_id = "")
      : program_{on, ""} {
    program_.headers = who.headers;
    if (!last_id.empty()) program_.headers.emplace("Last-Event-ID", last_id);
    thread_ = std::thread{[this, path] {
      const auto answer = program_.http.Get(
          path.c_str(), program_.headers,
          [this](const httplib::Response& head) {
            state_.change([&](heard& now) { now.status = head.status; });
            return true;
          },
          [this](const char* bytes, std::size_t count) {
            text_.append(bytes, count);
            take();
            return true;
          });
      (void)answer;
      state_.change([](heard& now) { now.over = true; });
    }};
  }
  ~listening() {
    program_.http.stop();
    thread_.join();
  }
  template <class F>
  bool wait(F&& until) {
    state_.wait([&](const heard& now) { return until(now) || now.over; });
    return until(state_.get());
  }
  /// Until `end` was heard and the server has closed.
  heard all() {
    state_.wait([](const heard& now) { return now.over; });
    return state_.get();
  }
  bool is_over() { return state_.get().over; }
  static std::string text_of(const std::vector<sent_event>& events, const std::string& stream = "stdout",
                             const std::string& agent = "") {
    std::string text;
    for (const auto& each : events)
      if (each.name == "output" && each.data["stream"] == stream &&
          (agent.empty() || each.data["agent"] == agent))
        text += each.data.contains("text") ? each.data["text"].get<std::string>()
                                           : httplib_base64(each.data["base64"]);
    return text;
  }

private:
  static std::string httplib_base64(const std::string& text) {
    std::string plain;
    std::string url;
    for (const char c : text)
      if (c != '=') url += c == '+' ? '-' : c == '/' ? '_' : c;
    return must(wire::parse_base64url(url));
  }
  void take() {
    for (auto end = text_.find("\n\n"); end != std::string::npos; end = text_.find("\n\n")) {
      sent_event one;
      std::istringstream lines{text_.substr(0, end)};
      for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("id: ")) one.id = line.substr(4);
        if (line.starts_with("event: ")) one.name = line.substr(7);
        if (line.starts_with("data: ")) one.data = json::parse(line.substr(6));
      }
      text_.erase(0, end + 2);
      if (!one.name.empty()) state_.change([&](heard& now) { now.events.push_back(std::move(one)); });
    }
  }

  program program_;
  std::string text_;
  tier2::test::watched<heard> state_;
  std::thread thread_;
};

} // namespace tier2::cloud::test
