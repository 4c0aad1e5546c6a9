#include "actors/link/uploader.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tier2 {

uploader::uploader(std::shared_ptr<const submission> what) : what_(std::move(what)) {
  have_.resize(what_->files().size());
  sent_.resize(what_->files().size());
  for (const auto& each : what_->files())
    total_ += each.about.bytes;
}

std::vector<wire::local_message> uploader::connected() {
  ready_ = false;
  ended_ = false;
  retry_after_ = {};
  window_.begin();
  return {{wire::encode(wire::ticket_begin{what_->ticket(), what_->manifest(), what_->consent(), {}}), {}}};
}

void uploader::disconnected() { ready_ = false; }

std::vector<wire::local_message> uploader::on_state(const wire::ticket_state& state, steady_time now) {
  if (finished() || state.ticket != what_->ticket()) return {};
  if (!state.error.empty()) {
    (state.retry_after_s != 0 ? put_off_ : refused_) = state.error;
    retry_after_ = std::chrono::seconds{state.retry_after_s};
    ready_ = false;
    return {};
  }
  if (retry_after_.count() != 0) return {};
  if (!state.number.empty()) {
    number_ = state.number;
    url_ = state.url;
    acknowledged_ = total_;
    return {};
  }
  std::vector<std::uint64_t> have(have_.size());
  for (const auto& each : state.have)
    if (each.part < have.size())
      have[each.part] = std::min(each.bytes, what_->files()[each.part].about.bytes);
  // Less than before: the cloud lost a part after all and wants it, and the end, again.
  for (std::size_t i = 0; ready_ && i < have.size(); ++i) {
    if (have[i] >= have_[i]) continue;
    sent_[i] = have[i];
    ended_ = false;
  }
  have_ = std::move(have);
  acknowledged_ = std::accumulate(have_.begin(), have_.end(), std::uint64_t{0});
  if (!ready_) {
    sent_ = have_;
    ready_ = true;
  }
  // What the other side has more of than we sent on this connection needs no sending.
  for (std::size_t i = 0; i < sent_.size(); ++i)
    sent_[i] = std::max(sent_[i], have_[i]);
  window_.acknowledged(acknowledged_, now);
  return next(now);
}

std::vector<wire::local_message> uploader::next(steady_time now) {
  std::vector<wire::local_message> out;
  auto in_flight = std::accumulate(sent_.begin(), sent_.end(), std::uint64_t{0}) - acknowledged_;
  for (std::size_t i = 0; i < sent_.size(); ++i) {
    const auto& bytes = *what_->files()[i].bytes;
    while (sent_[i] < bytes.size()) {
      const auto size = std::min<std::uint64_t>(bytes.size() - sent_[i], window_.piece());
      if (in_flight + size > window_.bytes()) return out;
      const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(sent_[i]);
      out.push_back(
          {wire::encode(wire::ticket_data{what_->ticket(), static_cast<std::uint32_t>(i), sent_[i]}),
           {from, from + static_cast<std::ptrdiff_t>(size)}});
      sent_[i] += size;
      in_flight += size;
      window_.sent(acknowledged_ + in_flight, now);
    }
  }
  if (acknowledged_ == total_ && !std::exchange(ended_, true))
    out.push_back({wire::encode(wire::ticket_end{what_->ticket(), what_->consent().manifest}), {}});
  return out;
}

} // namespace tier2
