#pragma once

#include "messages/error.hpp"

#include <string>

namespace tier2::cloud {

/// Argon2id (RFC 9106) by libsodium's crypto_pwhash_str, interactive limits: 64 MiB, some 50 to 100 ms.
result<std::string> hash_password(const std::string& password);
/// Takes as long whatever the answer is.
bool password_fits(const std::string& hash, const std::string& password);

/// From a private file, or from standard input for "-"; one line end at its end is not part of it.
/// `invalid_argument` when it is shorter than 10 or longer than 1000 bytes.
result<std::string> read_password(const std::string& file);

} // namespace tier2::cloud
