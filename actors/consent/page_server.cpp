#include "actors/consent/page_server.hpp"

#include "actors/consent/handover_file.hpp"
#include "actors/consent/page_answer.hpp"
#include "actors/consent/page_files.hpp"
#include "actors/consent/page_request.hpp"
#include "actors/consent/picture_shelf.hpp"
#include "messages/wire/page.hpp"
#include "platform/net/websocket_server.hpp"

#include <mutex>
#include <utility>

namespace tier2 {

namespace {

using net::websocket_server;

// A 7680x2160 picture in R8G8B8A8 and every thumbnail at once, with room.
constexpr std::size_t max_buffered = 192U << 20U;
constexpr std::size_t max_connections = 32;

steady_time now() { return std::chrono::steady_clock::now(); }

std::vector<unsigned char> plain(const private_bytes& bytes) {
  const auto* const first = reinterpret_cast<const unsigned char*>(bytes.data());
  return {first, first + bytes.size()};
}

class server final : public page_server {
public:
  server(options what, callbacks tell) : options_{std::move(what)}, tell_{std::move(tell)} {}

  ~server() override {
    // Its thread uses the pointer until it is joined, so that it must stay good until then; no callback runs
    // after.
    delete server_.get();
    [[maybe_unused]] const auto* const gone = server_.release();
    file_.erase();
  }

  result<void> start() {
    if (auto made = file_.prepare(options_.runtime); !made) return made;
    websocket_server::options where;
    where.port = options_.port;
    where.tls = false;
    where.max_connections = max_connections;
    where.max_buffered_bytes = max_buffered;
    where.ping_interval_ms = 0; // On loopback the kernel knows when the peer is gone: nothing wakes.
    where.dead_after_ms = 0;
    websocket_server::callbacks calls;
    calls.on_request = [this](const auto& what) { return respond(what); };
    calls.on_upgrade = [this](auto who, const auto& what) { return upgrade(who, what); };
    calls.on_text = [this](auto who, std::string text) { heard(who, std::move(text)); };
    calls.on_binary = [this](auto who, const auto&) { refuse(who, page_session::close_policy); };
    calls.on_close = [this](auto who, std::uint16_t) { left(who); };
    websocket_server::failure why;
    const std::lock_guard lock{guard_}; // A request that comes before we know our port waits.
    server_ = websocket_server::listen(std::move(where), std::move(calls), why);
    if (server_) {
      session_.emplace(server_->port(), options_.handover);
      return {};
    }
    if (!why.in_use) return fail(errc::io_failed, "The ticket page cannot be served: " + why.what);
    return fail(errc::in_use,
                "Port " + std::to_string(options_.port) +
                    " on 127.0.0.1 belongs to another program, so the ticket page cannot be shown. Set "
                    "\"port\" in the section [ticket] to a free one, or to 0 for any.");
  }

  std::uint16_t port() const override { return server_->port(); }

  result<std::string> open() override {
    const std::lock_guard lock{guard_};
    file_.erase();
    const auto token = session_->open(fresh_random(), now());
    if (options_.handover == page_session::handover::url)
      return "http://127.0.0.1:" + std::to_string(server_->port()) + "/open?once=" + token;
    return file_.write(server_->port(), token, options_.language);
  }

  void show_view(const ticket_view& view) override {
    const std::lock_guard lock{guard_};
    if (view.ticket != ticket_ || view.phase == ticket_phase::discarded || view.phase == ticket_phase::sent)
      shelf_.clear();
    if (view.ticket != ticket_) end_older_page();
    ticket_ = view.ticket;
    view_ = view;
    // Of many changes in a row only the last is worth its JSON.
    if (std::exchange(view_is_on_its_way_, true)) return;
    server_->post([this] {
      const std::lock_guard later{guard_};
      view_is_on_its_way_ = false;
      if (const auto page = session_->attached(); page && view_) send_view(*page);
    });
  }

  void show_image(const rgba_image& image) override {
    const std::lock_guard lock{guard_};
    if (!session_->ticket_open()) return;
    const auto page = session_->attached();
    if (image.thumbnail) {
      const auto& kept = shelf_.keep(image);
      if (page) server_->send_binary(*page, plain(kept));
      return;
    }
    if (!page || !wishes_.arrived(image.id)) {
      ++counts_.stale_images;
      return;
    }
    const auto bytes = wire::encode(image);
    const auto* const first = reinterpret_cast<const unsigned char*>(bytes.data());
    server_->send_binary(*page, {first, first + bytes.size()});
    if (const auto next = wishes_.next(now()))
      server_->post([this, id = *next] { tell_.on_command(page::show_picture{id}); });
  }

