#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace tier2 {

/// Every way in which a part of the program can fail; the sentence beside it says what to do.
enum class errc : std::uint8_t {
  invalid_argument = 1, ///< A value that its type's rules forbid.
  malformed,            ///< Bytes from outside that do not follow their format.
  too_large,            ///< More bytes, items or depth than the bound allows.
  config_invalid,       ///< The configuration has a mistake; the text names file, line and what is allowed.
  not_found,            ///< The thing asked for does not exist (any more).
  permission_denied,    ///< The system refused, or permissions are wider than is safe.
  in_use,               ///< Another program holds it: a port, a key combination, a socket.
  already_running,      ///< Another instance does this job in this session.
  unavailable,          ///< The part that should answer is down at present; ask again later.
  timed_out,            ///< No answer within the time limit.
  no_display,           ///< There is no X server to talk to.
  wayland_only,         ///< A Wayland session without X, which is not supported yet.
  display_lost,         ///< The X server closed the connection.
  capture_failed,       ///< The screen could not be read.
  crypto_failed,        ///< A seal did not open or a signature or digest did not fit.
  untrusted,            ///< The peer's TLS certificate is not valid for this name.
  unauthorised,         ///< The peer does not accept our key.
  revoked,              ///< The operator withdrew this machine's key.
  refused,              ///< The peer understood and said no.
  conflict,             ///< It contradicts what is already known under this id.
  io_failed,            ///< Reading or writing failed.
  disk_full,            ///< No room left on the device.
  unsupported,          ///< Understood, but this build or system cannot do it.
  cancelled,            ///< Given up because somebody asked for it.
};

/// The error's name as used in logs and health reports, for example "permission_denied".
std::string_view to_string(errc code);

/// An error code with a sentence that says what happened, what it means and what to do.
struct error {
  errc code{errc::invalid_argument};
  std::string what;
};

/// A value or the error that prevented it.
template <class T>
using result = tl::expected<T, error>;

/// Makes the failing side of a `result`.
inline tl::unexpected<error> fail(errc code, std::string what) {
  return tl::unexpected<error>(error{code, std::move(what)});
}

} // namespace tier2
