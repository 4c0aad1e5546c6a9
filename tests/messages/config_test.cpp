#include "messages/config.hpp"
#include "tests/messages/bytes.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <random>

using namespace tier2;
using namespace std::chrono_literals;

namespace {

agent_config agent(std::string_view text) { return value_of_result(parse_agent_config(text, "agent.toml")); }

std::string mistake(std::string_view text) {
  const auto outcome = parse_agent_config(text, "agent.toml");
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().code == errc::config_invalid);
  return outcome.error().what;
}
std::string cloud_mistake(std::string_view text) {
  const auto outcome = parse_cloud_config(text, "cloud.toml");
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().code == errc::config_invalid);
  return outcome.error().what;
}
bool holds(const std::string& text, std::string_view piece) { return text.find(piece) != std::string::npos; }

/// A folder of this test's own, gone afterwards.
struct temporary_folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("tier2-config-" + std::to_string(std::random_device{}()));
  temporary_folder() { std::filesystem::create_directory(path); }
  ~temporary_folder() { std::filesystem::remove_all(path); }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
};

} // namespace

TEST_CASE("an empty agent.toml means the documented defaults") {
  const auto config = agent("");
  CHECK(config.organisation.name == "your helpdesk");
  CHECK(config.input.triggers == trigger_set::all());
  CHECK(config.input.hotkeys == std::vector<std::string>{"Ctrl+Shift+F12", "Ctrl+Alt+H", "Super+F12"});
  CHECK(config.recording.frames == 60);
  CHECK(config.recording.bytes == 256ULL * 1024 * 1024);
  CHECK(config.recording.age == 15min);
  CHECK(config.recording.compression_level == 1);
  CHECK(config.ticket.format == agent_config::ticket_section::picture_format::png);
  CHECK(config.ticket.jpeg_quality == 80);
  CHECK(config.ticket.keep_closed == 10min);
  CHECK(config.ticket.port == 0);
  CHECK(config.ticket.language.empty());
  CHECK(config.collector.limit == 5s);
  CHECK(config.browser.command.empty());
  CHECK(config.browser.handover == agent_config::browser_section::handover_way::file);
  CHECK(config.paths.socket == "/run/tier2/helper.sock");
  CHECK(config.paths.state == "/var/lib/tier2");
  CHECK(config.paths.runtime.empty());
  CHECK(config.cloud.host.empty());
  CHECK(config.cloud.port == 443);
  CHECK(config.cloud.crl_file.empty());
  CHECK(config.cloud.ping_interval == 20s);
  CHECK(config.cloud.dead_after == 45s);
  CHECK(config.log.level == "info");
}

TEST_CASE("[pictures] names windows that are never pictured, beside the password managers") {
  const auto managers = password_manager_classes();
  CHECK(agent("").pictures.exclude == window_rules{{}, managers});
  CHECK(agent("[pictures]\npassword_managers = \"show\"\n").pictures.exclude.empty());
  const auto both =
      agent("[pictures]\nexclude_titles = [\"*Online-Banking*\"]\nexclude_classes = [\"Lohn\"]\n");
  REQUIRE(both.pictures.exclude.titles.size() == 1);
  CHECK(both.pictures.exclude.titles[0].text() == "*Online-Banking*");
  REQUIRE(both.pictures.exclude.classes.size() == managers.size() + 1);
  CHECK(both.pictures.exclude.classes.back().text() == "Lohn");
}

