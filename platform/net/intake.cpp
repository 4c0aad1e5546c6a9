#include "platform/net/intake.hpp"

#include <utility>

namespace tier2::net {

struct intake::held {
  held(std::shared_ptr<intake> from, std::size_t size) : of(std::move(from)), bytes(size) {}
  ~held() { of->give_back(bytes); }
  held(const held&) = delete;
  held& operator=(const held&) = delete;

  const std::shared_ptr<intake> of;
  const std::size_t bytes;
};

intake::intake(std::size_t most_messages, std::size_t most_bytes, std::function<void()> on_room)
    : most_messages_(most_messages), most_bytes_(most_bytes), on_room_(std::move(on_room)) {}

intake::receipt intake::take(std::size_t bytes) {
  {
    const std::lock_guard<std::mutex> locked(mutex_);
    ++messages_;
    bytes_ += bytes;
    full_ = full_ || (most_messages_ != 0 && messages_ >= most_messages_) ||
            (most_bytes_ != 0 && bytes_ >= most_bytes_);
  }
  return std::make_shared<const held>(shared_from_this(), bytes);
}

bool intake::full() const {
  const std::lock_guard<std::mutex> locked(mutex_);
  return full_;
}

void intake::give_back(std::size_t bytes) {
  {
    const std::lock_guard<std::mutex> locked(mutex_);
    --messages_;
    bytes_ -= bytes;
    if (!full_ || (most_messages_ != 0 && messages_ > most_messages_ / 2) ||
        (most_bytes_ != 0 && bytes_ > most_bytes_ / 2)) {
      return;
    }
    full_ = false;
  }
  on_room_();
}

} // namespace tier2::net
