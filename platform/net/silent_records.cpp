#include "platform/net/silent_records.hpp"

#include <openssl/bio.h>
#include <openssl/ssl.h>

namespace tier2::net {
namespace {

struct tally {
  std::atomic<std::uint64_t>* refused{};
  unsigned silent{};
};

void release(void*, void* kept, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<tally*>(kept); }

int slot() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, release);
  return index;
}

void on_message(int write, int, int type, const void* bytes, std::size_t size, SSL* ssl, void*) {
  auto* const counted = static_cast<tally*>(SSL_get_ex_data(ssl, slot()));
  if (write != 0 || size == 0 || counted == nullptr) {
    return;
  }
  const auto first = *static_cast<const unsigned char*>(bytes);
  if (type == SSL3_RT_HEADER) {
    if (++counted->silent == most_silent_records + 1) {
      ++*counted->refused;
    }
    // What TLS 1.3 encrypts all looks like data from outside; its real type is said on its own.
    if (first == SSL3_RT_APPLICATION_DATA && SSL_version(ssl) < TLS1_3_VERSION &&
        counted->silent <= most_silent_records) {
      counted->silent = 0;
    }
  } else if (type == SSL3_RT_INNER_CONTENT_TYPE && first == SSL3_RT_APPLICATION_DATA &&
             counted->silent <= most_silent_records) {
    counted->silent = 0;
  }
}

long before_reading(BIO* bio, int operation, const char* argument, std::size_t, int, long, int returned,
                    std::size_t*) {
  (void)argument;
  if (operation != BIO_CB_READ) {
    return returned;
  }
  const auto* const counted = reinterpret_cast<const tally*>(BIO_get_callback_arg(bio));
  if (counted->silent <= most_silent_records) {
    return returned;
  }
  BIO_clear_retry_flags(bio);
  return -1;
}

} // namespace

void bound_silent_records(ssl_st* ssl, std::atomic<std::uint64_t>& refused) {
  auto* const counted = new tally{&refused, 0};
  if (SSL_set_ex_data(ssl, slot(), counted) != 1) {
    delete counted; // out of memory: this connection is unbounded, its deadlines stand
    return;
  }
  SSL_set_msg_callback(ssl, on_message);
  BIO* const source = SSL_get_rbio(ssl);
  BIO_set_callback_arg(source, reinterpret_cast<char*>(counted));
  BIO_set_callback_ex(source, before_reading);
}

} // namespace tier2::net
