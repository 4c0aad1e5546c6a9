#include "tools/ctl/received_bytes.hpp"

#include <openssl/ssl.h>
#include <sys/socket.h>

namespace tier2::ctl {

void received_bytes::watch(ssl_ctx_st& context) {
  SSL_CTX_set_msg_callback(&context, &received_bytes::on_message);
  SSL_CTX_set_msg_callback_arg(&context, this);
}

void received_bytes::begin(std::optional<clock::time_point> deadline) {
  left_ = most_in_head;
  deadline_ = deadline;
  overflowed_ = late_ = false;
}

void received_bytes::progress() { left_ = most_between_pieces; }

void received_bytes::on_message(int write, int, int type, const void* bytes, std::size_t size, ssl_st* ssl,
                                void* self) {
  if (write != 0 || type != SSL3_RT_HEADER || size < 5) return;
  auto& counted = *static_cast<received_bytes*>(self);
  const auto* const header = static_cast<const unsigned char*>(bytes);
  const std::size_t record = size + (std::size_t{header[3]} << 8U) + header[4];
  if (counted.deadline_ && clock::now() > *counted.deadline_) counted.late_ = true;
  if (record > counted.left_) counted.overflowed_ = true;
  if (!counted.late_ && !counted.overflowed_) {
    counted.left_ -= record;
    return;
  }
  counted.left_ = 0;
  ::shutdown(SSL_get_fd(ssl), SHUT_RDWR);
}

} // namespace tier2::ctl
