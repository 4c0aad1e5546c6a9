#include "actors/alerting/alert_outbox.hpp"

#include "messages/wire/big_endian.hpp"
#include "messages/wire/envelope.hpp"
#include "platform/crypto/seal.hpp"
#include "platform/private_file.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace tier2 {

namespace {

constexpr std::string_view magic = "tier2out";
constexpr std::size_t context_bytes = 16, header_bytes = 32, length_bytes = 4, uuid_bytes = 16;
constexpr std::size_t max_record_bytes = 128U << 10U, rewrite_after_bytes = 256U << 10U;
constexpr std::byte is_alert{1}, is_acknowledgement{2};

private_bytes context_of(std::span<const std::byte> file, std::uint64_t number) {
  private_bytes context(file.begin(), file.end());
  wire::append_big_endian(context, number);
  return context;
}

private_bytes encode(const alert& what) {
  const auto text = wire::encode(wire::alert{what});
  private_bytes plain{is_alert};
  const auto bytes = std::as_bytes(std::span{text});
  plain.insert(plain.end(), bytes.begin(), bytes.end());
  return plain;
}

private_bytes encode_acknowledgement(const uuid& id) {
  private_bytes plain{is_acknowledgement};
  const auto bytes = std::as_bytes(std::span{id.bytes});
  plain.insert(plain.end(), bytes.begin(), bytes.end());
  return plain;
}

private_bytes seal_record(const secret_key& key, std::span<const std::byte> plain,
                          std::span<const std::byte> file, std::uint64_t number) {
  const auto sealed = seal(key, plain, context_of(file, number));
  private_bytes record;
  wire::append_big_endian(record, static_cast<std::uint32_t>(sealed.bytes.size()));
  record.insert(record.end(), sealed.bytes.begin(), sealed.bytes.end());
  return record;
}

/// Takes one record in; false when it is none that this program writes.
bool take_in(std::span<const std::byte> plain, std::deque<alert>& pending) {
  if (plain.empty()) return false;
  const auto rest = plain.subspan(1);
  if (plain.front() == is_acknowledgement && rest.size() == uuid_bytes) {
    uuid id;
    std::memcpy(id.bytes.data(), rest.data(), rest.size());
    std::erase_if(pending, [&](const alert& each) { return each.id == id; });
    return true;
  }
  if (plain.front() != is_alert) return false;
  const auto message = wire::decode({reinterpret_cast<const char*>(rest.data()), rest.size()});
  const auto* what = message ? std::get_if<wire::alert>(&*message) : nullptr;
  if (what == nullptr) return false;
  pending.push_back(what->what);
  return true;
}

/// Reads as far as the bytes make sense to one of the keys; what is wrong with the rest, or nothing. A record
/// that is cut off by the file's end, or all zeros there, was never promised to anybody.
std::string read_all(std::span<const std::byte> bytes, const secret_key& key, const secret_key* former,
                     std::deque<alert>& pending) {
  if (bytes.size() < header_bytes || std::memcmp(bytes.data(), magic.data(), magic.size()) != 0)
    return "it does not begin as an outbox does";
  if (wire::read_big_endian<std::uint16_t>(bytes.subspan(magic.size())) != 1)
    return "another version of this program wrote it";
  const auto file = bytes.subspan(header_bytes - context_bytes, context_bytes);
  auto rest = bytes.subspan(header_bytes);
  for (std::uint64_t number = 0; !rest.empty(); ++number) {
    if (std::ranges::all_of(rest, [](std::byte each) { return each == std::byte{0}; })) return {};
    if (rest.size() < length_bytes) return {};
    const std::size_t length = wire::read_big_endian<std::uint32_t>(rest);
    if (length > max_record_bytes) return "record " + std::to_string(number + 1) + " is damaged";
    if (rest.size() - length_bytes < length)
      return rest.size() < max_record_bytes ? "" : "record " + std::to_string(number + 1) + " is damaged";
    const auto chunk = rest.subspan(length_bytes, length);
    rest = rest.subspan(length_bytes + length);
    const sealed_chunk sealed{{chunk.begin(), chunk.end()}};
    const auto context = context_of(file, number);
    auto plain = unseal(key, sealed, context);
    if (!plain && former != nullptr) plain = unseal(*former, sealed, context);
    if (!plain || !take_in(*plain, pending))
      return "record " + std::to_string(number + 1) + " is damaged, or not ours";
  }
  return {};
}

} // namespace