TEST_CASE("a pattern that cannot be meant is refused, with its line") {
  CHECK(mistake("[pictures]\nexclude_titles = [\"\"]\n") ==
        "agent.toml:2: exclude_titles must not have an empty pattern.");
  CHECK(holds(mistake("[pictures]\nexclude_titles = [\"a\", \"*\"]\n"), "would hide every window"));
  CHECK(holds(mistake("[pictures]\nexclude_classes = [\"" + std::string(257, 'a') + "\"]\n"),
              "agent.toml:2: exclude_classes must have no pattern longer than 256 bytes."));
  CHECK(holds(mistake("[pictures]\nexclude_titles = \"bank\"\n"), "must be a list of texts"));
  CHECK(holds(mistake("[pictures]\nexclude = [{title = \"bank\"}]\n"), "Allowed are "));
  CHECK(holds(mistake("[pictures]\npassword_managers = \"no\"\n"), "hide, show"));
  std::string many = "[pictures]\nexclude_titles = [";
  for (int i = 0; i < 64; ++i)
    many += "\"w" + std::to_string(i) + "\",";
  CHECK(agent(many + "]\n").pictures.exclude.titles.size() == 64);
  CHECK(holds(mistake(many + "\"more\"]\n"), "more than 64 entries"));
}

TEST_CASE("every setting of agent.toml is read") {
  const auto config = agent(R"(
[organisation]
name = "Example IT"
[input]
triggers = ["click_left", "key_f5"]
hotkeys = ["Pause"]
[recording]
frames = 2
bytes = 1048576
age_s = 10
compression_level = 9
[ticket]
format = "jpeg"
jpeg_quality = 1
keep_closed_s = 86400
port = 65535
language = "de"
business = "Example Ltd"
[[ticket.choices]]
name = "Department"
options = ["Sales", "Production"]
[[ticket.choices]]
name = "Floor"
options = ["1"]
[collector]
limit_ms = 60000
[browser]
command = ["chromium", "--new-window", "{}"]
handover = "url"

[keystore]
tpm_device = "off"
protections = ["hardware"]
[paths]
socket = "s"
state = "t"
runtime = "r"
[cloud]
host = "help.example.org"
port = 1
ca_file = "c"
crl_file = "l"
enrolment_token_file = "e"
proxy = "http://proxy:3128"
ping_interval_s = 600
dead_after_s = 1800
[log]
level = "debug"
file = "f"
)");
  CHECK(config.organisation.name == "Example IT");
  trigger_set two;
  two.insert(trigger::click_left);
  two.insert(trigger::key_f5);
  CHECK(config.input.triggers == two);
  CHECK(config.input.hotkeys == std::vector<std::string>{"Pause"});
  CHECK(config.recording.frames == 2);
  CHECK(config.recording.bytes == 1U << 20U);
  CHECK(config.recording.age == 10s);
  CHECK(config.recording.compression_level == 9);
  CHECK(config.ticket.format == agent_config::ticket_section::picture_format::jpeg);
  CHECK(config.ticket.jpeg_quality == 1);
  CHECK(config.ticket.keep_closed == 24h);
  CHECK(config.ticket.port == 65535);
  CHECK(config.ticket.language == "de");
  CHECK(config.ticket.business == "Example Ltd");
  CHECK(config.ticket.choices ==
        std::vector<form_choice>{{"Department", {"Sales", "Production"}}, {"Floor", {"1"}}});
  CHECK(config.collector.limit == 60s);
  CHECK(config.browser.command == std::vector<std::string>{"chromium", "--new-window", "{}"});
  CHECK(config.browser.handover == agent_config::browser_section::handover_way::url);
  CHECK(config.keystore.tpm_device == "off");
  CHECK(config.keystore.protections == std::vector<std::string>{"hardware"});
  CHECK(config.paths.socket == "s");
  CHECK(config.paths.state == "t");
  CHECK(config.paths.runtime == "r");
  CHECK(config.cloud.host == "help.example.org");
  CHECK(config.cloud.port == 1);
  CHECK(config.cloud.ca_file == "c");
  CHECK(config.cloud.crl_file == "l");
  CHECK(config.cloud.enrolment_token_file == "e");
  CHECK(config.cloud.proxy == "http://proxy:3128");
  CHECK(config.cloud.ping_interval == 10min);
  CHECK(config.cloud.dead_after == 30min);
  CHECK(config.log.level == "debug");
  CHECK(config.log.file == "f");
}

