#include "actors/actor.hpp"

#include <caf/type_id.hpp>
#include <doctest/doctest.h>

using namespace tier2;

namespace {

template <class T>
constexpr bool known = caf::has_type_id<T>::value || std::is_void_v<T>;

template <class List>
struct all_known;
template <class... Ts>
struct all_known<caf::detail::type_list<Ts...>> {
  static constexpr bool value = (known<Ts> && ...);
};
template <class Signature>
struct signature_known;
template <class In, class... Out>
struct signature_known<caf::typed_mpi<In, caf::output_tuple<Out...>>> {
  static constexpr bool value = all_known<In>::value && (known<Out> && ...);
};
template <class Actor>
struct interface_known;
template <class... Signatures>
struct interface_known<caf::typed_actor<Signatures...>> {
  static constexpr bool value = (signature_known<Signatures>::value && ...);
};

} // namespace

TEST_CASE(
    "every message of every interface is known to CAF: a local send of an unknown one would go unnoticed") {
  CHECK(interface_known<input_hook_actor>::value);
  CHECK(interface_known<capture_actor>::value);
  CHECK(interface_known<compression_actor>::value);
  CHECK(interface_known<recorder_actor>::value);
  CHECK(interface_known<encoder_actor>::value);
  CHECK(interface_known<ticket_actor>::value);
  CHECK(interface_known<collector_actor>::value);
  CHECK(interface_known<consent_actor>::value);
  CHECK(interface_known<link_actor>::value);
  CHECK(interface_known<keystore_actor>::value);
  CHECK(interface_known<channel_actor>::value);
  CHECK(interface_known<relay_actor>::value);
  CHECK(interface_known<command_actor>::value);
  CHECK(interface_known<runner_actor>::value);
  CHECK(interface_known<alerting_actor>::value);
  CHECK(interface_known<watch_actor>::value);
  CHECK(interface_known<supervisor_actor>::value);
  CHECK(interface_known<health_actor>::value);
}
