#include "platform/net/websocket_session.hpp"

#include <algorithm>
#include <exception>
#include <system_error>
#include <utility>

namespace tier2::net {
namespace {

// Messages wait here rather than in the socket's queue, so that pings and a stop need not wait behind them
// all.
constexpr std::size_t low_water = 256U << 10U;
constexpr std::size_t most_pong_backlog = 1U << 20U;
constexpr auto closing_time = std::chrono::seconds(5);

} // namespace

websocket_session::websocket_session(std::shared_ptr<byte_stream> stream, limits bounds, events tell)
    : stream_(std::move(stream)), bounds_(bounds), tell_(std::move(tell)),
      timer_(stream_->socket().get_executor()), born_(clock::now()), heard_(born_), pinged_(born_),
      progressed_(born_) {}

template <class Action>
void websocket_session::guarded(Action action) {
  try {
    action();
  } catch (const std::exception& thrown) {
    fault(thrown.what());
  } catch (...) {
    fault("an exception of an unknown kind");
  }
}

void websocket_session::fault(const char* what) {
  break_off(end::faulted, {websocket_codec::outcome::kind::lost, 0, what});
}

void websocket_session::watch() { arm(); }

void websocket_session::start_client(websocket_codec::client_request what) {
  begin(websocket_codec::client(std::move(what), bounds_.max_message_bytes, codec_events()));
}

void websocket_session::start_server(std::string remote, bool secure) {
  begin(websocket_codec::server(std::move(remote), secure, bounds_.max_message_bytes, codec_events()));
}

websocket_codec::events websocket_session::codec_events() {
  // The codec is ours, so that it never outlives `this`.
  websocket_codec::events e;
  e.write = [this](const char* bytes, std::size_t count) { stream_->write(bytes, count); };
  e.on_open = [this] {
    open_ = true;
    heard_ = pinged_ = clock::now();
    if (tell_.on_open) {
      tell_.on_open();
    }
    pump();
    arm();
  };
  e.on_text = [this](std::string text) {
    if (!ended_ && tell_.on_text) {
      tell_.on_text(std::move(text));
    }
  };
  e.on_binary = [this](std::vector<unsigned char> bytes) {
    if (!ended_ && tell_.on_binary) {
      tell_.on_binary(std::move(bytes));
    }
  };
  e.may_answer_ping = [this] { return stream_->unsent() < most_pong_backlog; };
  e.on_request = tell_.on_request;
  e.on_upgrade = tell_.on_upgrade;
  e.on_finished = [this](websocket_codec::outcome how) {
    stream_->finish();
    closing_ = true;
    progressed_ = clock::now();
    conclude(end::by_bytes, std::move(how), stream_->unsent());
    arm();
  };
  return e;
}

void websocket_session::begin(std::unique_ptr<websocket_codec> codec) {
  codec_ = std::move(codec);
  byte_stream::events e;
  const auto weak = weak_from_this();
  e.on_bytes = [weak](const char* bytes, std::size_t count) {
    if (const auto self = weak.lock()) {
      self->heard_ = clock::now();
      self->guarded([&] {
        self->codec_->receive(bytes, count);
        self->tell_unsent();
      });
    }
  };
  e.on_written = [weak](std::size_t count) {
    if (const auto self = weak.lock()) {
      self->guarded([&] { self->written(count); });
    }
  };
  e.on_end = [weak] {
    if (const auto self = weak.lock()) {
      self->guarded([&] { self->codec_->end_of_stream(); });
    }
  };
  e.on_released = [weak] {
    if (const auto self = weak.lock()) {
      self->timer_.cancel();
      if (const auto tell = std::exchange(self->tell_.on_released, {})) {
        tell();
      }
    }
  };
  stream_->start(std::move(e));
  guarded([this] { codec_->start(); });
  arm();
}

void websocket_session::send_text(std::string text) { enqueue({item::kind::text, std::move(text), {}, 0}); }
void websocket_session::send_binary(std::vector<unsigned char> bytes) {
  enqueue({item::kind::binary, {}, std::move(bytes), 0});
}
void websocket_session::close(std::uint16_t code, std::string reason) {
  enqueue({item::kind::close, std::move(reason), {}, code});
}

void websocket_session::enqueue(item next) {
  if (ended_ || closing_) {
    return;
  }
  waiting_bytes_ += next.size();
  waiting_.push_back(std::move(next));
  guarded([this] {
    pump();
    tell_unsent();
  });
  if (bounds_.max_buffered_bytes != 0 && buffered() > bounds_.max_buffered_bytes) {
    abandon(end::overflow);
  }
}

void websocket_session::pump() {
  if (pumping_ || !open_) {
    return;
  }
  pumping_ = true;
  while (!waiting_.empty() && !ended_ && !closing_ && stream_->unsent() < low_water) {
    const item next = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= next.size();
    switch (next.what) {
    case item::kind::text:
      codec_->send_text(next.text);
      break;
    case item::kind::binary:
      codec_->send_binary(next.bytes);
      break;
    case item::kind::close:
      closing_ = true;
      progressed_ = clock::now();
      codec_->close(next.code, next.text);
      arm();
      break;
    }
  }
  pumping_ = false;
}

void websocket_session::written(std::size_t count) {
  const auto now = clock::now();
  progressed_ = now;
  // A socket that takes more than its buffers hold has a living peer, whose pong waits behind these bytes.
  if (count + stream_->unsent() > low_water) {
    heard_ = now;
  }
  pump();
  tell_unsent();
}

void websocket_session::pause() {
  paused_ = true;
  stream_->pause();
}

void websocket_session::resume() {
  if (std::exchange(paused_, false)) {
    heard_ = clock::now();
    arm();
    stream_->resume();
  }
}

void websocket_session::tell_unsent() {
  if (tell_.on_unsent) {
    tell_.on_unsent(buffered());
  }
}

void websocket_session::stop() {
  if (ended_) {
    return;
  }
  if (!open_ || closing_) {
    abandon(end::stopped);
    return;
  }
  closing_ = true;
  progressed_ = clock::now();
  guarded([this] { codec_->close(1001, "going away"); });
  conclude(end::stopped, {}, stream_->unsent());
  stream_->finish();
  arm();
}

void websocket_session::abandon(end why) { break_off(why, {}); }

void websocket_session::break_off(end why, websocket_codec::outcome how) {
  // It is counted and told before the other side can notice. Who is told may let go of this session, or
  // throw.
  const struct aborting {
    std::shared_ptr<byte_stream> stream;
    ~aborting() { stream->abort(); }
  } at_the_end{stream_};
  conclude(why, std::move(how), 0);
}

void websocket_session::conclude(end why, websocket_codec::outcome how, std::size_t unsent) {
  if (ended_) {
    return;
  }
  ended_ = true;
  waiting_.clear();
  waiting_bytes_ = 0;
  if (tell_.on_unsent) {
    tell_.on_unsent(unsent);
  }
  if (const auto tell = std::exchange(tell_.on_ended, {})) {
    tell(why, std::move(how));
  }
}

websocket_session::clock::time_point websocket_session::next_deadline() const {
  using ms = std::chrono::milliseconds;
  auto next = clock::time_point::max();
  if (closing_) {
    return progressed_ + closing_time;
  }
  if (!open_) {
    return bounds_.upgrade_timeout_ms != 0 ? born_ + ms(bounds_.upgrade_timeout_ms) : next;
  }
  if (bounds_.ping_interval_ms != 0) {
    next = std::max(heard_, pinged_) + ms(bounds_.ping_interval_ms);
  }
  if (bounds_.dead_after_ms != 0 && !paused_) {
    next = std::min(next, heard_ + ms(bounds_.dead_after_ms));
  }
  return next;
}

void websocket_session::arm() {
  const auto next = next_deadline();
  if (next == clock::time_point::max()) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(next);
  timer_.async_wait([weak = weak_from_this()](std::error_code stopped) {
    const auto self = weak.lock();
    if (self && !stopped) {
      self->tick();
    }
  });
}

void websocket_session::tick() {
  const auto now = clock::now();
  if (now >= next_deadline()) { // else something was heard since the timer was set
    if (closing_) {
      abandon(end::stopped);
      return;
    }
    if (!open_) {
      abandon(end::late);
      return;
    }
    if (bounds_.dead_after_ms != 0 && !paused_ &&
        now - heard_ >= std::chrono::milliseconds(bounds_.dead_after_ms)) {
      abandon(end::dead);
      return;
    }
    pinged_ = now;
    guarded([this] { codec_->ping(); });
  }
  arm();
}

} // namespace tier2::net
