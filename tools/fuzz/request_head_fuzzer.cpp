#include "tools/cloud/request_head.hpp"
#include "tools/fuzz/promise.hpp"

#include <algorithm>
#include <cctype>
#include <string>

using namespace tier2::cloud;

namespace {

using answer = decltype(read_head({}, {}, std::declval<std::size_t&>()));

/// What is said of bytes that come `step` at a time.
answer read_in_steps(std::string_view bytes, std::size_t step, const port_limits& limits) {
  std::size_t from = 0;
  for (std::size_t have = step; have < bytes.size(); have += step) {
    auto said = read_head(bytes.substr(0, have), limits, from);
    if (!said || *said) return said;
  }
  return read_head(bytes, limits, from);
}

bool same(const answer& one, const answer& other) {
  if (!one || !other) return !one && !other && one.error().status == other.error().status;
  if (!*one || !*other) return !*one && !*other;
  return (*one)->bytes == (*other)->bytes && (*one)->body_bytes == (*other)->body_bytes &&
         (*one)->keep_alive == (*other)->keep_alive && (*one)->for_library == (*other)->for_library;
}

void look_at(std::string_view head, const port_limits& limits) {
  promise(head.ends_with("\r\n\r\n") && head.find("\r\n\r\n") == head.size() - 4,
          "the library sees one head and nothing behind it");
  bool first = true;
  while (head.size() > 2) {
    const auto end = head.find("\r\n");
    const auto line = head.substr(0, end);
    head.remove_prefix(end + 2);
    promise(line.size() <= limits.line_bytes, "no line is longer than the library takes");
    promise(std::ranges::none_of(line, [](char c) { return c == '\r' || c == '\n' || c == '\0'; }),
            "no byte of a value ends a line");
    std::string name{line.substr(0, line.find(':'))};
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    promise(first || (name != "range" && name != "expect" && name != "transfer-encoding"),
            "the library gets no header that it would act on by itself");
    first = false;
  }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = 1 + data[0];
  const auto bytes = text_of(data + 1, size - 1);
  // Small bounds, so that short inputs reach them.
  port_limits limits;
  limits.head_bytes = 1024;
  limits.line_bytes = 256;
  limits.path_bytes = 64;
  limits.header_lines = 16;

  const auto whole = read_in_steps(bytes, std::max<std::size_t>(bytes.size(), 1), limits);
  // What is too large may be seen at another byte, but is refused all the same.
  if (bytes.size() < limits.head_bytes)
    promise(same(whole, read_in_steps(bytes, step, limits)),
            "it does not matter in which pieces a head comes");
  if (!whole) {
    promise(whole.error().status >= 400 && whole.error().status < 600 && !whole.error().message.empty(),
            "a refusal is explained");
    return 0;
  }
  if (!*whole) {
    promise(bytes.size() < limits.head_bytes, "what is not whole has not grown too large");
    return 0;
  }
  promise((*whole)->bytes <= limits.head_bytes && (*whole)->bytes <= bytes.size(), "a head has its bound");
  promise((*whole)->body_bytes <= limits.body_bytes, "a body has its bound");
  look_at((*whole)->for_library, limits);
  return 0;
}
