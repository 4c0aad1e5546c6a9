#include "tools/buttonhelper/instance.hpp"

#include "messages/wire/envelope.hpp"

#include <chrono>
#include <cstdlib>
#include <future>
#include <thread>

namespace tier2 {

namespace {

/// One instance for each display, so that a user with two sessions has two helpers.
std::string instance_name() {
  std::string name = "buttonhelper";
  for (const char* variable : {"DISPLAY", "WAYLAND_DISPLAY"}) {
    const char* display = std::getenv(variable); // NOLINT(concurrency-mt-unsafe): before any thread
    if (display == nullptr || *display == '\0') continue;
    name += '-';
    for (const char* c = display; *c != '\0' && name.size() < 60; ++c)
      name += std::isalnum(static_cast<unsigned char>(*c)) != 0 ? *c : '_';
    break;
  }
  return name;
}

/// Tells the first instance, which may itself just be starting.
result<void> tell_first(const std::string& socket) {
  for (int attempt = 0;; ++attempt) {
    std::promise<void> closed;
    auto done = closed.get_future();
    auto client = local_link_client::connect(
        socket, local_link_client::expected_peer::same_user,
        {[](const wire::local_message&) {}, [&](const error&) { closed.set_value(); }});
    if (client) {
      (*client)->send({wire::encode(wire::open_request{}), {}});
      done.wait_for(std::chrono::seconds{5}); // the first hangs up once it has understood
      return {};
    }
    if (client.error().code != errc::unavailable || attempt >= 20) return tl::unexpected(client.error());
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
}

} // namespace

result<std::unique_ptr<instance>> instance::claim(const std::string& runtime, std::function<void()> on_open) {
  const auto name = instance_name();
  const auto socket = runtime + "/" + name + ".sock";
  auto lock = instance_lock::acquire(runtime, name);
  if (!lock) {
    if (lock.error().code != errc::already_running) return tl::unexpected(lock.error());
    if (const auto told = tell_first(socket); !told)
      return fail(errc::unavailable,
                  "The helper already runs in this session but does not answer: " + told.error().what);
    return fail(errc::already_running,
                "The helper already runs in this session; it was told to open the ticket page.");
  }
  auto first = std::make_unique<instance>();
  first->lock_ = std::move(*lock);
  // A message may come before `listen` has returned: closing waits for the server to be known.
  auto listening = std::make_shared<std::promise<local_link_server*>>();
  auto server = local_link_server::listen(
      {socket, false, 8}, {.on_open = [](auto, const peer_identity&) {},
                           .on_message =
                               [listening = listening->get_future().share(), on_open = std::move(on_open)](
                                   std::uint64_t which, const wire::local_message& message) {
                                 const auto what = wire::decode(message.json);
                                 if (what && std::holds_alternative<wire::open_request>(*what)) on_open();
                                 if (auto* known = listening.get()) known->close(which);
                               },
                           .on_close = [](auto) {}});
  listening->set_value(server ? server->get() : nullptr);
  if (!server) return tl::unexpected(server.error());
  first->server_ = std::move(*server);
  return first;
}

} // namespace tier2
