#pragma once

#include "platform/pages/assets.hpp"
#include "tools/ctl/signer_queue.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tier2::pages {

/// The files of the signer's page (generated).
std::span<const asset> signer_page();

} // namespace tier2::pages

namespace tier2::ctl {

/// What the page shows, as its next message.
std::string signer_view(const signer_queue& queue, std::string_view kid, std::string_view cloud,
                        std::string_view notice);

/// The file with this name that a page may load; templates are no such files.
const pages::asset* signer_asset(std::string_view name);
/// The page with its secret, the page that asks to be reopened, and the one that takes requests.
std::string signer_html(std::string_view secret);
std::string signer_reopen_html();
std::string signer_request_html();
/// The private file that posts `token`; `nonce` (base64url) allows its one script and style.
std::string signer_handover_html(std::uint16_t port, std::string_view token, std::string_view nonce);

} // namespace tier2::ctl
