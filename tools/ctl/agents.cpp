#include "messages/command.hpp"
#include "tools/ctl/posting.hpp"
#include "tools/ctl/subcommands.hpp"
#include "tools/ctl/table.hpp"
#include "tools/ctl/visible_text.hpp"

#include <vector>

namespace tier2::ctl {

namespace {

using nlohmann::json;

constexpr std::size_t most_agents = 20000;
constexpr std::size_t most_cell_bytes = 200;
using row = std::vector<std::string>;

struct agents_options {
  std::shared_ptr<connection_options> to;
  std::string group;
  bool connected{}, json{};
};

result<std::vector<json>> all_agents(cloud_client& client, const agents_options& options) {
  std::string query = "?limit=200";
  if (!options.group.empty()) query += "&group=" + options.group; // its characters need no encoding
  if (options.connected) query += "&connected=true";
  std::vector<json> all;
  std::string before;
  do {
    const auto page = client.get("/api/v1/agents" + query + (before.empty() ? "" : "&before=" + before));
    if (!page) return tl::unexpected(page.error());
    if (!page->is_object() || !page->contains("items") || !(*page)["items"].is_array())
      return fail(errc::malformed, "The cloud answered with something that is no list of machines.");
    for (const auto& each : (*page)["items"])
      all.push_back(each);
    const auto next = page->find("next");
    if (next == page->end()) return all;
    // It goes into the next request as it is: only what a cursor of ours can be.
    before = next->is_string() ? next->get<std::string>() : "";
    if (before.empty() || before.size() > 100 ||
        before.find_first_not_of("0123456789abcdefABCDEF-") != std::string::npos)
      return fail(errc::malformed,
                  "The cloud's list of machines goes on in a way that this version does not know.");
  } while (all.size() < most_agents);
  return fail(errc::too_large,
              "The list has more than " + std::to_string(most_agents) + " machines; narrow it with --group.");
}

std::string text_of(const json& from, const char* name) {
  const auto found = from.find(name);
  return found != from.end() && found->is_string() ? visible_text(found->get<std::string>(), most_cell_bytes)
                                                   : "";
}

row row_of(const json& agent) {
  if (!agent.is_object()) return row(6);
  std::string groups;
  if (const auto found = agent.find("groups"); found != agent.end() && found->is_array())
    for (const auto& each : *found)
      if (each.is_string() && groups.size() < most_cell_bytes)
        groups += (groups.empty() ? "" : " ") + visible_text(each.get<std::string>(), 64);
  const auto there = agent.find("connected");
  const bool connected = there != agent.end() && there->is_boolean() && there->get<bool>();
  auto seen = text_of(agent, "last_seen");
  if (seen.size() == 24) seen = seen.substr(0, 10) + " " + seen.substr(11, 8);
  const auto state = text_of(agent, "state");
  return {text_of(agent, "agent"),
          text_of(agent, "hostname"),
          state == "approved" ? (connected ? "connected" : "not there") : state,
          std::move(seen),
          text_of(agent, "version"),
          std::move(groups)};
}

/// Ids and times are of use only whole; names and groups give way.
void print_machines(const std::vector<json>& agents) {
  std::vector<row> rows{{"ID", "HOST", "STATE", "LAST SEEN (UTC)", "VERSION", "GROUPS"}};
  for (const auto& each : agents)
    rows.push_back(row_of(each));
  print_table(rows, {{5, 8}, {1, 12}});
}

int agents(const agents_options& options) {
  if (!options.group.empty() && !is_group_name(options.group))
    return report("agents", {errc::invalid_argument, "A group's name has 1 to 64 of A-Z a-z 0-9 . _ -"});
  auto client = connect(*options.to);
  if (!client) return report("agents", client.error());
  const auto found = all_agents(*client, options);
  if (!found) return report("agents", found.error(), exit_code_of(found.error()));
  if (options.json)
    std::cout << json(*found).dump(-1, ' ', true, json::error_handler_t::replace) << "\n";
  else if (found->empty())
    std::cerr << "tier2ctl: No machine fits.\n";
  else
    print_machines(*found);
  return exit_done;
}

} // namespace

void add_agents(CLI::App& app, outcome& out) {
  auto* const sub = app.add_subcommand("agents", "List the machines");
  const auto options = std::make_shared<agents_options>();
  options->to = add_connection_options(*sub);
  sub->add_option("--group", options->group, "Only those in this group, by their own configuration");
  sub->add_flag("--connected", options->connected, "Only those that are connected now");
  sub->add_flag("--json", options->json, "Print an array of objects");
  sub->callback([options, &out] { out.run = [options] { return agents(*options); }; });
}

} // namespace tier2::ctl
