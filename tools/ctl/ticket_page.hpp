#pragma once

#include "tools/ctl/new_file.hpp"
#include "tools/ctl/ticket_source.hpp"

#include "platform/pages/assets.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace tier2::pages {

/// The files of the exported page (generated).
std::span<const asset> export_page();

} // namespace tier2::pages

namespace tier2::ctl {

/// More than this is no page that a browser opens.
inline constexpr std::uint64_t most_page_bytes = 256ULL << 20U;

/// The page up to its files: its policy, which lets run our one script and nothing else, its looks, and the
/// ticket as data. Texts of strangers are in it as JSON without "<".
result<std::string> page_head(const listed_ticket& ticket, std::string_view exported_at);
/// What comes after the files.
result<std::string> page_end();

/// Writes the ticket as one file of HTML that needs no network. `too_large` beyond `most_page_bytes`.
result<void> write_page(cloud_client& client, const listed_ticket& ticket, std::string_view exported_at,
                        new_file& to);

} // namespace tier2::ctl