TEST_CASE("cloud.toml has its defaults and its settings") {
  const auto defaults = value_of_result(parse_cloud_config("", "cloud.toml"));
  CHECK(defaults.agents.address == "0.0.0.0");
  CHECK(defaults.agents.port == 8443);
  CHECK(defaults.operators.address == "127.0.0.1");
  CHECK(defaults.operators.port == 8444);
  CHECK(defaults.operators.public_url.empty());
  CHECK(defaults.storage.directory == "/var/lib/tier2-cloud");
  CHECK(defaults.storage.ticket_bytes == 1ULL << 30U);
  CHECK(defaults.storage.ticket_parts == 1100);
  CHECK(defaults.storage.tickets_per_day == 200);
  CHECK(defaults.agents.trust_groups);
  CHECK(defaults.storage.commands_per_day == 20'000);
  CHECK(defaults.storage.command_bytes_per_day == 256ULL << 20U);
  CHECK(defaults.storage.deliveries_per_day == 1'000'000);
  CHECK(defaults.storage.commands_days == 90);
  CHECK(defaults.log.level == "info");
  const auto config = value_of_result(parse_cloud_config(R"(
[agents]
address = "::1"
port = 0
certificate = "a"
key = "b"
first_groups = "confirm"
[operators]
address = "localhost"
port = 9
certificate = "c"
key = "d"
public_url = "https://console.example.org:8444"
[storage]
directory = "e"
ticket_bytes = 17179869184
ticket_parts = 4096
tickets_per_day = 100000
commands_per_day = 1000000
command_bytes_per_day = 8589934592
deliveries_per_day = 100000000
commands_days = 3650
[log]
level = "error"
file = "f"
)",
                                                         "cloud.toml"));
  CHECK(config.agents.address == "::1");
  CHECK(config.agents.port == 0);
  CHECK(config.agents.certificate == "a");
  CHECK(config.agents.key == "b");
  CHECK(config.operators.address == "localhost");
  CHECK(config.operators.port == 9);
  CHECK(config.operators.certificate == "c");
  CHECK(config.operators.key == "d");
  CHECK(config.operators.public_url == "https://console.example.org:8444");
  CHECK(config.storage.directory == "e");
  CHECK(config.storage.ticket_bytes == 16ULL << 30U);
  CHECK(config.storage.ticket_parts == 4096);
  CHECK(config.storage.tickets_per_day == 100000);
  CHECK_FALSE(config.agents.trust_groups);
  CHECK(config.storage.commands_per_day == 1'000'000);
  CHECK(config.storage.command_bytes_per_day == 8ULL << 30U);
  CHECK(config.storage.deliveries_per_day == 100'000'000);
  CHECK(config.storage.commands_days == 3650);
  CHECK(config.log.level == "error");
  CHECK(config.log.file == "f");
}

TEST_CASE("cloud.toml: who is told of alerts") {
  const auto config = parse_cloud_config(R"([notify]
give_up_h = 2
[[notify.webhook]]
name = "chat"
url = "https://chat.example.org/hooks/7?x=y"
severity = "warning"
secret_file = "/etc/secret"
[[notify.webhook]]
name = "local"
url = "http://[::1]:8080"
secret_file = "/etc/secret"
ca_file = "/etc/ca.pem"
[notify.mail]
name = "desk"
server = "mail.example.org"
port = 465
tls = "tls"
from = "tier2@example.org"
to = ["anna@example.org", "olga@example.org"]
severity = "critical"
user = "tier2"
password_file = "/etc/password"
)",
                                         "cloud.toml");
  REQUIRE(config);
  const auto& notify = config->notify;
  CHECK(notify.give_up_after == std::chrono::hours{2});
  REQUIRE(notify.webhooks.size() == 2);
  CHECK(notify.webhooks[0].name == "chat");
  CHECK(notify.webhooks[0].url == "https://chat.example.org/hooks/7?x=y");
  CHECK(notify.webhooks[0].least == alert_severity::warning);
  CHECK(notify.webhooks[1].least == alert_severity::error);
  CHECK(notify.webhooks[1].ca_file == "/etc/ca.pem");
  REQUIRE(notify.mails.size() == 1);
  CHECK(notify.mails[0].port == 465);
  CHECK(notify.mails[0].tls == cloud_config::notify_section::mail::security::tls);
  CHECK(notify.mails[0].to == std::vector<std::string>{"anna@example.org", "olga@example.org"});
  CHECK(notify.mails[0].least == alert_severity::critical);
}

