#include "messages/config.hpp"

#include "messages/config_reader.hpp"
#include "messages/host_name.hpp"
#include "messages/hotkey.hpp"

#include <fstream>

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

  auto ticket = reader.in("ticket");
  using format = agent_config::ticket_section::picture_format;
  ticket.choice<format>("format", config.ticket.format, {{"png", format::png}, {"jpeg", format::jpeg}});
  ticket.number("jpeg_quality", config.ticket.jpeg_quality, 1, 100);
  ticket.duration<std::chrono::seconds>("keep_closed_s", config.ticket.keep_closed, 60s, 24h);
  ticket.number<std::uint16_t>("port", config.ticket.port, 0, 65535);
  ticket.text("language", config.ticket.language, [](std::string_view language) -> std::string {
    return language.empty() || language == "en" || language == "de" ? "" : "must be \"en\", \"de\" or empty.";
  });

  reader.in("collector").duration<std::chrono::milliseconds>("limit_ms", config.collector.limit, 100ms, 60s);

  auto browser = reader.in("browser");
  using handover = agent_config::browser_section::handover_way;
  browser.texts("command", config.browser.command, not_empty);
  browser.choice<handover>("handover", config.browser.handover,
                           {{"file", handover::file}, {"url", handover::url}});

  auto paths = reader.in("paths");
  paths.text("socket", config.paths.socket, not_empty);
  paths.text("state", config.paths.state, not_empty);
  paths.text("runtime", config.paths.runtime);

  auto cloud = reader.in("cloud");
  cloud.text("host", config.cloud.host, host_or_empty);
  cloud.number<std::uint16_t>("port", config.cloud.port, 1, 65535);
  cloud.text("ca_file", config.cloud.ca_file);
  cloud.text("enrolment_token_file", config.cloud.enrolment_token_file);
  cloud.text("proxy", config.cloud.proxy, proxy);

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
