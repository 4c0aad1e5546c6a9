#include "messages/wire/local_frame.hpp"
#include "tools/fuzz/promise.hpp"

#include <algorithm>

using namespace tier2;

namespace {

struct outcome {
  std::vector<wire::local_message> messages;
  bool refused{};
  bool operator==(const outcome&) const = default;
};

outcome read_in_pieces(std::span<const std::byte> stream, std::size_t piece) {
  outcome all;
  wire::local_frame_reader reader;
  while (!stream.empty() && !all.refused) {
    const auto now = stream.first(std::min(piece, stream.size()));
    stream = stream.subspan(now.size());
    reader.feed(now);
    while (true) {
      auto message = reader.next();
      all.refused = !message;
      if (all.refused || !*message) break;
      all.messages.push_back(std::move(**message));
    }
  }
  return all;
}

} // namespace

/// The first byte says in what pieces the rest arrives.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto stream = std::as_bytes(std::span{data, size}).subspan(1);
  const auto whole = read_in_pieces(stream, size);
  promise(read_in_pieces(stream, std::size_t{data[0]} + 1) == whole,
          "messages do not depend on how the stream was cut");
  std::size_t at = 0;
  for (const auto& message : whole.messages) {
    const auto bytes = wire::encode(message);
    promise(bytes.has_value(), "what was read can be written");
    promise(std::ranges::equal(*bytes, stream.subspan(at, bytes->size())), "a message has one form only");
    at += bytes->size();
  }
  return 0;
}
