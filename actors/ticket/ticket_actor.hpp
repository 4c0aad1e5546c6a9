#pragma once

#include "actors/actor.hpp"
#include "actors/ticket/ticket_draft.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace tier2 {

/// Whom the ticket works with, and what it says of itself.
struct ticket_surroundings {
  capture_actor capture;
  recorder_actor recorder;
  encoder_actor encoder;
  collector_actor collector;
  consent_actor consent;
  link_actor link;
  std::string to, host, user, session;
  ticket_form form;                      ///< What is known of the user, to begin with.
  std::vector<form_choice> choices;      ///< The organisation's own questions.
  std::string pictures_note;             ///< Why no pictures are taken in this session; empty when they are.
  std::chrono::seconds keep_closed{600}; ///< A ticket without a page is kept so long.
};

struct ticket_state {
  ticket_surroundings around;
  bool opening{false};
  std::optional<ticket_draft> draft;
  uuid ticket;
  steady_time until; ///< What the ticket may show.
  std::string asked; ///< By the helpdesk, for the ticket that is being opened.
  std::string note;
  std::map<std::uint32_t, kept_frame_ptr> frames; ///< Of the open draft.
  std::set<std::uint32_t, std::greater<>> unmade; ///< Pictures whose files nobody has asked for yet,
  std::set<std::uint32_t> encoding;               ///< those whose files are being made,
  std::set<std::uint32_t> outdated;               ///< and of those the ones that were blacked out meanwhile.
  submission_ptr submission;                      ///< From the user's yes until it is sent or withdrawn.
  std::uint64_t round{};
  bool page{false};
  std::uint64_t page_changes{};
  std::optional<steady_time> push_due; ///< The page is shown what changed until then.
  bool thumbnails_lost{false};         ///< By a crash of consent; the next page gets them.
  tier2::meter meter;
  static inline const char* name = "ticket";
};

/// Opens a ticket on the hotkey, gathers what it may show, does what the user says on the page, and gives the
/// link a submission when they said yes.
ticket_actor::behavior_type ticket(ticket_actor::stateful_pointer<ticket_state> self,
                                   ticket_surroundings around);

} // namespace tier2
