#include "messages/wire/envelope.hpp"
#include "tools/fuzz/promise.hpp"

using namespace tier2;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto message = wire::decode(text_of(data, size));
  if (!message) return 0;
  const auto text = wire::encode(*message);
  const auto again = wire::decode(text);
  promise(again.has_value(), "what was written can be read");
  promise(again->index() == message->index(), "a message keeps its type");
  promise(wire::encode(*again) == text, "a message that was read and written stays as it is");
  return 0;
}
