#include "platform/net/websocket_codec.hpp"

#include <websocketpp/client.hpp>
#include <websocketpp/concurrency/none.hpp>
#include <websocketpp/config/core.hpp>
#include <websocketpp/logger/stub.hpp>
#include <websocketpp/random/random_device.hpp>
#include <websocketpp/server.hpp>

#include <algorithm>
#include <utility>

// The only file that includes websocketpp: it costs seconds to compile and does not compile as C++20.
namespace tier2::net {
namespace {

namespace ws = websocketpp;

constexpr std::size_t max_body_bytes = 64U << 10U;
constexpr std::size_t max_reason_bytes = 123; // RFC 6455, 5.5
constexpr std::uint32_t abnormal = ws::close::status::abnormal_close;

// One thread, no logging of its own, small buffers: thousands of connections share a process.
template <class Random>
struct quiet_config : ws::config::core {
  using type = quiet_config;
  using base = ws::config::core;
  using concurrency_type = ws::concurrency::none;
  using elog_type = ws::log::stub;
  using alog_type = ws::log::stub;
  using rng_type = Random;
  struct transport_config : base::transport_config {
    using concurrency_type = type::concurrency_type;
    using elog_type = type::elog_type;
    using alog_type = type::alog_type;
  };
  using transport_type = ws::transport::iostream::endpoint<transport_config>;
  static const std::size_t connection_read_buffer_size = 4096;
  static const std::size_t max_http_body_size = max_body_bytes;
};
using client_config =
    quiet_config<ws::random::random_device::int_generator<std::uint32_t, ws::concurrency::none>>;
using server_config = quiet_config<ws::random::none::int_generator<std::uint32_t>>;

bool fits_a_line(const std::string& text) {
  return text.find_first_of(std::string("\r\n\0", 3)) == std::string::npos;
}

std::string cut_at_a_character(std::string text, std::size_t most) {
  if (text.size() <= most) {
    return text;
  }
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) {
    --most;
  }
  text.resize(most);
  return text;
}

template <class Endpoint>
class codec : public websocket_codec {
public:
  codec(std::size_t max_message_bytes, events tell)
      : tell_(std::move(tell)), max_message_bytes_(max_message_bytes) {
    endpoint_.set_user_agent("");
  }
  ~codec() override {
    finished_ = true;
    if (connection_) { // one that still waits for bytes holds itself
      connection_->fatal_error();
    }
  }
  codec(const codec&) = delete;
  codec& operator=(const codec&) = delete;

  void receive(const char* bytes, std::size_t count) override {
    if (!finished_) {
      connection_->read_all(bytes, count);
    }
  }
  void end_of_stream() override {
    if (!finished_) {
      connection_->eof();
    }
    finish({outcome::kind::lost, 0, {}}); // where websocketpp was no longer reading
  }
  void send_text(const std::string& text) override {
    if (!finished_) {
      connection_->send(text, ws::frame::opcode::text);
    }
  }
  void send_binary(const std::vector<unsigned char>& bytes) override {
    if (!finished_) {
      connection_->send(bytes.data(), bytes.size(), ws::frame::opcode::binary);
    }
  }
  void ping() override {
    ws::lib::error_code ignored;
    if (!finished_) {
      connection_->ping({}, ignored);
    }
  }
  void close(std::uint16_t code, const std::string& reason) override {
    if (finished_) {
      return;
    }
    closing_ = true;
    const bool sendable = !ws::close::status::invalid(code) && !ws::close::status::reserved(code);
    ws::lib::error_code failed;
    connection_->close(sendable ? code : std::uint16_t{1000}, cut_at_a_character(reason, max_reason_bytes),
                       failed);
  }

protected:
  using connection_ptr = typename Endpoint::connection_ptr;

