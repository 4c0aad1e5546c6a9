#include "messages/wire/jws.hpp"
#include "messages/wire/manifest.hpp"

#include <doctest/doctest.h>

using namespace tier2;
using namespace tier2::wire;

namespace {

constexpr std::string_view payload = R"({"any":"thing"})";

std::string signature_text(std::size_t bytes = jws_signature_bytes) {
  return to_base64url(std::string(bytes, '\x5a'));
}

std::string token_of(std::string_view header, std::string_view body = payload) {
  return to_base64url(header) + "." + to_base64url(body) + "." + signature_text();
}

errc refusal(std::string_view token) {
  const auto parsed = parse_jws(token, command_token_type);
  if (parsed) return errc{};
  CHECK_FALSE(parsed.error().what.empty());
  return parsed.error().code;
}

std::string header_with(const std::string& more) {
  return R"({"alg":"ES256","typ":"tier2-command+jwt")" + more + "}";
}

} // namespace

TEST_CASE("a token gives its kid, its payload, its signature and the bytes that were signed") {
  const auto token = token_of(header_with(R"(,"kid":"key-1")"));
  const auto parsed = parse_jws(token, command_token_type);
  REQUIRE(parsed);
  CHECK(parsed->kid == "key-1");
  CHECK(parsed->payload == payload);
  CHECK(parsed->signing_input == token.substr(0, token.rfind('.')));
  for (const auto byte : parsed->signature)
    CHECK(byte == std::byte{0x5a});
}

TEST_CASE("members of the header may stand in any order, with JSON's white space, and without a kid") {
  const auto parsed =
      parse_jws(token_of("{\n \"typ\" : \"tier2-command+jwt\",\t\"alg\":\"ES256\" }"), command_token_type);
  REQUIRE(parsed);
  CHECK(parsed->kid.empty());
}

TEST_CASE("what is written is read") {
  for (const std::string kid : {"", "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"}) {
    const auto input = jws_signing_input(command_token_type, kid, payload);
    std::array<std::byte, jws_signature_bytes> signature{};
    signature[0] = std::byte{1};
    signature[63] = std::byte{255};
    const auto token = finish_jws(input, signature);
    const auto parsed = parse_jws(token, command_token_type);
    REQUIRE(parsed);
    CHECK(parsed->kid == kid);
    CHECK(parsed->payload == payload);
    CHECK(parsed->signing_input == input);
    CHECK(parsed->signature == signature);
  }
  CHECK(jws_signing_input("t", "k", "{}") == "eyJhbGciOiJFUzI1NiIsInR5cCI6InQiLCJraWQiOiJrIn0.e30");
}

TEST_CASE("every truncation of a token is refused") {
  const auto token = token_of(header_with(""));
  REQUIRE(refusal(token) == errc{});
  for (std::size_t size = 0; size < token.size(); ++size)
    CHECK(refusal(token.substr(0, size)) == errc::malformed);
}

TEST_CASE("a token has exactly three parts, none of them empty, and nothing around them") {
  const auto token = token_of(header_with(""));
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  CHECK(refusal("") == errc::malformed);
  CHECK(refusal("..") == errc::malformed);
  CHECK(refusal(token + ".") == errc::malformed);
  CHECK(refusal("." + token) == errc::malformed);
  CHECK(refusal(token.substr(first)) == errc::malformed);
  CHECK(refusal(token.substr(0, first + 1) + token.substr(last)) == errc::malformed);
  CHECK(refusal(token.substr(0, last + 1)) == errc::malformed);
  for (const char* extra : {" ", "\n", "\r\n", "\t", "=", "=="}) {
    CHECK(refusal(token + extra) == errc::malformed);
    CHECK(refusal(extra + token) == errc::malformed);
    CHECK(refusal(token.substr(0, first) + extra + token.substr(first)) == errc::malformed);
  }
  CHECK(refusal(token + std::string(1, '\0')) == errc::malformed);
  CHECK(refusal(R"({"protected":"e30","payload":"e30","signature":"e30"})") == errc::malformed);
}

