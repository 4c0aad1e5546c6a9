#pragma once

#include "messages/ticket.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tier2 {

/// Where a ticket is. Nothing leaves the machine before `sending`.
enum class ticket_phase : std::uint8_t {
  preparing, ///< Pictures and facts are still arriving; the user can already look and write.
  reviewing, ///< All is there.
  sending,   ///< The user said yes; parts are on their way.
  waiting,   ///< The user said yes; the network or the service is away, it goes on by itself.
  sent,      ///< The cloud has said a number.
  refused,   ///< The cloud said no and will not take it; the user may discard.
  discarded, ///< Gone.
};
std::string_view to_string(ticket_phase phase);

/// What the user blacks out of a picture: a rectangle in its pixels.
struct region {
  std::uint32_t x{}, y{}, width{}, height{};
  bool operator==(const region&) const = default;
};
inline constexpr std::size_t max_regions = 64; ///< Of one picture.

/// The ticket as the page shows it: one immutable value after each change. Pixels travel apart from it.
struct ticket_view {
  struct picture {
    std::uint32_t id{};
    wall_time at{};
    trigger cause{};
    std::int32_t x{}, y{};
    std::uint32_t width{}, height{};
    std::string window, application;
    bool included{true};
    std::optional<std::uint64_t> bytes; ///< Size of the file that would be sent; nothing until it is encoded.
    std::string failed;                 ///< Why it cannot be sent, or empty.
    std::vector<region> regions;        ///< Blacked out; what is sent and shown has them.
    std::uint32_t hidden{};             ///< Windows that were painted over before it was kept.
    std::vector<std::string> hidden_by; ///< The patterns that name them.
    picture_note note{};                ///< Why it shows nothing, or why there is none.
    std::vector<monitor> monitors;      ///< Of this picture; a screen may change.
  };
  struct view_fact {
    fact content;
    bool included{true};
  };
  uuid ticket;
  ticket_phase phase{ticket_phase::preparing};
  std::string to, host, user;
  std::string asked; ///< What the helpdesk asks for, when it asked for this ticket; else empty.
  wall_time opened_at{};
  std::vector<picture> pictures; ///< Oldest first.
  std::string pictures_note;     ///< Why there are none or fewer than one would expect; a sentence or empty.
  std::vector<view_fact> facts;
  bool facts_complete{false};
  ticket_form form;
  std::vector<form_choice> choices; ///< What the form may hold beside its own fields.
  std::uint32_t encoded{};          ///< Pictures done, of `pictures.size()`.
  std::uint64_t total_bytes{};      ///< What would be sent now.
  std::uint64_t sent_bytes{};       ///< Acknowledged by the cloud.
  std::string number, url;          ///< Once sent.
  std::string detail;               ///< Why it waits or was refused: a sentence for people.
  std::string technical;            ///< The line behind it.
};

/// What the page asks for.
namespace page {
struct claim {
  std::string secret;
}; ///< The first message of a page.
struct include_picture {
  std::uint32_t id{};
  bool on{};
};
struct black_out {
  std::uint32_t id{};
  std::vector<region> regions;
}; ///< All that is black in this picture from now on.
struct include_fact {
  std::string id;
  bool on{};
};
struct write_form {
  ticket_form form;
}; ///< The whole form after each change.
struct show_picture {
  std::uint32_t id{};
}; ///< Asks for one picture in full size.
struct send {};
struct discard {};
} // namespace page

using page_command = std::variant<page::claim, page::include_picture, page::black_out, page::include_fact,
                                  page::write_form, page::show_picture, page::send, page::discard>;

/// Decoded pixels for the page: R8G8B8A8, rows without gaps.
struct rgba_image {
  std::uint32_t id{};
  bool thumbnail{};
  std::uint32_t width{}, height{};
  std::shared_ptr<const std::vector<std::byte>> bytes;
};

} // namespace tier2
