#include "messages/digest.hpp"
#include "messages/host_name.hpp"
#include "messages/hotkey.hpp"
#include "messages/uuid.hpp"
#include "messages/wire/json.hpp"
#include "messages/wire/manifest.hpp"
#include "tools/fuzz/promise.hpp"

using namespace tier2;

/// The small text forms: ids, digests, times, base64url, hotkeys, hosts.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = text_of(data, size);
  if (const auto id = parse_uuid(text)) promise(to_string(*id) == text, "an id has one form only");
  if (const auto value = parse_digest(text)) promise(to_string(*value) == text, "a digest has one form only");
  if (const auto bytes = wire::parse_base64url(text))
    promise(wire::to_base64url(*bytes) == text, "base64url has one form only");
  promise(wire::parse_base64url(wire::to_base64url(text)) == std::string{text}, "base64url loses nothing");
  if (const auto at = wire::parse_rfc3339(text))
    promise(wire::parse_rfc3339(wire::to_rfc3339(*at)) == *at, "a time that is written loses nothing");
  if (const auto combination = parse_hotkey(text))
    promise(parse_hotkey(to_string(*combination)) == *combination, "a hotkey that is written loses nothing");
  const auto valid = wire::valid_utf8(text, size);
  promise(valid.size() <= size, "mended text keeps its bound");
  promise(wire::valid_utf8(valid, size) == valid, "mended text needs no mending");
  is_host(text);
  is_origin(text, "http://", true);
  return 0;
}
