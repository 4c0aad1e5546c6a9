#pragma once

#include "messages/page.hpp"
#include "messages/submission.hpp"
#include "messages/wiping_allocator.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tier2 {

/// A picture's file as the encoder made it.
struct picture_file {
  std::string name, media_type;
  std::shared_ptr<const private_bytes> bytes;
  digest blake2b;
};

/// The state machine of one ticket, from the hotkey to its number, given the clock and without any I/O:
///
///   preparing → reviewing → sending ⇄ waiting → sent
///        └──────────┴─ discarded     └─ refused (→ discarded)
///
/// The user's yes in `consent` is the only way to a `submission`; it fixes the bytes, and nothing changes
/// them afterwards.
class ticket_draft {
public:
  /// The fact that stands for the windows' titles and programs: it can be left out, and is in the pictures'
  /// list instead of the facts' file.
  static constexpr std::string_view window_titles = "window_titles";

  struct origin {
    uuid ticket;
    wall_time opened_at{};
    std::string to, host, user, session;
    std::string asked{}; ///< See ticket_view.
    ticket_form form{};  ///< What is known of the user.
    std::vector<form_choice> choices{};
  };

  ticket_draft(origin who, const std::vector<frame_info>& pictures);

  void picture_encoded(std::uint32_t id, picture_file file);
  void picture_failed(std::uint32_t id, std::string why);
  void add_fact(fact what);
  void facts_complete();

  /// What the user does; each returns false when it changes nothing (unknown id, or too late: already sent).
  bool include_picture(std::uint32_t id, bool on);
  /// What is black in that picture from now on, cut to its size; its file has to be made anew.
  bool black_out(std::uint32_t id, const std::vector<region>& regions);
  /// A fact of the ticket, or `window_titles`.
  bool include_fact(const std::string& id, bool on);
  /// Of `choices` only what was offered is taken.
  bool write_form(ticket_form form);
  /// The helpdesk asks for a ticket while this one is open already.
  bool ask(std::string what);

  /// The user's yes, to exactly what `view` shows. `unavailable` while pictures that are included are still
  /// being encoded, `conflict` when it was already said, `invalid_argument` when there is neither a message
  /// nor anything included.
  result<std::shared_ptr<const submission>> consent(wall_time now);

  /// How the sending goes; ignored unless the user has said yes.
  void progress(ticket_phase phase, std::uint64_t acknowledged, std::string detail, std::string technical);
  void sent(std::string number, std::string url);
  /// False after Send has reached its end: a sent ticket cannot be taken back.
  bool discard();

  std::vector<region> regions(std::uint32_t id) const;
  ticket_phase phase() const { return phase_; }
  bool over() const { return phase_ == ticket_phase::sent || phase_ == ticket_phase::discarded; }
  ticket_view view() const;

private:
  struct picture {
    std::uint32_t id{};
    frame_info info;
    bool included{true};
    std::optional<picture_file> file;
    std::string failed;
    std::vector<region> regions{};
    bool sends() const { return included && failed.empty(); }
    /// Not where something is blacked out: it may have been the title.
    bool shows_title() const { return regions.empty(); }
  };
  struct draft_fact {
    fact content;
    bool included{true};
  };
  bool open() const { return phase_ == ticket_phase::preparing || phase_ == ticket_phase::reviewing; }
  void look_complete();
  std::vector<fact> chosen_facts() const;
  std::string titles() const;
  std::uint64_t total_bytes() const;

  origin who_;
  std::vector<picture> pictures_;
  std::vector<draft_fact> facts_;
  bool facts_complete_{false};
  bool titles_included_{true};
  ticket_form form_;
  ticket_phase phase_{ticket_phase::preparing};
  std::uint64_t consented_bytes_{};
  std::uint64_t acknowledged_{};
  std::string number_, url_, detail_, technical_;
};

} // namespace tier2
