#include "tools/cloud/cloud.hpp"

#include "platform/private_file.hpp"
#include "tools/cloud/address_group.hpp"
#include "tools/cloud/agent_endpoint.hpp"
#include "tools/cloud/console.hpp"
#include "tools/cloud/console_tls.hpp"
#include "tools/cloud/database.hpp"
#include "tools/cloud/notifier.hpp"
#include "tools/cloud/port_socket.hpp"
#include "tools/cloud/ticket_removal.hpp"

#include <future>
#include <optional>
#include <spdlog/spdlog.h>

namespace tier2::cloud {

namespace {

constexpr std::size_t most_agent_connections = 10000;
constexpr auto sweep_every = std::chrono::hours{1};
constexpr std::uint32_t swept_at_once = 100; // so that tickets that come in wait for seconds at most
constexpr std::size_t most_unfinished_of_address = 512; // on the agents' port, before their upgrade

class running_cloud final : public cloud_server {
public:
  explicit running_cloud(std::function<wall_time()> now) : now_{std::move(now)} {}

  ~running_cloud() override {
    console_.reset();
    // What is being stored is finished; its answers go to a server that is still there.
    worker_.stop();
    if (journal_) journal_->stop();
    if (notifier_) notifier_->stop();
    server_.reset();
    if (endpoint_) endpoint_->flush();
  }

  result<void> start(const cloud_config& config) {
    const std::string& directory = config.storage.directory;
    if (auto safe = check_key_file(config.agents.key); !safe) return safe;
    if (auto safe = check_key_file(config.operators.key); !safe) return safe;
    if (auto made = make_private_directory(directory); !made) return made;
    auto opened = database::open(directory + "/tier2.db");
    if (!opened) return tl::unexpected(opened.error());
    facts_ = std::move(*opened);
    auto content = content_store::open(directory);
    if (!content) return tl::unexpected(content.error());
    auto incoming = incoming_area::open(directory);
    if (!incoming) return tl::unexpected(incoming.error());

    if (auto ready = prepare_telling(config.notify); !ready) return ready;
    agents_.emplace(*facts_, config.agents.trust_groups, &*told_);
    operators_.emplace(*facts_);
    tickets_.emplace(*facts_);
    retention_.emplace(*facts_);
    removal_.emplace(*facts_, *content);
    commands_.emplace(*facts_,
                      posting_limits{config.storage.commands_per_day, config.storage.command_bytes_per_day,
                                     config.storage.deliveries_per_day});
    tokens_.emplace(*facts_);
    alerts_.emplace(*facts_, &*told_);
    audit_.emplace(*facts_);
    entrance_.emplace(*operators_, now_);
    auto output = output_files::open(directory);
    if (!output) return tl::unexpected(output.error());
    journal_.emplace(*facts_, *agents_, *alerts_, std::move(*output), bell_, now_,
                     std::chrono::hours{24} * config.storage.commands_days);
    const auto shares = share_open_files(port_limits{}.connections, most_agent_connections);
    if (auto bound = bind_console(config, *content, shares.console); !bound) return bound;

    intake_limits limits;
    limits.ticket_bytes = config.storage.ticket_bytes;
    limits.ticket_parts = config.storage.ticket_parts;
    limits.tickets_per_day = config.storage.tickets_per_day;
    if (const auto removed = incoming->remove_stale(now_() - limits.idle); removed != 0)
      spdlog::info("{} uploads that nobody went on with for a day were removed.", removed);
    // On the worker, which alone brings content in: nothing comes between.
    worker_.run([this, content = *content, before = now_() - std::chrono::hours{1}] {
      const auto removed = content.remove_unknown(
          [this](const digest& name) { return tickets_->has_content(name).value_or(true); }, before);
      if (removed != 0)
        spdlog::info("{} files that belong to no ticket were removed: the server had ended in between.",
                     removed);
    });
    intake_.emplace(limits, *tickets_, *incoming, *content, console_->public_url());
    endpoint_.emplace(
        agent_endpoint::parts{*agents_, *intake_, worker_, *journal_, there_, [this] { notifier_->wake(); }},
        now_);

    net::websocket_server::options where;
    where.address = config.agents.address;
    where.port = config.agents.port;
    where.certificate = config.agents.certificate;
    where.key = config.agents.key;
    where.max_connections = shares.agents;
    where.max_unfinished_per_group = most_unfinished_of_address;
    where.group_of = address_group;
    net::websocket_server::failure why;
    server_ = net::websocket_server::listen(where, endpoint_->callbacks(), why);
    if (!server_) return fail(why.in_use ? errc::in_use : errc::io_failed, why.what);
    endpoint_->use(*server_);
    journal_->start({[this](auto messages) { endpoint_->say(std::move(messages)); },
                     [this](const uuid& agent) { endpoint_->end_for_now(agent); },
                     [this] {
                       look_for_revoked();
                       sweep_when_due();
                     },
                     [this](const uuid& agent) { return there_.link_of(agent); },
                     [this] { notifier_->wake(); }});
    notifier_->start(console_->public_url());
    console_->run();
    spdlog::info("Agents connect to port {}; the console is at {}.", server_->port(), console_->public_url());
    return {};
  }

