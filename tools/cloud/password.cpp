#include "tools/cloud/password.hpp"

#include "platform/private_file.hpp"

#include <array>
#include <iostream>
#include <sodium.h>

namespace tier2::cloud {

result<std::string> hash_password(const std::string& password) {
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str(hash.data(), password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                        crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
    return fail(errc::unavailable, "There is too little memory to hash a password: 64 MiB are needed.");
  return std::string{hash.data()};
}

bool password_fits(const std::string& hash, const std::string& password) {
  std::array<char, crypto_pwhash_STRBYTES> padded{};
  if (hash.size() >= padded.size()) return false;
  hash.copy(padded.data(), hash.size());
  return crypto_pwhash_str_verify(padded.data(), password.data(), password.size()) == 0;
}

result<std::string> read_password(const std::string& file) {
  constexpr std::size_t shortest = 10;
  constexpr std::size_t longest = 1000;
  std::string password;
  if (file == "-") {
    std::getline(std::cin, password);
  } else {
    const auto bytes = read_private_file(file, 2 * longest);
    if (!bytes) return tl::unexpected(bytes.error());
    password.assign(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    if (password.ends_with('\n')) password.pop_back();
  }
  if (password.ends_with('\r')) password.pop_back();
  if (password.size() < shortest || password.size() > longest)
    return fail(errc::invalid_argument,
                "A password has 10 to 1000 bytes; nothing was changed. Choose a longer one.");
  return password;
}

} // namespace tier2::cloud