TEST_CASE("base64url has one form only: no second spelling of the last bits, no alphabet of plain base64") {
  const auto token = token_of(header_with(""));
  const auto last = token.rfind('.');
  auto respelled = token;
  respelled.back() = static_cast<char>(respelled.back() + 1); // its last four bits are no part of any byte
  CHECK(refusal(respelled) == errc::malformed);
  auto plain = token;
  plain[last + 1] = '+';
  CHECK(refusal(plain) == errc::malformed);
  plain[last + 1] = '/';
  CHECK(refusal(plain) == errc::malformed);
}

TEST_CASE("64 KiB are read, one byte more is too large, whatever it is") {
  // Base64url has no text of every length: white space in the header makes up for it.
  std::string header = header_with("");
  std::string body;
  while ((token_of(header, "").size() + 2) % 4 != max_jws_bytes % 4)
    header += ' ';
  while (token_of(header, body).size() < max_jws_bytes)
    body += 'x';
  REQUIRE(token_of(header, body).size() == max_jws_bytes);
  CHECK(refusal(token_of(header, body)) == errc{});
  CHECK(refusal(token_of(header, body + "x")) == errc::too_large);
  CHECK(refusal(std::string(max_jws_bytes + 1, '\0')) == errc::too_large);
}

TEST_CASE("any algorithm but ES256 is unsupported, whatever the signature is") {
  for (const char* alg : {"none", "None", "NONE", "HS256", "RS256", "PS256", "ES384", "ES512", "ES256K",
                          "EdDSA", "es256", "ES256 ", " ES256", "ES25", "ES256\\u0000", ""}) {
    const auto header = R"({"alg":")" + std::string{alg} + R"(","typ":"tier2-command+jwt"})";
    CAPTURE(header);
    CHECK(refusal(token_of(header)) == errc::unsupported);
    const auto input = to_base64url(header) + "." + to_base64url(payload) + ".";
    CHECK(refusal(input) == errc::unsupported);
    CHECK(refusal(input + signature_text(32)) == errc::unsupported);
    CHECK(refusal(input + signature_text(96)) == errc::unsupported);
  }
}

TEST_CASE("an alg that is missing or no text is malformed") {
  CHECK(refusal(token_of(R"({"typ":"tier2-command+jwt"})")) == errc::malformed);
  CHECK(refusal(token_of(R"({"alg":null,"typ":"tier2-command+jwt"})")) == errc::malformed);
  CHECK(refusal(token_of(R"({"alg":["ES256"],"typ":"tier2-command+jwt"})")) == errc::malformed);
}

TEST_CASE("typ is exactly the expected one") {
  for (const char* typ :
       {R"("JWT")", R"("tier2-command")", R"("tier2-command+JWT")", R"("Tier2-command+jwt")",
        R"("application/tier2-command+jwt")", R"("tier2-command+jwt ")", R"("tier2-command+jwt\u0000")",
        R"("")", R"("tier2-pack+jwt")", "null", "1", R"(["tier2-command+jwt"])"}) {
    CAPTURE(typ);
    CHECK(refusal(token_of(R"({"alg":"ES256","typ":)" + std::string{typ} + "}")) == errc::malformed);
  }
  CHECK(refusal(token_of(R"({"alg":"ES256"})")) == errc::malformed);
  CHECK(parse_jws(token_of(R"({"alg":"ES256","typ":"tier2-pack+jwt"})"), "tier2-pack+jwt"));
}

