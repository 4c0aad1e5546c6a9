#include "messages/wire/claims.hpp"

#include <doctest/doctest.h>
#include <functional>
#include <nlohmann/json.hpp>

using namespace tier2;
using namespace tier2::wire;
using nlohmann::json;

namespace {

json base() {
  return {{"aud", "0a1b2c3d-0000-4000-8000-0123456789ab"},
          {"iat", 1700000000},
          {"exp", 1700000600},
          {"jti", "11111111-2222-4333-8444-555555555555"},
          {"cmd", {{"run", {{"shell", "sh"}, {"script", "echo hi"}, {"as", "system"}}}}}};
}

/// "" when it is accepted, else the error's text.
std::string refusal(const json& claims) {
  const auto parsed = parse_claims(claims.dump());
  if (parsed) return {};
  CHECK(parsed.error().code == errc::malformed);
  return parsed.error().what;
}
bool accepted(const json& claims) { return refusal(claims).empty(); }

/// Refused, with the member's path.
bool names(const json& claims, const std::string& path) {
  const auto why = refusal(claims);
  INFO(why);
  CHECK(why.find("\"" + path + "\"") != std::string::npos);
  return why.find("\"" + path + "\"") != std::string::npos;
}

json with(const std::string& pointer, const json& value) {
  auto claims = base();
  claims[json::json_pointer{pointer}] = value;
  return claims;
}
json with_cmd(const std::string& name, const json& value) { return with("/cmd", {{name, value}}); }
json exec(const json& argv) { return with_cmd("run", {{"shell", "exec"}, {"argv", argv}, {"as", "system"}}); }
json run_with(const std::string& name, const json& value) { return with("/cmd/run/" + name, value); }

command_claims full() {
  command_claims claims;
  claims.audience = {"0a1b2c3d-0000-4000-8000-0123456789ab", "group:desk", "fleet:abc"};
  claims.issued = unix_seconds{std::chrono::seconds{1700000000}};
  claims.not_before = unix_seconds{std::chrono::seconds{1700000001}};
  claims.expires = unix_seconds{std::chrono::seconds{1700000600}};
  claims.jti = *parse_uuid("11111111-2222-4333-8444-555555555555");
  run_command run;
  run.shell = command_shell::bash;
  run.script = "echo \"$1\"\n";
  run.args = {"", "ü", "{}"};
  run.input = "line\n";
  run.as = command_account::user;
  run.session = "c2";
  run.cwd = "/tmp";
  run.env = {{"A", "1"}, {"_b2", ""}};
  run.timeout = std::chrono::seconds{5};
  run.max_output_bytes = 1000;
  run.on_overflow = overflow_rule::kill;
  claims.cmd = run;
  return claims;
}

constexpr std::string_view full_text =
    R"({"aud":["0a1b2c3d-0000-4000-8000-0123456789ab","group:desk","fleet:abc"],"iat":1700000000,"nbf":1700000001,)"
    R"("exp":1700000600,"jti":"11111111-2222-4333-8444-555555555555","cmd":{"run":{"shell":"bash","as":"user",)"
    R"("script":"echo \"$1\"\n","args":["","ü","{}"],"stdin":"line\n","session":"c2","cwd":"/tmp",)"
    R"("env":{"A":"1","_b2":""},"timeout_s":5,"max_output_bytes":1000,"on_overflow":"kill"}}})";

} // namespace

TEST_CASE("the whole of a command has one golden text, and reading it gives the command back") {
  const auto text = encode_claims(full());
  REQUIRE(text);
  CHECK(*text == full_text);
  const auto back = parse_claims(*text);
  REQUIRE(back);
  CHECK(*back == full());
}

TEST_CASE("every kind of command is written and read without loss") {
  auto claims = full();
  claims.audience = {"one"};
  claims.not_before.reset();
  run_command exec;
  exec.shell = command_shell::exec;
  exec.argv = {"/bin/echo", "", "-n"};
  const auto other = *parse_uuid("99999999-2222-4333-8444-555555555555");
  for (const command& cmd : std::vector<command>{
           exec, cancel_command{other}, report_command{""}, report_command{"look"}, set_groups_command{},
           set_groups_command{{"a", "B.c_d-9"}}, notify_command{"title", ""}, notify_command{"t", "b\nc"},
           restart_actor_command{"tier2-service", "", "runner"},
           restart_actor_command{"buttonhelper", "c2", "x"}, unsupported_command{"install_pack"}}) {
    claims.cmd = cmd;
    const auto text = encode_claims(claims);
    CAPTURE(name_of(cmd));
    REQUIRE(text);
    const auto back = parse_claims(*text);
    REQUIRE(back);
    CHECK(*back == claims);
  }
}

