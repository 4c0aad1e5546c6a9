#include "messages/wire/jws.hpp"

#include "messages/printable.hpp"
#include "messages/wire/json.hpp"
#include "messages/wire/manifest.hpp"

#include <algorithm>
#include <cstring>

namespace tier2::wire {

namespace {

constexpr std::size_t max_kid_bytes = 255;

tl::unexpected<error> malformed(std::string what) { return fail(errc::malformed, std::move(what)); }

/// `name` in the header must be text; null when it is missing.
result<const std::string*> text_member(const nlohmann::json& header, const char* name) {
  const auto member = header.find(name);
  if (member == header.end()) return nullptr;
  if (!member->is_string())
    return malformed("The header's \"" + std::string{name} + "\" must be text; the token was refused.");
  return &member->get_ref<const std::string&>();
}

/// The `kid`, once everything else of the header is as it must be.
result<std::string> read_header(std::string_view text, std::string_view typ) {
  const auto header = parse_json(text, max_jws_header_bytes, 1);
  if (!header) return malformed("The token's header was refused. " + header.error().what);
  if (!header->is_object())
    return malformed("The token's header must be a JSON object; the token was refused.");
  for (const auto& [name, value] : header->items())
    if (name != "alg" && name != "typ" && name != "kid")
      return malformed("The header's member \"" + printable(name, 32) +
                       "\" is not understood; only alg, typ and kid may be there. The token was refused.");
  const auto found_typ = text_member(*header, "typ");
  if (!found_typ) return tl::unexpected(found_typ.error());
  if (*found_typ == nullptr || **found_typ != typ)
    return malformed("The header's \"typ\" must be exactly \"" + std::string{typ} +
                     "\"; the token was refused.");
  const auto kid = text_member(*header, "kid");
  if (!kid) return tl::unexpected(kid.error());
  if (*kid != nullptr && ((*kid)->empty() || (*kid)->size() > max_kid_bytes))
    return malformed("The header's \"kid\" must have 1 to 255 bytes, or be left out; the token was refused.");
  const auto alg = text_member(*header, "alg");
  if (!alg) return tl::unexpected(alg.error());
  if (*alg == nullptr) return malformed("The header's \"alg\" is missing; the token was refused.");
  if (**alg != "ES256")
    return fail(errc::unsupported, "The header's \"alg\" is \"" + printable(**alg, 16) +
                                       "\"; only \"ES256\" is understood. The token was refused.");
  return *kid == nullptr ? std::string{} : **kid;
}

} // namespace

result<compact_jws> parse_jws(std::string_view text, std::string_view typ) {
  if (text.size() > max_jws_bytes)
    return fail(errc::too_large, "The token has " + std::to_string(text.size()) + " bytes; at most " +
                                     std::to_string(max_jws_bytes) + " are allowed.");
  const auto first = text.find('.');
  const auto second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos)
    return malformed("A token has three parts with a dot between them (RFC 7515 section 7.1); this has not.");
  const auto header = parse_base64url(text.substr(0, first));
  auto payload = parse_base64url(text.substr(first + 1, second - first - 1));
  const auto signature = parse_base64url(text.substr(second + 1));
  if (!header || !payload || !signature)
    return malformed("The token's " +
                     std::string{!header    ? "header"
                                 : !payload ? "payload"
                                            : "signature"} +
                     " is not base64url without padding, in its one canonical form.");
  auto kid = read_header(*header, typ);
  if (!kid) return tl::unexpected(kid.error());
  if (payload->empty()) return malformed("The token's payload is empty.");
  if (signature->size() != jws_signature_bytes)
    return malformed("The token's signature has " + std::to_string(signature->size()) +
                     " bytes; one of ES256 has 64, r and s side by side (not DER).");
  compact_jws token{std::move(*kid), text.substr(0, second), std::move(*payload), {}};
  std::memcpy(token.signature.data(), signature->data(), jws_signature_bytes);
  return token;
}

std::string jws_signing_input(std::string_view typ, std::string_view kid, std::string_view payload) {
  nlohmann::ordered_json header{{"alg", "ES256"}, {"typ", typ}};
  if (!kid.empty()) header["kid"] = kid;
  return to_base64url(dump_json(header)) + "." + to_base64url(payload);
}

std::string finish_jws(std::string signing_input, std::span<const std::byte, jws_signature_bytes> signature) {
  signing_input += '.';
  signing_input +=
      to_base64url({reinterpret_cast<const char*>(signature.data()), signature.size()}); // bytes as bytes
  return signing_input;
}

} // namespace tier2::wire
