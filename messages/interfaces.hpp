#pragma once

#include "messages/alert.hpp"
#include "messages/command.hpp"
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

class secret_key;     // platform/secure_memory.hpp
struct room_readings; // actors/watch/room_reader.hpp

using raw_frame_ptr = std::shared_ptr<const raw_frame>;
using kept_frame_ptr = std::shared_ptr<const kept_frame>;
using kept_frames = std::vector<kept_frame_ptr>;
using ticket_view_ptr = std::shared_ptr<const ticket_view>;
using submission_ptr = std::shared_ptr<const submission>;
using run_command_ptr = std::shared_ptr<const run_command>;

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
  std::string asked{}; ///< What the helpdesk asks the user, when a signed command opened it.
};
/// A platform source ended; the actor that owns it ends with the error and is restarted.
struct source_lost {
  error why;
};
/// The grabbing thread is done. When it failed, the frame has no pixels and says why.
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
/// Compress, seal and hand to the recorder; a lost picture as it is.
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
/// A file of the ticket, its digest and a preview; what the regions cover is black in both.
struct encode_picture {
  std::uint32_t id{};
  kept_frame_ptr frame;
  std::vector<region> regions;
};
struct encoded_picture {
  std::uint32_t id{};
  std::string name, media_type;
  std::shared_ptr<const private_bytes> file;
  digest blake2b;
  rgba_image thumbnail;
};
/// The picture for the page, as it would be sent, in full size or as a thumbnail.
struct decode_picture {
  std::uint32_t id{};
  kept_frame_ptr frame;
  std::vector<region> regions;
  bool thumbnail{};
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
/// The consent actor to its ticket when it starts: it has no pictures of a ticket that is open.
struct consent_started {};
/// Ticket to itself: the files of its pictures are made now, whether or not a page is there.
struct encode_rest {
  uuid ticket;
};
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
/// Most of what was handed over to a link has left: bulk may follow.
struct link_drained {
  std::uint64_t connection{};
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
  std::shared_ptr<const void> receipt{}; ///< While it lives the message counts as under way.
};
/// Program-wide health, gathered.
struct gather {};
/// One for the header of an upgrade request.
struct get_authorization {};
struct authorization {
  private_text header; ///< "Bearer …" or "Enroll …".
  std::string agent_id;
  bool enrolling{};
  digest key_digest;
  digest board_digest, disk_digest; ///< Zeros where there is no serial number.
  /// The header brings the key of this agent, which this machine was on other hardware; nil: none.
  uuid replaces;
};
/// The cloud does not accept the proof for `replaces`: an enrolment token has to do.
struct proof_refused {};
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
  std::shared_ptr<const void> receipt{}; ///< As in `link_said`.
};

/// A key for the alerts that wait: derived from the machine's key, which stays where it is. `former` is that
/// of the identity before, until the present one was confirmed.
struct get_outbox_key {};
struct outbox_key {
  std::shared_ptr<const secret_key> present, former;
};

