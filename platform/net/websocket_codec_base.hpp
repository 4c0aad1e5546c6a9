#pragma once

#include "platform/net/websocket_codec.hpp"

#include <websocketpp/close.hpp>
#include <websocketpp/concurrency/none.hpp>
#include <websocketpp/config/core.hpp>
#include <websocketpp/connection.hpp>
#include <websocketpp/logger/stub.hpp>
#include <websocketpp/utf8_validator.hpp>

#include <utility>

// Only for the two codecs, which are the only files with websocketpp: it costs seconds to compile and does
// not compile as C++20.
namespace tier2::net {

namespace ws = websocketpp;

inline constexpr std::size_t max_body_bytes = 64U << 10U;
inline constexpr std::size_t max_reason_bytes = 123; // RFC 6455, 5.5
inline constexpr std::uint32_t abnormal = ws::close::status::abnormal_close;

/// One thread, no logging of its own, small buffers: thousands of connections share a process.
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
/// Whether it can stand in a header without ending its line.
template <class Text>
bool fits_a_line(const Text& text) {
  return text.find_first_of("\r\n\0", 0, 3) == Text::npos;
}

/// At most so many bytes, and no half character at the end.
inline std::string cut_at_a_character(std::string text, std::size_t most) {
  if (text.size() <= most) {
    return text;
  }
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) {
    --most;
  }
  text.resize(most);
  return text;
}

/// Whether valid UTF-8 was not cut off inside its last character, which websocketpp does not notice when the
/// last fragment is empty.
inline bool ends_in_a_character(const std::string& text) {
  auto last = text.size();
  while (last > 0 && (static_cast<unsigned char>(text[last - 1]) & 0xC0U) == 0x80U) {
    --last;
  }
  return text.empty() || (last > 0 && ws::utf8_validator::validate(text.substr(last - 1)));
}

/// What both ends share, over websocketpp's client or server.
template <class Endpoint>
class codec_base : public websocket_codec {
public:
  codec_base(std::size_t max_message_bytes, events tell)
      : tell_(std::move(tell)), max_message_bytes_(max_message_bytes) {
    endpoint_.set_user_agent("");
  }
  ~codec_base() override {
    finished_ = true;
    if (connection_) { // one that still waits for bytes holds itself
      connection_->fatal_error();
    }
  }
  codec_base(const codec_base&) = delete;
  codec_base& operator=(const codec_base&) = delete;

  void receive(const char* bytes, std::size_t count) override {
    if (!finished_) {
      connection_->read_all(bytes, count);
    }
    // A peer that said its end, or broke the protocol, is not waited for: it may never end the stream.
    if (!finished_ && open_ && !closing_ && connection_->get_state() != ws::session::state::open) {
      finish(judge());
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
  void object(ws::close::status::value code) {
    ws::lib::error_code failed;
    connection_->close(code, "Invalid UTF8 encoding", failed);
    finish({outcome::kind::broken, code, "Invalid UTF8 encoding"});
  }
  template <class Message>
  void hand_over(const Message& message) {
    if (finished_) {
      return;
    }
    const std::string& payload = message.get_payload();
    if (message.get_opcode() == ws::frame::opcode::text) {
      ends_in_a_character(payload) ? tell_.on_text(payload) : object(ws::close::status::invalid_payload);
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
    // To a close frame that is not valid websocketpp answers so, and a polite peer repeats that: both codes
    // are alike.
    const auto& words = connection_->get_local_close_reason();
    const bool bad_close = local == ws::close::status::protocol_error &&
                           (words == "Invalid close code" || words == "Invalid close reason");
    const bool we_objected =
        !closing_ && local != abnormal && (bad_close || (local != remote && remote != 1005));
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

} // namespace tier2::net
