#include "actors/consent/page_files.hpp"

#include "platform/pages/fill.hpp"

#include <nlohmann/json.hpp>

namespace tier2::pages {

namespace {

std::string_view body_of(std::string_view name) {
  const auto* const found = find(ticket_page(), name);
  return found == nullptr ? std::string_view{} : found->body;
}

nlohmann::json catalogue(std::string_view language) {
  return nlohmann::json::parse(body_of(language == "de" ? "messages.de.json" : "messages.en.json"));
}

/// A page before its script has run, or without one.
std::string scriptless(std::string_view name, std::string_view secret, std::string_view language) {
  const auto words = catalogue(language);
  return filled(body_of(name), {{"secret", std::string{secret}},
                                {"language", std::string{language}},
                                {"title", words.at("title")},
                                {"noscript", words.at("noscript")}});
}

/// The texts that begin with "handover.": a file cannot load the catalogue.
nlohmann::json handover_words(std::string_view language) {
  nlohmann::json words = nlohmann::json::object();
  const auto all = catalogue(language);
  for (const auto& [key, text] : all.items())
    if (key.starts_with("handover.")) words[key.substr(9)] = text;
  return words;
}

} // namespace

const asset* ticket_page_asset(std::string_view name) {
  return name.ends_with(".html") ? nullptr : find(ticket_page(), name);
}

std::map<std::string, std::string> ticket_page_headers(std::uint16_t port) {
  const auto number = std::to_string(port);
  std::string connect = "connect-src";
  for (const auto* const host : {"127.0.0.1:", "localhost:"})
    for (const auto* const scheme : {" http://", " ws://"})
      connect += scheme + (host + number);
  return {{"cache-control", "no-store"},
          {"content-security-policy",
           "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " + connect +
               "; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"},
          {"x-content-type-options", "nosniff"},
          {"x-frame-options", "DENY"},
          {"referrer-policy", "no-referrer"},
          {"cross-origin-opener-policy", "same-origin"},
          {"cross-origin-resource-policy", "same-origin"},
          {"cross-origin-embedder-policy", "require-corp"},
          {"permissions-policy", "camera=(), microphone=(), geolocation=(), display-capture=()"}};
}

std::string ticket_page_html(std::string_view secret, std::string_view language) {
  return filled(body_of("index.html"),
                {{"secret", std::string{secret}}, {"language", std::string{language}}});
}

std::string handover_html(std::uint16_t port, std::string_view token, std::string_view nonce,
                          std::string_view language) {
  const auto first = handover_words(language);
  const nlohmann::json words{{"en", handover_words("en")}, {"de", handover_words("de")}};
  return filled(body_of("handover.html"), {{"port", std::to_string(port)},
                                           {"token", std::string{token}},
                                           {"nonce", std::string{nonce}},
                                           {"language", std::string{language}},
                                           {"words", words.dump()},
                                           {"title", first.at("title")},
                                           {"text", first.at("text")},
                                           {"button", first.at("button")}});
}

std::string reopen_html(std::string_view language) { return scriptless("reopen.html", "", language); }

} // namespace tier2::pages