  void close_ticket() override {
    const std::lock_guard lock{guard_};
    for (const auto& each : session_->close())
      server_->close(each.which, each.code, "");
    file_.erase();
    shelf_.clear();
    wishes_ = {};
    view_.reset();
    ticket_ = {};
  }

  counters counts() const override {
    const std::lock_guard lock{guard_};
    auto out = counts_;
    out.session = session_->counts();
    out.thumbnails_dropped = shelf_.dropped();
    return out;
  }

private:
  websocket_server::response respond(const websocket_server::request& what) {
    page_answer answer;
    {
      const std::lock_guard lock{guard_};
      answer = answer_page(*session_, what, now(),
                           {pages::ticket_page_asset,
                            [this](const std::string& secret) {
                              file_.erase();
                              return pages::ticket_page_html(secret, options_.language);
                            },
                            [this] { return pages::reopen_html(options_.language); }});
    }
    if (answer.reopen) tell_.on_reopen();
    return std::move(answer.response);
  }

  websocket_server::upgrade upgrade(page_session::connection_id who, const websocket_server::request& what) {
    const std::lock_guard lock{guard_};
    return admit_page(*session_, *server_, who, what, now());
  }

  void heard(page_session::connection_id who, std::string text) {
    const auto command = wire::decode_page_command(text);
    detail::wipe(text.data(), text.size());
    if (command && std::holds_alternative<page::claim>(*command))
      return claim(who, std::get<page::claim>(*command));
    {
      const std::lock_guard lock{guard_};
      if (const auto code = session_->admit(who, now())) return server_->close(who, *code, "");
      if (!command) {
        ++counts_.malformed;
        return server_->close(who, page_session::close_policy, "");
      }
      if (const auto* const show = std::get_if<page::show_picture>(&*command))
        if (!wishes_.wish(show->id, now())) return;
    }
    tell_.on_command(*command);
  }

  void claim(page_session::connection_id who, const page::claim& what) {
    bool attached = false;
    {
      const std::lock_guard lock{guard_};
      const auto outcome = session_->claim(who, what.secret, now());
      for (const auto& each : outcome.close)
        server_->close(each.which, each.code, "");
      attached = outcome.attached;
      if (attached) {
        wishes_ = {};
        if (view_) send_view(who);
        shelf_.for_each_newest_first(
            [&](const private_bytes& image) { server_->send_binary(who, plain(image)); });
      }
    }
    if (attached) tell_.on_present(true);
  }

  void refuse(page_session::connection_id who, std::uint16_t code) {
    const std::lock_guard lock{guard_};
    ++counts_.malformed;
    server_->close(who, code, "");
  }

  void left(page_session::connection_id who) {
    {
      const std::lock_guard lock{guard_};
      if (!session_->gone(who, now())) return;
      wishes_ = {};
    }
    tell_.on_present(false);
  }

  /// What the user chose there is about another ticket.
  void end_older_page() {
    const auto old = session_->turn_over(now());
    if (!old) return;
    server_->close(old->which, old->code, "");
    wishes_ = {};
    server_->post([this] { tell_.on_present(false); });
  }

  void send_view(page_session::connection_id to) { server_->send_text(to, wire::encode(*view_)); }

  options options_;
  callbacks tell_;
  mutable std::mutex guard_;
  std::unique_ptr<websocket_server> server_;
  std::optional<page_session> session_;
  handover_file file_;
  picture_shelf shelf_{max_kept_bytes};
  picture_wishes wishes_;
  std::optional<ticket_view> view_;
  bool view_is_on_its_way_{};
  uuid ticket_;
  counters counts_;
};

} // namespace

result<std::unique_ptr<page_server>> page_server::listen(options what, callbacks tell) {
  auto made = std::make_unique<server>(std::move(what), std::move(tell));
  if (auto started = made->start(); !started) return tl::unexpected(started.error());
  return made;
}

} // namespace tier2
