#include "platform/net/websocket_codec_base.hpp"

#include <websocketpp/client.hpp>
#include <websocketpp/random/random_device.hpp>

namespace tier2::net {
namespace {

using client_config =
    quiet_config<ws::random::random_device::int_generator<std::uint32_t, ws::concurrency::none>>;

/// What stands in for the header Authorization until the request's bytes leave us: websocketpp keeps what it
/// is given, and wipes nothing.
constexpr const char stand_in[] = "the-authorization-goes-here";

class client_codec final : public codec_base<ws::client<client_config>> {
public:
  client_codec(client_request what, std::size_t max_message_bytes, events tell)
      : codec_base(max_message_bytes, std::move(tell)), what_(std::move(what)) {
    endpoint_.set_secure(true);
  }

  void start() override {
    ws::lib::error_code failed;
    prepare(endpoint_.get_connection(ws::lib::make_shared<ws::uri>(true, what_.host, what_.port, what_.path),
                                     failed));
    connection_->set_open_handler([this](ws::connection_hdl) { judge_answer(); });
    if (!what_.authorization.empty()) {
      connection_->set_write_handler([this](ws::connection_hdl, const char* bytes, std::size_t count) {
        write_request(bytes, count);
        return ws::lib::error_code();
      });
    }
    try {
      for (const auto& [name, value] : what_.headers) {
        if (!fits_a_line(value)) {
          throw ws::http::exception("", ws::http::status_code::bad_request);
        }
        connection_->append_header(name, value);
      }
      if (!what_.authorization.empty()) {
        if (!fits_a_line(what_.authorization)) {
          throw ws::http::exception("", ws::http::status_code::bad_request);
        }
        connection_->append_header("Authorization", stand_in);
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
  /// The first write is the request; those after it are as they are.
  void write_request(const char* bytes, std::size_t count) {
    if (what_.authorization.empty()) {
      return tell_.write(bytes, count);
    }
    private_text request(bytes, count);
    const private_text name = "\r\nAuthorization: ";
    const auto at = request.find(name + stand_in);
    if (at == private_text::npos) {
      return finish({outcome::kind::broken, 0, "our own request is not as it was expected"});
    }
    request.replace(at + name.size(), sizeof(stand_in) - 1, what_.authorization);
    private_text{}.swap(what_.authorization);
    tell_.write(request.data(), request.size());
  }
  void judge_answer() {
    if (connection_->get_response_header("Sec-WebSocket-Protocol") != what_.subprotocol) {
      finish(
          {outcome::kind::broken, 0, "the answer does not name the subprotocol '" + what_.subprotocol + "'"});
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

} // namespace

std::unique_ptr<websocket_codec> websocket_codec::client(client_request what, std::size_t max_message_bytes,
                                                         events tell) {
  return std::make_unique<client_codec>(std::move(what), max_message_bytes, std::move(tell));
}

} // namespace tier2::net
