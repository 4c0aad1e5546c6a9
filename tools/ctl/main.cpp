#include "platform/process.hpp"
#include "platform/secure_memory.hpp"
#include "tools/ctl/subcommands.hpp"

#include <algorithm>

using namespace tier2::ctl;

namespace {

int run(int argc, char** argv) {
  // Before anything is read: a key or a token must not be found in a core.
  if (const auto safe = tier2::forbid_core_dumps(); !safe) return report("", safe.error());
  if (const auto ready = tier2::init_crypto(); !ready) return report("", ready.error());

  // Kept from CLI11, which gives some words of a list a meaning of their own ("{}").
  outcome out;
  const auto end = std::find(argv, argv + argc, std::string_view{"--"});
  if (end != argv + argc) out.words.assign(end + 1, argv + argc);

  CLI::App app{"Makes, signs and checks commands for the machines of the support agent."};
  app.set_version_flag("--version", "tier2ctl " TIER2_VERSION);
  app.require_subcommand(1);
  for (const auto add : subcommands)
    add(app, out);
  try {
    app.parse(static_cast<int>(end - argv), argv);
  } catch (const CLI::ParseError& wrong) {
    return app.exit(wrong) == 0 ? exit_done : exit_usage;
  }
  if (!out.words.empty() && !out.takes_words)
    return report("", {tier2::errc::invalid_argument,
                       "Nothing may follow \"--\" here; see tier2ctl SUBCOMMAND --help."});
  return out.run();
}

} // namespace

// tier2ctl SUBCOMMAND …: see README.md.
int main(int argc, char** argv) {
  return run_guarded([&] { return run(argc, argv); });
}
