// Makes buttonhelper_leaky of the helper's objects: the page's server, but that a picture which the page was
// shown in full size is served once more as a bitmap, every answer may be cached, and the page loads that
// bitmap. Such a helper is what nothing-on-disk.test.mjs has to find out.
#include "actors/consent/handover_file.hpp"
#include "actors/consent/page_files.hpp"
#include "actors/consent/page_request.hpp"
#include "actors/consent/page_server.hpp"
#include "actors/consent/picture_shelf.hpp"
#include "messages/wire/page.hpp"
#include "platform/net/websocket_server.hpp"

#include <array>
#include <mutex>

namespace tier2 {

namespace {

std::string& bitmap() {
  static std::string kept;
  return kept;
}

std::string little_endian(std::uint32_t value, int bytes = 4) {
  std::string made;
  for (int i = 0; i < bytes; ++i)
    made += static_cast<char>(value >> (8 * i));
  return made;
}

/// BITMAPFILEHEADER and BITMAPINFOHEADER of Windows, then B8G8R8X8 rows from the top.
std::string to_bitmap(const rgba_image& image) {
  constexpr std::uint32_t headers = 54;
  const auto size = static_cast<std::uint32_t>(image.bytes->size());
  std::string made = "BM" + little_endian(headers + size) + little_endian(0) + little_endian(headers);
  made += little_endian(40) + little_endian(image.width) + little_endian(0U - image.height);
  made += little_endian(1, 2) + little_endian(32, 2);
  for (const std::uint32_t each : {0U, size, 2835U, 2835U, 0U, 0U})
    made += little_endian(each);
  for (std::size_t at = 0; at + 4 <= size; at += 4)
    for (const std::size_t part : {2U, 1U, 0U, 3U})
      made += static_cast<char>((*image.bytes)[at + part]);
  return made;
}

} // namespace

namespace pages {

std::map<std::string, std::string> leaky_headers(std::uint16_t port) {
  auto headers = ticket_page_headers(port);
  headers["cache-control"] = "max-age=86400";
  return headers;
}

const asset* leaky_asset(std::string_view name) {
  static asset picture{"leak.bmp", "image/bmp", {}};
  static std::string script;
  static asset page;
  if (name.starts_with("leak")) {
    picture.body = bitmap();
    return picture.body.empty() ? nullptr : &picture;
  }
  const auto* const found = ticket_page_asset(name);
  if (name != "page.js" || found == nullptr) return found;
  script = std::string{found->body} + R"(
const leak = new Image();
let attempt = 0;
leak.onerror = () => setTimeout(() => { leak.src = `leak_${++attempt}.bmp`; }, 500);
leak.src = "leak_0.bmp";
)";
  page = {found->name, found->media_type, script};
  return &page;
}

} // namespace pages

namespace wire {

auto leaky_encode(const ticket_view& view) { return encode(view); }
auto leaky_encode(const rgba_image& image) {
  if (!image.thumbnail && bitmap().empty()) bitmap() = to_bitmap(image);
  return encode(image);
}

} // namespace wire

} // namespace tier2

#define ticket_page_headers leaky_headers
#define ticket_page_asset leaky_asset
#define encode leaky_encode
#include "actors/consent/page_answer.cpp"
#include "actors/consent/page_server.cpp"
