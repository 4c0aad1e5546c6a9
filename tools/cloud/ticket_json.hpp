#pragma once

#include "messages/ticket.hpp"
#include "tools/cloud/ticket_store.hpp"

#include <string>
#include <string_view>

namespace tier2::cloud {

/// `{"tickets": […], "total": n, "all": n}` of GET /api/v1/tickets.
std::string to_json(const ticket_list& list);
/// GET /api/v1/tickets/N; the manifest's members, the kernel's word about the sender, the consent, and until
/// when it is kept.
std::string to_json(const stored_ticket& ticket, const ticket_manifest& manifest,
                    const std::optional<wall_time>& kept_until);
/// `{"error": "<code>", "message": "<sentence>"}`, the body of every answer that is not a success.
std::string error_json(std::string_view code, std::string_view message);

/// How a part may be handed to a browser.
struct part_headers {
  std::string content_type;
  std::string content_disposition;
};
/// PNG and JPEG pictures are shown, all else is a download of no type; the name has nothing a header, a shell
/// or a file system could take for something else (RFC 6266 section 4.3, RFC 8187).
part_headers headers_for(const ticket_part& part);

} // namespace tier2::cloud