/// Who this machine is, for a command's audience.
struct get_identity {};
struct agent_name {
  uuid agent;
  bool fresh{}; ///< Its key was made just now: it was nobody's agent before.
};
/// For `tier2ctl status`; not the key.
struct get_key_status {};
struct key_status {
  uuid agent, replaces; ///< `replaces` is nil once a cloud has agreed.
  bool enrolled{};
  std::string protection; ///< What keeps the key.
};
struct get_command_summary {};
/// What the channel tells the cloud of the command actor: groups, and commands that have not ended.
struct command_summary {
  std::vector<std::string> groups, capabilities;
  std::vector<uuid> running;
};
/// The users' sessions in which a helper runs, by the kernel's word.
struct get_sessions {};
using user_sessions = std::vector<peer_identity>;
/// To the helpers of a session, or to all (empty); the answer is how many there were.
struct tell_helpers {
  std::string session;
  wire::message what;
};
struct helpers_told {
  std::size_t count{};
};
/// A fresh incarnation of one child, at once; the answer is whether there is such a child.
struct restart_named {
  std::string name;
};
struct restarted {
  bool known{};
};
/// Start a program for a signed command; `run_wrote` and `run_ended` come back.
struct start_run {
  uuid jti;
  run_command_ptr what;
  peer_identity user; ///< With `as: user`.
};
/// TERM, then KILL.
struct cancel_run {
  uuid jti;
};
/// So many more bytes of output may be read.
struct add_run_credit {
  uuid jti;
  std::uint64_t bytes{};
};
/// The command actor is new: whatever still runs is nobody's.
struct end_all_runs {};
/// To itself: start what could not be started because the runner was away.
struct start_waiting {};
/// The runner is new: whatever ran is gone.
struct runner_started {};
struct run_wrote {
  uuid jti;
  std::uint32_t part{};
  std::uint64_t offset{};
  std::shared_ptr<const std::vector<std::byte>> bytes;
};
struct run_ended {
  uuid jti;
  command_exit how;
};
/// To itself: get the key and open what waits on the disk.
struct open_outbox {};
/// Tell the operators; `at`, `id` and `suppressed` are filled in on the way.
struct raise_alert {
  alert what;
};
/// The same from another program of this machine, which waits until it is on the disk.
struct keep_alert {
  alert what;
};
struct alert_kept {
  wire::alert_answer::outcome how{};
};

