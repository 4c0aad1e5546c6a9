#pragma once

#include "actors/consent/page_session.hpp"
#include "platform/net/websocket_server.hpp"
#include "platform/secure_memory.hpp"

namespace tier2 {

/// What `page_session` has to know of a request; it must not outlive `what`.
inline page_session::request page_request(const net::websocket_server::request& what) {
  const auto header = [&](const char* name) {
    const auto found = what.headers.find(name);
    return found == what.headers.end() ? std::nullopt : std::optional<std::string_view>{found->second};
  };
  page_session::request out{what.method, what.path, what.query, what.body, {}, {}, {}};
  out.host = header("host");
  out.origin = header("origin");
  out.for_service_worker = header("service-worker").has_value();
  // A navigation may begin elsewhere: our page came from a file, and a reload says so again.
  const auto site = header("sec-fetch-site");
  out.in_foreign_page =
      site && *site != "same-origin" && *site != "none" && header("sec-fetch-mode") != "navigate";
  return out;
}

/// For a page's secret.
inline page_session::random_256 fresh_random() {
  page_session::random_256 bytes{};
  random_bytes(bytes);
  return bytes;
}

} // namespace tier2
