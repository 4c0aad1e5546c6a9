#include "tools/cloud/bounded_server.hpp"

#include "tools/cloud/request_stream.hpp"
#include "tools/cloud/stream_ending.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace tier2::cloud {

namespace {

thread_local port_connection* serving = nullptr; // by this thread

bool is_event_stream(const httplib::Response& answer) {
  return answer.get_header_value("Content-Type").starts_with("text/event-stream");
}

std::string error_body(std::string_view code, std::string_view message) {
  return fmt::format(R"({{"error":"{}","message":"{}"}})", code, message);
}

std::string_view reason(int status) {
  switch (status) {
  case 400:
    return "Bad Request";
  case 408:
    return "Request Timeout";
  case 411:
    return "Length Required";
  case 413:
    return "Content Too Large";
  case 414:
    return "URI Too Long";
  case 415:
    return "Unsupported Media Type";
  case 417:
    return "Expectation Failed";
  case 431:
    return "Request Header Fields Too Large";
  case 501:
    return "Not Implemented";
  case 505:
    return "HTTP Version Not Supported";
  default:
    return "Refused";
  }
}

// One that streams cannot be undone once its first byte is out; here none is.
void turn_away(httplib::Response& answer, int status, std::string_view code, std::string_view message) {
  answer.content_provider_ = nullptr;
  answer.is_chunked_content_provider_ = false;
  answer.content_length_ = 0;
  const bool closes = answer.get_header_value("Connection") == "close";
  answer.headers.clear();
  if (closes) answer.set_header("Connection", "close");
  answer.status = status;
  answer.body = error_body(code, message);
  answer.set_header("Content-Type", "application/json");
  answer.set_header("Content-Length", std::to_string(answer.body.size()));
}

} // namespace

std::stop_token stream_ending() { return serving != nullptr ? serving->gone.get_token() : std::stop_token{}; }

bounded_server::bounded_server(context tls, const port_limits& limits, httplib::Headers headers)
    : tls_{std::move(tls)}, limits_{limits}, headers_{std::move(headers)},
      workers_{{limits.workers, limits.downloads, limits.event_streams}} {
  SSL_CTX_set_mode(tls_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                   SSL_MODE_RELEASE_BUFFERS);
  // Clients resume with tickets; a store of sessions would be one more thing to fill.
  SSL_CTX_set_session_cache_mode(tls_.get(), SSL_SESS_CACHE_OFF);
  set_payload_max_length(limits.body_bytes);
  set_keep_alive_timeout(std::chrono::duration_cast<std::chrono::seconds>(limits.idle_time).count());
  set_keep_alive_max_count(limits.requests_per_connection);
  httplib::Server::set_post_routing_handler(
      [this](const httplib::Request& request, httplib::Response& answer) {
        admit(request, answer);
        if (post_routing_) post_routing_(request, answer);
      });
}

bounded_server::~bounded_server() {
  svr_sock_ = INVALID_SOCKET; // by this the library's loops over content providers know the end
  if (loop_) loop_->stop();
  workers_.stop();
  loop_.reset();
}

tl::expected<std::uint16_t, int> bounded_server::take_port(const std::string& address, std::uint16_t port) {
  loop_ = std::make_unique<port_loop>(
      *tls_, limits_, counters_,
      port_loop::callbacks{[this](port_connection& one) { workers_.post([this, &one] { handle(one); }); },
                           [this](const request_refusal& why) { return refusal(why); }});
  return loop_->listen(address, port);
}

void bounded_server::run() {
  svr_sock_ = 0; // any but INVALID_SOCKET
  loop_->run();
}

// On a worker's thread.
void bounded_server::handle(port_connection& one) {
  serving = &one;
  bool closes = false;
  bool answered = false;
  try {
    request_stream stream{one, limits_, counters_, loop_->stopping()};
    answered = process_request(stream, one.last, closes,
                               [&](httplib::Request& request) { request.ssl = one.tls.ssl(); });
  } catch (const std::exception& what) {
    spdlog::error("The console broke off an answer: {}", what.what());
  } catch (...) {
    spdlog::error("The console broke off an answer.");
  }
  serving = nullptr;
  if (one.streaming && !answered) one.tls.abandon();
  if (one.streaming) --(one.events ? counters_.event_streams : counters_.downloads);
  loop_->give_back(one, answered && !closes && !one.last && !loop_->ending());
}

void bounded_server::admit(const httplib::Request& request, httplib::Response& answer) {
  if (!answer.content_provider_ || request.method == "HEAD") return;
  const bool events = is_event_stream(answer);
  if (request.version == "HTTP/1.0" && answer.is_chunked_content_provider_)
    return turn_away(answer, 505, "unsupported", "This answer needs HTTP/1.1.");
  if (!workers_.become(events ? worker_pool::kind::event_stream : worker_pool::kind::download)) {
    ++counters_.streams_refused;
    turn_away(answer, 503, "unavailable", "Too many answers of this kind are under way. Try again.");
    answer.set_header("Retry-After", "5");
    return;
  }
  serving->streaming = true;
  serving->events = events;
  ++(events ? counters_.event_streams : counters_.downloads);
}

std::string bounded_server::refusal(const request_refusal& why) const {
  const std::string body = error_body(why.code, why.message);
  std::string text = fmt::format("HTTP/1.1 {} {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n"
                                 "Connection: close\r\n",
                                 why.status, reason(why.status), body.size());
  for (const auto& [name, value] : headers_)
    text += fmt::format("{}: {}\r\n", name, value);
  return text + "\r\n" + body;
}

} // namespace tier2::cloud