TEST_CASE("cloud.toml: a receiver that would be told in the clear, or cannot be told, is a mistake") {
  const auto mistake = [](const std::string& text) {
    const auto config = parse_cloud_config(text, "cloud.toml");
    return config ? std::string{"none"} : config.error().what;
  };
  const auto hook = [&](const std::string& url) {
    return mistake("[[notify.webhook]]\nname = \"a\"\nsecret_file = \"s\"\nurl = \"" + url + "\"\n");
  };
  for (const char* url : {"https://a.example", "https://a.example:8443/x", "http://127.0.0.1:1/x",
                          "http://localhost/x", "http://[::1]:9/x"})
    CHECK(hook(url) == "none");
  for (const char* url :
       {"http://a.example/x", "http://127.0.0.1.evil.example/", "http://localhost.evil.example/",
        "ftp://a.example/", "https://user@a.example/", "https://a.example/ x", "https://", "",
        "https://a.example/#x", "http://128.0.0.1/"}) {
    INFO(url);
    CHECK(hook(url).find("cloud.toml:4: url must be") == 0);
  }
  const std::string mail = "[notify.mail]\nname = \"m\"\nserver = \"a.example\"\nfrom = \"a@b.example\"\n";
  CHECK(mistake(mail + "to = [\"a@b.example\"]\n") == "none");
  CHECK(mistake(mail + "to = []\n").find("at least one") != std::string::npos);
  CHECK(mistake(mail).find("needs the setting \"to\"") != std::string::npos);
  for (const char* to : {"a", "@b.example", "a@", "a@b c", "a b@c.example", "<a@b.example>",
                         "a@b.example,c@d.example", "a@b.example\\r\\nBcc: x@y.example"}) {
    INFO(to);
    CHECK(mistake(mail + "to = [\"" + to + "\"]\n") != "none");
  }
  CHECK(mistake(mail + "to = [\"a@b.example\"]\ntls = \"none\"\n").find("cloud.toml:6: tls must not be") ==
        0);
  CHECK(mistake(mail + "to = [\"a@b.example\"]\nuser = \"x\"\n").find("both, or neither") !=
        std::string::npos);
  CHECK(mistake("[[notify.webhook]]\nnmae = \"a\"\n")
            .find("[notify.webhook] has no setting \"nmae\"; did you mean \"name\"?") != std::string::npos);
  CHECK(mistake("[notify]\nwebhook = 3\n").find("[[notify.webhook]]") != std::string::npos);
  const std::string one = "[[notify.webhook]]\nurl = \"https://a.example\"\nsecret_file = \"s\"\n";
  std::string many;
  for (int i = 0; i < 16; ++i)
    many += one + "name = \"n" + std::to_string(i) + "\"\n";
  CHECK(mistake(many) == "none");
  CHECK(mistake(many + one + "name = \"last\"\n").find("more than 16") != std::string::npos);
  CHECK(mistake(one + "name = \"x\"\n" + one + "name = \"x\"\n").find("another receiver's") !=
        std::string::npos);
}

TEST_CASE("a mistyped setting is refused with file, line, what was meant and what is allowed") {
  CHECK(mistake("# ours\n\n[recording]\nframe = 9\n") ==
        "agent.toml:4: [recording] has no setting \"frame\"; did you mean \"frames\"? Allowed are frames, "
        "bytes, age_s, "
        "compression_level.");
  CHECK(holds(mistake("[recording]\nage = 9\n"), "did you mean \"age_s\"?"));
  CHECK(holds(mistake("[log]\nlevle = \"info\"\n"), "did you mean \"level\"?"));
  CHECK(mistake("[log]\nzzzzzzzz = 1\n") ==
        "agent.toml:2: [log] has no setting \"zzzzzzzz\". Allowed are level, file.");
}