  void prepare(const connection_ptr& connection) {
    connection_ = connection;
    connection_->set_max_message_size(max_message_bytes_);
    connection_->set_write_handler([this](ws::connection_hdl, const char* bytes, std::size_t count) {
      tell_.write(bytes, count);
      return ws::lib::error_code();
    });
    connection_->set_shutdown_handler([this](ws::connection_hdl) {
      if (!finished_) {
        finish(judge());
      }
      return ws::lib::error_code();
    });
    connection_->set_ping_handler([this](ws::connection_hdl, const std::string&) {
      return !finished_ && (!tell_.may_answer_ping || tell_.may_answer_ping());
    });
    connection_->set_message_handler(
        [this](ws::connection_hdl, const typename Endpoint::message_ptr& message) { hand_over(*message); });
  }
  void opened() {
    if (!finished_) {
      open_ = true;
      tell_.on_open();
    }
  }
  void finish(outcome how) {
    if (!finished_) {
      finished_ = true;
      tell_.on_finished(std::move(how));
    }
  }
  virtual outcome judge_unopened() = 0;

  events tell_;
  std::size_t max_message_bytes_;
  Endpoint endpoint_; // the connection keeps references into it
  connection_ptr connection_;
  bool open_{}, closing_{}, finished_{};

private:
  template <class Message>
  void hand_over(const Message& message) {
    if (finished_) {
      return;
    }
    const std::string& payload = message.get_payload();
    if (message.get_opcode() == ws::frame::opcode::text) {
      tell_.on_text(payload);
    } else {
      tell_.on_binary({payload.begin(), payload.end()});
    }
  }
  outcome judge() {
    if (!open_) {
      return judge_unopened();
    }
    const std::uint32_t remote = connection_->get_remote_close_code();
    const std::uint32_t local = connection_->get_local_close_code();
    const bool we_objected = !closing_ && local != abnormal && local != remote && remote != 1005;
    if (we_objected) {
      return {outcome::kind::broken, local, connection_->get_local_close_reason()};
    }
    if (remote != abnormal) {
      return {outcome::kind::closed, remote, connection_->get_remote_close_reason()};
    }
    if (closing_ && local != abnormal) { // a code after which the connection is dropped at once
      return {outcome::kind::closed, local, connection_->get_local_close_reason()};
    }
    return {outcome::kind::lost, 0, {}};
  }
};

class client_codec final : public codec<ws::client<client_config>> {
public:
  client_codec(client_request what, std::size_t max_message_bytes, events tell)
      : codec(max_message_bytes, std::move(tell)), what_(std::move(what)) {
    endpoint_.set_secure(true);
  }

  void start() override {
    ws::lib::error_code failed;
    prepare(endpoint_.get_connection(ws::lib::make_shared<ws::uri>(true, what_.host, what_.port, what_.path),
                                     failed));
    connection_->set_open_handler([this](ws::connection_hdl) { judge_answer(); });
    try {
      for (const auto& [name, value] : what_.headers) {
        if (!fits_a_line(value)) {
          throw ws::http::exception("", ws::http::status_code::bad_request);
        }
        connection_->append_header(name, value);
      }
      if (!what_.subprotocol.empty()) {
        connection_->add_subprotocol(what_.subprotocol);
      }
      if (!fits_a_line(what_.path) || what_.path.find(' ') != std::string::npos) {
        throw ws::http::exception("", ws::http::status_code::bad_request);
      }
    } catch (const std::exception&) {
      finish({outcome::kind::broken, 0,
              "a header, the path or the subprotocol of our own request is not valid"});
      return;
    }
    endpoint_.connect(connection_);
  }

private:
  void judge_answer() {
    if (connection_->get_response_header("Sec-WebSocket-Protocol") != what_.subprotocol) {
      finish({outcome::kind::broken, 0,
              "the answer does not name the subprotocol \"" + what_.subprotocol + '"'});
    } else if (!connection_->get_response_header("Sec-WebSocket-Extensions").empty()) {
      finish({outcome::kind::broken, 0, "the answer names an extension that was not asked for"});
    } else {
      opened();
    }
  }
  outcome judge_unopened() override {
    const auto status = static_cast<std::uint32_t>(connection_->get_response_code());
    if (status != 0 && status != 101) {
      return {outcome::kind::refused, status, connection_->get_response_msg()};
    }
    const auto error = connection_->get_ec();
    if (error == ws::transport::error::make_error_code(ws::transport::error::eof)) {
      return {outcome::kind::lost, 0, {}};
    }
    return {outcome::kind::broken, 0,
            "the answer is not a valid WebSocket handshake (" + error.message() + ')'};
  }

