#include "actors/consent/handover_file.hpp"

#include "actors/consent/page_files.hpp"
#include "messages/wire/manifest.hpp"
#include "platform/private_file.hpp"
#include "platform/secure_memory.hpp"

#include <array>
#include <filesystem>
#include <span>
#include <utility>

namespace tier2 {

namespace {

std::string random_name() {
  std::array<std::byte, 16> bytes{};
  random_bytes(bytes);
  return wire::to_base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

} // namespace

result<void> handover_file::prepare(std::string directory) {
  if (auto made = make_private_directory(directory); !made) return made;
  std::error_code ignored;
  for (const auto& each : std::filesystem::directory_iterator{directory, ignored}) {
    const auto name = each.path().filename().string();
    if (name.starts_with("ticket-") && name.ends_with(".html"))
      (void)erase_private_file(each.path().string());
  }
  directory_ = std::move(directory);
  return {};
}

result<std::string> handover_file::write(std::uint16_t port, std::string_view token,
                                         std::string_view language) {
  erase();
  auto html = pages::handover_html(port, token, random_name(), language);
  auto path = directory_ + "/ticket-" + random_name() + ".html";
  const auto written = write_private_file(path, std::as_bytes(std::span{html}));
  if (!written) return tl::unexpected(written.error());
  path_ = path;
  return path;
}

void handover_file::erase() {
  if (!path_.empty()) (void)erase_private_file(path_);
  path_.clear();
}

} // namespace tier2
