#include "platform/crypto/ecdsa.hpp"
#include "platform/crypto/openssl_owner.hpp"

#include <openssl/pem.h>
#include <openssl/x509.h>

namespace tier2 {

namespace {

using namespace openssl;

constexpr std::size_t coordinate_bytes = 32;
constexpr std::size_t most_pem_bytes = 4096;

struct secure_free {
  void operator()(char* at) const { OPENSSL_secure_free(at); }
};

tl::unexpected<error> not_a_key(const std::string& why) {
  return fail(errc::malformed,
              why + " Make a key with \"tier2ctl keygen\", or with \"openssl genpkey -algorithm EC -pkeyopt "
                    "ec_paramgen_curve:P-256\".");
}

std::string_view text_of(BIO* from) {
  char* at = nullptr;
  const auto size = BIO_get_mem_data(from, &at);
  return size > 0 ? std::string_view{at, static_cast<std::size_t>(size)} : std::string_view{};
}

/// The key in exactly one unencrypted PEM block; null when there is none.
pkey_ptr read_private_pem(const private_bytes& pem) {
  constexpr std::string_view blank = " \t\r\n";
  const std::string_view text{reinterpret_cast<const char*>(pem.data()), pem.size()};
  if (text.size() > most_pem_bytes || !text.starts_with("-----BEGIN ")) return {};
  const bio_ptr in{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
  char* label = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  if (in == nullptr || PEM_read_bio_ex(in.get(), &label, &header, &data, &size, PEM_FLAG_SECURE) != 1)
    return {};
  const std::unique_ptr<char, secure_free> label_owner{label};
  const std::unique_ptr<char, secure_free> header_owner{header};
  const auto wipe = [size](unsigned char* at) {
    OPENSSL_secure_clear_free(at, static_cast<std::size_t>(size));
  };
  const std::unique_ptr<unsigned char, decltype(wipe)> data_owner{data, wipe};
  const auto rest = static_cast<std::size_t>(BIO_pending(in.get()));
  const bool alone = text.substr(text.size() - rest).find_first_not_of(blank) == std::string_view::npos;
  const std::string_view found{label};
  if (!alone || *header != '\0' || (found != "PRIVATE KEY" && found != "EC PRIVATE KEY")) return {};
  const unsigned char* at = data;
  pkey_ptr key{d2i_AutoPrivateKey(nullptr, &at, size)};
  return at == data + size ? std::move(key) : pkey_ptr{};
}

} // namespace

struct signing_key::handle {
  pkey_ptr key;
};

signing_key::signing_key() = default;
signing_key::signing_key(signing_key&&) noexcept = default;
signing_key& signing_key::operator=(signing_key&&) noexcept = default;
signing_key::~signing_key() = default;

result<signing_key> signing_key::own(std::unique_ptr<handle> key) {
  const bio_ptr out{BIO_new(BIO_s_mem())};
  if (out == nullptr || PEM_write_bio_PUBKEY(out.get(), key->key.get()) != 1)
    return not_a_key("This is a private key of another kind than ECDSA on P-256.");
  signing_key mine;
  mine.public_pem_ = text_of(out.get());
  // The public half has one form only that verifiers read: what passes here is a named P-256, uncompressed.
  const auto readable = verification_key::from_pem(mine.public_pem_);
  if (!readable)
    return not_a_key("The private key is not of the curve P-256, which commands are signed with.");
  const pkey_context_ptr check{EVP_PKEY_CTX_new(key->key.get(), nullptr)};
  if (check == nullptr || EVP_PKEY_check(check.get()) != 1)
    return not_a_key("The private key and its public half do not belong together; the file is damaged.");
  mine.handle_ = std::move(key);
  mine.thumbprint_ = readable->thumbprint();
  return mine;
}

result<signing_key> signing_key::generate() {
  const forget_errors at_end;
  auto made = std::make_unique<handle>();
  made->key.reset(EVP_EC_gen("P-256"));
  if (made->key == nullptr)
    return fail(errc::crypto_failed, "OpenSSL could not make a key; the system gives it no random numbers.");
  return own(std::move(made));
}

result<signing_key> signing_key::from_pem(const private_bytes& pem) {
  const forget_errors at_end;
  auto read = std::make_unique<handle>();
  read->key = read_private_pem(pem);
  if (read->key == nullptr)
    return not_a_key(
        "This is not one unencrypted private key in PEM form (\"-----BEGIN PRIVATE KEY-----\" or "
        "\"-----BEGIN EC PRIVATE KEY-----\").");
  return own(std::move(read));
}

result<std::array<std::byte, 64>> signing_key::sign(std::span<const std::byte> message) const {
  const forget_errors at_end;
  const auto failed = [] { return fail(errc::crypto_failed, "OpenSSL could not sign; nothing was signed."); };
  std::array<unsigned char, 80> der{}; // 2 + 2 * (2 + 33) at the most
  auto size = der.size();
  const digest_context_ptr context{EVP_MD_CTX_new()};
  if (context == nullptr ||
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, handle_->key.get()) != 1 ||
      EVP_DigestSign(context.get(), der.data(), &size, reinterpret_cast<const unsigned char*>(message.data()),
                     message.size()) != 1)
    return failed();
  const unsigned char* at = der.data();
  const signature_ptr parsed{d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size))};
  std::array<std::byte, 64> signature{};
  auto* raw = reinterpret_cast<unsigned char*>(signature.data());
  constexpr int width = coordinate_bytes;
  if (parsed == nullptr || BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), raw, width) != width ||
      BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), raw + width, width) != width)
    return failed();
  return signature;
}

result<private_bytes> signing_key::private_pem() const {
  const forget_errors at_end;
  const bio_ptr out{BIO_new(BIO_s_secmem())};
  if (out == nullptr || PEM_write_bio_PKCS8PrivateKey(out.get(), handle_->key.get(), nullptr, nullptr, 0,
                                                      nullptr, nullptr) != 1)
    return fail(errc::crypto_failed, "OpenSSL could not write the private key; nothing was written.");
  const auto text = std::as_bytes(std::span{text_of(out.get())});
  return private_bytes{text.begin(), text.end()};
}

} // namespace tier2
