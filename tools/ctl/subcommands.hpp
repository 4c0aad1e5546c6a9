#pragma once

#include "tools/ctl/outcome.hpp"

#include <CLI/CLI.hpp>
#include <array>

namespace tier2::ctl {

/// Each adds itself with its options; its callback leaves in `out` what is to be done.
void add_keygen(CLI::App& app, outcome& out);
void add_sign(CLI::App& app, outcome& out);
void add_verify(CLI::App& app, outcome& out);
void add_send(CLI::App& app, outcome& out);
void add_tail(CLI::App& app, outcome& out);
void add_cancel(CLI::App& app, outcome& out);
void add_agents(CLI::App& app, outcome& out);
void add_signer(CLI::App& app, outcome& out);
void add_audit(CLI::App& app, outcome& out);
void add_ticket(CLI::App& app, outcome& out);
void add_status(CLI::App& app, outcome& out);

/// In the order of the help; a new one needs a file, a line above, and one here.
inline constexpr std::array subcommands{&add_keygen, &add_sign,   &add_verify, &add_send,
                                        &add_tail,   &add_cancel, &add_agents, &add_ticket,
                                        &add_signer, &add_audit,  &add_status};

} // namespace tier2::ctl
