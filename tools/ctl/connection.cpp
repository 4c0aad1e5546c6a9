#include "tools/ctl/connection.hpp"

#include "messages/printable.hpp"
#include "platform/private_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <toml++/toml.h>

namespace tier2::ctl {

namespace {

constexpr std::size_t most_token_bytes = 128;
constexpr std::size_t token_text_bytes = 43; // 256 bits in base64url

result<ctl_config> from_toml(const toml::table& table, const std::string& path) {
  ctl_config config;
  const std::array<std::pair<std::string_view, std::string*>, 4> members{{{"cloud", &config.cloud},
                                                                          {"ca_file", &config.ca_file},
                                                                          {"token_file", &config.token_file},
                                                                          {"key_file", &config.key_file}}};
  for (const auto& [key, value] : table) {
    const auto known = std::ranges::find(members, key.str(), [](const auto& each) { return each.first; });
    if (known == members.end())
      return fail(
          errc::config_invalid,
          path + ": there is no setting \"" + printable(key.str(), 40) +
              "\". Known are cloud, ca_file, token_file and key_file; tokens and keys themselves have "
              "no place here.");
    const auto text = value.value<std::string>();
    if (!text) return fail(errc::config_invalid, path + ": " + std::string{key.str()} + " must be a text.");
    *known->second = *text;
  }
  return config;
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

result<private_bytes> read_token(const std::string& path) {
  auto bytes = read_private_file(path, most_token_bytes);
  if (!bytes) return bytes;
  while (!bytes->empty() && (bytes->back() == std::byte{'\n'} || bytes->back() == std::byte{'\r'}))
    bytes->pop_back();
  const bool fits = bytes->size() == token_text_bytes && std::ranges::all_of(*bytes, [](std::byte each) {
                      const auto c = static_cast<char>(each);
                      return (is_host_character(c) && c != '.') || c == '_';
                    });
  if (fits) return bytes;
  return fail(errc::malformed, path +
                                   " holds no API token (43 characters, as \"tier2-cloud api-token create\" "
                                   "prints it).");
}

} // namespace

std::shared_ptr<connection_options> add_connection_options(CLI::App& sub) {
  const auto options = std::make_shared<connection_options>();
  sub.add_option("--cloud", options->cloud, "The console's address: https://HOST:PORT");
  sub.add_option("--ca", options->ca_file, "A PEM file of the only CA to trust; otherwise the system's");
  sub.add_option("--token-file", options->token_file, "The file with the API token, readable by you alone");
  sub.add_option("--config", options->config,
                 "A TOML file with what is not given here; ~/.config/tier2ctl.toml otherwise");
  return options;
}

std::string default_config_path() {
  if (const char* base = std::getenv("XDG_CONFIG_HOME"); base != nullptr && *base == '/')
    return std::string{base} + "/tier2ctl.toml";
  const char* home = std::getenv("HOME");
  return home == nullptr || *home == '\0' ? "" : std::string{home} + "/.config/tier2ctl.toml";
}

result<ctl_config> read_config(const std::string& path) {
  const auto file = path.empty() ? default_config_path() : path;
  std::error_code ignored;
  if (file.empty() || !std::filesystem::exists(file, ignored)) {
    if (path.empty()) return ctl_config{};
    return fail(errc::not_found, "There is no configuration " + path + ".");
  }
  try {
    return from_toml(toml::parse_file(file), file);
  } catch (const toml::parse_error& wrong) {
    return fail(errc::config_invalid, file + ", line " + std::to_string(wrong.source().begin.line) + ": " +
                                          std::string{wrong.description()} + ".");
  }
}

result<cloud_address> parse_cloud_address(std::string_view text) {
  const auto wrong = [&] {
    return fail(errc::invalid_argument, "\"" + printable(text, 100) +
                                            "\" is no address of a cloud. It looks like "
                                            "https://support.example.com:8444, and is never plain http.");
  };
  constexpr std::string_view scheme = "https://";
  if (!text.starts_with(scheme)) return wrong();
  auto rest = text.substr(scheme.size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  cloud_address address;
  std::string_view port;
  if (rest.starts_with('[')) {
    const auto end = rest.find(']');
    if (end == std::string_view::npos) return wrong();
    address.host = rest.substr(1, end - 1);
    port = rest.substr(end + 1);
    if (address.host.find_first_not_of("0123456789abcdefABCDEF:.") != std::string::npos) return wrong();
  } else {
    const auto colon = rest.find(':');
    address.host = rest.substr(0, colon);
    if (colon != std::string_view::npos) port = rest.substr(colon);
    if (!std::ranges::all_of(address.host, is_host_character)) return wrong();
  }
  if (address.host.empty() || address.host.size() > 253) return wrong();
  if (!port.empty()) {
    const auto* const last = port.data() + port.size();
    const auto [end, failed] = std::from_chars(port.data() + 1, last, address.port);
    if (port.front() != ':' || failed != std::errc{} || end != last) return wrong();
  }
  if (address.port < 1 || address.port > 65535) return wrong();
  address.url = std::string{scheme} + std::string{rest};
  return address;
}

result<connection> connect_with(const connection_options& options) {
  const auto config = read_config(options.config);
  if (!config) return tl::unexpected(config.error());
  const auto chosen = [](const std::string& given, const std::string& configured) {
    return given.empty() ? configured : given;
  };
  const auto cloud = chosen(options.cloud, config->cloud);
  if (cloud.empty())
    return fail(errc::invalid_argument,
                "Say which cloud: --cloud https://HOST:PORT, or \"cloud\" in " + default_config_path() + ".");
  auto address = parse_cloud_address(cloud);
  if (!address) return tl::unexpected(address.error());
  const auto token_file = chosen(options.token_file, config->token_file);
  if (token_file.empty())
    return fail(errc::invalid_argument, "An API token is needed: --token-file FILE, or \"token_file\" in " +
                                            default_config_path() +
                                            ". \"tier2-cloud api-token create\" makes one.");
  auto token = read_token(token_file);
  if (!token) return tl::unexpected(token.error());
  return connection{std::move(*address), chosen(options.ca_file, config->ca_file), std::move(*token)};
}

} // namespace tier2::ctl
