#pragma once

#include "messages/alert.hpp"
#include "messages/error.hpp"

#include <string>
#include <vector>

namespace tier2 {

/// What stands on the command line.
struct alert_options {
  std::string severity{"warning"}, title, body, body_file, source{"script"}, key;
  std::vector<std::string> labels; ///< "name=value".
};

struct prepared_alert {
  alert what;
  std::string note; ///< What was left out, for standard error; else empty.
};

/// The alert that these options mean; reads `body_file` ("-": standard input). `invalid_argument` says which
/// option is wrong and what it may be. A body beyond 4096 bytes loses its beginning, since what went wrong
/// stands at the end of an output.
result<prepared_alert> prepare_alert(const alert_options& options);

} // namespace tier2
