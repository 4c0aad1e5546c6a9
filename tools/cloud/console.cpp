#include "tools/cloud/console.hpp"

#include "platform/crypto/digest.hpp"
#include "platform/pages/assets.hpp"
#include "platform/pages/fill.hpp"
#include "tools/cloud/bounded_server.hpp"
#include "tools/cloud/console_api.hpp"
#include "tools/cloud/console_tls.hpp"
#include "tools/cloud/packed_asset.hpp"

#include <array>
#include <cerrno>
#include <httplib.h>
#include <map>
#include <spdlog/spdlog.h>
#include <system_error>

namespace tier2::pages {
std::span<const asset> console_pages();
}

namespace tier2::cloud {

namespace {

constexpr const char* content_security_policy = "default-src 'none'; script-src 'self'; style-src 'self'; "
                                                "img-src 'self'; connect-src 'self'; form-action 'self'; "
                                                "base-uri 'none'; frame-ancestors 'none'";

const httplib::Headers& safety_headers() {
  static const httplib::Headers headers{
      {"Content-Security-Policy", content_security_policy},
      {"Cache-Control", "no-store"},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Strict-Transport-Security", "max-age=31536000"},
      {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
  };
  return headers;
}

void add_safety_headers(const httplib::Request&, httplib::Response& answer) {
  for (const auto& [name, value] : safety_headers())
    if (!answer.has_header(name)) answer.set_header(name, value);
}

/// One of the console's pages: `pages/<name>.html` within `pages/frame.html`, and its script `<name>.js`.
struct framed_page {
  const char *pattern, *name, *title;
  const char* section; ///< Which entry of the navigation it belongs to; of the same name: it is that entry.
};
constexpr std::array<framed_page, 9> framed_pages{
    {{"/tickets", "tickets", "Tickets", "tickets"},
     {R"(/tickets/\d{1,15})", "ticket", "Ticket", "tickets"},
     {"/machines", "machines", "Machines", "machines"},
     {"/machines/[0-9a-f-]{36}", "machine", "Machine", "machines"},
     {"/commands", "commands", "Commands", "commands"},
     {"/commands/new", "new_command", "New command", "commands"},
     {"/commands/[0-9a-f-]{36}", "command", "Command", "commands"},
     {"/alerts", "alerts", "Alerts", "alerts"},
     {"/audit", "audit", "Audit", "audit"}}};

std::string_view body_of(const std::string& name) {
  const auto* found = pages::find(pages::console_pages(), name);
  return found == nullptr ? std::string_view{} : found->body;
}

std::string in_frame(const framed_page& page) {
  std::map<std::string_view, std::string> values{
      {"title", page.title},
      {"name", page.name},
      {"content", std::string{body_of(std::string{page.name} + ".html")}}};
  for (const auto* each : {"at tickets", "at machines", "at commands", "at alerts", "at audit"}) {
    const std::string_view section = std::string_view{each}.substr(3);
    if (section != page.section)
      values[each] = "";
    else
      values[each] = section == page.name ? R"( aria-current="page")" : R"( aria-current="true")";
  }
  return pages::filled(body_of("frame.html"), values);
}

/// `packed`: the same in gzip's format, for those who take it.
void send(const httplib::Request& request, httplib::Response& answer, std::string_view body,
          std::string_view media_type, std::string_view packed = {}) {
  const bool short_way = !packed.empty() && takes_gzip(request.get_header_value("Accept-Encoding"));
  const std::string tag = "\"" + to_string(blake2b_256(short_way ? packed : body)).substr(0, 32) + "\"";
  if (!packed.empty()) answer.set_header("Vary", "Accept-Encoding");
  answer.set_header("Cache-Control", "no-cache");
  answer.set_header("ETag", tag);
  if (request.get_header_value("If-None-Match") == tag) {
    answer.status = 304;
    return;
  }
  if (short_way) {
    answer.set_header("Content-Encoding", "gzip");
    body = packed;
  }
  answer.set_content(body.data(), body.size(), std::string{media_type});
}

void send_asset(const httplib::Request& request, httplib::Response& answer, std::string_view name) {
  if (const auto* found = pages::find(pages::console_pages(), name))
    send(request, answer, found->body, found->media_type, packed(*found));
  else
    answer.status = 404;
}

class https_console final : public console {
public:
  explicit https_console(const api_parts& parts) : api_{parts} {}

  result<void> open(const options& where) {
    bounded_server::context tls{SSL_CTX_new(TLS_server_method()), &SSL_CTX_free};
    if (!tls) return fail(errc::crypto_failed, "OpenSSL does not start: no TLS, and so no console.");
    if (auto ready = set_up_tls(*tls, where.certificate, where.key); !ready) return ready;
    server_ = std::make_unique<bounded_server>(std::move(tls), where.limits, safety_headers());
    set_up();
    const auto port = server_->take_port(where.address, where.port);
    if (!port) return tl::unexpected(port_error(where, port.error()));
    port_ = *port;
    const bool v6 = where.address.find(':') != std::string::npos;
    public_url_ = !where.public_url.empty() ? where.public_url
                                            : "https://" + (v6 ? "[" + where.address + "]" : where.address) +
                                                  ":" + std::to_string(port_);
    if (public_url_.ends_with('/')) public_url_.pop_back();
    api_.serve(*server_, public_url_);
    return {};
  }

  void run() override { server_->run(); }
  std::uint16_t port() const override { return port_; }
  const std::string& public_url() const override { return public_url_; }
  const port_counters& counters() const override { return server_->counters(); }

private:
  static error port_error(const options& where, int why) {
    const std::string address = where.address + ":" + std::to_string(where.port);
    if (why == EADDRINUSE)
      return {errc::in_use, "The operators' port " + address +
                                " is taken by another program, so nobody could sign in. "
                                "End that program, or choose another operators.port in the configuration."};
    return {why == EACCES ? errc::permission_denied : errc::io_failed,
            "The operators' port " + address + " cannot be opened (" + std::generic_category().message(why) +
                "): check operators.address and operators.port."};
  }

  void set_up() {
    server_->set_post_routing_handler(add_safety_headers);
    server_->set_exception_handler(
        [](const httplib::Request&, httplib::Response& answer, const std::exception_ptr& thrown) {
          try {
            if (thrown) std::rethrow_exception(thrown);
          } catch (const std::exception& what) {
            spdlog::error("The console could not answer: {}", what.what());
          } catch (...) {
            spdlog::error("The console could not answer.");
          }
          answer.status = 500;
        });
    for (const auto& page : framed_pages)
      server_->Get(page.pattern,
                   [this, html = in_frame(page)](const httplib::Request& request, httplib::Response& answer) {
                     if (api_.who(request))
                       send(request, answer, html, "text/html; charset=utf-8");
                     else
                       answer.set_redirect("/sign-in?to=" + request.path);
                   });
    server_->Get("/",
                 [](const httplib::Request&, httplib::Response& answer) { answer.set_redirect("/tickets"); });
    server_->Get("/sign-in", [](const httplib::Request& request, httplib::Response& answer) {
      send_asset(request, answer, "sign_in.html");
    });
    server_->Get(R"(/assets/([a-z0-9_]+\.(?:js|css|json|svg)))",
                 [](const httplib::Request& request, httplib::Response& answer) {
                   send_asset(request, answer, request.matches[1].str());
                 });
  }

  console_api api_;
  std::uint16_t port_{};
  std::string public_url_;
  std::unique_ptr<bounded_server> server_; // ends first: its handlers use the rest
};

} // namespace

result<std::unique_ptr<console>> console::bind(const options& where, const api_parts& parts) {
  auto made = std::make_unique<https_console>(parts);
  if (auto opened = made->open(where); !opened) return tl::unexpected(opened.error());
  return made;
}

} // namespace tier2::cloud
