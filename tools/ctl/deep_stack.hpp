#pragma once

#include <functional>

namespace tier2::ctl {

/// Runs `what` on a thread of its own with 64 MiB of stack, and waits for it: the HTTP library matches the
/// status line with a regular expression that recurses for each character, and 48 KiB of them are more than
/// the usual 8 MiB hold (GCC bug 86164). Without a thread to be had it runs here.
void with_deep_stack(const std::function<void()>& what);

} // namespace tier2::ctl
