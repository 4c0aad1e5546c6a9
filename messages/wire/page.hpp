#pragma once

#include "messages/page.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What helper and ticket page say to each other over the loopback WebSocket.
///
/// To the page, as text, after each change:
///
///   {"type": "view", "ticket": "<uuid>",
///    "phase": "preparing" | "reviewing" | "sending" | "waiting" | "sent" | "refused" | "discarded",
///    "to": "", "host": "", "user": "", "opened_at": "<RFC 3339>",
///    "pictures": [{"id": 1, "at": "<RFC 3339>", "trigger": "click_left", "x": 0, "y": 0,
///                  "width": 0, "height": 0, "window": "", "application": "",
///                  "included": true, "bytes": null, "failed": "",
///                  "regions": [{"x": 0, "y": 0, "width": 0, "height": 0}],
///                  "hidden": 0, "hidden_by": [""], "note": "",
///                  "monitors": [{"name": "", "x": 0, "y": 0, "width": 0, "height": 0, "scale": 1.0}]}],
///    "pictures_note": "",
///    "facts": [{"id": "memory", "title": "", "text": "", "failed": "", "included": true}],
///    "facts_complete": false,
///    "form": {"name": "", "email": "", "phone": "", "business": "", "message": "",
///             "urgency": "", "choices": {}},
///    "choices": [{"name": "", "options": [""]}],
///    "encoded": 0, "total_bytes": 0, "sent_bytes": 0,
///    "number": "", "url": "", "detail": "", "technical": ""}
///
/// `bytes` of a picture is null until its file is made, and anew after each `black_out`, which names all that
/// is black in that picture from then on, in its pixels (at most 64; what is outside the picture is cut off).
///
/// `hidden` windows were painted over before the picture was kept, as the patterns `hidden_by` ask. `note` is
/// a code of `picture_note` for a picture that shows nothing or, from "lost_…" on, does not exist: it has no
/// pixels, the size is that of the picture before, and `failed` is the technical line. `monitors` are those
/// of this picture, in its pixels; an origin may be negative.
///
/// From the page, as text, the first one being `claim`:
///
///   {"type": "claim", "secret": ""}
///   {"type": "include_picture", "id": 3, "on": false}
///   {"type": "black_out", "id": 3, "regions": [{"x": 0, "y": 0, "width": 1, "height": 1}]}
///   {"type": "include_fact", "id": "memory", "on": false}
///   {"type": "write_form", "form": {… all members as above …}}     urgency is "", "low", "normal" or "high"
///   {"type": "show_picture", "id": 3}
///   {"type": "send"}
///   {"type": "discard"}
namespace tier2::wire {

/// Texts that are not valid UTF-8 are mended with U+FFFD.
std::string encode(const ticket_view& view);
/// `malformed` for anything but a well-formed command; texts longer than 64 KiB are `too_large`. Unknown
/// members are ignored.
result<page_command> decode_page_command(std::string_view json);
/// u32 kind (1 thumbnail, 2 full size), u32 id, u32 width, u32 height, big endian, then R8G8B8A8.
std::vector<std::byte> encode(const rgba_image& image);

} // namespace tier2::wire
