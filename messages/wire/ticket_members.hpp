#pragma once

#include "messages/ticket.hpp"
#include "messages/wire/manifest.hpp"
#include "messages/wire/members.hpp"

/// Text forms and members that several messages share.
namespace tier2::wire {

inline constexpr std::size_t short_text_bytes = 255; ///< Names, versions, states.
inline constexpr std::size_t long_text_bytes = 4096; ///< Sentences, titles, addresses.

inline constexpr text_form<uuid> uuid_form{[](const uuid& id) { return to_string(id); }, parse_uuid};
inline constexpr text_form<digest> digest_form{[](const digest& value) { return to_string(value); },
                                               parse_digest};
inline constexpr text_form<wall_time> time_form{[](const wall_time& at) { return to_rfc3339(at); },
                                                parse_rfc3339};
inline constexpr text_form<trigger> trigger_form{
    [](const trigger& kind) { return std::string{to_string(kind)}; }, parse_trigger};

inline bool is_urgency(std::string_view word) {
  return word.empty() || word == "low" || word == "normal" || word == "high";
}

template <class A, value_of<ticket_form> V>
void members(A& a, V& form) {
  a.text("name", form.name, max_form_text_bytes);
  a.text("email", form.email, max_form_text_bytes);
  a.text("phone", form.phone, max_form_text_bytes);
  a.text("business", form.business, max_form_text_bytes);
  a.text("message", form.message, max_form_text_bytes);
  a.text("urgency", form.urgency, short_text_bytes);
  a.texts("choices", form.choices, 64, max_form_text_bytes);
  if constexpr (std::same_as<A, json_reader>)
    if (!is_urgency(form.urgency)) a.refuse_member("urgency", "must be empty, low, normal or high");
}

} // namespace tier2::wire
