#include "messages/wire/binary_frame.hpp"
#include "tools/fuzz/promise.hpp"

#include <algorithm>

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span{data, size});
  if (const auto frame = tier2::wire::decode_binary_frame(bytes))
    promise(std::ranges::equal(tier2::wire::encode(*frame), bytes),
            "a frame that is accepted has one form only");
  return 0;
}
