#include "platform/net/byte_stream.hpp"

#include <asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

namespace tier2::net {
namespace {

constexpr std::size_t chunk_bytes = 64U << 10U;
constexpr std::size_t most_drained = 1U << 20U;
constexpr auto farewell_time = std::chrono::seconds(2);

} // namespace

byte_stream::byte_stream(asio::ip::tcp::socket socket)
    : socket_(std::move(socket)), farewell_(socket_.get_executor()) {}

byte_stream::tls_type& byte_stream::with_tls(asio::ssl::context& context) {
  return tls_.emplace(socket_, context);
}

void byte_stream::start(events tell) {
  tell_ = std::move(tell);
  if (!released_) {
    read();
  }
}

void byte_stream::read() {
  reading_ = true;
  const auto done = [self = shared_from_this()](std::error_code failed, std::size_t count) {
    self->reading_ = false;
    if (self->released_) {
      return;
    }
    if (failed) {
      self->end_of_reading();
    } else if (!self->finishing_) {
      self->tell_.on_bytes(self->incoming_.data(), count);
    }
    if (self->released_) {
      return;
    }
    if (self->finishing_) {
      self->say_end();
    } else if (!failed && !self->paused_) {
      self->read();
    }
  };
  if (tls_) {
    tls_->async_read_some(asio::buffer(incoming_), done);
  } else {
    socket_.async_read_some(asio::buffer(incoming_), done);
  }
}

void byte_stream::resume() {
  paused_ = false;
  if (!reading_ && !read_over_ && !finishing_ && !released_) {
    read();
  }
}

void byte_stream::end_of_reading() {
  read_over_ = true;
  if (!finishing_) {
    tell_.on_end();
  }
}

void byte_stream::write(const char* bytes, std::size_t count) {
  if (finishing_ || released_ || count == 0) {
    return;
  }
  unsent_ += count;
  // Small frames share a chunk; the first chunk may be under the socket's hands.
  const bool joins =
      outgoing_.size() > (writing_ ? 1U : 0U) && outgoing_.back().size() + count <= chunk_bytes;
  if (joins) {
    outgoing_.back().append(bytes, count);
  } else {
    outgoing_.emplace_back(bytes, count);
  }
  write_next();
}

void byte_stream::write_next() {
  if (writing_ || released_ || broken_) {
    return;
  }
  if (outgoing_.empty()) {
    if (finishing_) {
      say_end();
    }
    return;
  }
  writing_ = true;
  const auto done = [self = shared_from_this()](std::error_code failed, std::size_t count) {
    self->writing_ = false;
    if (self->released_) {
      return;
    }
    if (failed) {
      self->broken_ = true;
      self->read_over_ ? self->abort() : self->end_of_reading();
      if (self->finishing_) {
        self->abort();
      }
      return;
    }
    self->unsent_ -= count;
    self->offset_ += count;
    if (self->offset_ == self->outgoing_.front().size()) {
      self->outgoing_.pop_front();
      self->offset_ = 0;
    }
    self->tell_.on_written(count);
    self->write_next();
  };
  const auto rest = asio::buffer(outgoing_.front()) + offset_;
  if (tls_) {
    tls_->async_write_some(asio::buffer(rest), done);
  } else {
    socket_.async_write_some(asio::buffer(rest), done);
  }
}

void byte_stream::finish() {
  if (finishing_ || released_) {
    return;
  }
  finishing_ = true;
  // Not at once: finish is called from inside on_bytes, and frames of the same moment must not be cut off.
  asio::post(socket_.get_executor(), [self = shared_from_this()] { self->write_next(); });
}

void byte_stream::say_end() {
  if (released_ || farewell_said_ || writing_ || !outgoing_.empty()) {
    return;
  }
  if (broken_) {
    abort();
    return;
  }
  if (reading_) { // TLS cannot say its end while a read is under way
    std::error_code ignored;
    socket_.cancel(ignored);
    return;
  }
  farewell_said_ = true;
  farewell_.expires_after(farewell_time);
  farewell_.async_wait([self = shared_from_this()](std::error_code stopped) {
    if (!stopped) {
      self->abort();
    }
  });
  if (tls_ && !read_over_) {
    tls_->async_shutdown([self = shared_from_this()](std::error_code) { self->drain(); });
  } else {
    drain();
  }
}

// A socket closed with unread bytes sends a reset, and the peer may lose our last words (RFC 9112, 9.6).
void byte_stream::drain() {
  if (released_) {
    return;
  }
  std::error_code failed;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, failed);
  if (failed || read_over_ || drained_ > most_drained) {
    abort();
    return;
  }
  socket_.async_read_some(asio::buffer(incoming_),
                          [self = shared_from_this()](std::error_code ended, std::size_t count) {
                            self->drained_ += count;
                            ended ? self->abort() : self->drain();
                          });
}

void byte_stream::abort() {
  if (!released_) {
    released_ = true;
    release();
  }
}

void byte_stream::release() {
  std::error_code ignored;
  farewell_.cancel();
  socket_.close(ignored);
  outgoing_.clear();
  unsent_ = 0;
  // The owner may let go of us in on_released: not inside one of our own calls.
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    auto tell = std::exchange(self->tell_, {});
    if (tell.on_released) {
      tell.on_released();
    }
  });
}

} // namespace tier2::net
