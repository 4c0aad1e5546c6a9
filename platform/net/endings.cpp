#include "platform/net/endings.hpp"

namespace tier2::net {
namespace {

using reason = websocket_client::end_reason;

std::string explain_refusal(const websocket_codec::outcome& how, const std::string& target,
                            const std::string& path) {
  std::string advice = "look at the server's log.";
  if (how.code == 401 || how.code == 403) {
    advice = "the server does not accept this machine's credentials: enrol it again.";
  } else if (how.code == 404) {
    advice = "there is no such path: check that this is the right server.";
  } else if (how.code == 407) {
    advice = "a proxy wants a sign-in: have this computer let through without one.";
  } else if (how.code == 429 || how.code >= 500) {
    advice = "it may only be busy or starting: try again later.";
  } else if (how.code >= 300 && how.code < 400) {
    advice = "redirects are not followed: configure the server's own address.";
  }
  return target + " refused the connection to " + path + " with status " + std::to_string(how.code) + " (" +
         how.text.substr(0, 60) + "); " + advice;
}

websocket_client::ended explain_bytes(const websocket_codec::outcome& how, const std::string& target,
                                      const std::string& path) {
  using kind = websocket_codec::outcome::kind;
  switch (how.what) {
  case kind::closed:
    return {reason::closed, how.code, how.text};
  case kind::refused:
    return {reason::http_refused, how.code, explain_refusal(how, target, path)};
  case kind::broken:
    return {reason::protocol, how.code,
            target + " does not speak our protocol: " + how.text +
                "; check that it is the right server and path, and that its version fits."};
  default:
    return {reason::unreachable, 0,
            "The connection with " + target +
                " was lost without a farewell; the network, a proxy or the server has ended it."};
  }
}

} // namespace

websocket_client::ended explain_end(websocket_session::end why, const websocket_codec::outcome& how,
                                    const std::string& target, const websocket_client::options& where) {
  switch (why) {
  case websocket_session::end::by_bytes:
    return explain_bytes(how, target, where.path);
  case websocket_session::end::dead:
    return {reason::dead, 0,
            "Nothing was heard from " + target + " for " + std::to_string(where.dead_after_ms / 1000) +
                " seconds, so the connection is taken for dead; the network or the server has gone away."};
  case websocket_session::end::overflow:
    return {reason::overflow, 0,
            target + " does not take what it is sent: more than " + std::to_string(where.max_buffered_bytes) +
                " bytes were waiting, so the connection was given up; look at the server and the network."};
  case websocket_session::end::faulted:
    return {reason::stopped, 0, explain_fault(target, how.text)};
  default:
    return {reason::stopped, 0, "The connection with " + target + " was ended from this side."};
  }
}

std::string explain_too_late(const std::string& target, std::uint32_t timeout_ms, const std::string& stage) {
  return "No connection with " + target + " within " + std::to_string(timeout_ms / 1000) + '.' +
         std::to_string(timeout_ms / 100 % 10) + " seconds: no answer while " + stage +
         "; check the network, the firewall and whether the server is running.";
}

std::string explain_fault(const std::string& target, const std::string& what) {
  return "The connection with " + target + " was ended because of a fault in this program (" + what +
         "); please report it.";
}

} // namespace tier2::net
