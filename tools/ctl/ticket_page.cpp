#include "tools/ctl/ticket_page.hpp"

#include "platform/pages/fill.hpp"
#include "tools/ctl/page_script.hpp"

#include <algorithm>
#include <array>
#include <openssl/evp.h>

namespace tier2::ctl {

namespace {

using nlohmann::ordered_json;

constexpr std::array<std::string_view, 15> modules{
    "l10n.js",    "dom.js",          "visible.js",     "keys.js",        "timeline.js",
    "screens.js", "picture_size.js", "gallery.js",     "strip.js",       "unusual.js",
    "replay.js",  "ticket_facts.js", "ticket_view.js", "saved_files.js", "export.js"};
constexpr std::array<std::string_view, 4> styles{"tokens.css", "base.css", "document.css", "ticket.css"};
/// Of the console's texts, those that the page has a use for.
constexpr std::array<std::string_view, 13> subjects{
    "ticket.", "tickets.no_message", "tickets.urgency", "urgency.", "form.", "step.",
    "replay.", "trigger.",           "keys.",           "facts.",   "fact.", "unusual.",
    "export."};

std::string_view body_of(std::string_view name) {
  const auto* const found = pages::find(pages::export_page(), name);
  return found == nullptr ? std::string_view{} : found->body;
}

std::string base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

/// As Content Security Policy Level 3, section 2.3.1, names a script or style.
std::string source_hash(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return "'sha256-" + base64({reinterpret_cast<const char*>(digest.data()), size}) + "'";
}

/// JSON that may stand in a script element: ASCII without "<", so that nothing in it can end the element.
std::string as_data(const ordered_json& value) {
  std::string out;
  for (const char c : value.dump(-1, ' ', true, ordered_json::error_handler_t::replace)) {
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  }
  return out;
}

ordered_json texts(std::string_view file) {
  ordered_json chosen = ordered_json::object();
  const auto all = ordered_json::parse(body_of(file));
  for (const auto& [key, text] : all.items())
    if (std::ranges::any_of(subjects, [&](auto subject) { return key.starts_with(subject); }))
      chosen[key] = text;
  return chosen;
}

std::string style() {
  std::string all;
  for (const auto name : styles)
    all += body_of(name);
  return all;
}

} // namespace

result<std::string> page_end() {
  auto script = one_script(pages::export_page(), modules);
  if (!script) return script;
  return "<script type=\"module\">" + *script + "</script>\n</body>\n</html>\n";
}

result<std::string> page_head(const listed_ticket& ticket, std::string_view exported_at) {
  auto script = one_script(pages::export_page(), modules);
  if (!script) return script;
  const auto looks = style();
  const auto number = std::to_string(ticket.number);
  return pages::filled(body_of("export.html"),
                       {{"number", number},
                        {"policy", "default-src 'none'; script-src " + source_hash(*script) + "; style-src " +
                                       source_hash(looks) + "; base-uri 'none'; form-action 'none'"},
                        {"style", looks},
                        {"texts", as_data({{"en", texts("en.json")}, {"de", texts("de.json")}})},
                        {"exported", as_data({{"at", exported_at}, {"by", "tier2ctl " TIER2_VERSION}})}}) +
         "<script type=\"application/json\" id=\"ticket\">" + as_data(ticket.document) + "</script>\n";
}

result<void> write_page(cloud_client& client, const listed_ticket& ticket, std::string_view exported_at,
                        new_file& to) {
  std::uint64_t total = 0;
  for (const auto& part : ticket.parts)
    total += std::min(part.bytes, most_page_bytes + 1);
  if (total > most_page_bytes)
    return fail(errc::too_large, "The files of this ticket have more than the " +
                                     std::to_string(most_page_bytes >> 20U) +
                                     " MiB that a browser opens as one page. Export it with --zip.");
  const auto head = page_head(ticket, exported_at);
  if (!head) return tl::unexpected(head.error());
  if (auto written = to.write(*head); !written) return written;
  for (const auto& part : ticket.parts) {
    if (auto written = to.write("<script type=\"text/plain\" id=\"part-" + std::to_string(part.part) + "\">");
        !written)
      return written;
    // Pieces are whole groups of three bytes, so that their base64 can stand one after the other.
    static_assert(piece_bytes % 3 == 0);
    if (auto got =
            get_part(client, ticket, part, [&](std::string_view piece) { return to.write(base64(piece)); });
        !got)
      return got;
    if (auto written = to.write("</script>\n"); !written) return written;
  }
  const auto end = page_end();
  return end ? to.write(*end) : tl::unexpected(end.error());
}

} // namespace tier2::ctl
