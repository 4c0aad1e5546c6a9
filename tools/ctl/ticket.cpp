#include "messages/printable.hpp"
#include "messages/wire/manifest.hpp"
#include "tools/ctl/duration.hpp"
#include "tools/ctl/posting.hpp"
#include "tools/ctl/subcommands.hpp"
#include "tools/ctl/table.hpp"
#include "tools/ctl/ticket_page.hpp"
#include "tools/ctl/ticket_text.hpp"
#include "tools/ctl/ticket_zip.hpp"
#include "tools/ctl/visible_text.hpp"

#include <algorithm>
#include <charconv>

namespace tier2::ctl {

namespace {

using nlohmann::json;

constexpr std::uint32_t most_rows_at_once = 500;

struct ticket_options {
  std::shared_ptr<connection_options> to;
  std::int64_t number{};
  std::string agent, user, since, html, zip;
  std::uint32_t limit{50};
  bool json{}, force{};
};

int ended(const char* what, const error& why) {
  return report(std::string{"ticket "} + what, why, exit_code_of(why));
}

/// RFC 3986, section 2.1; letters, digits and - . _ stay.
std::string for_query(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_';
    if (plain)
      out += c;
    else
      (out += '%').append({hex[byte >> 4U], hex[byte & 15U]});
  }
  return out;
}

/// "36h" ago, "7d" ago, a day (UTC), or a time.
result<std::string> since_when(const std::string& text) {
  using namespace std::chrono;
  std::int64_t days = 0;
  const auto* const last = text.data() + text.size();
  if (const auto [end, wrong] = std::from_chars(text.data(), last, days);
      wrong == std::errc{} && end + 1 == last && *end == 'd' && days >= 1 && days <= 3650)
    return wire::to_rfc3339(system_clock::now() - hours{24} * days);
  if (const auto ago = parse_duration(text)) return wire::to_rfc3339(system_clock::now() - *ago);
  if (const auto at = wire::parse_rfc3339(text)) return wire::to_rfc3339(*at);
  if (const auto day = wire::parse_rfc3339(text + "T00:00:00Z")) return wire::to_rfc3339(*day);
  return fail(errc::invalid_argument,
              "\"" + printable(text, 40) +
                  "\" is no time; write 7d, 36h, 2026-01-02 or 2026-01-02T03:04:05Z.");
}

result<std::vector<json>> newest(cloud_client& client, const ticket_options& options) {
  std::string query =
      "?sort=received&order=desc&agent=" + for_query(options.agent) + "&user=" + for_query(options.user);
  if (!options.since.empty()) {
    const auto since = since_when(options.since);
    if (!since) return tl::unexpected(since.error());
    query += "&since=" + for_query(*since);
  }
  std::vector<json> rows;
  while (rows.size() < options.limit) {
    const auto limit = std::min<std::size_t>(options.limit - rows.size(), most_rows_at_once);
    const auto page = client.get("/api/v1/tickets" + query + "&limit=" + std::to_string(limit) +
                                 "&offset=" + std::to_string(rows.size()));
    if (!page) return tl::unexpected(page.error());
    const auto& tickets = member(*page, "tickets");
    if (!tickets.is_array() || tickets.size() > limit)
      return fail(errc::malformed, "The cloud answered with something that is no list of tickets.");
    rows.insert(rows.end(), tickets.begin(), tickets.end());
    if (tickets.size() < limit) break;
  }
  return rows;
}

int list(const ticket_options& options) {
  if (!options.since.empty())
    if (const auto since = since_when(options.since); !since) return report("ticket list", since.error());
  auto client = connect(*options.to);
  if (!client) return report("ticket list", client.error());
  const auto rows = newest(*client, options);
  if (!rows) return ended("list", rows.error());
  if (options.json) {
    std::cout << json(*rows).dump(-1, ' ', true, json::error_handler_t::replace) << "\n";
    return exit_done;
  }
  if (rows->empty()) {
    std::cerr << "tier2ctl: No ticket fits.\n";
    return exit_done;
  }
  std::vector<std::vector<std::string>> table{ticket_heads()};
  for (const auto& each : *rows)
    table.push_back(ticket_row(each));
  print_table(table, {{6, 12}, {4, 8}, {3, 8}});
  return exit_done;
}

int show(const ticket_options& options) {
  auto client = connect(*options.to);
  if (!client) return report("ticket show", client.error());
  const auto ticket = get_ticket(*client, options.number);
  if (!ticket) return ended("show", ticket.error());
  if (options.json)
    std::cout << ticket->document.dump(-1, ' ', true, json::error_handler_t::replace) << "\n";
  else
    std::cout << ticket_text(*ticket);
  return exit_done;
}

/// Writes one file and puts it in its place; what is not whole leaves none.
template <class F>
result<void> write_file(const std::string& path, bool force, F&& write) {
  auto file = new_file::open(path, force);
  if (!file) return tl::unexpected(file.error());
  if (auto written = write(*file); !written) return written;
  return file->keep();
}

int export_to(const ticket_options& options) {
  if (options.html.empty() && options.zip.empty())
    return report("ticket export",
                  {errc::invalid_argument, "Say what to write: --html FILE, --zip FILE, or both."});
  for (const auto& path : {options.html, options.zip})
    if (!path.empty())
      if (const auto fine = new_file::open(path, options.force); !fine)
        return report("ticket export", fine.error());
  auto client = connect(*options.to);
  if (!client) return report("ticket export", client.error());
  const auto ticket = get_ticket(*client, options.number);
  if (!ticket) return ended("export", ticket.error());
  const auto now = wire::to_rfc3339(std::chrono::system_clock::now());
  if (!options.html.empty())
    if (auto done = write_file(options.html, options.force,
                               [&](new_file& to) { return write_page(*client, *ticket, now, to); });
        !done)
      return ended("export", done.error());
  if (!options.zip.empty())
    if (auto done = write_file(options.zip, options.force,
                               [&](new_file& to) { return write_zip(*client, *ticket, to); });
        !done)
      return ended("export", done.error());
  return exit_done;
}

int remove(const ticket_options& options) {
  auto client = connect(*options.to);
  if (!client) return report("ticket delete", client.error());
  const auto gone = client->remove("/api/v1/tickets/" + std::to_string(options.number));
  if (!gone) return ended("delete", gone.error());
  if (options.json)
    std::cout << gone->dump(-1, ' ', true, json::error_handler_t::replace) << "\n";
  else
    std::cout << "Ticket " << options.number << " was deleted at " << visible_text(text_in(*gone, "at"), 40)
              << " by " << visible_text(text_in(*gone, "by"), 100) << ".\n";
  return exit_done;
}

using action = int (*)(const ticket_options&);

CLI::App* choice(CLI::App& under, outcome& out, const std::shared_ptr<ticket_options>& options,
                 const char* name, const char* what, action run) {
  auto* const sub = under.add_subcommand(name, what);
  const auto to = add_connection_options(*sub);
  sub->callback([options, to, run, &out] {
    options->to = to;
    out.run = [options, run] { return run(*options); };
  });
  return sub;
}

} // namespace

