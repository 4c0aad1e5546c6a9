#include "messages/config.hpp"

#include "messages/command.hpp"
#include "messages/config_reader.hpp"
#include "messages/host_name.hpp"
#include "messages/hotkey.hpp"

#include <algorithm>
#include <fstream>
#include <set>

namespace tier2 {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_file_bytes = 1U << 20U;
constexpr std::uint64_t mebibyte = 1U << 20U;
constexpr std::uint64_t gibibyte = 1U << 30U;

std::string not_empty(std::string_view text) { return text.empty() ? "must not be empty." : ""; }

std::string host(std::string_view text) {
  return is_host(text)
             ? ""
             : "must be a host name or an address, for example \"help.example.org\" or \"127.0.0.1\", "
               "without scheme or port.";
}

std::string host_or_empty(std::string_view text) { return text.empty() ? "" : host(text); }

std::string proxy(std::string_view text) {
  return text.empty() || is_origin(text, "http://", true)
             ? ""
             : "must be empty or \"http://host:port\"; other kinds of proxies are not supported.";
}

std::string public_url(std::string_view text) {
  return text.empty() || is_origin(text, "https://", false)
             ? ""
             : "must be empty or \"https://host:port\", without a path.";
}

std::string hotkey_text(std::string_view text) {
  const auto parsed = parse_hotkey(text);
  return parsed ? "" : "was refused: " + parsed.error().what;
}

std::string trigger_name(std::string_view text) {
  const auto parsed = parse_trigger(text);
  return parsed ? "" : "was refused: " + parsed.error().what;
}

std::string line_of_text(std::string_view text) {
  const bool plain = std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  return !text.empty() && text.size() <= 200 && plain ? "" : "must be one line of 1 to 200 bytes.";
}

void read_ticket(config_reader& reader, agent_config::ticket_section& ticket) {
  auto section = reader.in("ticket");
  using format = agent_config::ticket_section::picture_format;
  section.choice<format>("format", ticket.format, {{"png", format::png}, {"jpeg", format::jpeg}});
  section.number("jpeg_quality", ticket.jpeg_quality, 1, 100);
  section.duration<std::chrono::seconds>("keep_closed_s", ticket.keep_closed, 60s, 24h);
  section.number<std::uint16_t>("port", ticket.port, 0, 65535);
  section.text("language", ticket.language, [](std::string_view language) -> std::string {
    return language.empty() || language == "en" || language == "de" ? "" : "must be \"en\", \"de\" or empty.";
  });
  section.text("business", ticket.business, line_of_text);
  std::set<std::string> names;
  for (auto& from : section.each("choices")) {
    form_choice one;
    from.text("name", one.name, line_of_text);
    from.texts("options", one.options, line_of_text);
    from.require({"name", "options"});
    if (one.options.empty()) from.refuse("options", "must have at least one entry.");
    if (!one.name.empty() && !names.insert(one.name).second) from.refuse("name", "is asked already.");
    ticket.choices.push_back(std::move(one));
  }
}

template <class Log>
void read_log(config_reader& reader, Log& log) {
  auto section = reader.in("log");
  section.choice(
      "level", log.level,
      {{"debug", std::string{"debug"}}, {"info", "info"}, {"warning", "warning"}, {"error", "error"}});
  section.text("file", log.file);
}

void read_input(config_reader& reader, agent_config::input_section& input) {
  auto section = reader.in("input");
  std::vector<std::string> names;
  if (section.texts("triggers", names, trigger_name)) {
    input.triggers = {};
    for (const auto& name : names)
      if (const auto kind = parse_trigger(name)) input.triggers.insert(*kind);
  }
  section.texts("hotkeys", input.hotkeys, hotkey_text);
}

std::string pattern(std::string_view text) {
  const auto parsed = window_pattern::parse(text);
  return parsed ? "" : parsed.error().what;
}

void read_pictures(config_reader& reader, window_rules& exclude) {
  auto section = reader.in("pictures");
  const auto read = [&](const char* key, std::vector<window_pattern>& into) {
    std::vector<std::string> texts;
    section.texts(key, texts, pattern);
    for (const auto& text : texts)
      into.push_back(*window_pattern::parse(text));
  };
  bool hide_managers = true;
  section.choice("password_managers", hide_managers, {{"hide", true}, {"show", false}});
  if (!hide_managers) exclude.classes.clear();
  read("exclude_titles", exclude.titles);
  read("exclude_classes", exclude.classes);
}

std::string group_name(std::string_view text) {
  return is_group_name(text) ? "" : "must be 1 to 64 letters, digits, dots, dashes or underscores.";
}

std::string group_directory(std::string_view text) {
  return text.empty() || text == "none" || text.starts_with('/')
             ? ""
             : "must be an absolute path, \"none\", or empty for the service's own group.";
}

void read_commands(config_reader& reader, agent_config::commands_section& commands) {
  auto section = reader.in("commands");
  section.texts("groups", commands.groups, group_name);
  section.number("parallel", commands.parallel, 1U, 64U);
  section.number("queue", commands.queue, 0U, 1024U);
  section.number("window_bytes", commands.window_bytes, 64 * std::uint64_t{1024}, 256 * mebibyte);
  section.duration<std::chrono::milliseconds>("kill_after_ms", commands.kill_after, 100ms, 60s);
  section.choice("report", commands.report, {{"allow", true}, {"refuse", false}});
  section.text("runner", commands.runner);
  section.text("cgroup", commands.cgroup, group_directory);
}

bool is_loopback(std::string_view name) {
  return name == "localhost" || name == "::1" ||
         (name.starts_with("127.") && is_host(name) &&
          name.find_first_not_of("0123456789.") == std::string_view::npos);
}

std::string receiver_name(std::string_view text) {
  return is_group_name(text) ? "" : "must be 1 to 64 letters, digits, dots, dashes or underscores.";
}

/// An address as RFC 5321 has it, of plain characters: what could end a line or a header is not among them.
std::string mail_address(std::string_view text) {
  const auto at = text.find('@');
  const bool plain = std::ranges::all_of(text, [](char c) {
    return c > ' ' && c < 0x7f && std::string_view{"()<>[],;:\\\""}.find(c) == std::string_view::npos;
  });
  return plain && text.size() <= 254 && at != std::string_view::npos && at > 0 && at <= 64 &&
                 is_host(text.substr(at + 1))
             ? ""
             : "must be a mail address, for example \"desk@example.org\", without a name before it.";
}

std::string webhook_url(std::string_view text) {
  const bool plain = std::ranges::all_of(
      text, [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '<' && c != '>' && c != '\\'; });
  const bool tls = text.starts_with("https://");
  const std::string_view scheme = tls ? "https://" : "http://";
  const auto end = text.find_first_of("/?#", std::min(text.size(), scheme.size()));
  const auto origin = text.substr(0, end);
  const bool whole = plain && text.size() <= 2000 && is_origin(origin, scheme, false);
  if (whole && text.find('#') == std::string_view::npos) {
    if (tls) return "";
    auto name = origin.substr(scheme.size());
    if (name.starts_with('['))
      name = name.substr(1, name.find(']') - 1);
    else
      name = name.substr(0, name.find(':'));
    if (is_loopback(name)) return "";
  }
  return "must be \"https://host/path\"; \"http://\" is for this machine's own addresses only.";
}

/// All names are different, whatever they are of: the queue knows receivers by them.
void read_receiver(config_reader::section& from, std::string& name, alert_severity& least,
                   std::string& ca_file, std::set<std::string>& names) {
  from.text("name", name, receiver_name);
  from.choice("severity", least,
              {{"info", alert_severity::info},
               {"warning", alert_severity::warning},
               {"error", alert_severity::error},
               {"critical", alert_severity::critical}});
  from.text("ca_file", ca_file);
  if (!name.empty() && !names.insert(name).second) from.refuse("name", "is another receiver's already.");
}

void read_notify(config_reader& reader, cloud_config::notify_section& notify) {
  auto section = reader.in("notify");
  section.duration<std::chrono::hours>("give_up_h", notify.give_up_after, 1h, 168h);
  std::set<std::string> names;
  for (auto& from : section.each("webhook")) {
    cloud_config::notify_section::webhook one;
    read_receiver(from, one.name, one.least, one.ca_file, names);
    from.text("url", one.url, webhook_url);
    from.text("secret_file", one.secret_file, not_empty);
    from.require({"name", "url", "secret_file"});
    notify.webhooks.push_back(std::move(one));
  }
  for (auto& from : section.each("mail")) {
    using mail = cloud_config::notify_section::mail;
    mail one;
    read_receiver(from, one.name, one.least, one.ca_file, names);
    from.text("server", one.server, host);
    from.number<std::uint16_t>("port", one.port, 1, 65535);
    from.choice("tls", one.tls,
                {{"starttls", mail::security::starttls},
                 {"tls", mail::security::tls},
                 {"none", mail::security::none}});
    from.text("from", one.from, mail_address);
    from.texts("to", one.to, mail_address);
    from.text("user", one.user);
    from.text("password_file", one.password_file);
    from.require({"name", "server", "from", "to"});
    if (one.to.empty()) from.refuse("to", "must have at least one address.");
    if (one.tls == mail::security::none && !one.server.empty() && !is_loopback(one.server))
      from.refuse("tls", "must not be \"none\" but for a server on this machine: alerts and the password "
                         "would be readable on the way.");
    if (one.user.empty() != one.password_file.empty())
      from.refuse("user", "and password_file must be given both, or neither.");
    notify.mails.push_back(std::move(one));
  }
}

result<std::string> read_file(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file)
    return fail(errc::not_found, "The configuration " + path +
                                     " cannot be opened: there is no such file, or this user "
                                     "may not read it.");
  std::string text(max_file_bytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (file.fail() && !file.eof()))
    return fail(errc::io_failed, "The configuration " + path + " cannot be read: it must be a regular file.");
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

result<void> check_size(std::string_view text, std::string_view source) {
  if (text.size() <= max_file_bytes) return {};
  return fail(errc::config_invalid, std::string{source} + ":1: the configuration is larger than 1 MiB.");
}

} // namespace

