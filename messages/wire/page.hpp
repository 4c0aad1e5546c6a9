#pragma once

#include "messages/page.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What helper and ticket page say to each other over the loopback WebSocket.
namespace tier2::wire {

/// `{"type": "view", …}`; members as in actors/consent/README.md.
std::string encode(const ticket_view& view);
/// `malformed` for anything but a well-formed command; texts longer than 64 KiB are `too_large`.
result<page_command> decode_page_command(std::string_view json);
/// u32 kind (1 thumbnail, 2 full size), u32 id, u32 width, u32 height, big endian, then R8G8B8A8.
std::vector<std::byte> encode(const rgba_image& image);

} // namespace tier2::wire
