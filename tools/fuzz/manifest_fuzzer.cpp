#include "messages/wire/manifest.hpp"
#include "tools/fuzz/promise.hpp"

using namespace tier2;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto manifest = wire::decode_manifest(text_of(data, size));
  if (!manifest) return 0;
  for (const auto& part : manifest->parts)
    promise(part.name.find_first_of("/\\") == std::string::npos && part.name != "..",
            "names are plain file names");
  for (const auto& step : manifest->steps)
    promise(step.part < manifest->parts.size(), "steps name parts that exist");
  const auto text = wire::encode(*manifest);
  const auto again = wire::decode_manifest(text);
  promise(again.has_value(), "what was written can be read");
  promise(*again == *manifest, "a manifest that is written loses nothing");
  promise(wire::encode(*again) == text, "the same value always gives the same bytes");
  return 0;
}
