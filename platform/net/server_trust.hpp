#pragma once

#include <cstdint>
#include <string>
#include <vector>

// Read by C++17 and C++20 alike, as websocket_client.hpp.
namespace tier2::net {

/// How long a server that was verified will be trusted, and by whose word.
struct server_trust {
  std::int64_t until{};             ///< Seconds since 1970: when the first certificate of its chain ends.
  std::string subject;              ///< That certificate's common name, printable.
  bool own{};                       ///< It is the server's own, not an authority's.
  std::vector<std::string> issuers; ///< Names (DER) of the authorities whose revocation lists matter.
};

struct list_expiry {
  bool known{};         ///< Whether the file has a list of one of the issuers.
  std::int64_t until{}; ///< Seconds since 1970: when the first of these is to be replaced.
  std::string issuer;   ///< Whose that is, printable.
};
/// Reads the revocation lists of `crl_file` as a connection does. Of several lists of one issuer the newest
/// counts. False and `why` filled, with a sentence, when the file cannot be used whole.
bool read_list_expiry(const std::string& crl_file, const std::vector<std::string>& issuers, list_expiry& into,
                      std::string& why);

} // namespace tier2::net
