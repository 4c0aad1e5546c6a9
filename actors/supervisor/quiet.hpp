#pragma once

#include "messages/error.hpp"
#include "messages/type_ids.hpp"

#include <caf/scheduled_actor.hpp>
#include <exception>
#include <string>

namespace tier2 {

/// The error as CAF carries it.
inline caf::error to_caf(const error& why) { return caf::make_error(why.code, why.what); }

/// The error back, or `unavailable` for CAF's own (a crashed receiver, a timeout).
inline error from_caf(const caf::error& why) {
  if (why.category() != caf::atom("tier2"))
    return {why.category() == caf::atom("system") &&
                    static_cast<caf::sec>(why.code()) == caf::sec::request_timeout
                ? errc::timed_out
                : errc::unavailable,
            "A part of the program did not answer."};
  std::string what;
  if (!why.context().empty()) what = why.context().get_as<std::string>(0);
  return {static_cast<errc>(why.code()), std::move(what)};
}

/// CAF's default handlers print messages, which may be private, on the console: ours drop them. An exception
/// ends the actor with its text as the reason, for the supervisor alone.
inline void be_quiet(caf::scheduled_actor* self) {
  self->set_default_handler(caf::drop);
  self->set_error_handler([](caf::scheduled_actor*, caf::error&) {});
  self->set_exception_handler([](caf::scheduled_actor*, std::exception_ptr& thrown) -> caf::error {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      return caf::make_error(errc::refused, std::string{"exception: "} + e.what());
    } catch (...) {
      return caf::make_error(errc::refused, std::string{"exception of an unknown type"});
    }
  });
}

} // namespace tier2
