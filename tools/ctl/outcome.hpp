#pragma once

#include "messages/error.hpp"

#include <functional>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace tier2::ctl {

/// Exit codes of tier2ctl; subcommands that talk to a server add theirs here and in README.md.
enum exit_code : int {
  exit_done = 0,        ///< Done; with `verify`: valid.
  exit_refused = 1,     ///< Refused, by the verifier, the cloud or a machine; or it failed on one of them.
  exit_usage = 2,       ///< Wrong options, or a file or key that cannot be used: nothing was done.
  exit_unreachable = 3, ///< The cloud cannot be reached, is not who it should be, or does not know our token.
  exit_still_running = 4, ///< The time of --wait was over first.
  exit_fault = 5,         ///< A fault of tier2ctl itself; how far it came is not known.
};

/// What a subcommand gets beside its options, and what it leaves for main to run.
struct outcome {
  std::vector<std::string> words; ///< What followed "--", as it was typed.
  bool takes_words{};             ///< Whether this subcommand has a use for them; else main refuses them.
  std::function<int()> run;       ///< Gives the exit code.
};

/// Says on standard error what went wrong; gives `code`.
inline int report(std::string_view subcommand, const error& wrong, int code = exit_usage) {
  std::cerr << "tier2ctl " << subcommand << ": " << wrong.what << "\n";
  return code;
}

/// What `work` gives. What it throws ends in a sentence and not in an abort, whose core would hold the key.
int run_guarded(const std::function<int()>& work);

} // namespace tier2::ctl
