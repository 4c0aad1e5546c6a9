#pragma once

#include "messages/digest.hpp"
#include "tools/ctl/cloud_client.hpp"

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

namespace tier2::ctl {

/// One file of a ticket, as the cloud lists it; checked, so that it can be asked for and named.
struct listed_part {
  std::uint32_t part{};
  std::string name;       ///< As its sender called it: nothing to make a path of.
  std::string media_type; ///< "image/png", "image/jpeg", "application/json", "text/plain" or octets.
  std::uint64_t bytes{};
  digest blake2b;
};

struct listed_ticket {
  std::int64_t number{};
  nlohmann::json document; ///< All of it, an object; its members may be anything.
  std::vector<listed_part> parts;
  digest manifest; ///< The consent's.
};

/// `malformed` when it is no ticket of ours.
result<listed_ticket> read_ticket(nlohmann::json document);
result<listed_ticket> get_ticket(cloud_client& client, std::int64_t number);

/// Hands a part on in pieces of `piece_bytes`, the last one shorter, and compares all of it with its digest
/// at the end: `crypto_failed` when the cloud sent something else.
inline constexpr std::size_t piece_bytes = 3U << 20U;
using take_piece = std::function<result<void>(std::string_view)>;
result<void> get_part(cloud_client& client, const listed_ticket& ticket, const listed_part& part,
                      const take_piece& take);
/// The very bytes that the consent is about, compared with its digest.
result<std::string> get_manifest(cloud_client& client, const listed_ticket& ticket);

/// The text of a member, or empty.
std::string text_in(const nlohmann::json& object, const char* name);
/// The member, or an empty object.
const nlohmann::json& member(const nlohmann::json& object, const char* name);

} // namespace tier2::ctl