TEST_CASE("an unknown section is refused with those that exist") {
  const auto text = mistake("[recordings]\nframes = 9\n");
  CHECK(holds(text, "agent.toml:1: there is no section [recordings]; did you mean \"recording\"?"));
  CHECK(holds(text, "organisation, input, recording"));
  CHECK(holds(mistake("\nframes = 9\n"), "agent.toml:2: \"frames\" stands outside of every section."));
  CHECK(holds(mistake("log = 9\n"), "agent.toml:1: \"log\" must be a section"));
  CHECK(holds(mistake("[[log]]\nlevel = \"info\"\n"), "\"log\" must be a section"));
  CHECK(holds(cloud_mistake("[recording]\n"), "cloud.toml:1: there is no section [recording]."));
}

TEST_CASE("a number out of its range is refused with the range") {
  CHECK(mistake("[recording]\nframes = 1\n") ==
        "agent.toml:2: frames must be a whole number from 2 to 1000, not 1.");
  for (const auto* text :
       {"[recording]\nframes = 1001", "[recording]\nframes = -60", "[recording]\nbytes = 1048575",
        "[recording]\nbytes = 8589934593", "[recording]\nage_s = 9", "[recording]\nage_s = 86401",
        "[recording]\ncompression_level = 0", "[recording]\ncompression_level = 10",
        "[ticket]\njpeg_quality = 0", "[ticket]\njpeg_quality = 101", "[ticket]\nkeep_closed_s = 59",
        "[ticket]\nkeep_closed_s = 86401", "[ticket]\nport = 65536", "[ticket]\nport = -1",
        "[collector]\nlimit_ms = 99", "[collector]\nlimit_ms = 60001", "[cloud]\nport = 0",
        "[cloud]\nport = 65536", "[recording]\nframes = 9223372036854775807"})
    CHECK_MESSAGE(holds(mistake(text), "agent.toml:2: "), text);
  for (const auto* text :
       {"[storage]\nticket_bytes = 1048575", "[storage]\nticket_bytes = 17179869185",
        "[storage]\nticket_parts = 0", "[storage]\nticket_parts = 4097", "[storage]\ntickets_per_day = 0",
        "[storage]\ntickets_per_day = 100001", "[storage]\ncommands_per_day = 0",
        "[storage]\ncommand_bytes_per_day = 1048575", "[storage]\ndeliveries_per_day = 0",
        "[storage]\ncommands_days = 3651", "[agents]\nfirst_groups = \"yes\"", "[agents]\nport = 65536"})
    CHECK_MESSAGE(holds(cloud_mistake(text), "cloud.toml:2: "), text);
}

TEST_CASE("the silence that ends the link is longer than the one before a ping") {
  CHECK(agent("[cloud]\nping_interval_s = 60").cloud.dead_after == 125s);
  CHECK(agent("[cloud]\nping_interval_s = 1\ndead_after_s = 2").cloud.dead_after == 2s);
  CHECK(mistake("[cloud]\ndead_after_s = 20") ==
        "agent.toml:2: dead_after_s must be a whole number from 21 to 1800, not 20.");
  for (const auto* text :
       {"[cloud]\nping_interval_s = 0", "[cloud]\nping_interval_s = 601", "[cloud]\ndead_after_s = 1801",
        "[cloud]\ndead_after_s = 60\nping_interval_s = 60"})
    CHECK_MESSAGE(holds(mistake(text), "agent.toml:2: "), text);
}