TEST_CASE("what cannot be written without loss is not written") {
  auto claims = full();
  const auto with_run = [&](const std::function<void(run_command&)>& change) {
    auto changed = claims;
    change(std::get<run_command>(changed.cmd));
    return encode_claims(changed);
  };
  CHECK_FALSE(with_run([](auto& run) { run.script = "\xff"; }));
  CHECK_FALSE(with_run([](auto& run) { run.script = ""; }));
  CHECK_FALSE(with_run([](auto& run) { run.argv = {"x"}; }));
  CHECK_FALSE(with_run([](auto& run) { run.timeout = std::chrono::seconds{0}; }));
  CHECK_FALSE(with_run([](auto& run) { run.env["1"] = ""; }));
  claims.jti = {};
  CHECK_FALSE(encode_claims(claims));
}

TEST_CASE("what is left out has the documented value") {
  const auto claims = parse_claims(base().dump());
  REQUIRE(claims);
  const auto& run = std::get<run_command>(claims->cmd);
  CHECK(run.timeout == std::chrono::seconds{60});
  CHECK(run.max_output_bytes == 8U << 20U);
  CHECK(run.on_overflow == overflow_rule::truncate);
  CHECK(run.cwd.empty());
  CHECK(run.env.empty());
  CHECK_FALSE(claims->not_before);
}

TEST_CASE("every truncation of the claims is refused") {
  REQUIRE(parse_claims(full_text));
  for (std::size_t size = 0; size < full_text.size(); ++size)
    CHECK_FALSE(parse_claims(full_text.substr(0, size)));
}

TEST_CASE("a member that is not known is refused wherever it stands, with its path") {
  CHECK(names(with("/sub", "x"), "sub"));
  CHECK(names(with("/iss", "x"), "iss"));
  CHECK(names(run_with("timeout", 5), "cmd.run.timeout"));
  CHECK(names(run_with("Shell", "sh"), "cmd.run.Shell"));
  CHECK(names(with_cmd("cancel", {{"jti", base()["jti"]}, {"force", true}}), "cmd.cancel.force"));
  CHECK(names(with_cmd("report", {{"message", ""}, {"x", 1}}), "cmd.report.x"));
  CHECK(names(with_cmd("set_groups", {{"groups", json::array()}, {"x", 1}}), "cmd.set_groups.x"));
  CHECK(names(with_cmd("notify", {{"title", "a"}, {"body", ""}, {"url", ""}}), "cmd.notify.url"));
  CHECK(names(with_cmd("restart_actor", {{"program", "a"}, {"name", "b"}, {"x", 1}}), "cmd.restart_actor.x"));
}

TEST_CASE("each required member is missed, by its path") {
  for (const char* name : {"aud", "iat", "exp", "jti", "cmd"}) {
    auto claims = base();
    claims.erase(name);
    CHECK(names(claims, name));
  }
  for (const char* name : {"shell", "as", "script"}) {
    auto claims = base();
    claims["cmd"]["run"].erase(name);
    CHECK(names(claims, std::string{"cmd.run."} + name));
  }
  CHECK(names(with_cmd("run", {{"shell", "exec"}, {"as", "user"}}), "cmd.run.argv"));
  CHECK(names(with_cmd("cancel", json::object()), "cmd.cancel.jti"));
  CHECK(names(with_cmd("report", json::object()), "cmd.report.message"));
  CHECK(names(with_cmd("set_groups", json::object()), "cmd.set_groups.groups"));
  CHECK(names(with_cmd("notify", {{"body", ""}}), "cmd.notify.title"));
  CHECK(names(with_cmd("notify", {{"title", "x"}}), "cmd.notify.body"));
  CHECK(names(with_cmd("restart_actor", {{"name", "x"}}), "cmd.restart_actor.program"));
  CHECK(names(with_cmd("restart_actor", {{"program", "x"}}), "cmd.restart_actor.name"));
}

