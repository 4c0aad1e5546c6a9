#pragma once

#include "tools/bench/child_process.hpp"

namespace tier2::test {

using bench::child_process;

} // namespace tier2::test
