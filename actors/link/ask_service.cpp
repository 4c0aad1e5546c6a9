#include "actors/link/ask_service.hpp"

#include "platform/local_link.hpp"

#include <future>
#include <memory>
#include <mutex>
#include <variant>

namespace tier2 {

namespace {

/// The first answer counts; the link's thread brings it.
class answer_slot {
public:
  void put(result<wire::message> what) {
    const std::lock_guard guard{mutex_};
    if (!std::exchange(filled_, true)) promise_.set_value(std::move(what));
  }
  std::future<result<wire::message>> future() { return promise_.get_future(); }

private:
  std::mutex mutex_;
  bool filled_{};
  std::promise<result<wire::message>> promise_;
};

void take(answer_slot& slot, const wire::local_message& message) {
  auto what = wire::decode(message.json);
  if (!what) return slot.put(tl::unexpected(std::move(what.error())));
  if (std::holds_alternative<wire::link_status>(*what) || std::holds_alternative<wire::unknown>(*what))
    return;
  if (const auto* refused = std::get_if<wire::notice>(&*what))
    return slot.put(fail(errc::refused, refused->text));
  slot.put(std::move(*what));
}

} // namespace

result<wire::message> ask_service(const std::string& socket, const wire::message& question,
                                  std::chrono::milliseconds patience) {
  const auto slot = std::make_shared<answer_slot>();
  auto answer = slot->future();
  auto client = local_link_client::connect(
      socket, local_link_client::expected_peer::privileged_or_same_user,
      {[slot](const wire::local_message& message) { take(*slot, message); },
       [slot](const error& why) {
         slot->put(fail(errc::unavailable, "The service hung up without an answer: " + why.what));
       }});
  if (!client && client.error().code == errc::unavailable)
    return fail(errc::unavailable, client.error().what + " Is tier2-service running?");
  if (!client) return tl::unexpected(client.error());
  (*client)->send({wire::encode(question), {}});
  if (answer.wait_for(patience) != std::future_status::ready)
    return fail(errc::unavailable,
                "The service did not answer within " + std::to_string(patience.count() / 1000) + " s.");
  return answer.get();
}

} // namespace tier2
