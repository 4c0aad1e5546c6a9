#include "messages/page.hpp"

namespace tier2 {

std::string_view to_string(ticket_phase phase) {
  switch (phase) {
  case ticket_phase::preparing:
    return "preparing";
  case ticket_phase::reviewing:
    return "reviewing";
  case ticket_phase::sending:
    return "sending";
  case ticket_phase::waiting:
    return "waiting";
  case ticket_phase::sent:
    return "sent";
  case ticket_phase::refused:
    return "refused";
  case ticket_phase::discarded:
    return "discarded";
  }
  return "unknown";
}

} // namespace tier2