TEST_CASE("a value of another type is refused with what was expected and what stands there") {
  CHECK(mistake("[recording]\nframes = \"60\"\n") ==
        "agent.toml:2: frames must be a whole number from 2 to 1000, not text.");
  CHECK(holds(mistake("[recording]\nframes = 60.0\n"), "not a number with a fraction"));
  CHECK(holds(mistake("[recording]\nframes = true\n"), "not true or false"));
  CHECK(holds(mistake("[recording]\nframes = 2026-01-01\n"), "not a date or time"));
  CHECK(holds(mistake("[recording]\nframes = nan\n"), "not a number with a fraction"));
  CHECK(mistake("[log]\nfile = 3\n") == "agent.toml:2: file must be text in quotes, not a whole number.");
  CHECK(mistake("[input]\nhotkeys = \"Pause\"\n") ==
        "agent.toml:2: hotkeys must be a list of texts, not text.");
  CHECK(mistake("[input]\nhotkeys = [\n\"Pause\",\n3]\n") ==
        "agent.toml:4: hotkeys must be text in quotes, not a whole number.");
}

TEST_CASE("words are checked against what is allowed") {
  CHECK(mistake("[log]\nlevel = \"inf\"\n") == "agent.toml:2: level must not be \"inf\"; did you mean "
                                               "\"info\"? Allowed are debug, error, info, warning.");
  CHECK(holds(mistake("[ticket]\nformat = \"gif\"\n"), "Allowed are jpeg, png."));
  CHECK(holds(mistake("[ticket]\nlanguage = \"fr\"\n"), "must be \"en\", \"de\" or empty."));
  CHECK(holds(mistake("[keystore]\nprotections = [\"tpm\"]\n"), "tpm2, host and hardware"));
  CHECK(holds(mistake("[keystore]\ntpm_device = \"--help\"\n"), "TPM's device"));
  CHECK(holds(mistake("[browser]\nhandover = \"cookie\"\n"), "Allowed are file, url."));
  CHECK(holds(mistake("[input]\ntriggers = [\"key_a\"]\n"),
              "\"key_a\" is not a trigger; allowed are click_left"));
  CHECK(holds(mistake("[input]\nhotkeys = [\"Ctrl+Alt+F13\"]\n"), "\"Ctrl+Alt+F13\" is not a hotkey"));
}

TEST_CASE("hosts and addresses are checked") {
  CHECK(holds(mistake("[cloud]\nhost = \"https://help.example.org\"\n"),
              "host must be a host name or an address"));
  CHECK(holds(mistake("[cloud]\nproxy = \"socks5://proxy:1080\"\n"),
              "proxy must be empty or \"http://host:port\""));
  CHECK(holds(cloud_mistake("[agents]\naddress = \"\"\n"), "address must be"));
  CHECK(holds(cloud_mistake("[operators]\npublic_url = \"http://a.b\"\n"), "public_url must be empty or"));
  CHECK(holds(cloud_mistake("[operators]\npublic_url = \"https://a.b/console\"\n"), "without a path"));
}

TEST_CASE("texts keep their bounds") {
  CHECK(holds(mistake("[paths]\nsocket = \"\"\n"), "socket must not be empty"));
  CHECK(holds(mistake("[paths]\nstate = \"a\\u0000b\"\n"), "state holds a control character"));
  CHECK(agent("[log]\nfile = \"" + std::string(4096, 'f') + "\"\n").log.file.size() == 4096);
  CHECK(holds(mistake("[log]\nfile = \"" + std::string(4097, 'f') + "\"\n"), "longer than 4096 bytes"));
  std::string many = "\"Pause\"";
  for (int i = 1; i < 65; ++i)
    many += ", \"Pause\"";
  CHECK(holds(mistake("[input]\nhotkeys = [" + many + "]\n"), "more than 64 entries"));
  CHECK(holds(mistake(std::string((1U << 20U) + 1, '\n')), "larger than 1 MiB"));
}

