#include "messages/error.hpp"

namespace tier2 {

std::string_view to_string(errc code) {
  switch (code) {
  case errc::invalid_argument:
    return "invalid_argument";
  case errc::malformed:
    return "malformed";
  case errc::too_large:
    return "too_large";
  case errc::config_invalid:
    return "config_invalid";
  case errc::not_found:
    return "not_found";
  case errc::permission_denied:
    return "permission_denied";
  case errc::in_use:
    return "in_use";
  case errc::already_running:
    return "already_running";
  case errc::unavailable:
    return "unavailable";
  case errc::timed_out:
    return "timed_out";
  case errc::no_display:
    return "no_display";
  case errc::wayland_only:
    return "wayland_only";
  case errc::display_lost:
    return "display_lost";
  case errc::capture_failed:
    return "capture_failed";
  case errc::crypto_failed:
    return "crypto_failed";
  case errc::untrusted:
    return "untrusted";
  case errc::unauthorised:
    return "unauthorised";
  case errc::revoked:
    return "revoked";
  case errc::refused:
    return "refused";
  case errc::conflict:
    return "conflict";
  case errc::io_failed:
    return "io_failed";
  case errc::disk_full:
    return "disk_full";
  case errc::unsupported:
    return "unsupported";
  case errc::cancelled:
    return "cancelled";
  }
  return "unknown";
}

} // namespace tier2
