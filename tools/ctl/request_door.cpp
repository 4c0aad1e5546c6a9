#include "tools/ctl/request_door.hpp"

#include <algorithm>
#include <array>

namespace tier2::ctl {

namespace {

constexpr std::array<std::string_view, 8> files{"base.css",         "icon.svg",         "l10n.js",
                                                "messages.de.json", "messages.en.json", "request.js",
                                                "signer.css",       "tokens.css"};

request_door::answer refuse(std::uint16_t status) { return {request_door::serve::refusal, status, {}}; }

} // namespace

bool request_door::is_ours(std::string_view authority) const {
  const auto port = ":" + std::to_string(port_);
  return authority == "127.0.0.1" + port || authority == "localhost" + port;
}

request_door::answer request_door::decide(const request& what, steady_time now) {
  // Before the allowance: a foreign page must not use up ours.
  if (what.service_worker) {
    ++counts_.workers;
    return refuse(403);
  }
  constexpr std::string_view scheme = "http://";
  const bool post = what.method == "POST";
  const bool origin_fits =
      what.origin ? what.origin->starts_with(scheme) && is_ours(what.origin->substr(scheme.size()))
                  : !post; // A browser names it with each POST.
  if (!what.host || !is_ours(*what.host) || !origin_fits) {
    ++counts_.foreign;
    return refuse(403);
  }
  if (!requests_.take(now)) {
    ++counts_.too_many;
    return refuse(429);
  }
  if (post && what.path == "/offer")
    return what.content_type == "application/json" ? answer{serve::offer, 202, {}} : refuse(415);
  if (post && what.path == "/reopen") {
    if (reopened_ && now - *reopened_ < page_session::reopen_gap) {
      ++counts_.too_many;
      return refuse(429);
    }
    reopened_ = now;
    return {serve::reopen, 202, {}};
  }
  if (what.method != "GET") return refuse(404);
  if (what.path == "/" || what.path == "/request") return {serve::page, 200, {}};
  if (const auto* const found =
          std::ranges::find(files, what.path.substr(std::min<std::size_t>(1, what.path.size())));
      found != files.end())
    return {serve::asset, 200, *found};
  return refuse(404);
}

} // namespace tier2::ctl
