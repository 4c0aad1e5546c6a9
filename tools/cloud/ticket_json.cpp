#include "tools/cloud/ticket_json.hpp"

#include "messages/wire/manifest.hpp"

#include <nlohmann/json.hpp>

namespace tier2::cloud {

using json = nlohmann::ordered_json;

namespace {

std::string text_of(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

json to_value(const ticket_form& form) {
  json choices = json::object();
  for (const auto& [name, value] : form.choices)
    choices[name] = value;
  return {{"name", form.name},         {"email", form.email},     {"phone", form.phone},
          {"business", form.business}, {"message", form.message}, {"urgency", form.urgency},
          {"choices", choices}};
}

json to_value(const monitor& screen) {
  return {{"name", screen.name},   {"x", screen.x},           {"y", screen.y},
          {"width", screen.width}, {"height", screen.height}, {"scale", screen.scale}};
}

json to_value(const ticket_step& step) {
  json value{{"part", step.part},
             {"at", wire::to_rfc3339(step.at)},
             {"trigger", to_string(step.cause)},
             {"x", step.x},
             {"y", step.y},
             {"window", step.window},
             {"application", step.application},
             {"redactions", step.redactions},
             {"hidden", step.hidden}};
  for (const auto& each : step.monitors)
    value["monitors"].push_back(to_value(each));
  return value;
}

json to_value(const ticket_part& part) {
  return {{"part", part.part},
          {"name", part.name},
          {"media_type", part.media_type},
          {"bytes", part.bytes},
          {"blake2b", to_string(part.blake2b)}};
}

template <class T>
json to_values(const std::vector<T>& items) {
  json list = json::array();
  for (const auto& each : items)
    list.push_back(to_value(each));
  return list;
}

/// Letters, digits and a few marks stay; a leading dot goes, so that nothing is hidden.
std::string plain_name(const std::string& name) {
  std::string plain;
  for (const char c : name.substr(0, 100)) {
    const bool kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || c == '.';
    plain += kept ? c : '_';
  }
  while (plain.starts_with('.'))
    plain.erase(0, 1);
  return plain.empty() ? "attachment" : plain;
}

/// RFC 8187 section 3.2; bytes that are not in a plain name are percent-encoded, separators and control bytes
/// left out.
std::string extended_name(const std::string& name) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || c == '/' || c == '\\' || (encoded.empty() && c == '.')) continue;
    const bool kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || c == '.';
    if (kept) {
      encoded += c;
      continue;
    }
    encoded += '%';
    encoded += hex[byte >> 4U];
    encoded += hex[byte & 15U];
  }
  return encoded.empty() ? "attachment" : encoded;
}

} // namespace

std::string to_json(const ticket_list& list) {
  json rows = json::array();
  for (const auto& row : list.rows)
    rows.push_back({{"number", row.number},
                    {"message", row.message},
                    {"urgency", row.urgency},
                    {"name", row.name},
                    {"email", row.email},
                    {"user", row.user},
                    {"machine", row.host},
                    {"opened", wire::to_rfc3339(row.opened)},
                    {"received", wire::to_rfc3339(row.received)},
                    {"pictures", row.pictures}});
  return text_of({{"tickets", rows}, {"total", list.total}, {"all", list.all}});
}

std::string to_json(const stored_ticket& ticket, const ticket_manifest& manifest,
                    const std::optional<wall_time>& kept_until) {
  return text_of({{"number", ticket.number},
                  {"ticket", to_string(manifest.ticket)},
                  {"opened", wire::to_rfc3339(manifest.opened_at)},
                  {"received", wire::to_rfc3339(ticket.received)},
                  {"kept_until", kept_until ? json(wire::to_rfc3339(*kept_until)) : json(nullptr)},
                  {"machine",
                   {{"host", ticket.host},
                    {"display_name", ticket.display_name},
                    {"agent", to_string(ticket.agent)},
                    {"os", ticket.agent_os},
                    {"version", ticket.agent_version},
                    {"monitors", to_values(manifest.monitors)}}},
                  {"says", {{"host", manifest.host}, {"user", manifest.user}, {"session", manifest.session}}},
                  {"origin",
                   {{"account", ticket.origin.account},
                    {"user", ticket.origin.user},
                    {"session", ticket.origin.session}}},
                  {"form", to_value(manifest.form)},
                  {"steps", to_values(manifest.steps)},
                  {"parts", to_values(manifest.parts)},
                  {"left_out", manifest.left_out},
                  {"consent",
                   {{"mode", ticket.consent.how == ticket_consent::mode::asked ? "asked" : "policy"},
                    {"at", wire::to_rfc3339(ticket.consent.at)},
                    {"digest", to_string(ticket.consent.manifest)}}}});
}

std::string error_json(std::string_view code, std::string_view message) {
  return text_of({{"error", code}, {"message", message}});
}

part_headers headers_for(const ticket_part& part) {
  if (part.media_type == "image/png" || part.media_type == "image/jpeg") return {part.media_type, "inline"};
  return {"application/octet-stream", "attachment; filename=\"" + plain_name(part.name) +
                                          "\"; filename*=UTF-8''" + extended_name(part.name)};
}

} // namespace tier2::cloud
