#pragma once

#include "messages/uuid.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

namespace tier2 {

/// The output of one command that the cloud has not acknowledged: sent in order for each stream, sent again
/// from there after a reconnect. What it holds is bounded by the credit that the program was given.
class output_window {
public:
  /// Parts of the protocol: 1 is stdout, 2 is stderr.
  static constexpr std::uint32_t parts = 2;

  struct piece {
    std::uint32_t part{};
    std::uint64_t offset{};
    std::vector<std::byte> bytes;
  };

  /// False, and nothing is kept, when it does not follow what is there.
  bool append(std::uint32_t part, std::uint64_t offset, std::vector<std::byte> bytes);
  /// The next bytes to send, at most `most`; none when all is sent. Streams take turns.
  std::optional<piece> next(std::size_t most);
  /// The cloud has so many bytes of a part; the bytes that this frees. More than was sent frees nothing.
  std::uint64_t acknowledged(std::uint32_t part, std::uint64_t bytes);
  /// A new connection: all that is not acknowledged is to be sent again.
  void rewind();

  std::uint64_t in_flight() const;
  /// Bytes that are kept.
  std::uint64_t held() const;
  bool empty() const { return held() == 0; }

private:
  struct stream {
    std::uint64_t acked{}, sent{}, end{};
    std::deque<std::vector<std::byte>>
        chunks; ///< From `first` on, the acknowledged beginning of it included.
    std::uint64_t first{};
  };
  std::array<stream, parts> streams_;
  std::size_t turn_{};
};

} // namespace tier2