TEST_CASE("all mistakes are reported, in the order of their lines") {
  CHECK(mistake("[recording]\nframe = 9\nbytes = 0\n[logs]\n[ticket]\nport = \"x\"\n") ==
        "agent.toml:2: [recording] has no setting \"frame\"; did you mean \"frames\"? Allowed are frames, "
        "bytes, age_s, "
        "compression_level.\n"
        "agent.toml:3: bytes must be a whole number from 1048576 to 8589934592, not 0.\n"
        "agent.toml:4: there is no section [logs]; did you mean \"log\"? Sections are organisation, input, "
        "recording, pictures, ticket, "
        "collector, keystore, browser, paths, cloud, commands, thresholds, log.\n"
        "agent.toml:6: port must be a whole number from 0 to 65535, not text.");
}

TEST_CASE("what is not TOML is refused with its line") {
  for (const auto* text :
       {"[log]\nlevel = info\n", "[log]\nlevel = \"info\n", "[log]\nlevel\n", "[log]\nlevel = \"\xff\"\n"})
    CHECK_MESSAGE(holds(mistake(text), "agent.toml:2: this is not TOML"), text);
  CHECK(holds(mistake("[log]\nlevel = \"info\"\nlevel = \"info\"\n"), "agent.toml:3: "));
  CHECK(holds(mistake("[log]\n[log]\n"), "agent.toml:2: "));
  CHECK(holds(mistake("x = " + std::string(100'000, '[')), "agent.toml:1: "));
}

TEST_CASE("a file is read, and its name is in the mistakes; without a file the code says so") {
  const temporary_folder folder;
  const auto path = (folder.path / "agent.toml").string();
  CHECK(load_agent_config(path).error().code == errc::not_found);
  CHECK(load_cloud_config(path).error().code == errc::not_found);
  CHECK(load_agent_config(folder.path.string()).error().code == errc::io_failed);
  std::ofstream{path} << "[recording]\nframes = 3\n";
  CHECK(value_of_result(load_agent_config(path)).recording.frames == 3);
  CHECK(load_cloud_config(path).error().what.starts_with(path + ":1: "));
}

TEST_CASE("config: what may run, how much at a time and for whom is set in [commands]") {
  const auto usual = agent("").commands;
  CHECK(usual.parallel == 4);
  CHECK(usual.report);
  const auto set = agent(
      "[commands]\ngroups = [\"accounts\", \"branch-7\"]\nparallel = 64\nqueue = 0\nwindow_bytes = 65536\n"
      "kill_after_ms = 100\nreport = \"refuse\"\nrunner = \"/opt/runner\"\ncgroup = \"/sys/fs/cgroup/t\"\n"
      "[paths]\nscripts = \"/run/x\"\n");
  CHECK(set.commands.groups == std::vector<std::string>{"accounts", "branch-7"});
  CHECK(set.commands.parallel == 64);
  CHECK(set.commands.queue == 0);
  CHECK(set.commands.window_bytes == 65536);
  CHECK(set.commands.kill_after == 100ms);
  CHECK_FALSE(set.commands.report);
  CHECK(set.commands.runner == "/opt/runner");
  CHECK(set.commands.cgroup == "/sys/fs/cgroup/t");
  CHECK(set.paths.scripts == "/run/x");
  CHECK(usual.cgroup.empty());
  CHECK(agent("[commands]\ncgroup = \"none\"\n").commands.cgroup == "none");
  CHECK(holds(mistake("[commands]\ncgroup = \"off\""), "absolute path, \"none\""));
  CHECK(holds(mistake("[commands]\ngroups = [\"no spaces\"]"), "letters, digits"));
  CHECK(holds(mistake("[commands]\nparallel = 0"), "agent.toml:2"));
  CHECK(holds(mistake("[commands]\nparallel = 65"), "agent.toml:2"));
  CHECK(holds(mistake("[commands]\nqueue = 1025"), "agent.toml:2"));
  CHECK(holds(mistake("[commands]\nwindow_bytes = 65535"), "agent.toml:2"));
  CHECK(holds(mistake("[commands]\nkill_after_ms = 99"), "agent.toml:2"));
  CHECK(holds(mistake("[commands]\nreport = \"yes\""), "allow"));
}
