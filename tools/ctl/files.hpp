#pragma once

#include "messages/error.hpp"
#include "platform/crypto/ecdsa.hpp"

#include <span>
#include <string>
#include <string_view>

namespace tier2::ctl {

/// The whole of a file, or of standard input for "-"; `too_large` above `max_bytes`.
result<std::string> read_text(const std::string& path, std::size_t max_bytes);
/// The same without one line end at its end: what editors and shells add to a token.
result<std::string> read_line(const std::string& path, std::size_t max_bytes);
/// A new file that only its owner may read (0600), on the disk; `conflict` when there is one, also when it
/// was made a moment ago by somebody else. What fails leaves none.
result<void> write_new_private(const std::string& path, std::span<const std::byte> bytes);
/// A new file that all may read; `conflict` when there is one of that name.
result<void> write_new_text(const std::string& path, std::string_view text);
/// `conflict` when there is anything of that name: keys are never overwritten.
result<void> must_be_new(const std::string& path);

/// A private key from a file that only its owner may read.
result<signing_key> read_signing_key(const std::string& path);
/// A public key (PEM); the error names the file.
result<verification_key> read_verification_key(const std::string& path);

} // namespace tier2::ctl
