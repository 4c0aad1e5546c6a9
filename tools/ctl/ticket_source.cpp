#include "tools/ctl/ticket_source.hpp"

#include "messages/wire/manifest.hpp"
#include "platform/crypto/digest.hpp"

#include <algorithm>

namespace tier2::ctl {

namespace {

using nlohmann::json;

tl::unexpected<error> no_ticket() {
  return fail(errc::malformed, "The cloud answered with something that is no ticket.");
}

std::optional<std::uint64_t> count_in(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  if (!found->is_number_unsigned() && found->get<std::int64_t>() < 0) return std::nullopt;
  return found->get<std::uint64_t>();
}

std::optional<listed_part> read_part(const json& from, std::size_t at) {
  if (!from.is_object()) return std::nullopt;
  const auto number = count_in(from, "part");
  const auto bytes = count_in(from, "bytes");
  const auto blake2b = parse_digest(text_in(from, "blake2b"));
  if (number != at || !bytes || *bytes > (std::uint64_t{1} << 53U) || !blake2b) return std::nullopt;
  return listed_part{static_cast<std::uint32_t>(*number), text_in(from, "name"), text_in(from, "media_type"),
                     *bytes, *blake2b};
}

error not_what_was_agreed_to(const std::string& what) {
  return {errc::crypto_failed,
          "The cloud sent " + what +
              " that is not what the user agreed to: its digest is another one. Nothing was "
              "written."};
}

std::string path_of(const listed_ticket& ticket) {
  return "/api/v1/tickets/" + std::to_string(ticket.number);
}

} // namespace

std::string text_in(const json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

const json& member(const json& object, const char* name) {
  static const json none = json::object();
  if (!object.is_object()) return none;
  const auto found = object.find(name);
  return found == object.end() ? none : *found;
}

result<listed_ticket> read_ticket(json document) {
  listed_ticket ticket;
  if (!document.is_object()) return no_ticket();
  const auto number = count_in(document, "number");
  const auto manifest = parse_digest(text_in(member(document, "consent"), "digest"));
  const auto& parts = member(document, "parts");
  if (!number || !manifest || !parts.is_array() || parts.size() > wire::max_parts) return no_ticket();
  for (const auto& each : parts) {
    auto part = read_part(each, ticket.parts.size());
    if (!part) return no_ticket();
    ticket.parts.push_back(std::move(*part));
  }
  ticket.number = static_cast<std::int64_t>(*number);
  ticket.manifest = *manifest;
  ticket.document = std::move(document);
  return ticket;
}

result<listed_ticket> get_ticket(cloud_client& client, std::int64_t number) {
  auto document = client.get("/api/v1/tickets/" + std::to_string(number));
  if (!document) return tl::unexpected(document.error());
  auto ticket = read_ticket(std::move(*document));
  if (ticket && ticket->number != number) return no_ticket();
  return ticket;
}

result<void> get_part(cloud_client& client, const listed_ticket& ticket, const listed_part& part,
                      const take_piece& take) {
  digest_stream stream;
  for (std::uint64_t at = 0; at < part.bytes;) {
    const auto length = std::min<std::uint64_t>(part.bytes - at, piece_bytes);
    const auto piece = client.get_bytes(path_of(ticket) + "/parts/" + std::to_string(part.part) + "?offset=" +
                                            std::to_string(at) + "&length=" + std::to_string(length),
                                        static_cast<std::size_t>(length));
    if (!piece) return tl::unexpected(piece.error());
    if (piece->size() != length)
      return fail(errc::malformed, "The cloud sent less of a file than it said there is.");
    stream.update(std::as_bytes(std::span{piece->data(), piece->size()}));
    if (auto taken = take(*piece); !taken) return taken;
    at += length;
  }
  if (equal(stream.finish(), part.blake2b)) return {};
  return tl::unexpected(not_what_was_agreed_to("a file (part " + std::to_string(part.part) + ")"));
}

result<std::string> get_manifest(cloud_client& client, const listed_ticket& ticket) {
  auto bytes = client.get_bytes(path_of(ticket) + "/manifest", wire::max_manifest_bytes);
  if (bytes && !equal(blake2b_256(*bytes), ticket.manifest))
    return tl::unexpected(not_what_was_agreed_to("a list of files"));
  return bytes;
}

} // namespace tier2::ctl
