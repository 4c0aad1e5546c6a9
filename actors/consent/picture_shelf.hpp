#pragma once

#include "messages/frame.hpp"
#include "messages/page.hpp"
#include "messages/wiping_allocator.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>

namespace tier2 {

/// Thumbnails as they go over the wire, for a page that comes later; bounded, wiped when dropped.
class picture_shelf {
public:
  explicit picture_shelf(std::size_t max_bytes) : max_bytes_{max_bytes} {}

  /// Keeps the encoded image under its id and drops the oldest others that no longer fit. The reference is
  /// good until the next call.
  const private_bytes& keep(const rgba_image& image);
  void for_each_newest_first(const std::function<void(const private_bytes&)>& use) const;
  void clear();
  std::size_t bytes() const { return bytes_; }
  std::uint64_t dropped() const { return dropped_; }

private:
  std::size_t max_bytes_;
  std::size_t bytes_{};
  std::uint64_t dropped_{};
  std::map<std::uint32_t, private_bytes> images_;
};

/// Which full picture is on its way to the page: one at a time, and of those asked for meanwhile the newest.
class picture_wishes {
public:
  /// A picture that did not come for so long is not waited for any more.
  static constexpr std::chrono::seconds patience{10};

  /// True when it may be asked for now; else it is the next.
  bool wish(std::uint32_t id, steady_time now);
  /// The picture is here; false when nobody waits for it.
  bool arrived(std::uint32_t id);
  /// The one to ask for now, if any.
  std::optional<std::uint32_t> next(steady_time now);

private:
  std::optional<std::uint32_t> waiting_for_, next_;
  steady_time since_{};
};

} // namespace tier2
