#include "platform/net/websocket_codec_base.hpp"

#include <websocketpp/server.hpp>

#include <algorithm>

namespace tier2::net {
namespace {

using server_config = quiet_config<ws::random::none::int_generator<std::uint32_t>>;

class server_codec final : public codec_base<ws::server<server_config>> {
public:
  server_codec(std::string remote, bool secure, std::size_t max_message_bytes, events tell)
      : codec_base(max_message_bytes, std::move(tell)), remote_(std::move(remote)), secure_(secure) {}

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

std::unique_ptr<websocket_codec> websocket_codec::server(std::string remote, bool secure,
                                                         std::size_t max_message_bytes, events tell) {
  return std::make_unique<server_codec>(std::move(remote), secure, max_message_bytes, std::move(tell));
}

} // namespace tier2::net
