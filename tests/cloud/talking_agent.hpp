#pragma once

#include "messages/wire/binary_frame.hpp"
#include "messages/wire/envelope.hpp"
#include "messages/wire/manifest.hpp"
#include "platform/net/websocket_client.hpp"
#include "tests/platform/eventually.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tier2::cloud::test {

/// An agent as far as the cloud can see: our client, the protocol's messages, everything heard kept.
class talking_agent {
public:
  struct heard {
    bool open{};
    std::vector<wire::message> messages;
    std::optional<net::websocket_client::ended> end;
  };

  talking_agent(std::uint16_t port, const std::string& ca_file, const std::string& agent,
                const std::string& authorization, const std::string& subprotocol = "tier2.v1") {
    net::websocket_client::options where;
    where.host = "127.0.0.1";
    where.port = port;
    where.subprotocol = subprotocol;
    where.ca_file = ca_file;
    where.max_buffered_bytes = std::size_t{64} << 20U; // it sends whole tickets at once
    where.headers = {{"Authorization", authorization}, {"Tier2-Agent", agent}};
    net::websocket_client::callbacks tell;
    tell.on_open = [this] { state_.change([](heard& now) { now.open = true; }); };
    tell.on_text = [this](const std::string& text) {
      if (auto message = wire::decode(text))
        state_.change([&](heard& now) { now.messages.push_back(std::move(*message)); });
    };
    tell.on_ended = [this](net::websocket_client::ended end) {
      state_.change([&](heard& now) { now.end = std::move(end); });
    };
    link_ = net::websocket_client::connect(where, std::move(tell));
  }

  bool opens() {
    state_.wait([](const heard& now) { return now.open || now.end; });
    return state_.get().open;
  }
  net::websocket_client::ended ends() {
    state_.wait([](const heard& now) { return now.end.has_value(); });
    return state_.get().end.value_or(net::websocket_client::ended{});
  }
  void say(const wire::message& message) { say_raw(wire::encode(message)); }
  void say_raw(std::string text) {
    if (opens()) link_->send_text(std::move(text));
  }
  void send_part(const uuid& ticket, std::uint32_t part, std::string_view bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += wire::max_payload_bytes) {
      const auto piece = bytes.substr(at, wire::max_payload_bytes);
      const auto frame =
          wire::encode(wire::binary_frame{wire::frame_kind::ticket_part, ticket, part, at,
                                          std::as_bytes(std::span{piece.data(), piece.size()})});
      const auto* first = reinterpret_cast<const unsigned char*>(frame.data());
      send_raw({first, first + frame.size()});
    }
  }
  void send_raw(std::vector<unsigned char> bytes) {
    if (opens()) link_->send_binary(std::move(bytes));
  }

  /// The first message of this kind that fits, or nothing when the link ended or time is up.
  template <class T, class F>
  std::optional<T> hear(F&& fits) {
    std::optional<T> found;
    state_.wait([&](const heard& now) {
      for (const auto& message : now.messages)
        if (const auto* one = std::get_if<T>(&message); one != nullptr && fits(*one)) found = *one;
      return found.has_value() || now.end.has_value();
    });
    return found;
  }
  template <class T>
  std::optional<T> hear() {
    return hear<T>([](const T&) { return true; });
  }
  /// All messages of this kind that have come by now.
  template <class T>
  std::vector<T> heard_so_far() {
    std::vector<T> found;
    for (const auto& message : state_.get().messages)
      if (const auto* one = std::get_if<T>(&message)) found.push_back(*one);
    return found;
  }
  /// Sends a whole ticket and waits for its number or error.
  std::optional<wire::ticket_state> submit(const wire::ticket_begin& begin,
                                           const std::vector<std::string>& parts) {
    say(begin);
    hear<wire::ticket_state>([&](const wire::ticket_state& state) { return state.ticket == begin.ticket; });
    for (std::uint32_t i = 0; i < parts.size(); ++i)
      send_part(begin.ticket, i, parts[i]);
    say(wire::ticket_end{begin.ticket, begin.consent.manifest});
    return hear<wire::ticket_state>([&](const wire::ticket_state& state) {
      return state.ticket == begin.ticket && (!state.number.empty() || !state.error.empty());
    });
  }

private:
  tier2::test::watched<heard> state_;
  std::unique_ptr<net::websocket_client> link_;
};

} // namespace tier2::cloud::test