/// Watch to itself: time for the next readings.
struct look_around {};
/// From the thread that asked the file systems.
struct rooms_read {
  std::shared_ptr<const room_readings> what;
};
/// The supervisor started a child that had crashed again; so often by now.
struct child_crashed {
  std::string name;
  error why;
  std::uint32_t restarts{};
};
/// How long the cloud that was just verified will be trusted (platform/net/server_trust.hpp); `until` in
/// seconds since 1970.
struct cloud_verified {
  std::int64_t until{};
  std::string subject;
  bool own{};
  std::vector<std::string> issuers;
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
                     caf::replies_to<decode_picture>::with<rgba_image>,      ///< For the page.
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
                     caf::reacts_to<consent_started>, ///< The page's actor is new: gets the thumbnails again.
                     caf::reacts_to<encode_rest>, caf::reacts_to<push_view>,
                     caf::reacts_to<page_missing>, ///< From itself, these three.
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
                     caf::reacts_to<proof_refused>,                           ///< Until the next start.
                     caf::replies_to<get_identity>::with<agent_name>,         ///< Not the key.
                     caf::replies_to<get_outbox_key>::with<outbox_key>,       ///< For alerting.
                     caf::replies_to<get_key_status>::with<key_status>,       ///< For people.
                     caf::replies_to<get_health>::with<actor_health>>;

/// The one connection to the cloud. Its thread never waits for another actor.
using channel_actor =
    caf::typed_actor<caf::reacts_to<to_cloud>,        ///< A control message.
                     caf::reacts_to<to_cloud_bulk>,   ///< A bulk frame; goes after control.
                     caf::reacts_to<command_summary>, ///< For the next hello; new groups are said at once.
                     caf::reacts_to<connect_link>,    ///< From itself, after a wait.
                     caf::reacts_to<link_drained>,    ///< From the connection's thread.
                     caf::reacts_to<link_up>, caf::reacts_to<link_down>,    ///< From the connection's thread.
                     caf::reacts_to<link_said>,                             ///< From the connection's thread.
                     caf::replies_to<get_cloud_status>::with<cloud_status>, ///< For whoever was restarted.
                     caf::replies_to<get_command_summary>::with<command_summary>, ///< As in the next hello.
                     caf::replies_to<get_health>::with<actor_health>>;

/// Carries the helpers' tickets to the cloud and the answers back; keeps none.
using relay_actor =
    caf::typed_actor<caf::reacts_to<helper_came>, ///< From the link's thread: gets the status.
                     caf::reacts_to<link_said>,   ///< From the link's thread: a helper says something.
                     caf::reacts_to<link_down>,   ///< From the link's thread: it went away, or spoke nonsense
                                                  ///< and has to go.
                     caf::reacts_to<cloud_status>, ///< Helpers are told.
                     caf::reacts_to<from_cloud>,   ///< A `ticket_state` for one of them.
                     caf::replies_to<get_sessions>::with<user_sessions>, ///< Where a helper runs.
                     caf::replies_to<tell_helpers>::with<helpers_told>,  ///< What a signed command says.
                     caf::replies_to<get_health>::with<actor_health>>;

/// Decides on signed commands: verifies, remembers for ever, queues, sends output and exits until
/// acknowledged.
using command_actor =
    caf::typed_actor<caf::reacts_to<from_cloud>,     ///< A command, or an acknowledgement.
                     caf::reacts_to<cloud_status>,   ///< After a reconnect what is unacknowledged goes again.
                     caf::reacts_to<run_wrote>,      ///< From the runner.
                     caf::reacts_to<run_ended>,      ///< From the runner.
                     caf::reacts_to<runner_started>, ///< What ran is interrupted.
                     caf::reacts_to<start_waiting>,  ///< From itself.
                     caf::replies_to<get_health>::with<actor_health>>;

/// Runs the programs of signed commands, each contained with all that it starts.
using runner_actor = caf::typed_actor<caf::reacts_to<start_run>, caf::reacts_to<cancel_run>,
                                      caf::reacts_to<add_run_credit>, caf::reacts_to<end_all_runs>,
                                      caf::reacts_to<run_wrote>, ///< From a program's thread, passed on.
                                      caf::reacts_to<run_ended>, ///< From a program's thread, passed on.
                                      caf::replies_to<get_health>::with<actor_health>>;

/// Brings alerts to the cloud: one of a kind in ten minutes, the rest counted; repeated until acknowledged.
using alerting_actor = caf::typed_actor<caf::reacts_to<raise_alert>,
                                        caf::replies_to<keep_alert>::with<alert_kept>, ///< By other programs.
                                        caf::reacts_to<cloud_status>, ///< After a reconnect all go again.
                                        caf::reacts_to<from_cloud>,   ///< An acknowledgement.
                                        caf::reacts_to<open_outbox>,  ///< From itself.
                                        caf::replies_to<get_health>::with<actor_health>>;

/// Watches the machine and this program, and raises alerts: when a trouble begins, gets worse, lasts on,
/// ends.
using watch_actor = caf::typed_actor<caf::reacts_to<look_around>,    ///< From itself.
                                     caf::reacts_to<rooms_read>,     ///< From its thread.
                                     caf::reacts_to<child_crashed>,  ///< From the supervisor.
                                     caf::reacts_to<cloud_verified>, ///< From the channel.
                                     caf::reacts_to<helper_health>,  ///< From health, passed on.
                                     caf::replies_to<get_health>::with<actor_health>>;

// -- both --------------------------------------------------------------------------------------------------

/// Starts the others, and starts them again.
using supervisor_actor = caf::typed_actor<
    caf::reacts_to<restart_child>,                   ///< From itself, after the backoff.
    caf::replies_to<stop_all>::with<stopped>,        ///< Ends the children from the last to the first.
    caf::replies_to<restart_named>::with<restarted>, ///< Because a signed command says so.
    caf::replies_to<get_children>::with<std::vector<child_status>>>; ///< Who is up, restarts, last errors.

/// Asks every actor how it is and sends that on, every 30 s while somebody listens.
using health_actor =
    caf::typed_actor<caf::replies_to<gather>::with<std::vector<actor_health>>,     ///< All actors of this
                                                                                   ///< program.
                     caf::reacts_to<heartbeat_due>, caf::reacts_to<gathering_due>, ///< From itself.
                     caf::reacts_to<helper_health>, ///< In the service: a helper's report.
                     caf::replies_to<get_health>::with<actor_health>>;

} // namespace tier2