TEST_CASE("null, and a value of another type, is no value") {
  for (const std::string pointer :
       {"/aud", "/iat", "/exp", "/nbf", "/jti", "/cmd", "/cmd/run", "/cmd/run/shell", "/cmd/run/script",
        "/cmd/run/args", "/cmd/run/stdin", "/cmd/run/as", "/cmd/run/session", "/cmd/run/cwd", "/cmd/run/env",
        "/cmd/run/timeout_s", "/cmd/run/max_output_bytes", "/cmd/run/on_overflow"}) {
    CAPTURE(pointer);
    CHECK_FALSE(accepted(with(pointer, nullptr)));
    CHECK_FALSE(accepted(with(pointer, true)));
    if (pointer != "/cmd") CHECK_FALSE(accepted(with(pointer, {{"x", 1}})));
    CHECK_FALSE(accepted(with(pointer, json::array({1}))));
  }
  CHECK_FALSE(parse_claims("[]"));
  CHECK_FALSE(parse_claims("null"));
}

TEST_CASE("aud is a text or 1 to 1024 texts, of 1 to 255 bytes each") {
  CHECK(accepted(with("/aud", json(std::string(255, 'a')))));
  CHECK(names(with("/aud", std::string(256, 'a')), "aud"));
  CHECK(names(with("/aud", ""), "aud"));
  CHECK(names(with("/aud", json::array()), "aud"));
  CHECK(accepted(with("/aud", json(std::vector<std::string>(1024, "a")))));
  CHECK(names(with("/aud", json(std::vector<std::string>(1025, "a"))), "aud"));
  CHECK(names(with("/aud", json::array({"a", ""})), "aud[1]"));
  CHECK(names(with("/aud", json::array({"a", 1})), "aud[1]"));
  CHECK(names(with("/aud", json::array({std::string(256, 'a')})), "aud[0]"));
}

TEST_CASE("times are whole seconds from 1970 to 2261, and exp is after iat") {
  for (const char* name : {"iat", "exp", "nbf"}) {
    CAPTURE(name);
    for (const char* value : {"1.7e9", "1700000300.0", "1700000300.5", "-1", "\"1700000300\"", "9214646400",
                              "18446744073709551616", "9007199254740993"}) {
      CAPTURE(value);
      CHECK(names(with(std::string{"/"} + name, json::parse(value)), name));
    }
  }
  CHECK(accepted(with("/exp", 9214646399)));
  CHECK(accepted(with("/iat", 0)));
  CHECK(accepted(with("/nbf", 0)));
  CHECK(accepted(with("/exp", 1700000001)));
  CHECK(names(with("/exp", 1700000000), "exp"));
  CHECK(names(with("/exp", 1699999999), "exp"));
}

TEST_CASE("an id is a UUID in lower case and not the nil one") {
  for (const char* value :
       {"", "1", "11111111-2222-4333-8444-55555555555", "11111111-2222-4333-8444-5555555555555",
        "11111111-2222-4333-8444-55555555555A", "{11111111-2222-4333-8444-555555555555}",
        "00000000-0000-0000-0000-000000000000", "11111111222243338444555555555555"}) {
    CAPTURE(value);
    CHECK(names(with("/jti", value), "jti"));
    CHECK(names(with_cmd("cancel", {{"jti", value}}), "cmd.cancel.jti"));
  }
  CHECK(accepted(with_cmd("cancel", {{"jti", "99999999-2222-4333-8444-555555555555"}})));
}

TEST_CASE("cmd has exactly one member, with a name of 1 to 64 plain characters") {
  CHECK(names(with("/cmd", json::object()), "cmd"));
  CHECK(names(with("/cmd", {{"report", {{"message", ""}}}, {"cancel", 1}}), "cmd"));
  CHECK(accepted(with_cmd(std::string(64, 'x'), 1)));
  CHECK(names(with_cmd(std::string(65, 'x'), 1), "cmd"));
  CHECK(names(with_cmd("", 1), "cmd"));
  CHECK(names(with_cmd("run ", 1), "cmd"));
  CHECK(names(with_cmd("r\nn", 1), "cmd"));
  CHECK_FALSE(parse_claims(R"({"aud":"a","iat":1,"exp":2,"jti":"11111111-2222-4333-8444-555555555555",)"
                           R"("cmd":{"report":{"message":"a"},"report":{"message":"b"}}})"));
}

