#include "actors/consent/picture_shelf.hpp"

#include "messages/wire/page.hpp"

#include <utility>

namespace tier2 {

const private_bytes& picture_shelf::keep(const rgba_image& image) {
  auto encoded = wire::encode(image);
  auto& place = images_[image.id];
  bytes_ -= place.size();
  place.assign(encoded.begin(), encoded.end());
  bytes_ += place.size();
  detail::wipe(encoded.data(), encoded.size());
  for (auto oldest = images_.begin(); bytes_ > max_bytes_ && images_.size() > 1;) {
    if (oldest->first == image.id) {
      ++oldest;
      continue;
    }
    bytes_ -= oldest->second.size();
    oldest = images_.erase(oldest);
    ++dropped_;
  }
  return place;
}

void picture_shelf::for_each_newest_first(const std::function<void(const private_bytes&)>& use) const {
  for (auto at = images_.rbegin(); at != images_.rend(); ++at)
    use(at->second);
}

void picture_shelf::clear() {
  images_.clear();
  bytes_ = 0;
}

bool picture_wishes::wish(std::uint32_t id, steady_time now) {
  if (waiting_for_ && now - since_ < patience) {
    next_ = id;
    return false;
  }
  waiting_for_ = id;
  next_.reset();
  since_ = now;
  return true;
}

bool picture_wishes::arrived(std::uint32_t id) {
  if (waiting_for_ != id) return false;
  waiting_for_.reset();
  return true;
}

std::optional<std::uint32_t> picture_wishes::next(steady_time now) {
  const auto id = std::exchange(next_, {});
  if (!id) return {};
  waiting_for_ = id;
  since_ = now;
  return id;
}

} // namespace tier2
