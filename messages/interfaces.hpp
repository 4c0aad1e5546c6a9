#pragma once

#include "messages/frame.hpp"
#include "messages/health.hpp"
#include "messages/page.hpp"
#include "messages/peer.hpp"
#include "messages/submission.hpp"
#include "messages/ticket.hpp"
#include "messages/wire/binary_frame.hpp"
#include "messages/wire/envelope.hpp"

#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>
#include <memory>
#include <string>
#include <vector>

/// Every actor's interface, one sentence per signature: the map of the program. Big values travel as
/// `shared_ptr<const T>`.
namespace tier2 {

using raw_frame_ptr = std::shared_ptr<const raw_frame>;
using kept_frame_ptr = std::shared_ptr<const kept_frame>;
using kept_frames = std::vector<kept_frame_ptr>;
using ticket_view_ptr = std::shared_ptr<const ticket_view>;
using submission_ptr = std::shared_ptr<const submission>;

// -- messages between actors -------------------------------------------------------------------------------

struct get_health {};
/// Which actor a slot stands for now; none while it is down.
struct put_into_slot {
  caf::strong_actor_ptr incarnation;
};
/// The supervisor to itself, after the backoff.
struct restart_child {
  std::size_t index{};
};
/// End everything, in order.
struct stop_all {};
struct stopped {};
/// How the supervisor's children are.
struct get_children {};
struct child_status {
  std::string name;
  bool up{};
  std::uint32_t restarts{};
  std::string last_error;
};
/// A trigger from the input thread.
struct triggered {
  trigger_event event;
};
/// The hotkey, or `--open`, or the service's `report`; `at` bounds what the ticket may show.
struct open_ticket {
  steady_time at{};
  std::string source;
};
/// A platform source ended; the actor that owns it ends with the error and is restarted.
struct source_lost {
  error why;
};
/// The grabbing thread is done.
struct grabbed {
  raw_frame_ptr frame;
  error failed;
};
/// Answers when everything that was triggered before it is in the recorder, or is known to be lost.
struct flush {};
struct flushed {};
/// Recording rests while a ticket page is open: the page itself is nobody's evidence.
struct set_recording {
  bool on{};
};
/// Compress, seal and hand to the recorder.
struct keep {
  raw_frame_ptr frame;
};
struct kept {};
/// Put into the ring.
struct store {
  kept_frame_ptr frame;
};
/// The ticket with what was grabbed at or before `until` is sent or discarded: nothing of it is kept.
struct forget {
  steady_time until{};
};
/// What was grabbed at or before `until`.
struct snapshot {
  steady_time until{};
};
/// A file of the ticket, its digest and a preview.
struct encode_picture {
  std::uint32_t id{};
  kept_frame_ptr frame;
};
struct encoded_picture {
  std::uint32_t id{};
  std::string name, media_type;
  std::shared_ptr<const private_bytes> file;
  digest blake2b;
  rgba_image thumbnail;
};
/// The picture in full size, for the page.
struct decode_picture {
  std::uint32_t id{};
  kept_frame_ptr frame;
};
/// From a worker thread: one of the two above is done.
struct picture_done {
  std::uint64_t job{};
  encoded_picture encoded;
  rgba_image decoded;
  error failed;
};
/// Ends all work in hand; results of it are dropped.
struct drop_work {};
/// Find out about the machine; one `fact` comes back for each, then `facts_complete`.
struct collect {
  std::uint64_t round{};
};
struct collected {
  std::uint64_t round{};
  fact what;
};
struct facts_complete {
  std::uint64_t round{};
};
/// Show the ticket page in the user's browser.
struct show_page {
  uuid ticket;
};
struct show_view {
  ticket_view_ptr view;
}; ///< No view: there is no ticket any more.
struct show_image {
  rgba_image image;
};
/// A page came (the user looks) or went.
struct page_present {
  bool on{};
};
/// What the user did on the page. Never a `claim`: consent keeps that to itself.
struct user_said {
  page_command what;
};
/// Give this to the cloud. Only a `submission` can be given, and only the user's yes makes one.
struct submit {
  submission_ptr what;
};
/// The link to its ticket when it starts, so that a submission survives a crash of the link.
struct link_started {};
/// Ticket to itself: show what changed since, once for many changes.
struct push_view {};
/// Ticket to itself: no page has looked at this ticket since then.
struct page_missing {
  uuid ticket;
  std::uint64_t since{};
  bool final{};
};
/// Give up a submission.
struct withdraw {
  uuid ticket;
};
/// How far a submission is.
struct submit_progress {
  enum class kind : std::uint8_t { sending, waiting, sent, refused };
  uuid ticket;
  kind how{kind::sending};
  std::uint64_t acknowledged{};
  std::string number, url, detail, technical;
};
/// Something arrived on a link: a message, or its beginning or end.
struct link_up {
  std::uint64_t connection{};
};
struct link_down {
  std::uint64_t connection{};
  error why;
};
/// To itself: try to connect now; tell how our actors are, as long as this connection lasts.
struct connect_link {};
/// To itself: the cloud said to begin again now.
struct retry_upload {
  std::uint64_t connection{};
  uuid ticket;
};
struct send_health {
  std::uint64_t connection{};
};
struct link_said {
  std::uint64_t connection{};
  wire::message what;
  std::vector<std::byte> bulk;
};
/// Program-wide health, gathered.
struct gather {};
/// One for the header of an upgrade request.
struct get_authorization {};
struct authorization {
  std::string header; ///< "Bearer …" or "Enroll …".
  std::string agent_id;
  bool enrolling{};
  digest key_digest;
};
/// The cloud knows us (approved or pending): the token is used up.
struct enrolment_done {};
/// To the cloud, when connected; lost when not (who cares listens to `cloud_status`).
struct to_cloud {
  wire::message what;
};
struct to_cloud_bulk {
  wire::frame_kind kind{};
  uuid id;
  std::uint32_t part{};
  std::uint64_t offset{};
  std::vector<std::byte> payload;
};
/// Sent to whoever subscribed, at once and after each change.
struct cloud_status {
  bool connected{};
  std::string detail;
};
struct get_cloud_status {};
/// A helper connected; who it is by the kernel's word.
struct helper_came {
  std::uint64_t connection{};
  peer_identity who;
};
/// A helper's actors; none when it went away.
struct helper_health {
  std::uint64_t connection{};
  std::string session;
  std::vector<actor_health> actors;
};
/// Health to itself: time for the next heartbeat; who has not answered this gathering yet is not waited for.
struct heartbeat_due {};
struct gathering_due {
  std::uint64_t round{};
};
/// From the cloud, to whom it concerns.
struct from_cloud {
  wire::message what;
};

// -- helper ------------------------------------------------------------------------------------------------

/// Watches for triggers and the hotkey.
using input_hook_actor =
    caf::typed_actor<caf::reacts_to<triggered>,   ///< Filters and passes on to capture.
                     caf::reacts_to<open_ticket>, ///< Passes on to ticket: the hotkey.
                     caf::reacts_to<source_lost>, ///< Ends; the supervisor opens the display again.
                     caf::replies_to<get_health>::with<actor_health>>;

/// Takes pictures: at most one being taken and one waiting, the newest wins.
using capture_actor =
    caf::typed_actor<caf::reacts_to<triggered>,     ///< Grab now, or as soon as the one in hand is kept.
                     caf::reacts_to<grabbed>,       ///< From its own thread.
                     caf::reacts_to<set_recording>, ///< Rest, or go on.
                     caf::replies_to<flush>::with<flushed>, ///< Answers when nothing is in hand.
                     caf::replies_to<get_health>::with<actor_health>>;

/// Compresses and seals.
using compression_actor =
    caf::typed_actor<caf::replies_to<keep>::with<kept>, ///< Answers when the recorder has it.
                     caf::replies_to<get_health>::with<actor_health>>;

/// Holds the sealed ring.
using recorder_actor = caf::typed_actor<
    caf::replies_to<store>::with<kept>,           ///< Keeps it and drops the oldest that no longer fit.
    caf::replies_to<snapshot>::with<kept_frames>, ///< What the ticket may show, oldest first.
    caf::reacts_to<forget>,                       ///< Drops what a finished ticket showed.
    caf::replies_to<get_health>::with<actor_health>>;

/// Makes pictures that people can look at and files that can be sent, on worker threads.
using encoder_actor =
    caf::typed_actor<caf::replies_to<encode_picture>::with<encoded_picture>, ///< The file and a thumbnail.
                     caf::replies_to<decode_picture>::with<rgba_image>,      ///< Full size for the page.
                     caf::reacts_to<drop_work>,    ///< The ticket is gone: forget the queue.
                     caf::reacts_to<picture_done>, ///< From its worker threads.
                     caf::replies_to<get_health>::with<actor_health>>;

/// The state machine of the one open ticket.
using ticket_actor =
    caf::typed_actor<caf::reacts_to<open_ticket>,     ///< Opens one, or shows the one that is open.
                     caf::reacts_to<collected>,       ///< A fact arrived.
                     caf::reacts_to<facts_complete>,  ///< No more will.
                     caf::reacts_to<page_present>,    ///< The user looks at the page, or closed it.
                     caf::reacts_to<user_said>,       ///< A choice, a text, Send or Discard.
                     caf::reacts_to<submit_progress>, ///< How the sending goes.
                     caf::reacts_to<link_started>,    ///< The link is new: gets the submission again.
                     caf::reacts_to<push_view>, caf::reacts_to<page_missing>, ///< From itself.
                     caf::replies_to<get_health>::with<actor_health>>;

/// Finds out about the machine, all at once, each with a time limit.
using collector_actor = caf::typed_actor<caf::reacts_to<collect>,   ///< Starts; answers go to the ticket.
                                         caf::reacts_to<collected>, ///< From one of its threads.
                                         caf::reacts_to<facts_complete>, ///< From itself: the time is up.
                                         caf::replies_to<get_health>::with<actor_health>>;

/// Serves the ticket page on loopback and holds its secret.
using consent_actor = caf::typed_actor<caf::reacts_to<show_page>,  ///< Opens the browser.
                                       caf::reacts_to<show_view>,  ///< The page shows this from now on.
                                       caf::reacts_to<show_image>, ///< Pixels for the page.
                                       caf::reacts_to<user_said>,
                                       caf::reacts_to<page_present>, ///< From the page server's thread,
                                                                     ///< passed on to the ticket.
                                       caf::replies_to<get_health>::with<actor_health>>;

/// The helper's end of the local link; sends submissions and nothing else about a ticket.
using link_actor = caf::typed_actor<caf::reacts_to<submit>,   ///< Send, go on trying, report to the ticket.
                                    caf::reacts_to<withdraw>, ///< Stop trying and forget.
                                    caf::reacts_to<connect_link>, ///< From itself, after a wait.
                                    caf::reacts_to<link_down>,    ///< From the link's thread: it ended.
                                    caf::reacts_to<link_said>,    ///< The service says something.
                                    caf::reacts_to<retry_upload>, ///< From itself.
                                    caf::reacts_to<send_health>,  ///< From itself.
                                    caf::replies_to<get_health>::with<actor_health>>;

// -- service -----------------------------------------------------------------------------------------------

/// The only one that holds the machine key; gives out what is asked for, not the key.
using keystore_actor =
    caf::typed_actor<caf::replies_to<get_authorization>::with<authorization>, ///< For the next upgrade
                                                                              ///< request.
                     caf::reacts_to<enrolment_done>,                          ///< Erases the token.
                     caf::replies_to<get_health>::with<actor_health>>;

/// The one connection to the cloud. Its thread never waits for another actor.
using channel_actor =
    caf::typed_actor<caf::reacts_to<to_cloud>,      ///< A control message.
                     caf::reacts_to<to_cloud_bulk>, ///< A bulk frame; goes after control.
                     caf::reacts_to<connect_link>,  ///< From itself, after a wait.
                     caf::reacts_to<link_up>, caf::reacts_to<link_down>,    ///< From the connection's thread.
                     caf::reacts_to<link_said>,                             ///< From the connection's thread.
                     caf::replies_to<get_cloud_status>::with<cloud_status>, ///< For whoever was restarted.
                     caf::replies_to<get_health>::with<actor_health>>;

/// Carries the helpers' tickets to the cloud and the answers back; keeps none.
using relay_actor =
    caf::typed_actor<caf::reacts_to<helper_came>, ///< From the link's thread: gets the status.
                     caf::reacts_to<link_said>,   ///< From the link's thread: a helper says something.
                     caf::reacts_to<link_down>,   ///< From the link's thread: it went away, or spoke nonsense
                                                  ///< and has to go.
                     caf::reacts_to<cloud_status>, ///< Helpers are told.
                     caf::reacts_to<from_cloud>,   ///< A `ticket_state` for one of them.
                     caf::replies_to<get_health>::with<actor_health>>;

// -- both --------------------------------------------------------------------------------------------------

/// Starts the others, and starts them again.
using supervisor_actor = caf::typed_actor<
    caf::reacts_to<restart_child>,            ///< From itself, after the backoff.
    caf::replies_to<stop_all>::with<stopped>, ///< Ends the children from the last to the first.
    caf::replies_to<get_children>::with<std::vector<child_status>>>; ///< Who is up, restarts, last errors.

/// Asks every actor how it is and sends that on, every 30 s while somebody listens.
using health_actor =
    caf::typed_actor<caf::replies_to<gather>::with<std::vector<actor_health>>,     ///< All actors of this
                                                                                   ///< program.
                     caf::reacts_to<heartbeat_due>, caf::reacts_to<gathering_due>, ///< From itself.
                     caf::reacts_to<helper_health>, ///< In the service: a helper's report.
                     caf::replies_to<get_health>::with<actor_health>>;

} // namespace tier2
