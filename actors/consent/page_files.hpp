#pragma once

#include "actors/consent/page_session.hpp"
#include "platform/pages/assets.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace tier2::pages {

/// The files of the ticket page (generated).
std::span<const asset> ticket_page();

/// The file with this name that a page may load; templates are no such files.
const asset* ticket_page_asset(std::string_view name);

/// What every answer carries: nothing may be cached, framed, sniffed or loaded from elsewhere.
std::map<std::string, std::string> ticket_page_headers(std::uint16_t port);

/// index.html with the page's secret and the configured language (may be empty) in its <meta> elements.
std::string ticket_page_html(std::string_view secret, std::string_view language);

/// The private file that posts `token` to the helper; `nonce` (base64url) allows its one script and style.
std::string handover_html(std::uint16_t port, std::string_view token, std::string_view nonce,
                          std::string_view language);

/// reopen.html with the configured language.
std::string reopen_html(std::string_view language);

} // namespace tier2::pages
