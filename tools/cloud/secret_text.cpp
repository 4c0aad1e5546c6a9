#include "tools/cloud/secret_text.hpp"

#include "platform/private_file.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <sodium.h>

namespace tier2::cloud {

namespace {

constexpr std::size_t most_bytes = 1024;
constexpr std::size_t least_key_bytes = 24;
constexpr std::size_t most_key_bytes = 64;
constexpr std::string_view prefix = "whsec_";

} // namespace

void secret_text::give_back::operator()(std::byte* at) const { sodium_free(at); }

secret_text::secret_text(std::span<const std::byte> bytes)
    : at_{static_cast<std::byte*>(sodium_malloc(std::max<std::size_t>(bytes.size(), 1)))},
      size_{bytes.size()} {
  if (!at_) throw std::bad_alloc{};
  std::ranges::copy(bytes, at_.get());
  sodium_mprotect_readonly(at_.get());
}

std::span<const std::byte> secret_text::bytes() const { return {at_.get(), size_}; }

result<secret_text> read_password_file(const std::string& path) {
  auto read = read_private_file(path, most_bytes);
  if (!read) return tl::unexpected(read.error());
  auto& bytes = *read;
  while (!bytes.empty() && (bytes.back() == std::byte{'\n'} || bytes.back() == std::byte{'\r'}))
    bytes.pop_back();
  const bool line = std::ranges::none_of(bytes, [](std::byte each) { return each < std::byte{0x20}; });
  if (bytes.empty() || !line)
    return fail(errc::malformed, "The file " + path + " must hold the secret on one line, and nothing else.");
  return secret_text{bytes};
}

result<secret_text> read_webhook_secret(const std::string& path) {
  const auto text = read_password_file(path);
  if (!text) return tl::unexpected(text.error());
  const auto bytes = text->bytes();
  const std::string_view line{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  private_bytes key(most_key_bytes + 1);
  std::size_t size = 0;
  const bool decoded = line.starts_with(prefix) &&
                       sodium_base642bin(reinterpret_cast<unsigned char*>(key.data()), key.size(),
                                         line.data() + prefix.size(), line.size() - prefix.size(), nullptr,
                                         &size, nullptr, sodium_base64_VARIANT_ORIGINAL) == 0;
  if (!decoded || size < least_key_bytes || size > most_key_bytes)
    return fail(errc::malformed,
                "The file " + path +
                    " must hold \"whsec_\" and the base64 of 24 to 64 bytes, for example from: "
                    "echo \"whsec_$(openssl rand -base64 32)\"");
  return secret_text{std::span{key}.first(size)};
}

} // namespace tier2::cloud
