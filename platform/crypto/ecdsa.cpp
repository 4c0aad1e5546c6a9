#include "platform/crypto/ecdsa.hpp"

#include "platform/crypto/openssl_owner.hpp"

#include <algorithm>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace tier2 {

namespace {

using namespace openssl;

constexpr std::size_t coordinate_bytes = 32;
constexpr std::size_t most_pem_bytes = 4096;
/// SubjectPublicKeyInfo of an uncompressed point on P-256 (RFC 5480): this, then x and y.
constexpr std::array<unsigned char, 27> p256_header{0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                                    0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                                    0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};

using der_bytes = std::vector<unsigned char>;

/// The bytes of a text that is exactly one PEM block of the label "PUBLIC KEY"; anything else gives none.
der_bytes read_public_pem(std::string_view pem) {
  constexpr std::string_view blank = " \t\r\n";
  if (pem.size() > most_pem_bytes || !pem.starts_with("-----BEGIN PUBLIC KEY-----")) return {};
  const bio_ptr in{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  char* label = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  if (in == nullptr || PEM_read_bio(in.get(), &label, &header, &data, &size) != 1) return {};
  const std::unique_ptr<char, freed_by<[](char* at) { OPENSSL_free(at); }>> label_owner{label};
  const std::unique_ptr<char, freed_by<[](char* at) { OPENSSL_free(at); }>> header_owner{header};
  const std::unique_ptr<unsigned char, freed_by<[](unsigned char* at) { OPENSSL_free(at); }>> data_owner{
      data};
  const auto rest = static_cast<std::size_t>(BIO_pending(in.get()));
  const bool alone = pem.substr(pem.size() - rest).find_first_not_of(blank) == std::string_view::npos;
  if (!alone || std::string_view{label} != "PUBLIC KEY" || *header != '\0') return {};
  return {data, data + size};
}

std::string base64url(std::span<const unsigned char> bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const auto size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                                    static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  text.erase(std::min(text.find('='), text.size()));
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

/// RFC 7638 section 3: the required members in this order, without white space, hashed with SHA-256.
std::string thumbprint_of(std::span<const unsigned char> x, std::span<const unsigned char> y) {
  const std::string jwk =
      R"({"crv":"P-256","kty":"EC","x":")" + base64url(x) + R"(","y":")" + base64url(y) + R"("})";
  std::array<unsigned char, 32> hash{};
  if (EVP_Digest(jwk.data(), jwk.size(), hash.data(), nullptr, EVP_sha256(), nullptr) != 1) return {};
  return base64url(hash);
}

} // namespace

struct verification_key::handle {
  pkey_ptr key;
};

verification_key::verification_key() = default;
verification_key::verification_key(verification_key&&) noexcept = default;
verification_key& verification_key::operator=(verification_key&&) noexcept = default;
verification_key::~verification_key() = default;

result<verification_key> verification_key::from_pem(std::string_view pem) {
  const forget_errors at_end;
  const auto der = read_public_pem(pem);
  if (der.empty())
    return fail(errc::malformed,
                "This is not one public key in PEM form (\"-----BEGIN PUBLIC KEY-----\"). Make one "
                "with \"openssl pkey -in key.pem -pubout\".");
  if (der.size() != p256_header.size() + 2 * coordinate_bytes ||
      !std::ranges::equal(p256_header, std::span{der}.first<p256_header.size()>()))
    return fail(errc::malformed,
                "The public key is not of the curve P-256 (as an uncompressed point), which "
                "commands are signed with. Make one with \"openssl genpkey -algorithm EC -pkeyopt "
                "ec_paramgen_curve:P-256\".");
  const unsigned char* at = der.data();
  auto owned = std::make_unique<handle>();
  owned->key.reset(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  const pkey_context_ptr check{owned->key ? EVP_PKEY_CTX_new(owned->key.get(), nullptr) : nullptr};
  if (check == nullptr || EVP_PKEY_public_check(check.get()) != 1)
    return fail(errc::malformed, "The public key is not a point on the curve P-256; the file is damaged.");
  const auto point = std::span<const unsigned char>{der}.subspan(p256_header.size());
  verification_key key;
  key.handle_ = std::move(owned);
  key.thumbprint_ = thumbprint_of(point.first(coordinate_bytes), point.last(coordinate_bytes));
  if (key.thumbprint_.empty())
    return fail(errc::crypto_failed, "OpenSSL has no SHA-256 here; commands cannot be checked.");
  return key;
}

bool verification_key::verify(std::span<const std::byte> message,
                              std::span<const std::byte> signature) const {
  if (signature.size() != 2 * coordinate_bytes) return false;
  const forget_errors at_end;
  const auto* raw = reinterpret_cast<const unsigned char*>(signature.data());
  const signature_ptr parsed{ECDSA_SIG_new()};
  if (parsed == nullptr) return false;
  BIGNUM* r = BN_bin2bn(raw, coordinate_bytes, nullptr);
  BIGNUM* s = BN_bin2bn(raw + coordinate_bytes, coordinate_bytes, nullptr);
  if (r == nullptr || s == nullptr || ECDSA_SIG_set0(parsed.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return false;
  }
  std::array<unsigned char, 80> der{}; // 2 + 2 * (2 + 33) at the most
  auto* end = der.data();
  const int size = i2d_ECDSA_SIG(parsed.get(), &end);
  const digest_context_ptr context{EVP_MD_CTX_new()};
  return size > 0 && context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, handle_->key.get()) == 1 &&
         EVP_DigestVerify(context.get(), der.data(), static_cast<std::size_t>(size),
                          reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1;
}

} // namespace tier2
