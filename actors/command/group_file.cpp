#include "actors/command/group_file.hpp"

#include "platform/private_file.hpp"

#include <algorithm>
#include <charconv>
#include <span>
#include <string_view>

namespace tier2 {

namespace {

constexpr std::size_t max_bytes = 8192;
constexpr std::string_view first_line = "issued ";

std::string path_in(const std::string& directory) { return directory + "/groups"; }

} // namespace

result<group_list> read_groups(const std::string& directory, const std::vector<std::string>& configured) {
  const auto path = path_in(directory);
  const auto bytes = read_private_file(path, max_bytes);
  if (!bytes && bytes.error().code == errc::not_found) return group_list{configured, {}};
  if (!bytes) return tl::unexpected(bytes.error());
  const auto damaged = [&] {
    return fail(errc::malformed,
                path + " is damaged: it should have \"issued\" with a time and then a group a line. Set "
                       "this machine's groups again with a signed set_groups.");
  };
  group_list found;
  std::string_view rest{reinterpret_cast<const char*>(bytes->data()), bytes->size()};
  for (bool first = true; !rest.empty(); first = false) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) return damaged();
    auto line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (!first) {
      if (!is_group_name(line)) return damaged();
      found.names.emplace_back(line);
      continue;
    }
    if (!line.starts_with(first_line)) return damaged();
    line.remove_prefix(first_line.size());
    std::int64_t seconds = 0;
    const auto [stop, failed] = std::from_chars(line.data(), line.data() + line.size(), seconds);
    if (failed != std::errc{} || stop != line.data() + line.size()) return damaged();
    found.issued = unix_seconds{std::chrono::seconds{seconds}};
  }
  if (found.issued == unix_seconds{}) return damaged();
  return found;
}

result<void> write_groups(const std::string& directory, const group_list& groups) {
  auto text = std::string{first_line} + std::to_string(groups.issued.time_since_epoch().count()) + "\n";
  for (const auto& each : groups.names)
    text += each + "\n";
  return write_private_file(path_in(directory), std::as_bytes(std::span{text}));
}

} // namespace tier2