result<agent_config> parse_agent_config(std::string_view text, std::string_view source) {
  if (auto fine = check_size(text, source); !fine) return tl::unexpected<error>(fine.error());
  config_reader reader{text, source};
  agent_config config;
  reader.in("organisation").text("name", config.organisation.name, not_empty);
  read_input(reader, config.input);

  auto recording = reader.in("recording");
  recording.number("frames", config.recording.frames, 2U, 1000U);
  recording.number("bytes", config.recording.bytes, mebibyte, 8 * gibibyte);
  recording.duration<std::chrono::seconds>("age_s", config.recording.age, 10s, 24h);
  recording.number("compression_level", config.recording.compression_level, 1, 9);

  read_pictures(reader, config.pictures.exclude);
  read_ticket(reader, config.ticket);
  reader.in("collector").duration<std::chrono::milliseconds>("limit_ms", config.collector.limit, 100ms, 60s);

  auto keystore = reader.in("keystore");
  keystore.text("tpm_device", config.keystore.tpm_device, [](std::string_view device) -> std::string {
    return device.empty() || device.front() == '-' ? "must be \"auto\", \"off\" or a TPM's device." : "";
  });
  keystore.texts("protections", config.keystore.protections, [](std::string_view name) -> std::string {
    return name == "tpm2" || name == "host" || name == "hardware" ? "" : "may have tpm2, host and hardware.";
  });

  auto browser = reader.in("browser");
  using handover = agent_config::browser_section::handover_way;
  browser.texts("command", config.browser.command, not_empty);
  browser.choice<handover>("handover", config.browser.handover,
                           {{"file", handover::file}, {"url", handover::url}});

  auto paths = reader.in("paths");
  paths.text("socket", config.paths.socket, not_empty);
  paths.text("state", config.paths.state, not_empty);
  paths.text("runtime", config.paths.runtime);
  paths.text("scripts", config.paths.scripts, not_empty);

  auto cloud = reader.in("cloud");
  cloud.text("host", config.cloud.host, host_or_empty);
  cloud.number<std::uint16_t>("port", config.cloud.port, 1, 65535);
  cloud.text("ca_file", config.cloud.ca_file);
  cloud.text("crl_file", config.cloud.crl_file);
  cloud.text("enrolment_token_file", config.cloud.enrolment_token_file);
  cloud.text("proxy", config.cloud.proxy, proxy);
  cloud.duration<std::chrono::seconds>("ping_interval_s", config.cloud.ping_interval, 1s, 10min);
  config.cloud.dead_after = 2 * config.cloud.ping_interval + 5s;
  cloud.duration<std::chrono::seconds>("dead_after_s", config.cloud.dead_after,
                                       config.cloud.ping_interval + 1s, 30min);

  read_commands(reader, config.commands);
  read_thresholds(reader, config.thresholds);
  read_log(reader, config.log);
  if (auto fine = reader.finish(); !fine) return tl::unexpected<error>(fine.error());
  return config;
}

