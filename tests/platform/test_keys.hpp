#pragma once

#include <string_view>

/// Keys for tests; of the public ones, the private half of all but the first was never kept.
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

/// The private half of RFC 7515 appendix A.3 in both forms, encrypted (PKCS #8, passphrase "x"), and with
/// another key's public half; and private keys of kinds that do not sign commands.
inline constexpr std::string_view rfc7515_private = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff
H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp
7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt
-----END PRIVATE KEY-----
)";
inline constexpr std::string_view rfc7515_sec1 = R"(-----BEGIN EC PRIVATE KEY-----
MHcCAQEEII6bEJ5xkJi/mASH3x9dd+nLKWBuvtImO19XwhPfhPSyoAoGCCqGSM49
AwEHoUQDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEXH8UTNG72b
focs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
-----END EC PRIVATE KEY-----
)";
inline constexpr std::string_view encrypted_private = R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAiOVP7T89i+iwICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEPu6jGFHeqMeqP04CRy+cysEgZCb
X6An8eChkvSL4dVvNcseav0XNT63f2F76431Mls0Q3hPLA6kjSl5WLGksBbWS98m
sh6fRSTz0vFBD3zPh/Lv6Wzq7J4RWJvs/NxScSTxKckE900l76urciiqAse/S0hu
XfoHs6bxrzWubKM7210nJ15EM2r49EtP1RBrydqtk2X4vcm2ohz6Y85OaJ8hfxI=
-----END ENCRYPTED PRIVATE KEY-----
)";
inline constexpr std::string_view mismatched_private = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff
H1136cspYG6+0iY7X1fCE9+E9LKhRANCAASd4hr/XezCB5eTa/lqkQl0SL7t8xbP
xUrq33w3mtMY+RfrrrnM8M7g9QPRQxQLvwHUsDIo0aTe5Au4txuIRLEU
-----END PRIVATE KEY-----
)";
inline constexpr std::string_view p384_private = R"(-----BEGIN PRIVATE KEY-----
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDAwGnXpJyBFniYOMYDx
l0/Il/HHiG8qbDZMC9XihsA+jctAcFBBetnnVcvJExxpTcWhZANiAAQoaQza6A7O
I7uEv1ZH9kWWYkP6fyMKIHvdHFAhg4vLQn6yOJ1H6cgnWE2LerufYQ5+soRZxk6b
TZvhLHPxbSb4YCmeascYSngmLgo2upzRf5Kb7BAAjm166a/kVd1vOI0=
-----END PRIVATE KEY-----
)";
inline constexpr std::string_view secp256k1_private = R"(-----BEGIN PRIVATE KEY-----
MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQg8mqRaGbqy6vyYtkZXIu8
O0JfTTkmPWCwBBiqrIgCkRehRANCAATcTF3eTrvVQVf1cm5NpQtllus/NyQcBskH
xIdCPY8Ek3SdjdvDG/94sUVVKokzkfLH7T6Co1FMqkpkqo3AsmyV
-----END PRIVATE KEY-----
)";
inline constexpr std::string_view ed25519_private = R"(-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIG195WH5rKCxFlJ4rmKBp9Gd1uBoxj3BwrSTMOks+qXm
-----END PRIVATE KEY-----
)";
inline constexpr std::string_view rsa_private = R"(-----BEGIN PRIVATE KEY-----
MIICeAIBADANBgkqhkiG9w0BAQEFAASCAmIwggJeAgEAAoGBAKhdAQAw1Ta7g2oJ
n8lR/tQaneFcuUHn37K+LoVOKbs30XVye6lB5Ym6DMytna2rWkVDLv7zBLY7Ydnr
puL/9V1JrSPOc/PBWt6TUBSZqqQU8R+ng5OWd6bkPHpVejGQgWtlfaqZKyidqACP
tEKGtzVaRIwlEehB8GuZc3kxkd2lAgMBAAECgYEAi/svrtHrJCOJoqs3z/G9luo+
ZDZszTAVnI5lLW6MYd2J6EV0LYjdaMJoi/C5zcBPQJEYTN8PBtiehcpZKhk4DasQ
Cqv08j0pxHrzwz7o2XPuMXchGK/091SL47FEGMMVwyHlbABASpyebJ1vFdEcQr4V
SgyF77KfXLxo9AY+2eECQQDduuuXAQrXDz7l5GaTVTM7pKSTyFeTjHQ7r2Jtm+4N
z62xy+HNI5rYzqq25WNI8jlittESbC2h63LFpaKV0l/9AkEAwmKLmaXMvVfRNjnr
ljTG+ijbcLS/QCR+6GAG9DO0eRy6Maju9kPRdM495p9IZ6AV1p5/fIt3DZElSsrC
St6AyQJBAKfUwlpMOa5LJerRFStUBDGTD9ekf1V5rMk4maIpsujVV74KeuHRn3WY
CPPjcWFXp0Qm6N2u8GNtWjRsiUIqOOkCQGfbz0rg02u3KAkZGU7AFDBE9Dpb2HOl
DEmMRSrlFWBAgRtXb5YU1izapSg7oqv7VK+/L86TlaCiFJLJktX93EECQQCONsQ7
gOCecomiwT6o9gooJlX0Dqly5HuRKiCHpRcz+GueHV/GYDKbeb140qpLShIpQbG4
MN/WG+fpr5q8Dh1x
-----END PRIVATE KEY-----
)";

} // namespace test_keys