TEST_CASE("a header may hold nothing but alg, typ and kid") {
  for (const char* more :
       {R"(,"crit":["exp"])", R"(,"crit":[])", R"(,"b64":true)", R"(,"b64":false)", R"(,"jku":"https://x/")",
        R"(,"jwk":{})", R"(,"jwk":"x")", R"(,"x5u":"https://x/")", R"(,"x5c":["MII"])", R"(,"x5t":"x")",
        R"(,"x5t#S256":"x")", R"(,"cty":"JWT")", R"(,"zip":"DEF")", R"(,"enc":"A256GCM")", R"(,"iat":1)",
        R"(,"":1)", R"(,"Alg":"none")"}) {
    CAPTURE(more);
    CHECK(refusal(token_of(header_with(more))) == errc::malformed);
  }
}

TEST_CASE("no member of the header may come twice, not even spelled otherwise") {
  CHECK(refusal(token_of(header_with(R"(,"alg":"ES256")"))) == errc::malformed);
  CHECK(refusal(token_of(header_with(R"(,"alg":"none")"))) == errc::malformed);
  CHECK(refusal(token_of(header_with(R"(,"\u0061lg":"none")"))) == errc::malformed);
  CHECK(refusal(token_of(header_with(R"(,"typ":"tier2-command+jwt")"))) == errc::malformed);
  CHECK(refusal(token_of(header_with(R"(,"kid":"a","kid":"b")"))) == errc::malformed);
}

TEST_CASE("a kid has 1 to 255 bytes of text") {
  CHECK(refusal(token_of(header_with(R"(,"kid":")" + std::string(255, 'k') + "\""))) == errc{});
  CHECK(refusal(token_of(header_with(R"(,"kid":")" + std::string(256, 'k') + "\""))) == errc::malformed);
  CHECK(refusal(token_of(header_with(R"(,"kid":"")"))) == errc::malformed);
  CHECK(refusal(token_of(header_with(R"(,"kid":null)"))) == errc::malformed);
  CHECK(refusal(token_of(header_with(R"(,"kid":7)"))) == errc::malformed);
}

TEST_CASE("a header that is no plain JSON object is refused") {
  for (const auto& header :
       {std::string{"null"}, std::string{"[]"}, std::string{"\"ES256\""}, std::string{"7"}, std::string{"{"},
        header_with("") + "x", header_with("") + header_with(""), "\xef\xbb\xbf" + header_with(""),
        header_with(",\"kid\":\"\xff\""), header_with("") + std::string(1, '\0'),
        std::string(1, '\0') + header_with(""), header_with(",\"kid\":\"\xed\xa0\x80\""),
        header_with(R"(,"kid":"\ud800")"), header_with(R"(,"kid":{"a":1})"),
        header_with(R"(,"kid":[[[[]]]])"), header_with(R"(,"kid":)" + std::string(300, '[')),
        header_with(","), header_with(R"(/**/)"), std::string{"{'alg':'ES256'}"}}) {
    CAPTURE(header);
    CHECK(refusal(token_of(header)) == errc::malformed);
  }
}

TEST_CASE("a header has at most 1 KiB of JSON") {
  const auto header = header_with("");
  CHECK(refusal(token_of(header + std::string(max_jws_header_bytes - header.size(), ' '))) == errc{});
  CHECK(refusal(token_of(header + std::string(max_jws_header_bytes + 1 - header.size(), ' '))) ==
        errc::malformed);
}

TEST_CASE("a signature has exactly 64 bytes") {
  const auto input = to_base64url(header_with("")) + "." + to_base64url(payload) + ".";
  for (std::size_t size = 0; size < 140; ++size)
    CHECK(refusal(input + signature_text(size)) == (size == 64 ? errc{} : errc::malformed));
}

TEST_CASE("an error quotes nothing of the token that could move a terminal or grow") {
  const auto parsed =
      parse_jws(token_of(R"({"alg":"\u001b[2J\"\u202eES256 and much more text","typ":"tier2-command+jwt"})"),
                command_token_type);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().what.size() < 200);
  for (const char c : parsed.error().what)
    CHECK((c >= ' ' && c <= '~'));
}