TEST_CASE("a command of another name is unsupported, whatever it says") {
  for (const auto& name : {"install_pack", "pack", "Run", "shutdown"})
    for (const json& value : {json::object(), json{{"name", "x"}}, json(nullptr), json::array({1, 2})}) {
      const auto claims = parse_claims(with_cmd(name, value).dump());
      REQUIRE(claims);
      CHECK(claims->cmd == command{unsupported_command{name}});
    }
}

TEST_CASE("a shell takes a script and args; exec takes argv and nothing of theirs") {
  for (const auto& shell : {"sh", "bash", "powershell", "cmd"})
    CHECK(accepted(run_with("shell", shell)));
  for (const auto& shell : {"zsh", "SH", "sh ", ""})
    CHECK(names(run_with("shell", shell), "cmd.run.shell"));
  CHECK(names(run_with("argv", json::array({"x"})), "cmd.run.argv"));
  CHECK(names(run_with("script", ""), "cmd.run.script"));
  CHECK(accepted(exec(json::array({"/bin/true"}))));
  CHECK(names(exec(json::array()), "cmd.run.argv"));
  CHECK(names(exec(json::array({""})), "cmd.run.argv[0]"));
  CHECK(accepted(exec(json(std::vector<std::string>(256, "a")))));
  CHECK(names(exec(json(std::vector<std::string>(257, "a"))), "cmd.run.argv"));
  for (const auto& name : {"script", "args"}) {
    auto claims = exec(json::array({"x"}));
    claims["cmd"]["run"][name] = name == std::string{"args"} ? json::array({"a"}) : json("x");
    CHECK(names(claims, std::string{"cmd.run."} + name));
  }
  CHECK(accepted(run_with("args", json(std::vector<std::string>(256, "")))));
  CHECK(names(run_with("args", json(std::vector<std::string>(257, ""))), "cmd.run.args"));
  CHECK(names(run_with("args", json::array({"a", 1})), "cmd.run.args[1]"));
}

TEST_CASE("a NUL character is refused in every text") {
  const std::string nul{"a\0b", 3};
  for (const auto& name : {"script", "stdin", "cwd", "session"}) {
    auto claims = run_with("as", "user");
    claims["cmd"]["run"][name] = "/" + nul;
    CHECK(names(claims, std::string{"cmd.run."} + name));
  }
  CHECK(names(run_with("args", json::array({nul})), "cmd.run.args[0]"));
  CHECK(names(exec(json::array({"x", nul})), "cmd.run.argv[1]"));
  CHECK(names(run_with("env", {{"A", nul}}), "cmd.run.env.A"));
  CHECK(names(with("/aud", nul), "aud"));
  CHECK(names(with_cmd("report", {{"message", nul}}), "cmd.report.message"));
  CHECK(names(with_cmd("notify", {{"title", "a"}, {"body", nul}}), "cmd.notify.body"));
}

TEST_CASE("as is system or user, and only a user has a session") {
  CHECK(accepted(run_with("as", "user")));
  CHECK(names(run_with("as", "root"), "cmd.run.as"));
  CHECK(names(run_with("session", "c2"), "cmd.run.session"));
  auto claims = run_with("as", "user");
  claims["cmd"]["run"]["session"] = std::string(255, 's');
  CHECK(accepted(claims));
  claims["cmd"]["run"]["session"] = std::string(256, 's');
  CHECK(names(claims, "cmd.run.session"));
}

TEST_CASE("cwd is absolute and has at most 4096 bytes") {
  CHECK(accepted(run_with("cwd", "/")));
  CHECK(accepted(run_with("cwd", "/" + std::string(4095, 'd'))));
  CHECK(names(run_with("cwd", "/" + std::string(4096, 'd')), "cmd.run.cwd"));
  for (const auto& path : {"", "tmp", "./x", "~", " /"})
    CHECK(names(run_with("cwd", path), "cmd.run.cwd"));
}

TEST_CASE("env has at most 256 variables with names of letters, digits and underscores") {
  json many = json::object();
  for (int i = 0; i < 256; ++i)
    many["V" + std::to_string(i)] = "";
  CHECK(accepted(run_with("env", many)));
  many["W"] = "";
  CHECK(names(run_with("env", many), "cmd.run.env"));
  for (const auto& name : {"A", "_", "a1_B", "LD_PRELOAD", "BASH_ENV", "PATH"})
    CHECK(accepted(run_with("env", {{name, "x=y"}})));
  for (const std::string name : {"", "1A", "A-B", "A=B", "A B", "Ä", "A."})
    CHECK_FALSE(accepted(run_with("env", {{name, ""}})));
  CHECK(accepted(run_with("env", {{std::string(255, 'A'), ""}})));
  CHECK_FALSE(accepted(run_with("env", {{std::string(256, 'A'), ""}})));
  CHECK(names(run_with("env", {{"A", 1}}), "cmd.run.env.A"));
}

