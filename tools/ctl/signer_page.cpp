#include "tools/ctl/signer_page.hpp"

#include "messages/wire/claims.hpp"
#include "messages/wire/json.hpp"
#include "platform/pages/fill.hpp"

#include <map>

namespace tier2::ctl {

namespace {

using nlohmann::ordered_json;

const char* name_of(signing_request::stage at) {
  switch (at) {
  case signing_request::stage::waiting:
    return "waiting";
  case signing_request::stage::posting:
    return "posting";
  case signing_request::stage::sent:
    return "sent";
  case signing_request::stage::failed:
    return "failed";
  case signing_request::stage::refused:
    return "refused";
  }
  return "";
}

ordered_json to_json(const signing_request& request) {
  ordered_json audience = ordered_json::array();
  for (std::size_t i = 0; i < request.claims.audience.size(); ++i)
    audience.push_back({{"name", request.claims.audience[i]}, {"hint", request.hints.at(i)}});
  // With every default spelled out: how a machine reads these bytes, by the machine's own code.
  const auto reading = wire::encode_claims(request.claims);
  return {{"id", request.id},
          {"stage", name_of(request.at)},
          {"payload", request.payload},
          {"shown", to_string(request.shown)},
          {"jti", to_string(request.claims.jti)},
          {"issued", request.claims.issued.time_since_epoch().count()},
          {"expires", request.claims.expires.time_since_epoch().count()},
          {"lifetime_s", request.lifetime.count()},
          {"audience", std::move(audience)},
          {"reading", reading ? ordered_json::parse(*reading)["cmd"] : ordered_json{nullptr}},
          {"machines", request.machines},
          {"said", request.said}};
}

std::string_view body_of(std::string_view name) {
  const auto* const found = pages::find(pages::signer_page(), name);
  return found == nullptr ? std::string_view{} : found->body;
}

} // namespace

std::string signer_view(const signer_queue& queue, std::string_view kid, std::string_view cloud,
                        std::string_view notice) {
  ordered_json requests = ordered_json::array();
  for (const auto& each : queue.all())
    requests.push_back(to_json(each));
  return wire::dump_json({{"type", "view"},
                          {"kid", kid},
                          {"cloud", cloud},
                          {"notice", notice},
                          {"requests", std::move(requests)}});
}

const pages::asset* signer_asset(std::string_view name) {
  return name.ends_with(".html") ? nullptr : pages::find(pages::signer_page(), name);
}

std::string signer_html(std::string_view secret) {
  return pages::filled(body_of("index.html"), {{"secret", std::string{secret}}});
}

std::string signer_reopen_html() { return std::string{body_of("reopen.html")}; }
std::string signer_request_html() { return std::string{body_of("request.html")}; }

std::string signer_handover_html(std::uint16_t port, std::string_view token, std::string_view nonce) {
  return pages::filled(
      body_of("handover.html"),
      {{"port", std::to_string(port)}, {"token", std::string{token}}, {"nonce", std::string{nonce}}});
}

} // namespace tier2::ctl
