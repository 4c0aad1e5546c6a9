#include "tools/cloud/console.hpp"

#include "platform/crypto/digest.hpp"
#include "platform/pages/assets.hpp"
#include "tools/cloud/console_api.hpp"
#include "tools/cloud/console_tls.hpp"

#include <cerrno>
#include <cstring>
#include <httplib.h>
#include <optional>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <thread>

namespace tier2::pages {
std::span<const asset> console_pages();
}

namespace tier2::cloud {

namespace {

constexpr std::size_t threads = 64;
constexpr std::size_t largest_body = 64U << 10U;
constexpr const char* content_security_policy = "default-src 'none'; script-src 'self'; style-src 'self'; "
                                                "img-src 'self'; connect-src 'self'; form-action 'self'; "
                                                "base-uri 'none'; frame-ancestors 'none'";

void set_unless_set(httplib::Response& answer, const char* name, const char* value) {
  if (!answer.has_header(name)) answer.set_header(name, value);
}

void add_safety_headers(const httplib::Request&, httplib::Response& answer) {
  set_unless_set(answer, "Content-Security-Policy", content_security_policy);
  set_unless_set(answer, "Cache-Control", "no-store");
  answer.set_header("X-Content-Type-Options", "nosniff");
  answer.set_header("Referrer-Policy", "no-referrer");
  answer.set_header("Cross-Origin-Opener-Policy", "same-origin");
  answer.set_header("Cross-Origin-Resource-Policy", "same-origin");
  answer.set_header("Strict-Transport-Security", "max-age=31536000");
  answer.set_header("Permissions-Policy", "camera=(), geolocation=(), microphone=()");
}

void send_asset(const httplib::Request& request, httplib::Response& answer, std::string_view name) {
  const auto* found = pages::find(pages::console_pages(), name);
  if (found == nullptr) {
    answer.status = 404;
    return;
  }
  const std::string tag = "\"" + to_string(blake2b_256(found->body)).substr(0, 32) + "\"";
  answer.set_header("Cache-Control", "no-cache");
  answer.set_header("ETag", tag);
  if (request.get_header_value("If-None-Match") == tag) {
    answer.status = 304;
    return;
  }
  answer.set_content(found->body.data(), found->body.size(), std::string{found->media_type});
}

class https_console final : public console {
public:
  https_console(sign_in& entrance, ticket_store& tickets, content_store content)
      : api_{entrance, tickets, std::move(content)} {}

  ~https_console() override {
    // Only a server that runs gives its port back.
    if (!thread_.joinable()) run();
    while (!server_->is_running() && !over_)
      std::this_thread::yield();
    server_->stop();
    thread_.join();
  }

  result<void> open(const options& where) {
    std::optional<error> wrong;
    server_ = std::make_unique<httplib::SSLServer>([&](SSL_CTX& context) {
      auto ready = set_up_tls(context, where.certificate, where.key);
      if (!ready) wrong = ready.error();
      return ready.has_value();
    });
    if (wrong) return fail_open(*wrong);
    set_up();
    errno = 0;
    const int port = where.port == 0 ? server_->bind_to_any_port(where.address)
                                     : (server_->bind_to_port(where.address, where.port) ? where.port : -1);
    if (port < 0) return fail_open(port_error(where, errno));
    port_ = static_cast<std::uint16_t>(port);
    const bool v6 = where.address.find(':') != std::string::npos;
    public_url_ = !where.public_url.empty() ? where.public_url
                                            : "https://" + (v6 ? "[" + where.address + "]" : where.address) +
                                                  ":" + std::to_string(port_);
    if (public_url_.ends_with('/')) public_url_.pop_back();
    api_.serve(*server_, public_url_);
    return {};
  }

  void run() override {
    thread_ = std::thread{[this] {
      server_->listen_after_bind();
      over_ = true;
    }};
  }
  std::uint16_t port() const override { return port_; }
  const std::string& public_url() const override { return public_url_; }

private:
  // A server that never got its port must not be run by the destructor.
  result<void> fail_open(error why) {
    thread_ = std::thread{[] {}};
    over_ = true;
    return tl::unexpected(std::move(why));
  }

  static error port_error(const options& where, int why) {
    const std::string address = where.address + ":" + std::to_string(where.port);
    if (why == EADDRINUSE)
      return {errc::in_use, "The operators' port " + address +
                                " is taken by another program, so nobody could sign in. "
                                "End that program, or choose another operators.port in the configuration."};
    return {why == EACCES ? errc::permission_denied : errc::io_failed,
            "The operators' port " + address + " cannot be opened (" + std::strerror(why) +
                "): check operators.address and operators.port."};
  }

  void set_up() {
    server_->new_task_queue = [] { return new httplib::ThreadPool{threads}; };
    server_->set_tcp_nodelay(true);
    server_->set_payload_max_length(largest_body);
    server_->set_keep_alive_timeout(5);
    server_->set_keep_alive_max_count(200);
    server_->set_read_timeout(10, 0);
    server_->set_write_timeout(30, 0);
    // Not the library's SO_REUSEPORT: with it a second server would silently share the port.
    server_->set_socket_options([](socket_t socket) {
      const int yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    server_->set_post_routing_handler(add_safety_headers);
    // The library bounds only a body whose length was announced.
    server_->set_pre_routing_handler([](const httplib::Request& what, httplib::Response& answer) {
      const bool brings_body = what.method == "POST" || what.method == "PUT" || what.method == "PATCH";
      if (!what.has_header("Transfer-Encoding") && (!brings_body || what.has_header("Content-Length")))
        return httplib::Server::HandlerResponse::Unhandled;
      answer.status = 411;
      return httplib::Server::HandlerResponse::Handled;
    });
    server_->set_exception_handler(
        [](const httplib::Request&, httplib::Response& answer, std::exception_ptr thrown) {
          try {
            if (thrown) std::rethrow_exception(thrown);
          } catch (const std::exception& what) {
            spdlog::error("The console could not answer: {}", what.what());
          } catch (...) {
            spdlog::error("The console could not answer.");
          }
          answer.status = 500;
        });
    const auto page = [this](const char* pattern, const char* name) {
      server_->Get(pattern, [this, name](const httplib::Request& request, httplib::Response& answer) {
        if (api_.who(request))
          send_asset(request, answer, name);
        else
          answer.set_redirect("/sign-in?to=" + request.path);
      });
    };
    server_->Get("/",
                 [](const httplib::Request&, httplib::Response& answer) { answer.set_redirect("/tickets"); });
    page("/tickets", "tickets.html");
    page(R"(/tickets/\d{1,15})", "ticket.html");
    server_->Get("/sign-in", [](const httplib::Request& request, httplib::Response& answer) {
      send_asset(request, answer, "sign_in.html");
    });
    server_->Get(R"(/assets/([a-z0-9_]+\.(?:js|css|json|svg)))",
                 [](const httplib::Request& request, httplib::Response& answer) {
                   send_asset(request, answer, request.matches[1].str());
                 });
  }

  console_api api_;
  std::unique_ptr<httplib::SSLServer> server_;
  std::uint16_t port_{};
  std::string public_url_;
  std::atomic<bool> over_{};
  std::thread thread_;
};

} // namespace

result<std::unique_ptr<console>> console::bind(const options& where, sign_in& entrance, ticket_store& tickets,
                                               content_store content) {
  auto made = std::make_unique<https_console>(entrance, tickets, std::move(content));
  if (auto opened = made->open(where); !opened) return tl::unexpected(opened.error());
  return made;
}

} // namespace tier2::cloud
