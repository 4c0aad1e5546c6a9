#include "actors/supervisor/slot.hpp"

#include "actors/actor.hpp"

namespace tier2 {

namespace {

struct slot_state {
  caf::strong_actor_ptr present;
  static inline const char* name = "slot";
};

caf::behavior slot_behavior(caf::stateful_actor<slot_state>* self, caf::strong_actor_ptr present) {
  be_quiet(self);
  self->state.present = std::move(present);
  self->set_default_handler(
      [self](caf::scheduled_actor*, caf::message_view& what) -> caf::result<caf::message> {
        if (!self->state.present)
          return caf::make_error(errc::unavailable, std::string{"This part is being restarted."});
        auto promise = self->make_response_promise();
        promise.delegate(caf::actor_cast<caf::actor>(self->state.present), what.move_content_to_message());
        return caf::delegated<caf::message>{};
      });
  return {[self](const put_into_slot& who) { self->state.present = who.incarnation; }};
}

} // namespace

// CAF 0.17 dereferences a null pointer when a function is spawned without an argument.
caf::actor spawn_slot(caf::actor_system& system) {
  return system.spawn(slot_behavior, caf::strong_actor_ptr{});
}

} // namespace tier2
