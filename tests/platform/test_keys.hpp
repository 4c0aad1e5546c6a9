#pragma once

#include <string_view>

/// Public keys for tests; of all but the first the private half was never kept.
namespace test_keys {

/// The key of RFC 7515 appendix A.3.
inline constexpr std::string_view rfc7515 = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7
6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
-----END PUBLIC KEY-----
)";
inline constexpr std::string_view p384 = R"(-----BEGIN PUBLIC KEY-----
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEn/1DotkSg1h5Om1HU2W+clyLfSRJ8fWl
0ifBByV9vekTJrVtZuFlhx5zoxLHLOtydaobw/5Uj/jR8/Ost20iEw5q/2bcYZpP
RgZWaziZFr93DhY49v6ZX2xCJISB0h69
-----END PUBLIC KEY-----
)";
inline constexpr std::string_view secp256k1 = R"(-----BEGIN PUBLIC KEY-----
MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEviRa8PhmAv7BPSxCAN/Po2hn7UljsYxs
mgWyObAGs6pODEG4cqJ1Yw75ViOnWS7VnhQ4/O4cXpO12q3URfTXcQ==
-----END PUBLIC KEY-----
)";
inline constexpr std::string_view brainpool_p256r1 = R"(-----BEGIN PUBLIC KEY-----
MFowFAYHKoZIzj0CAQYJKyQDAwIIAQEHA0IABC9RlvMoFw4uFYtFMtteM9Hv8pLD
r6ZHcgVDYjYcPjUOKbEwo2HNEC2kt/AK0ge+5PvJ2DByGgbkTCyD+Mzpy2c=
-----END PUBLIC KEY-----
)";
inline constexpr std::string_view ed25519 = R"(-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAZCZ+R6Gz5Exev83/HMEVYePZydWJRCC2N93Pg+pnZYI=
-----END PUBLIC KEY-----
)";
inline constexpr std::string_view p256_compressed = R"(-----BEGIN PUBLIC KEY-----
MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgADucB0NJr3KNzGBC0nRO9XJ3jTMSBQ
PwixaVxMEmjVM6w=
-----END PUBLIC KEY-----
)";
inline constexpr std::string_view p256_explicit = R"(-----BEGIN PUBLIC KEY-----
MIIBSzCCAQMGByqGSM49AgEwgfcCAQEwLAYHKoZIzj0BAQIhAP////8AAAABAAAA
AAAAAAAAAAAA////////////////MFsEIP////8AAAABAAAAAAAAAAAAAAAA////
///////////8BCBaxjXYqjqT57PrvVV2mIa8ZR0GsMxTsPY7zjw+J9JgSwMVAMSd
NgiG5wSTamZ44ROdJreBn36QBEEEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5
RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9QIhAP////8AAAAA
//////////+85vqtpxeehPO5ysL8YyVRAgEBA0IABKa9MPim2bcFokoCVrTK9Nju
Im0kO+NVXGNu3XvmW6uXIAK9SFhGcC3NBUIASKJaVw5Y5pj5pdKOmP6Lgalaafs=
-----END PUBLIC KEY-----
)";

} // namespace test_keys