result<alert_outbox::opened> alert_outbox::open(const std::string& directory,
                                                std::shared_ptr<const secret_key> key,
                                                const std::shared_ptr<const secret_key>& former) {
  if (auto made = make_private_directory(directory); !made) return tl::unexpected(made.error());
  opened answer;
  auto& outbox = answer.outbox;
  outbox.path_ = directory + "/alerts.outbox";
  outbox.key_ = std::move(key);
  auto found = append_file::open(outbox.path_, max_bytes);
  std::string why;
  if (found)
    why = read_all(found->content, *outbox.key_, former.get(), outbox.pending_);
  else if (found.error().code == errc::too_large)
    why = "it is larger than this program makes it";
  else if (found.error().code != errc::not_found)
    return tl::unexpected(found.error());
  if (!why.empty()) {
    const auto aside = put_aside(outbox.path_);
    if (!aside) return tl::unexpected(aside.error());
    answer.warning = "Alerts that waited for the cloud in " + outbox.path_ + " could not all be read (" +
                     why + "). " + std::to_string(outbox.pending_.size()) + " were; the file was kept as " +
                     *aside + ".";
  }
  for (const auto& each : outbox.pending_)
    outbox.pending_bytes_ += encode(each).size();
  static_cast<void>(outbox.make_room());
  if (auto written = outbox.rewrite(); !written) return tl::unexpected(written.error());
  return answer;
}

void alert_outbox::forget(const std::deque<alert>::iterator& which) {
  pending_bytes_ -= encode(*which).size();
  pending_.erase(which);
}

std::vector<uuid> alert_outbox::make_room() {
  std::vector<uuid> gone;
  while (pending_.size() > max_alerts || pending_bytes_ > max_pending_bytes) {
    const auto which = std::ranges::min_element(pending_, {}, &alert::severity);
    gone.push_back(which->id);
    forget(which);
    ++dropped_;
  }
  return gone;
}

result<void> alert_outbox::add(const alert& what) {
  const auto bytes = encode(what);
  pending_.push_back(what);
  pending_bytes_ += bytes.size();
  const auto gone = make_room();
  if (file_->size() > rewrite_at_) return rewrite();
  for (const auto& each : gone)
    if (auto written = append(encode_acknowledgement(each), false); !written) return written;
  if (std::ranges::find(gone, what.id) != gone.end()) return {}; // the least of all itself
  return append(bytes, true);
}

bool alert_outbox::acknowledge(const uuid& id) {
  const auto known = std::ranges::find(pending_, id, &alert::id);
  if (known == pending_.end()) return false;
  forget(known);
  static_cast<void>(file_->size() > rewrite_at_ ? rewrite() : append(encode_acknowledgement(id), false));
  return true;
}

result<void> alert_outbox::append(std::span<const std::byte> plain, bool sync) {
  auto written = file_->append(seal_record(*key_, plain, context_, records_), sync);
  if (written) ++records_;
  return written;
}

result<void> alert_outbox::rewrite() {
  private_bytes context(context_bytes);
  random_bytes(context);
  auto file = append_file::create(path_, [&](const file_identity&) {
    private_bytes bytes;
    const auto name = std::as_bytes(std::span{magic});
    bytes.insert(bytes.end(), name.begin(), name.end());
    wire::append_big_endian(bytes, std::uint16_t{1});
    bytes.resize(header_bytes - context_bytes);
    bytes.insert(bytes.end(), context.begin(), context.end());
    std::uint64_t number = 0;
    for (const auto& each : pending_) {
      const auto record = seal_record(*key_, encode(each), context, number++);
      bytes.insert(bytes.end(), record.begin(), record.end());
    }
    return bytes;
  });
  if (!file) return tl::unexpected(file.error());
  file_ = std::move(*file);
  context_ = std::move(context);
  records_ = pending_.size();
  // Each rewriting is paid for by as many new bytes.
  rewrite_at_ = rewrite_after_bytes + 2 * file_->size();
  return {};
}

} // namespace tier2
