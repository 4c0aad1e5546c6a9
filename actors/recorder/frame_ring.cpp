#include "actors/recorder/frame_ring.hpp"

#include <algorithm>
#include <unordered_set>

namespace tier2 {

namespace {
steady_time captured_at(const std::shared_ptr<const kept_frame>& frame) { return frame->info.captured_at; }
} // namespace

frame_ring::frame_ring(limits bounds) : bounds_{bounds} {}

void frame_ring::push(std::shared_ptr<const kept_frame> frame, steady_time now) {
  expire(now);
  if (frame == nullptr) return;
  if (is_lost(frame->info.note)) {
    lost_.push_back(std::move(frame));
    for (; lost_.size() > bounds_.lost; ++counts_.evicted_lost)
      lost_.pop_front();
    return;
  }
  std::uint64_t alone = 0;
  std::unordered_set<const sealed_chunk*> seen;
  for (const auto& chunk : frame->chunks)
    if (seen.insert(chunk.get()).second) alone += chunk->bytes.size();
  if (alone > bounds_.bytes || bounds_.frames == 0) {
    ++counts_.refused;
    return;
  }
  for (const auto& chunk : frame->chunks)
    if (holders_[chunk.get()]++ == 0) bytes_ += chunk->bytes.size();
  frames_.push_back(std::move(frame));
  while (frames_.size() > bounds_.frames) {
    drop_oldest();
    ++counts_.evicted_count;
  }
  while (bytes_ > bounds_.bytes) {
    drop_oldest();
    ++counts_.evicted_bytes;
  }
}

void frame_ring::expire(steady_time now) {
  while (!frames_.empty() && now - frames_.front()->info.captured_at > bounds_.age) {
    drop_oldest();
    ++counts_.evicted_age;
  }
  for (; !lost_.empty() && now - lost_.front()->info.captured_at > bounds_.age; ++counts_.evicted_lost)
    lost_.pop_front();
}

std::vector<std::shared_ptr<const kept_frame>> frame_ring::snapshot(steady_time until, steady_time now) {
  expire(now);
  std::vector<std::shared_ptr<const kept_frame>> frames;
  std::ranges::merge(frames_, lost_, std::back_inserter(frames), {}, captured_at, captured_at);
  std::erase_if(frames, [&](const auto& frame) { return captured_at(frame) > until; });
  return frames;
}

void frame_ring::forget(steady_time until) {
  while (!frames_.empty() && frames_.front()->info.captured_at <= until)
    drop_oldest();
  while (!lost_.empty() && captured_at(lost_.front()) <= until)
    lost_.pop_front();
}

void frame_ring::drop_oldest() {
  for (const auto& chunk : frames_.front()->chunks) {
    const auto holder = holders_.find(chunk.get());
    if (--holder->second != 0) continue;
    bytes_ -= chunk->bytes.size();
    holders_.erase(holder);
  }
  frames_.pop_front();
}

} // namespace tier2