TEST_CASE("time, output and what happens on overflow have their bounds") {
  for (const auto& value : {1, 86400})
    CHECK(accepted(run_with("timeout_s", value)));
  for (const json& value : {json(0), json(86401), json(-1), json(1.0), json("60")})
    CHECK(names(run_with("timeout_s", value), "cmd.run.timeout_s"));
  for (const std::int64_t value : {1LL, 1LL << 30})
    CHECK(accepted(run_with("max_output_bytes", value)));
  for (const json& value : {json(0), json((1LL << 30) + 1), json(-1), json(1e6)})
    CHECK(names(run_with("max_output_bytes", value), "cmd.run.max_output_bytes"));
  for (const auto& value : {"truncate", "kill"})
    CHECK(accepted(run_with("on_overflow", value)));
  CHECK(names(run_with("on_overflow", "drop"), "cmd.run.on_overflow"));
}

TEST_CASE("groups are at most 64 names of 1 to 64 plain characters") {
  const auto groups = [](const json& list) { return with_cmd("set_groups", {{"groups", list}}); };
  CHECK(accepted(groups(json::array())));
  CHECK(accepted(groups(json(std::vector<std::string>(64, std::string(64, 'g'))))));
  CHECK(names(groups(json(std::vector<std::string>(65, "g"))), "cmd.set_groups.groups"));
  for (const auto& name : {"", "a b", "a/b", "ä", "a:b", "a\n"})
    CHECK(names(groups(json::array({"ok", name})), "cmd.set_groups.groups[1]"));
  CHECK(names(groups(json::array({std::string(65, 'g')})), "cmd.set_groups.groups[0]"));
}

TEST_CASE("messages to people have their bounds") {
  CHECK(accepted(with_cmd("report", {{"message", std::string(4096, 'm')}})));
  CHECK(names(with_cmd("report", {{"message", std::string(4097, 'm')}}), "cmd.report.message"));
  const auto notify = [](std::size_t title, std::size_t body) {
    return with_cmd("notify", {{"title", std::string(title, 't')}, {"body", std::string(body, 'b')}});
  };
  CHECK(accepted(notify(255, 4096)));
  CHECK(names(notify(256, 0), "cmd.notify.title"));
  CHECK(names(notify(0, 0), "cmd.notify.title"));
  CHECK(names(notify(1, 4097), "cmd.notify.body"));
  for (const auto& name : {"program", "session", "name"}) {
    json restart{{"program", "p"}, {"session", "s"}, {"name", "n"}};
    CHECK(accepted(with_cmd("restart_actor", restart)));
    restart[name] = std::string(255, 'x');
    CHECK(accepted(with_cmd("restart_actor", restart)));
    restart[name] = std::string(256, 'x');
    CHECK(names(with_cmd("restart_actor", restart), std::string{"cmd.restart_actor."} + name));
    restart[name] = "";
    CHECK(names(with_cmd("restart_actor", restart), std::string{"cmd.restart_actor."} + name));
  }
}

TEST_CASE("claims are at most 64 KiB, nested at most 8 deep, each member once") {
  auto text = base().dump();
  CHECK(parse_claims(text + std::string(max_claims_bytes - text.size(), ' ')));
  CHECK_FALSE(parse_claims(text + std::string(max_claims_bytes + 1 - text.size(), ' ')));
  json deep = 1;
  for (int i = 0; i < 6; ++i)
    deep = json::array({deep});
  CHECK(accepted(with_cmd("later", deep)));
  CHECK_FALSE(accepted(with_cmd("later", json::array({deep}))));
  text.insert(1, R"("iat":1700000000,)");
  CHECK_FALSE(parse_claims(text));
}

TEST_CASE("an unknown member's name is quoted without what could move a terminal, and cut") {
  const auto why = refusal(with("/\x1b[2J" + std::string(500, 'n'), 1));
  CHECK(why.size() < 200);
  CHECK(why.find('\x1b') == std::string::npos);
}
