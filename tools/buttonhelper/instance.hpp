#pragma once

#include "messages/error.hpp"
#include "platform/local_link.hpp"
#include "platform/process.hpp"

#include <functional>
#include <memory>
#include <string>

namespace tier2 {

/// The one helper of this session. A second start tells the first to open the ticket page.
class instance {
public:
  /// The first: holds the lock and listens; `on_open` is called on its thread. The second: tells the first,
  /// and `already_running` is the error, with a sentence that says what was done.
  static result<std::unique_ptr<instance>> claim(const std::string& runtime, std::function<void()> on_open);

private:
  std::unique_ptr<instance_lock> lock_;
  std::unique_ptr<local_link_server> server_;
};

} // namespace tier2
