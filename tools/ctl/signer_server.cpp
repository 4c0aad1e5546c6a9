#include "tools/ctl/signer_server.hpp"

#include "actors/consent/page_answer.hpp"
#include "actors/consent/page_files.hpp"
#include "actors/consent/page_request.hpp"
#include "messages/wire/json.hpp"
#include "messages/wire/manifest.hpp"
#include "platform/net/websocket_server.hpp"
#include "platform/private_file.hpp"
#include "tools/ctl/request_door.hpp"
#include "tools/ctl/signer_page.hpp"

#include <filesystem>
#include <mutex>
#include <optional>

namespace tier2::ctl {

namespace {

using net::websocket_server;

constexpr std::size_t most_connections = 32;
constexpr std::size_t most_claim_bytes = 1024;

std::string random_name() {
  const auto bytes = fresh_random();
  return wire::to_base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

steady_time now() { return std::chrono::steady_clock::now(); }

std::optional<std::string_view> header(const websocket_server::request& what, const char* name) {
  const auto found = what.headers.find(name);
  return found == what.headers.end() ? std::nullopt : std::optional<std::string_view>{found->second};
}

/// The secret of a page's first message.
std::optional<std::string> secret_of(const std::string& text) {
  const auto json = wire::parse_json(text, most_claim_bytes, 2);
  if (!json || !json->is_object() || json->size() != 2) return std::nullopt;
  const auto type = json->find("type"), secret = json->find("secret");
  if (type == json->end() || secret == json->end() || *type != "claim" || !secret->is_string())
    return std::nullopt;
  return secret->get<std::string>();
}

class server final : public signer_server {
public:
  server(options what, callbacks tell) : options_{std::move(what)}, tell_{std::move(tell)} {}

  ~server() override {
    // Their threads use the pointers until they are joined.
    for (auto* const each : {&door_server_, &server_}) {
      delete each->get();
      [[maybe_unused]] const auto* const gone = each->release();
    }
    erase_file();
  }

  result<void> start() {
    if (auto made = make_private_directory(options_.runtime); !made) return made;
    const std::lock_guard lock{guard_}; // A request that comes before we know our ports waits.
    websocket_server::callbacks page;
    page.on_request = [this](const auto& what) { return respond(what); };
    page.on_upgrade = [this](auto who, const auto& what) { return upgrade(who, what); };
    page.on_text = [this](auto who, std::string text) { heard(who, std::move(text)); };
    page.on_binary = [this](auto who, const auto&) { server_->close(who, page_session::close_policy, ""); };
    page.on_close = [this](auto who, std::uint16_t) {
      const std::lock_guard lock{guard_};
      session_->gone(who, now());
    };
    websocket_server::callbacks door;
    door.on_request = [this](const auto& what) { return respond_at_door(what); };
    door.on_upgrade = [](auto, const auto&) { return websocket_server::upgrade{}; };
    websocket_server::failure why;
    door_server_ = websocket_server::listen(at_port(options_.port), std::move(door), why);
    if (!door_server_)
      return fail(why.in_use ? errc::in_use : errc::io_failed,
                  why.in_use
                      ? "Port " + std::to_string(options_.port) +
                            " on 127.0.0.1 is taken, perhaps by another signer. End that one, or choose a "
                            "port with --port and tell the console's page of it."
                      : "The signer cannot take commands: " + why.what);
    door_.emplace(door_server_->port());
    server_ = websocket_server::listen(at_port(0), std::move(page), why);
    if (!server_) return fail(errc::io_failed, "The signer's page cannot be served: " + why.what);
    session_.emplace(server_->port(), page_session::handover::file);
    return {};
  }

  std::uint16_t port() const override { return door_server_->port(); }

  result<std::string> open() override {
    const std::lock_guard lock{guard_};
    erase_file();
    const auto token = session_->open(fresh_random(), now());
    const auto html = signer_handover_html(server_->port(), token, random_name());
    auto path = options_.runtime + "/signer-" + random_name() + ".html";
    if (auto written = write_private_file(path, std::as_bytes(std::span{html})); !written)
      return tl::unexpected(written.error());
    file_ = path;
    return path;
  }

  void send(std::string text) override {
    const std::lock_guard lock{guard_};
    if (const auto page = session_->attached()) server_->send_text(*page, std::move(text));
  }

private:
  static websocket_server::options at_port(std::uint16_t port) {
    websocket_server::options where;
    where.port = port;
    where.tls = false;
    where.max_connections = most_connections;
    where.ping_interval_ms = 0;
    where.dead_after_ms = 0;
    return where;
  }

  void erase_file() {
    if (!file_.empty()) static_cast<void>(erase_private_file(file_));
    file_.clear();
  }

  static void give_asset(websocket_server::response& out, std::string_view name) {
    if (const auto* const file = signer_asset(name)) {
      out.headers["content-type"] = file->media_type;
      out.body = file->body;
    } else {
      out.status = 404;
    }
  }

  websocket_server::response respond_at_door(const websocket_server::request& what) {
    websocket_server::response out;
    request_door::answer answer;
    {
      const std::lock_guard lock{guard_};
      if (!session_->ticket_open()) return {503, {{"content-type", "text/plain; charset=utf-8"}}, {}};
      answer = door_->decide({what.method, what.path, header(what, "host"), header(what, "origin"),
                              header(what, "content-type"), header(what, "service-worker")},
                             now());
      out.headers = pages::ticket_page_headers(door_server_->port());
    }
    out.status = answer.status;
    out.headers["content-type"] = "text/plain; charset=utf-8";
    switch (answer.what) {
    case request_door::serve::page:
      out.headers["content-type"] = "text/html; charset=utf-8";
      // Whatever had this origin before us loses what it left in the browser, as far as that obeys.
      out.headers["clear-site-data"] = R"("cache", "storage")";
      out.body = signer_request_html();
      break;
    case request_door::serve::asset:
      give_asset(out, answer.name);
      break;
    case request_door::serve::offer:
      take_offer(out, what.body);
      break;
    case request_door::serve::reopen:
      tell_.on_reopen();
      break;
    case request_door::serve::refusal:
      break;
    }
    return out;
  }

  void take_offer(websocket_server::response& out, const std::string& offer) {
    const auto taken = tell_.on_offer(offer);
    if (!taken.refused.empty()) out.status = taken.too_many_wait ? 503 : 422;
    const std::lock_guard lock{guard_};
    out.headers["content-type"] = "application/json";
    out.body = wire::dump_json({{"refused", taken.refused}, {"page_open", session_->attached().has_value()}});
  }

  websocket_server::response respond(const websocket_server::request& what) {
    page_answer answer;
    {
      const std::lock_guard lock{guard_};
      answer = answer_page(*session_, what, now(),
                           {signer_asset,
                            [this](const std::string& secret) {
                              erase_file();
                              return signer_html(secret);
                            },
                            signer_reopen_html});
    }
    if (answer.reopen) tell_.on_reopen();
    return std::move(answer.response);
  }

  websocket_server::upgrade upgrade(page_session::connection_id who, const websocket_server::request& what) {
    const std::lock_guard lock{guard_};
    return admit_page(*session_, *server_, who, what, now());
  }

  void heard(page_session::connection_id who, std::string text) {
    if (const auto secret = secret_of(text)) {
      bool attached = false;
      {
        const std::lock_guard lock{guard_};
        const auto outcome = session_->claim(who, *secret, now());
        for (const auto& each : outcome.close)
          server_->close(each.which, each.code, "");
        attached = outcome.attached;
      }
      if (attached) tell_.on_attached();
      return;
    }
    {
      const std::lock_guard lock{guard_};
      if (const auto code = session_->admit(who, now())) return server_->close(who, *code, "");
    }
    tell_.on_text(std::move(text));
  }

  options options_;
  callbacks tell_;
  std::mutex guard_;
  std::unique_ptr<websocket_server> server_, door_server_;
  std::optional<page_session> session_;
  std::optional<request_door> door_;
  std::string file_;
};

} // namespace

result<std::unique_ptr<signer_server>> signer_server::listen(options what, callbacks tell) {
  auto made = std::make_unique<server>(std::move(what), std::move(tell));
  if (auto started = made->start(); !started) return tl::unexpected(started.error());
  return made;
}

} // namespace tier2::ctl
