#include "actors/command/output_window.hpp"

#include <algorithm>
#include <utility>

namespace tier2 {

namespace {
constexpr std::size_t chunk_bytes = 64U << 10U;
} // namespace

bool output_window::append(std::uint32_t part, std::uint64_t offset, std::vector<std::byte> bytes) {
  if (part < 1 || part > parts || bytes.empty()) return false;
  auto& to = streams_[part - 1];
  if (offset != to.end) return false;
  to.end += bytes.size();
  // Single bytes would otherwise cost many times what they are.
  if (!to.chunks.empty() && to.chunks.back().size() + bytes.size() <= chunk_bytes)
    to.chunks.back().insert(to.chunks.back().end(), bytes.begin(), bytes.end());
  else
    to.chunks.push_back(std::move(bytes));
  return true;
}

std::optional<output_window::piece> output_window::next(std::size_t most) {
  for (std::size_t tried = 0; tried < parts; ++tried) {
    const auto index = turn_;
    turn_ = (turn_ + 1) % parts;
    auto& from = streams_[index];
    if (from.sent == from.end) continue;
    piece made{static_cast<std::uint32_t>(index + 1), from.sent, {}};
    auto at = from.first;
    for (const auto& chunk : from.chunks) {
      const auto begin = std::max(at, from.sent) - at;
      at += chunk.size();
      if (begin >= chunk.size()) continue;
      const auto count = std::min<std::uint64_t>(chunk.size() - begin, most - made.bytes.size());
      const auto first = chunk.begin() + static_cast<std::ptrdiff_t>(begin);
      made.bytes.insert(made.bytes.end(), first, first + static_cast<std::ptrdiff_t>(count));
      from.sent += count;
      if (made.bytes.size() == most) break;
    }
    return made;
  }
  return std::nullopt;
}

std::uint64_t output_window::acknowledged(std::uint32_t part, std::uint64_t bytes) {
  if (part < 1 || part > parts) return 0;
  auto& of = streams_[part - 1];
  if (bytes <= of.acked || bytes > of.sent) return 0;
  const auto freed = bytes - of.acked;
  of.acked = bytes;
  while (!of.chunks.empty() && of.first + of.chunks.front().size() <= of.acked) {
    of.first += of.chunks.front().size();
    of.chunks.pop_front();
  }
  return freed;
}

void output_window::rewind() {
  for (auto& each : streams_)
    each.sent = each.acked;
}

std::uint64_t output_window::in_flight() const {
  std::uint64_t sum = 0;
  for (const auto& each : streams_)
    sum += each.sent - each.acked;
  return sum;
}

std::uint64_t output_window::held() const {
  std::uint64_t sum = 0;
  for (const auto& each : streams_)
    sum += each.end - each.acked;
  return sum;
}

} // namespace tier2
