#include "platform/linux/local_connection.hpp"

#include "platform/linux/system_error.hpp"

#include <sys/socket.h>

namespace tier2::os {

using asio::local::stream_protocol;

local_connection::local_connection(asio::io_context& io, unique_fd socket, private_bytes& scratch,
                                   std::size_t max_unsent, events tell)
    : io_{io}, socket_{io, stream_protocol{}, socket.release()}, scratch_{scratch}, max_unsent_{max_unsent},
      tell_{std::move(tell)} {}

void local_connection::start() { read(); }

void local_connection::read() {
  socket_.async_wait(stream_protocol::socket::wait_read, [self = shared_from_this()](
                                                             const asio::error_code& failed) {
    if (failed || self->ended_ || self->finishing_) return;
    const auto count =
        ::recv(self->socket_.native_handle(), self->scratch_.data(), self->scratch_.size(), MSG_DONTWAIT);
    if (count > 0) return self->take(static_cast<std::size_t>(count));
    if (count == 0 || errno == ECONNRESET)
      return self->end(cause::left, {errc::unavailable, "The other end closed the connection."});
    if (errno == EAGAIN || errno == EINTR) return self->read();
    self->end(cause::left, {errc::io_failed, "Reading from the local link failed: " + describe(errno) + "."});
  });
}

void local_connection::take(std::size_t count) {
  reader_.feed({scratch_.data(), count});
  while (!ended_ && !finishing_) {
    auto next = reader_.next();
    if (!next) return end(cause::bad_frame, next.error());
    if (!*next) return read();
    tell_.on_message(std::move(**next));
  }
}

void local_connection::send(const wire::local_message& message) {
  auto bytes = wire::encode(message);
  const std::lock_guard held{mutex_};
  if (closed_) return;
  const auto end_with = [this](cause what, error why) {
    closed_ = true;
    asio::post(io_, [self = shared_from_this(), what, why = std::move(why)] { self->end(what, why); });
  };
  if (!bytes) return end_with(cause::unsendable, bytes.error());
  if (unsent_ + bytes->size() > max_unsent_)
    return end_with(cause::overflow,
                    {errc::too_large, "The other end of the local link does not read, so it was closed."});
  unsent_ += bytes->size();
  queue_.push_back(std::move(*bytes));
  if (!std::exchange(writing_, true)) asio::post(io_, [self = shared_from_this()] { self->write(); });
}

bool local_connection::write_some() {
  const std::lock_guard held{mutex_};
  while (!queue_.empty()) {
    const auto& first = queue_.front();
    const auto count = ::send(socket_.native_handle(), first.data() + written_, first.size() - written_,
                              MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN;
    written_ += static_cast<std::size_t>(count);
    unsent_ -= static_cast<std::size_t>(count);
    if (written_ < first.size()) continue;
    queue_.pop_front();
    written_ = 0;
  }
  writing_ = false;
  return true;
}

void local_connection::write() {
  if (ended_) return;
  if (!write_some()) {
    if (finishing_) return end(cause::finished, {errc::cancelled, "The connection was closed by this end."});
    // What the other end said before it left is still to be read; the end of that ends the connection.
    const std::lock_guard held{mutex_};
    closed_ = true;
    queue_.clear();
    return;
  }
  {
    const std::lock_guard held{mutex_};
    if (!writing_ && !finishing_) return;
    if (writing_)
      return socket_.async_wait(stream_protocol::socket::wait_write,
                                [self = shared_from_this()](const asio::error_code& failed) {
                                  if (!failed) self->write();
                                });
  }
  end(cause::finished, {errc::cancelled, "The connection was closed by this end."});
}

void local_connection::finish() {
  {
    const std::lock_guard held{mutex_};
    if (std::exchange(closed_, true)) return;
  }
  asio::post(io_, [self = shared_from_this()] {
    self->finishing_ = true;
    self->write();
  });
}

void local_connection::abandon() {
  if (ended_) return;
  write_some();
  tell_.on_end = nullptr;
  end(cause::finished, {errc::cancelled, {}});
}

void local_connection::end(cause what, error why) {
  if (std::exchange(ended_, true)) return;
  {
    const std::lock_guard held{mutex_};
    closed_ = true;
    queue_.clear();
  }
  asio::error_code ignored;
  static_cast<void>(socket_.close(ignored));
  // The callbacks hold on to their owner: let go of them, but not before the last one is over.
  const auto last = std::exchange(tell_, {}).on_end;
  if (last) last(what, std::move(why));
}

} // namespace tier2::os