void add_ticket(CLI::App& app, outcome& out) {
  auto* const tickets =
      app.add_subcommand("ticket", "List, show, export and delete tickets")->require_subcommand(1);
  const auto options = std::make_shared<ticket_options>();
  const auto one = [&](const char* name, const char* what, action run) {
    auto* const sub = choice(*tickets, out, options, name, what, run);
    sub->add_option("number", options->number, "The ticket's number")
        ->required()
        ->check(CLI::Range(1LL, 999999999999999LL));
    return sub;
  };
  auto* const list_them = choice(*tickets, out, options, "list", "The newest first", list);
  list_them->add_option("--agent", options->agent, "Only of this agent's id");
  list_them->add_option("--user", options->user, "Only of this user, by the machine's own word");
  list_them->add_option("--since", options->since, "Only newer ones: 7d, 36h, 2026-01-02 or a time");
  list_them->add_option("--limit", options->limit, "How many at most (50)")->check(CLI::Range(1, 20000));
  list_them->add_flag("--json", options->json, "Print an array of objects");
  one("show", "Print one", show)->add_flag("--json", options->json, "Print it as the cloud has it");
  auto* const exported = one("export", "Write one into files of this computer", export_to);
  exported->add_option("--html", options->html, "A page that replays it in any browser, without a network");
  exported->add_option("--zip", options->zip, "Its pictures, facts and other files");
  exported->add_flag("--force", options->force, "Replace files that are there");
  one("delete", "Delete one for ever, for everybody", remove)
      ->add_flag("--json", options->json, "Print an object");
}

} // namespace tier2::ctl