result<cloud_config> parse_cloud_config(std::string_view text, std::string_view source) {
  if (auto fine = check_size(text, source); !fine) return tl::unexpected<error>(fine.error());
  config_reader reader{text, source};
  cloud_config config;

  auto agents = reader.in("agents");
  agents.text("address", config.agents.address, host);
  agents.number<std::uint16_t>("port", config.agents.port, 0, 65535);
  agents.text("certificate", config.agents.certificate);
  agents.text("key", config.agents.key);
  agents.choice("first_groups", config.agents.trust_groups, {{"trust", true}, {"confirm", false}});

  auto operators = reader.in("operators");
  operators.text("address", config.operators.address, host);
  operators.number<std::uint16_t>("port", config.operators.port, 0, 65535);
  operators.text("certificate", config.operators.certificate);
  operators.text("key", config.operators.key);
  operators.text("public_url", config.operators.public_url, public_url);

  auto storage = reader.in("storage");
  storage.text("directory", config.storage.directory, not_empty);
  storage.number("ticket_bytes", config.storage.ticket_bytes, mebibyte, 16 * gibibyte);
  storage.number("ticket_parts", config.storage.ticket_parts, 1U, 4096U);
  storage.number("tickets_per_day", config.storage.tickets_per_day, 1U, 100000U);
  storage.number("commands_per_day", config.storage.commands_per_day, 1U, 1000000U);
  storage.number("command_bytes_per_day", config.storage.command_bytes_per_day, mebibyte, 8 * gibibyte);
  storage.number("deliveries_per_day", config.storage.deliveries_per_day, 1U, 100000000U);
  storage.number("commands_days", config.storage.commands_days, 0U, 3650U);

  read_notify(reader, config.notify);
  read_log(reader, config.log);
  if (auto fine = reader.finish(); !fine) return tl::unexpected<error>(fine.error());
  return config;
}

result<agent_config> load_agent_config(const std::string& path) {
  return read_file(path).and_then([&](const std::string& text) { return parse_agent_config(text, path); });
}

result<cloud_config> load_cloud_config(const std::string& path) {
  return read_file(path).and_then([&](const std::string& text) { return parse_cloud_config(text, path); });
}

} // namespace tier2