  client_request what_;
};

class server_codec final : public codec<ws::server<server_config>> {
public:
  server_codec(std::string remote, bool secure, std::size_t max_message_bytes, events tell)
      : codec(max_message_bytes, std::move(tell)), remote_(std::move(remote)), secure_(secure) {}

  void start() override {
    prepare(endpoint_.get_connection());
    connection_->set_secure(secure_);
    connection_->set_open_handler([this](ws::connection_hdl) { opened(); });
    connection_->set_http_handler([this](ws::connection_hdl) { answer(); });
    connection_->set_validate_handler([this](ws::connection_hdl) { return consider(); });
    connection_->start();
  }

private:
  websocket_server::request read_request() const {
    const auto& raw = connection_->get_request();
    websocket_server::request r;
    r.method = raw.get_method();
    const std::string& target = raw.get_uri();
    const auto question = target.find('?');
    r.path = target.substr(0, question);
    r.query = question == std::string::npos ? std::string() : target.substr(question + 1);
    for (const auto& [name, value] : raw.get_headers()) {
      std::string lower = name;
      std::transform(lower.begin(), lower.end(), lower.begin(),
                     [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
      r.headers.emplace(std::move(lower), value);
    }
    r.body = raw.get_body();
    r.remote = remote_;
    return r;
  }
  // The body's length must be told in the one way that websocketpp reads, or its bytes would be taken for
  // silence.
  std::uint16_t objection(const websocket_server::request& r) const {
    if (r.headers.count("transfer-encoding") != 0) {
      return 411;
    }
    const auto length = r.headers.find("content-length");
    const bool digits =
        length == r.headers.end() ||
        (!length->second.empty() && length->second.find_first_not_of("0123456789") == std::string::npos);
    return digits ? 0 : 400;
  }
  void answer() {
    const auto request = read_request();
    websocket_server::response r;
    if (const auto objected = objection(request); objected != 0) {
      r.status = objected;
    } else if (tell_.on_request) {
      r = tell_.on_request(request);
    } else {
      r.status = 426;
      r.headers["Upgrade"] = "websocket";
    }
    set_status(r.status);
    const bool bodiless = r.status == 204 || r.status == 304;
    connection_->set_body(bodiless || request.method == "HEAD" ? std::string() : r.body);
    for (const auto& [name, value] : r.headers) {
      if (fits_a_line(value)) {
        connection_->replace_header(name, value);
      }
    }
    if (!bodiless) {
      connection_->replace_header("Content-Length", std::to_string(r.body.size()));
    }
    connection_->replace_header("Connection", "close");
  }
  bool consider() {
    if (connection_->get_request_header("Sec-WebSocket-Version") != "13") {
      connection_->replace_header("Sec-WebSocket-Version", "13");
      return refuse(426);
    }
    const auto verdict = tell_.on_upgrade ? tell_.on_upgrade(read_request()) : websocket_server::upgrade{};
    if (!verdict.accept) {
      return refuse(verdict.status);
    }
    ws::lib::error_code not_asked_for;
    connection_->select_subprotocol(verdict.subprotocol, not_asked_for);
    return not_asked_for ? refuse(400) : true;
  }
  bool refuse(std::uint16_t status) {
    set_status(status < 400 ? std::uint16_t{403} : status);
    connection_->replace_header("Content-Length", "0");
    connection_->replace_header("Connection", "close");
    return false;
  }
  void set_status(std::uint16_t status) {
    // 101 from a plain request's answer would open a connection that nobody agreed to.
    const auto safe = status < 200 || status > 599 ? std::uint16_t{500} : status;
    connection_->set_status(static_cast<ws::http::status_code::value>(safe));
  }
  outcome judge_unopened() override { return {outcome::kind::answered, 0, {}}; }

  std::string remote_;
  bool secure_;
};

} // namespace

std::unique_ptr<websocket_codec> websocket_codec::client(client_request what, std::size_t max_message_bytes,
                                                         events tell) {
  return std::make_unique<client_codec>(std::move(what), max_message_bytes, std::move(tell));
}
std::unique_ptr<websocket_codec> websocket_codec::server(std::string remote, bool secure,
                                                         std::size_t max_message_bytes, events tell) {
  return std::make_unique<server_codec>(std::move(remote), secure, max_message_bytes, std::move(tell));
}

} // namespace tier2::net
