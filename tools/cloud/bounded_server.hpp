#pragma once

#include "tools/cloud/port_loop.hpp"
#include "tools/cloud/worker_pool.hpp"

#include <httplib.h>
#include <memory>

namespace tier2::cloud {

/// An HTTPS server with the library's routes and handlers behind a port of our own, since the library's
/// bounds neither the length of a line nor the time that a silent connection takes from a thread of it. A
/// handler runs when its request is whole; its answer is sent from memory by the port's thread. An answer
/// with a content provider keeps its thread, and is a download or, as text/event-stream, an event stream;
/// each kind has a number of its own (503 beyond it) and none takes a request's thread.
class bounded_server final : public httplib::Server {
public:
  using context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

  /// `headers` are those of answers to requests that no handler sees.
  bounded_server(context tls, const port_limits& limits, httplib::Headers headers);
  /// Ends all connections and waits for the handlers; streams that wait with `stream_ending` end at once.
  ~bounded_server() override;

  /// Takes the port and answers nothing yet; the port, or an errno value.
  tl::expected<std::uint16_t, int> take_port(const std::string& address, std::uint16_t port);
  void run();
  /// As the library's, which must not be called: the bound of streams is in between.
  void set_post_routing_handler(Handler handler) { post_routing_ = std::move(handler); }
  const port_counters& counters() const { return counters_; }

private:
  void handle(port_connection& one);
  void admit(const httplib::Request& request, httplib::Response& answer);
  std::string refusal(const request_refusal& why) const;

  context tls_;
  port_limits limits_;
  httplib::Headers headers_;
  Handler post_routing_;
  port_counters counters_;
  std::unique_ptr<port_loop> loop_;
  worker_pool workers_; // before the loop's end nothing of its connections is touched
};

} // namespace tier2::cloud
