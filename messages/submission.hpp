#pragma once

#include "messages/ticket.hpp"
#include "messages/wiping_allocator.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tier2 {

class ticket_draft;

/// A ticket that the user said yes to: the manifest's exact bytes, the consent to them, and the files. Only
/// `ticket_draft::consent` can make one, so whoever holds one may send it.
class submission {
public:
  struct file {
    ticket_part about;
    std::shared_ptr<const private_bytes> bytes;
  };
  const uuid& ticket() const { return ticket_; }
  const std::string& manifest() const { return manifest_; }
  const ticket_consent& consent() const { return consent_; }
  const std::vector<file>& files() const { return files_; }

private:
  friend class ticket_draft;
  submission() = default;
  uuid ticket_;
  std::string manifest_;
  ticket_consent consent_;
  std::vector<file> files_;
};

} // namespace tier2
