#pragma once

#include "tools/bench/xvfb.hpp"

namespace tier2::test {

using bench::xvfb;

} // namespace tier2::test
