#include "actors/command/audit_log.hpp"
#include "tools/ctl/files.hpp"
#include "tools/ctl/subcommands.hpp"

#include <memory>
#include <nlohmann/json.hpp>

namespace tier2::ctl {

namespace {

// A log's newest line may go a little beyond its bound.
constexpr std::size_t most_log_bytes = audit_log::max_file_bytes + (1U << 20U);

struct audit_options {
  std::string file;
  bool json{};
};

int check(const audit_options& options) {
  const auto text = read_text(options.file, most_log_bytes);
  if (!text) return report("audit check", text.error());
  const auto found = check_audit(*text);
  if (options.json) {
    nlohmann::ordered_json said{{"holds", found.has_value()}};
    if (found) {
      said["lines"] = found->lines;
      said["last"] = to_string(found->last);
    } else {
      said["detail"] = found.error().what;
    }
    std::cout << said.dump() << "\n";
    return found ? exit_done : exit_refused;
  }
  if (!found) {
    std::cout << "broken\n";
    return report("audit check", found.error(), exit_refused);
  }
  std::cout << "holds: " << found->lines << (found->lines == 1 ? " line" : " lines")
            << ", the last has the digest " << to_string(found->last) << "\n";
  return exit_done;
}

} // namespace

void add_audit(CLI::App& app, outcome& out) {
  auto* const sub = app.add_subcommand("audit", "An agent's own record of commands")->require_subcommand(1);
  auto* const checking =
      sub->add_subcommand("check", "See whether no line was changed or taken out of its audit.log");
  const auto options = std::make_shared<audit_options>();
  checking->add_option("file", options->file, "The file; - is standard input")->required();
  checking->add_flag("--json", options->json, "Print an object: holds, lines, last, detail");
  checking->callback([options, &out] { out.run = [options] { return check(*options); }; });
}

} // namespace tier2::ctl
