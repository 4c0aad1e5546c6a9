#pragma once

#include "messages/error.hpp"
#include "platform/pages/assets.hpp"

#include <span>
#include <string>
#include <string_view>

namespace tier2::ctl {

/// The modules as one script without imports, in this order, the last one being the program: a file that is
/// opened from a disk has nowhere to import from. Understands what our pages write: one import a line,
/// exports of declarations or of a list. `not_found` names a module that is missing, `malformed` a line that
/// it does not understand.
result<std::string> one_script(std::span<const pages::asset> files, std::span<const std::string_view> names);

} // namespace tier2::ctl
