#pragma once

#include "actors/ticket/ticket_draft.hpp"
#include "platform/crypto/digest.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tier2::test {

/// A submission with pictures of these sizes, made the only way there is: by consent to a draft.
inline std::shared_ptr<const submission> consented_ticket(const uuid& id,
                                                          const std::vector<std::size_t>& sizes) {
  std::vector<frame_info> infos(sizes.size());
  for (auto& info : infos)
    info.width = info.height = 1;
  ticket_draft draft{{id, {}, "", "host", "user", ""}, infos};
  for (std::uint32_t i = 0; i < sizes.size(); ++i) {
    private_bytes bytes(sizes[i]);
    for (std::size_t at = 0; at < bytes.size(); ++at)
      bytes[at] = static_cast<std::byte>(at * 31 + i);
    const auto sum = blake2b_256(bytes);
    draft.picture_encoded(i + 1, {"picture-" + std::to_string(i + 1) + ".png", "image/png",
                                  std::make_shared<const private_bytes>(std::move(bytes)), sum});
  }
  ticket_form form;
  form.message = "help";
  draft.write_form(form);
  return draft.consent({}).value();
}

} // namespace tier2::test
