#include "tools/cloud/delivery.hpp"

namespace tier2::cloud {

namespace {
constexpr std::array<std::string_view, 6> names{"waiting",  "sent",   "accepted",
                                                "rejected", "exited", "expired"};
} // namespace

std::string_view to_string(delivery_state state) { return names.at(static_cast<std::size_t>(state)); }

delivery_state parse_delivery_state(std::string_view text) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == text) return static_cast<delivery_state>(i);
  return delivery_state::waiting;
}

std::string_view to_string(output_stream stream) {
  return stream == output_stream::out ? "stdout" : "stderr";
}

} // namespace tier2::cloud
