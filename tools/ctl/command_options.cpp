#include "tools/ctl/command_options.hpp"

#include "actors/command/command_verifier.hpp"
#include "messages/wire/claims.hpp"
#include "messages/wire/json.hpp"
#include "tools/ctl/duration.hpp"
#include "tools/ctl/files.hpp"
#include "tools/ctl/signed_token.hpp"

#include <algorithm>
#include <charconv>

namespace tier2::ctl {

namespace {

using nlohmann::ordered_json;

constexpr std::array<std::pair<const char*, const char*>, 4> script_options{
    {{"--run-sh", "sh"}, {"--run-bash", "bash"}, {"--run-powershell", "powershell"}, {"--run-cmd", "cmd"}}};

tl::unexpected<error> wrong(std::string what) { return fail(errc::invalid_argument, std::move(what)); }

result<std::uint64_t> parse_count(const std::string& text) {
  std::uint64_t number = 0;
  const auto* const last = text.data() + text.size();
  const auto [end, failed] = std::from_chars(text.data(), last, number);
  if (failed != std::errc{} || end != last)
    return wrong("--max-output takes a whole number of bytes, 1 to 1073741824.");
  return number;
}

result<ordered_json> environment(const std::vector<std::string>& settings) {
  auto env = ordered_json::object();
  for (const auto& each : settings) {
    const auto equals = each.find('=');
    if (equals == std::string::npos) return wrong("--env takes NAME=VALUE.");
    const auto name = each.substr(0, equals);
    if (env.contains(name)) return wrong("--env names a variable twice.");
    env[name] = each.substr(equals + 1);
  }
  return env;
}

/// The value of `run`; what it may be is `parse_claims`' business.
result<ordered_json> run_json(const command_options& options, const std::vector<std::string>& words) {
  ordered_json run;
  if (options.as.empty())
    return wrong("Say who it runs as: --as system, or --as user for the one who is signed in.");
  if (options.exec) {
    run["shell"] = "exec";
    run["argv"] = words;
  } else {
    const auto& [option, file] = *options.scripts.begin();
    for (const auto& [name, shell] : script_options)
      if (option == name) run["shell"] = shell;
    if (file == "-" && options.input == "-")
      return wrong("Standard input cannot be both the script and --stdin; put one into a file.");
    auto script = read_text(file, wire::max_claims_bytes);
    if (!script) return tl::unexpected(script.error());
    run["script"] = std::move(*script);
    if (!words.empty()) run["args"] = words;
  }
  run["as"] = options.as;
  if (!options.session.empty()) run["session"] = options.session;
  if (!options.cwd.empty()) run["cwd"] = options.cwd;
  if (!options.on_overflow.empty()) run["on_overflow"] = options.on_overflow;
  if (!options.input.empty()) {
    auto input = read_text(options.input, wire::max_claims_bytes);
    if (!input) return tl::unexpected(input.error());
    run["stdin"] = std::move(*input);
  }
  if (!options.timeout.empty()) {
    const auto limit = parse_duration(options.timeout);
    if (!limit) return fail(limit.error().code, "--timeout: " + limit.error().what);
    run["timeout_s"] = limit->count();
  }
  if (!options.max_output.empty()) {
    const auto bytes = parse_count(options.max_output);
    if (!bytes) return tl::unexpected(bytes.error());
    run["max_output_bytes"] = *bytes;
  }
  auto env = environment(options.env);
  if (!env) return env;
  if (!env->empty()) run["env"] = std::move(*env);
  return run;
}

/// The `cmd` of the claims.
result<ordered_json> cmd_json(const command_options& options, const std::vector<std::string>& words) {
  if (!options.cmd.empty()) {
    const auto parsed = wire::parse_json(options.cmd, wire::max_claims_bytes, 8);
    if (!parsed) return fail(parsed.error().code, "--cmd: " + parsed.error().what);
    return ordered_json(*parsed);
  }
  auto run = run_json(options, words);
  if (!run) return run;
  return ordered_json{{"run", std::move(*run)}};
}

result<std::string> claims_text(const command_options& options, const std::vector<std::string>& words,
                                unix_seconds now) {
  if (!options.claims.empty()) return read_line(options.claims, wire::max_claims_bytes);
  if (options.audience.empty())
    return wrong("Say for which machines: --aud with an id, group:NAME or fleet:KID; once for each.");
  const auto lifetime = parse_duration(options.expires_in.empty() ? "1h" : options.expires_in);
  if (!lifetime) return fail(lifetime.error().code, "--expires-in: " + lifetime.error().what);
  auto cmd = cmd_json(options, words);
  if (!cmd) return tl::unexpected(cmd.error());
  ordered_json claims;
  if (options.audience.size() == 1)
    claims["aud"] = options.audience.front();
  else
    claims["aud"] = options.audience;
  claims["iat"] = now.time_since_epoch().count();
  claims["exp"] = (now + *lifetime).time_since_epoch().count();
  claims["jti"] = options.jti.empty() ? to_string(new_command_id()) : options.jti;
  claims["cmd"] = std::move(*cmd);
  auto text = wire::dump_json(claims);
  // Texts come from files and the command line: what is not UTF-8 would be replaced, and something else
  // signed.
  if (nlohmann::json::parse(text) != nlohmann::json(claims))
    return wrong("A text of the command is not UTF-8, so JSON cannot carry it as it is. Nothing was signed.");
  return text;
}

} // namespace

std::shared_ptr<command_options> add_command_options(CLI::App& sub) {
  const auto options = std::make_shared<command_options>();
  sub.add_option("--aud", options->audience,
                 "For whom: a machine's id, group:NAME or fleet:KID; once for each")
      ->take_all()
      ->allow_extra_args(false);
  sub.add_option("--expires-in", options->expires_in,
                 "How long it is good for: 90s, 15m; 1h otherwise, 24h at most");
  sub.add_option("--jti", options->jti, "Its id, a UUID; a random one otherwise");
  auto* const kinds = sub.add_option_group("What to do")->require_option(1);
  for (const auto& [name, shell] : script_options)
    kinds->add_option_function<std::string>(
        name, [options, option = name](const std::string& file) { options->scripts[option] = file; },
        std::string{"A file with a script for "} + shell + "; - is standard input. Its args after --");
  kinds->add_flag("--exec", options->exec, "Start a program without a shell; its argv after --");
  kinds->add_option("--cmd", options->cmd,
                    R"(Any command as JSON, like {"notify":{"title":"…","body":"…"}})");
  kinds->add_option("--claims", options->claims, "A file with the whole payload, signed as it is");
  sub.add_option("--as", options->as, "system or user; needed for what is run");
  sub.add_option("--session", options->session, "With --as user: which session");
  sub.add_option("--cwd", options->cwd, "Working directory, absolute");
  sub.add_option("--env", options->env, "NAME=VALUE; once for each")->take_all()->allow_extra_args(false);
  sub.add_option("--stdin", options->input, "A file with its standard input; - is ours");
  sub.add_option("--timeout", options->timeout, "How long it may run: 90s, 15m, 1h; 60s otherwise");
  sub.add_option("--max-output", options->max_output, "Bytes of output to send; 8388608 otherwise");
  sub.add_option("--on-overflow", options->on_overflow, "truncate (otherwise) or kill");
  return options;
}

result<prepared_payload> prepare(const command_options& options, const std::vector<std::string>& words,
                                 unix_seconds now) {
  const bool is_run = options.cmd.empty() && options.claims.empty();
  const bool has_run_options =
      !words.empty() || !options.env.empty() ||
      std::ranges::any_of(std::array{&options.as, &options.session, &options.cwd, &options.input,
                                     &options.timeout, &options.max_output, &options.on_overflow},
                          [](const auto* each) { return !each->empty(); });
  if (!is_run && has_run_options)
    return wrong(
        "--as, --session, --cwd, --env, --stdin, --timeout, --max-output, --on-overflow and words after "
        "\"--\" are for --exec and --run-...; --cmd and --claims say all themselves.");
  if (!options.claims.empty() &&
      !(options.audience.empty() && options.jti.empty() && options.expires_in.empty()))
    return wrong(
        "A --claims file is signed as it is, so --aud, --jti and --expires-in have no place beside it.");
  auto text = claims_text(options, words, now);
  if (!text) return tl::unexpected(text.error());
  auto claims = wire::parse_claims(*text);
  if (!claims) return tl::unexpected(claims.error());
  if (const auto* other = std::get_if<unsupported_command>(&claims->cmd))
    return wrong("This version has no command \"" + other->name + "\". Nothing was signed.");
  if (claims->expires - claims->issued > command_verifier::max_lifetime)
    return wrong("A command is good for at most 24 hours; every machine would refuse this one.");
  return prepared_payload{std::move(*text), std::move(*claims)};
}

} // namespace tier2::ctl
