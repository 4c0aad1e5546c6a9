#include "tools/ctl/duration.hpp"
#include "tools/ctl/follow.hpp"
#include "tools/ctl/posting.hpp"
#include "tools/ctl/subcommands.hpp"

namespace tier2::ctl {

namespace {

struct tail_options {
  std::shared_ptr<connection_options> to;
  std::string command, wait;
  bool json{};
};

int tail(const tail_options& options) {
  const auto id = parse_uuid(options.command);
  if (!id)
    return report("tail", {errc::invalid_argument, "A command's id is its jti, like \"send\" printed it."});
  follow_options how{true, options.json, {}};
  if (!options.wait.empty()) {
    const auto limit = parse_duration(options.wait);
    if (!limit) return report("tail", limit.error());
    how.wait = *limit;
  }
  auto client = connect(*options.to);
  if (!client) return report("tail", client.error());
  return follow("tail", *client, *id, how);
}

} // namespace

void add_tail(CLI::App& app, outcome& out) {
  auto* const sub =
      app.add_subcommand("tail", "Print what a command writes, from its beginning until it ends");
  const auto options = std::make_shared<tail_options>();
  options->to = add_connection_options(*sub);
  sub->add_option("--wait", options->wait, "At most so long: 90s, 15m, 1h");
  sub->add_flag("--json", options->json, "Print each event as an object, one a line");
  sub->add_option("id", options->command, "The command's id (its jti)")->required();
  sub->callback([options, &out] { out.run = [options] { return tail(*options); }; });
}

} // namespace tier2::ctl
