#pragma once

#include "tools/cloud/alert_store.hpp"
#include "tools/cloud/secret_text.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tier2::cloud {

/// A webhook as Standard Webhooks has it (github.com/standard-webhooks, specification 1.0).
struct webhook_message {
  std::string id;        ///< The same for each attempt, so that a receiver can drop what it has.
  std::string timestamp; ///< Seconds since 1970, of this attempt.
  std::string body;      ///< JSON.
  std::string signature; ///< "v1,<base64 of HMAC-SHA256>" over "id.timestamp.body".
};
/// `unsaid`: alerts before this one that were lost.
webhook_message webhook_of(const alert_row& alert, std::uint64_t unsaid, const std::string& console,
                           const secret_text& secret, wall_time now);
webhook_message test_webhook(const std::string& receiver, const secret_text& secret, wall_time now);

/// A mail as it goes to the server: headers in ASCII (RFC 2047), the text in UTF-8 as base64 (RFC 2045).
struct mail_frame {
  std::string from;
  std::vector<std::string> to;
};
/// One alert, or a digest of several; never empty.
std::string mail_of(const std::vector<alert_row>& alerts, std::uint64_t unsaid, const std::string& console,
                    const mail_frame& frame, wall_time now);
std::string test_mail(const std::string& receiver, const std::string& console, const mail_frame& frame,
                      wall_time now);

/// A header's value of any text: printable ASCII as it is, the rest in encoded words of at most 75
/// characters, folded. No byte of `text` can end the line.
std::string encoded_header(std::string_view text);

} // namespace tier2::cloud
