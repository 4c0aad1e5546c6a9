#pragma once

#include "platform/x11/connection.hpp"

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace tier2::x11 {

/// Null when the window is gone by now.
inline reply<xcb_get_property_reply_t> take(xcb_connection_t* xcb, xcb_get_property_cookie_t cookie) {
  xcb_generic_error_t* why = nullptr;
  reply<xcb_get_property_reply_t> answer{xcb_get_property_reply(xcb, cookie, &why)};
  const reply<xcb_generic_error_t> released{why};
  return answer;
}

/// Empty unless the property is a text.
inline std::string_view text_of(const reply<xcb_get_property_reply_t>& property) {
  if (property == nullptr || property->format != 8) return {};
  return {static_cast<const char*>(xcb_get_property_value(property.get())),
          static_cast<std::size_t>(xcb_get_property_value_length(property.get()))};
}

/// The first number of a property of numbers.
inline std::optional<std::uint32_t> number_of(const reply<xcb_get_property_reply_t>& property) {
  if (property == nullptr || property->format != 32 || xcb_get_property_value_length(property.get()) < 4)
    return std::nullopt;
  std::uint32_t value{};
  std::memcpy(&value, xcb_get_property_value(property.get()), 4);
  return value;
}

} // namespace tier2::x11