  std::uint16_t agents_port() const override { return server_->port(); }
  std::uint16_t operators_port() const override { return console_->port(); }
  const std::string& public_url() const override { return console_->public_url(); }

private:
  result<void> prepare_telling(const cloud_config::notify_section& config) {
    auto targets = notify_targets(config);
    if (!targets) return tl::unexpected(targets.error());
    std::vector<notify_receiver> receivers;
    for (const auto& each : *targets)
      receivers.push_back(each->receiver());
    told_.emplace(*facts_, std::move(receivers));
    if (auto ready = told_->open(); !ready) return ready;
    notifier_.emplace(*facts_, *told_, std::move(*targets), config.give_up_after, now_);
    return {};
  }

  result<void> bind_console(const cloud_config& config, const content_store& content,
                            std::size_t connections) {
    const auto& operators = config.operators;
    const api_parts parts{
        *entrance_,
        *tickets_,
        *retention_,
        content,
        *agents_,
        *commands_,
        *tokens_,
        *alerts_,
        *audit_,
        *notifier_,
        there_,
        bell_,
        journal_->files(),
        now_,
        [this](std::vector<linked_agent> agents, const uuid& command, std::string jws) {
          endpoint_->deliver(std::move(agents), command, std::move(jws));
        },
        [this](std::int64_t number, const std::string& who) { return remove_ticket(number, who); },
        [this](const uuid& agent) { endpoint_->end_revoked({agent}); }};
    console::options where;
    where.address = operators.address;
    where.port = operators.port;
    where.certificate = operators.certificate;
    where.key = operators.key;
    where.public_url = operators.public_url;
    where.limits.connections = connections;
    auto bound = console::bind(where, parts);
    if (!bound) return tl::unexpected(bound.error());
    console_ = std::move(*bound);
    return {};
  }

  /// On the worker, which alone brings content in. The console, whose threads wait here, ends before the
  /// worker does.
  result<deleted_ticket> remove_ticket(std::int64_t number, const std::string& who) {
    const auto done = std::make_shared<std::promise<result<deleted_ticket>>>();
    auto outcome = done->get_future();
    worker_.run([this, done, number, who] { done->set_value(removal_->remove(number, who, now_())); });
    return outcome.get();
  }

  void sweep_when_due() {
    if (now_() < next_sweep_) return;
    next_sweep_ = now_() + sweep_every;
    worker_.run([this] { sweep(); });
  }

  void sweep() {
    const auto removed = removal_->sweep(now_(), swept_at_once);
    if (!removed) return spdlog::error("Deleting tickets whose time is over: {}", removed.error().what);
    if (*removed != 0) spdlog::info("{} tickets were deleted, because their time was over.", *removed);
    if (*removed == swept_at_once) worker_.run([this] { sweep(); });
  }

  /// "tier2-cloud agent revoke" writes beside us into the database: look each second who is revoked and here.
  void look_for_revoked() {
    const auto revoked = agents_->revoked();
    if (!revoked) {
      spdlog::error("Who is revoked could not be looked up: {}", revoked.error().what);
      return;
    }
    // Its commands ended with it; which they were is known beside us only.
    if (*revoked != revoked_) bell_.ring_all();
    revoked_ = *revoked;
    std::set<uuid> here;
    for (const auto& agent : *revoked)
      if (there_.is_connected(agent)) here.insert(agent);
    if (!here.empty()) endpoint_->end_revoked(std::move(here));
  }

  std::function<wall_time()> now_;
  std::unique_ptr<database> facts_;
  std::optional<notify_queue> told_;
  std::optional<notifier> notifier_;
  std::optional<agent_store> agents_;
  std::optional<operator_store> operators_;
  std::optional<ticket_store> tickets_;
  std::optional<ticket_retention> retention_;
  std::optional<ticket_removal> removal_; ///< The worker's.
  std::optional<command_store> commands_;
  std::optional<api_token_store> tokens_;
  std::optional<alert_store> alerts_;
  std::optional<audit_log> audit_;
  std::optional<sign_in> entrance_;
  presence there_;
  command_bell bell_;
  wall_time next_sweep_{}; ///< The journal's thread's.
  std::set<uuid> revoked_; ///< When it was last looked; the journal's thread's.
  std::optional<agent_journal> journal_;
  std::optional<ticket_intake> intake_;
  std::optional<agent_endpoint> endpoint_;
  worker_thread worker_;
  std::unique_ptr<net::websocket_server> server_;
  std::unique_ptr<console> console_;
};

} // namespace

result<std::unique_ptr<cloud_server>> cloud_server::start(const cloud_config& config,
                                                          std::function<wall_time()> now) {
  auto made = std::make_unique<running_cloud>(std::move(now));
  if (auto started = made->start(config); !started) return tl::unexpected(started.error());
  return made;
}

} // namespace tier2::cloud
