#include "messages/wire/claims.hpp"

#include "messages/printable.hpp"
#include "messages/wire/strict_object.hpp"

#include <algorithm>

namespace tier2::wire {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int max_claims_depth = 8;
constexpr std::int64_t end_of_times = 9214646400 - 1; // 2261-12-31T23:59:59Z: later ones overflow clocks
constexpr std::array<std::string_view, 5> shells{"sh", "bash", "powershell", "cmd", "exec"};
constexpr std::array<std::string_view, 2> accounts{"system", "user"};
constexpr std::array<std::string_view, 2> overflow_rules{"truncate", "kill"};

// Not <cctype>: its answers depend on the locale.
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_name(std::string_view text, std::size_t most) {
  return !text.empty() && text.size() <= most && std::ranges::all_of(text, [](char c) {
    return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
  });
}

bool is_variable(std::string_view name) {
  return !name.empty() && name.size() <= max_claim_name_bytes && !is_digit(name.front()) &&
         std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

void read_environment(strict_object& from, std::map<std::string, std::string>& into) {
  const auto* all = from.member("env", presence::optional);
  if (all == nullptr) return;
  if (!all->is_object() || all->size() > max_command_texts)
    return from.refuse("env", "must be a JSON object of at most 256 texts");
  for (const auto& [name, value] : all->items()) {
    const auto path = "env." + printable(name, 64);
    if (!is_variable(name))
      return from.refuse(path, "has a name that is not [A-Za-z_][A-Za-z0-9_]* of at most 255 bytes");
    if (!from.check_text(value, from.at(path), 0, max_claims_bytes)) return;
    into[name] = value.get_ref<const std::string&>();
  }
}

run_command read_run(strict_object& from) {
  run_command run;
  if (const auto shell = from.choice("shell", shells)) run.shell = static_cast<command_shell>(*shell);
  if (const auto as = from.choice("as", accounts)) run.as = static_cast<command_account>(*as);
  if (run.shell == command_shell::exec) {
    for (const auto* name : {"script", "args"})
      if (from.has(name)) from.refuse(name, "is not for the shell \"exec\", which starts \"argv\" itself");
    from.texts("argv", run.argv, 1, max_command_texts, max_claims_bytes);
    if (from.ok() && run.argv.front().empty()) from.refuse("argv[0]", "must name a program");
  } else {
    if (from.has("argv")) from.refuse("argv", "is only for the shell \"exec\"; others take script and args");
    from.text("script", run.script, 1, max_claims_bytes);
    from.texts("args", run.args, 0, max_command_texts, max_claims_bytes, presence::optional);
  }
  from.text("stdin", run.input, 0, max_claims_bytes, presence::optional);
  from.text("session", run.session, 1, max_claim_name_bytes, presence::optional);
  if (!run.session.empty() && run.as != command_account::user)
    from.refuse("session", "is only for \"as\": \"user\"");
  from.text("cwd", run.cwd, 1, max_cwd_bytes, presence::optional);
  if (!run.cwd.empty() && !run.cwd.starts_with('/')) from.refuse("cwd", "must be an absolute path");
  read_environment(from, run.env);
  if (const auto seconds = from.integer("timeout_s", 1, max_timeout_s, presence::optional))
    run.timeout = std::chrono::seconds{*seconds};
  if (const auto bytes = from.integer("max_output_bytes", 1, largest_output_bytes, presence::optional))
    run.max_output_bytes = static_cast<std::uint64_t>(*bytes);
  if (const auto rule = from.choice("on_overflow", overflow_rules, presence::optional))
    run.on_overflow = static_cast<overflow_rule>(*rule);
  return run;
}

set_groups_command read_set_groups(strict_object& from) {
  set_groups_command set;
  from.texts("groups", set.groups, 0, max_groups, max_claims_bytes);
  for (std::size_t i = 0; i < set.groups.size(); ++i)
    if (!is_name(set.groups[i], max_command_name_bytes))
      from.refuse("groups[" + std::to_string(i) + "]", "must have 1 to 64 of A-Z a-z 0-9 . _ -");
  return set;
}

command read_one(const std::string& name, strict_object& from) {
  if (name == "run") return read_run(from);
  if (name == "set_groups") return read_set_groups(from);
  if (name == "cancel") {
    cancel_command cancel;
    from.id("jti", cancel.jti);
    return cancel;
  }
  if (name == "report") {
    report_command report;
    from.text("message", report.message, 0, max_report_bytes);
    return report;
  }
  if (name == "notify") {
    notify_command notify;
    from.text("title", notify.title, 1, max_claim_name_bytes);
    from.text("body", notify.body, 0, max_report_bytes);
    return notify;
  }
  restart_actor_command restart;
  from.text("program", restart.program, 1, max_claim_name_bytes);
  from.text("session", restart.session, 1, max_claim_name_bytes, presence::optional);
  from.text("name", restart.name, 1, max_claim_name_bytes);
  return restart;
}

command read_command(strict_object& claims, std::optional<error>& failed) {
  constexpr std::array<std::string_view, 6> known{"run",    "cancel",     "report",
                                                  "notify", "set_groups", "restart_actor"};
  const auto* cmd = claims.member("cmd");
  if (cmd == nullptr) return {};
  if (!cmd->is_object() || cmd->size() != 1) {
    claims.refuse("cmd", "must be a JSON object with exactly one member, the command");
    return {};
  }
  const auto& name = cmd->begin().key();
  if (!is_name(name, max_command_name_bytes)) {
    claims.refuse("cmd", "names a command with other characters than A-Z a-z 0-9 . _ -, or more than 64");
    return {};
  }
  if (std::ranges::find(known, name) == known.end()) return unsupported_command{name};
  strict_object inner{cmd->front(), "cmd." + name, failed};
  auto read = read_one(name, inner);
  inner.finish();
  return read;
}

std::vector<std::string> read_audience(strict_object& claims) {
  const auto* aud = claims.member("aud");
  if (aud == nullptr) return {};
  std::vector<std::string> audience;
  if (aud->is_string()) {
    claims.text("aud", audience.emplace_back(), 1, max_claim_name_bytes);
  } else {
    claims.texts("aud", audience, 1, max_audience, max_claim_name_bytes);
    for (std::size_t i = 0; i < audience.size(); ++i)
      if (audience[i].empty()) claims.refuse("aud[" + std::to_string(i) + "]", "is empty");
  }
  return audience;
}

unix_seconds time_from(std::optional<std::int64_t> seconds) {
  return unix_seconds{std::chrono::seconds{seconds.value_or(0)}};
}

ordered_json run_json(const run_command& run) {
  ordered_json out{{"shell", shells.at(static_cast<std::size_t>(run.shell))},
                   {"as", accounts.at(static_cast<std::size_t>(run.as))}};
  if (!run.script.empty()) out["script"] = run.script;
  if (!run.argv.empty()) out["argv"] = run.argv;
  if (!run.args.empty()) out["args"] = run.args;
  if (!run.input.empty()) out["stdin"] = run.input;
  if (!run.session.empty()) out["session"] = run.session;
  if (!run.cwd.empty()) out["cwd"] = run.cwd;
  if (!run.env.empty()) out["env"] = run.env;
  out["timeout_s"] = run.timeout.count();
  out["max_output_bytes"] = run.max_output_bytes;
  out["on_overflow"] = overflow_rules.at(static_cast<std::size_t>(run.on_overflow));
  return out;
}

struct command_json {
  ordered_json operator()(const run_command& c) const { return run_json(c); }
  ordered_json operator()(const cancel_command& c) const { return {{"jti", to_string(c.jti)}}; }
  ordered_json operator()(const report_command& c) const { return {{"message", c.message}}; }
  ordered_json operator()(const set_groups_command& c) const { return {{"groups", ordered_json(c.groups)}}; }
  ordered_json operator()(const notify_command& c) const { return {{"title", c.title}, {"body", c.body}}; }
  ordered_json operator()(const restart_actor_command& c) const {
    ordered_json out{{"program", c.program}};
    if (!c.session.empty()) out["session"] = c.session;
    out["name"] = c.name;
    return out;
  }
  ordered_json operator()(const unsupported_command&) const { return ordered_json::object(); }
};

} // namespace

result<command_claims> parse_claims(std::string_view text) {
  const auto document = parse_json(text, max_claims_bytes, max_claims_depth);
  if (!document) return fail(errc::malformed, "The payload was refused. " + document.error().what);
  std::optional<error> failed;
  strict_object from{*document, {}, failed};
  command_claims claims;
  claims.audience = read_audience(from);
  claims.issued = time_from(from.integer("iat", 0, end_of_times));
  claims.expires = time_from(from.integer("exp", 0, end_of_times));
  if (claims.expires <= claims.issued) from.refuse("exp", "must be after \"iat\"");
  if (const auto nbf = from.integer("nbf", 0, end_of_times, presence::optional))
    claims.not_before = time_from(nbf);
  from.id("jti", claims.jti);
  claims.cmd = read_command(from, failed);
  from.finish();
  if (failed) return tl::unexpected<error>(*failed);
  return claims;
}

result<std::string> encode_claims(const command_claims& claims) {
  ordered_json out;
  if (claims.audience.size() == 1)
    out["aud"] = claims.audience.front();
  else
    out["aud"] = claims.audience;
  out["iat"] = claims.issued.time_since_epoch().count();
  if (claims.not_before) out["nbf"] = claims.not_before->time_since_epoch().count();
  out["exp"] = claims.expires.time_since_epoch().count();
  out["jti"] = to_string(claims.jti);
  out["cmd"] = ordered_json{{std::string{name_of(claims.cmd)}, std::visit(command_json{}, claims.cmd)}};
  auto text = dump_json(out);
  // What the writer mended (invalid UTF-8) or left out must not be signed as if it were what was meant.
  const auto again = parse_claims(text);
  if (!again) return tl::unexpected(again.error());
  if (*again != claims)
    return fail(errc::malformed,
                "The command cannot be written as JSON without loss; a text in it is not UTF-8, or holds a "
                "member that its kind has not. It was not encoded.");
  return text;
}

} // namespace tier2::wire
