#include "tools/ctl/signer.hpp"

#include "messages/uuid.hpp"
#include "messages/wire/json.hpp"
#include "platform/process.hpp"
#include "tools/ctl/posting.hpp"
#include "tools/ctl/signed_token.hpp"
#include "tools/ctl/signer_page.hpp"
#include "tools/ctl/visible_text.hpp"

namespace tier2::ctl {

namespace {

using nlohmann::json;
using stage = signing_request::stage;

constexpr std::size_t most_message_bytes = 1024;
constexpr std::size_t most_hints = 50, most_hint_bytes = 80;

unix_seconds now() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

std::string text_of(const json& from, const char* name) {
  const auto found = from.find(name);
  return found != from.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::uint64_t number_of(const json& from, const char* name) {
  const auto found = from.find(name);
  return found != from.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

} // namespace

signer::~signer() {
  // The lines use the server, and its threads add to the lines.
  for (auto* const line : {&posting_, &asking_, &opening_})
    if (*line) (*line)->end();
  server_.reset();
}

result<std::uint16_t> signer::start(std::uint16_t port, std::function<void(const std::string&)> show) {
  show_ = std::move(show);
  posting_.emplace([this] { poster_.stop(); });
  asking_.emplace([this] { asker_.stop(); });
  opening_.emplace();
  signer_server::callbacks calls;
  calls.on_offer = [this](const std::string& offer) { return take_offer(offer); };
  calls.on_text = [this](const std::string& text) { heard(text); };
  calls.on_attached = [this] { tell(); };
  calls.on_reopen = [this] { opening_->add([this] { open(); }); };
  auto server = signer_server::listen({port, default_runtime_directory() + "/signer"}, std::move(calls));
  if (!server) return tl::unexpected(server.error());
  server_ = std::move(*server);
  return server_->port();
}

void signer::open() {
  const auto file = server_->open();
  if (file)
    show_(*file);
  else
    report("signer", file.error());
}

void signer::tell() {
  const std::lock_guard in_order{telling_};
  std::string view;
  {
    const std::lock_guard lock{guard_};
    view = signer_view(queue_, key_.thumbprint(), poster_.url(), notice_);
  }
  server_->send(std::move(view));
}

void signer::act(const std::function<std::string()>& what) {
  {
    const std::lock_guard lock{guard_};
    notice_ = what();
  }
  tell();
}

void signer::heard(const std::string& text) {
  const auto message = wire::parse_json(text, most_message_bytes, 3);
  if (!message || !message->is_object()) return;
  const auto type = text_of(*message, "type");
  const auto id = number_of(*message, "id");
  if (type == "sign") act([&] { return sign(id, text_of(*message, "shown")); });
  if (type == "choose")
    act([&] {
      queue_.choose(id, std::chrono::seconds{number_of(*message, "lifetime_s") % 1000000}, now());
      return std::string{};
    });
  if (type == "refuse")
    act([&] {
      queue_.refuse(id);
      return std::string{};
    });
  if (type == "retry")
    act([&] {
      if (auto* const request = queue_.retry(id)) post_later(*request);
      return std::string{};
    });
}

signer_server::taken signer::take_offer(const std::string& offer) {
  result<std::uint64_t> id;
  {
    const std::lock_guard lock{guard_};
    id = queue_.offer(offer, new_command_id(), now());
  }
  if (!id) return {id.error().what, id.error().code == errc::unavailable};
  tell();
  // Without its turn a command has no hints, which the page says.
  asking_->add([this, id = *id] { look_up(id); });
  return {};
}

std::string signer::sign(std::uint64_t id, const std::string& shown) {
  const auto request = queue_.approve(id, shown, now());
  if (!request) return request.error().what;
  auto token = sign_command(key_, (*request)->payload);
  if (!token) {
    (*request)->at = stage::waiting;
    return token.error().what;
  }
  (*request)->token = std::move(*token);
  post_later(**request);
  return {};
}

void signer::post_later(signing_request& request) {
  if (posting_->add([this, id = request.id] { post(id); })) return;
  request.at = stage::failed;
  request.said = "Too many commands are on their way to the cloud. Send it once more when they have arrived.";
}

void signer::post(std::uint64_t id) {
  std::string token;
  {
    const std::lock_guard lock{guard_};
    if (const auto* const request = queue_.find(id)) token = request->token;
  }
  if (token.empty()) return;
  const auto posted = post_command(poster_, token);
  {
    const std::lock_guard lock{guard_};
    auto* const request = queue_.find(id);
    if (request == nullptr) return;
    request->at = posted ? stage::sent : stage::failed;
    request->said = posted ? "" : posted.error().what;
    request->machines = posted && posted->contains("agents") ? (*posted)["agents"].size() : 0;
    queue_.trim();
  }
  tell();
}

std::string signer::hint_for(const std::string& name) {
  if (parse_uuid(name)) {
    const auto agent = asker_.get("/api/v1/agents/" + name);
    return agent && agent->is_object() ? visible_text(text_of(*agent, "hostname"), most_hint_bytes) : "";
  }
  if (!name.starts_with("group:") || !is_group_name(std::string_view{name}.substr(6))) return "";
  const auto list = asker_.get("/api/v1/agents?limit=200&group=" + name.substr(6));
  if (!list || !list->is_object() || !list->contains("items") || !(*list)["items"].is_array()) return "";
  return std::to_string((*list)["items"].size()) + (list->contains("next") ? "+" : "");
}

void signer::look_up(std::uint64_t id) {
  std::vector<std::string> audience;
  const auto waits = [&] {
    const auto* const request = queue_.find(id);
    return request != nullptr && request->at == stage::waiting;
  };
  {
    const std::lock_guard lock{guard_};
    if (!waits()) return;
    audience = queue_.find(id)->claims.audience;
  }
  for (std::size_t i = 0; i < std::min(audience.size(), most_hints); ++i) {
    auto hint = hint_for(audience[i]);
    if (asking_->ending()) return;
    const std::lock_guard lock{guard_};
    if (!waits()) return;
    queue_.find(id)->hints.at(i) = std::move(hint);
  }
  tell();
}

} // namespace tier2::ctl
