#include "tools/cloud/packed_asset.hpp"

#include <libdeflate.h>
#include <map>
#include <memory>
#include <mutex>

namespace tier2::cloud {

namespace {

constexpr int best = 12;

std::string pack(std::string_view body) {
  const std::unique_ptr<libdeflate_compressor, void (*)(libdeflate_compressor*)> compressor{
      libdeflate_alloc_compressor(best), libdeflate_free_compressor};
  if (!compressor || body.empty()) return {};
  std::string out(body.size() - 1, '\0'); // no room for what is not smaller
  out.resize(libdeflate_gzip_compress(compressor.get(), body.data(), body.size(), out.data(), out.size()));
  return out;
}

} // namespace

const std::string& packed(const pages::asset& file) {
  static std::mutex mutex;
  static std::map<const char*, std::string> known; // by the body's address: assets are there for good
  const std::lock_guard held{mutex};
  const auto [at, is_new] = known.try_emplace(file.body.data());
  if (is_new) at->second = pack(file.body);
  return at->second;
}

bool takes_gzip(std::string_view accept_encoding) {
  while (!accept_encoding.empty()) {
    const auto comma = accept_encoding.find(',');
    auto coding = accept_encoding.substr(0, comma);
    accept_encoding =
        comma == std::string_view::npos ? std::string_view{} : accept_encoding.substr(comma + 1);
    while (coding.starts_with(' '))
      coding.remove_prefix(1);
    if (!coding.starts_with("gzip")) continue;
    const auto rest = coding.substr(4);
    if (rest.empty() || rest.front() == ' ') return true;
    if (rest.front() == ';') return rest != ";q=0" && rest != "; q=0" && !rest.starts_with(";q=0.0");
  }
  return false;
}

} // namespace tier2::cloud
