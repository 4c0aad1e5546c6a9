#include "tools/cloud/cloud.hpp"

#include "platform/private_file.hpp"
#include "tools/cloud/agent_endpoint.hpp"
#include "tools/cloud/console.hpp"
#include "tools/cloud/console_tls.hpp"
#include "tools/cloud/database.hpp"

#include <optional>
#include <spdlog/spdlog.h>

namespace tier2::cloud {

namespace {

class running_cloud final : public cloud_server {
public:
  explicit running_cloud(std::function<wall_time()> now) : now_{std::move(now)} {}

  ~running_cloud() override {
    console_.reset();
    worker_.stop(); // what is being stored is finished; its answers go to a server that is still there
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

    agents_.emplace(*facts_);
    operators_.emplace(*facts_);
    tickets_.emplace(*facts_);
    entrance_.emplace(*operators_, now_);
    const auto& operators = config.operators;
    auto bound = console::bind(
        {operators.address, operators.port, operators.certificate, operators.key, operators.public_url},
        *entrance_, *tickets_, *content);
    if (!bound) return tl::unexpected(bound.error());
    console_ = std::move(*bound);

    intake_limits limits;
    limits.ticket_bytes = config.storage.ticket_bytes;
    limits.ticket_parts = config.storage.ticket_parts;
    if (const auto removed = incoming->remove_stale(now_() - limits.idle); removed != 0)
      spdlog::info("{} uploads that nobody went on with for a day were removed.", removed);
    intake_.emplace(limits, *tickets_, *incoming, *content, console_->public_url());
    endpoint_.emplace(*agents_, *intake_, worker_, now_);

    net::websocket_server::options where;
    where.address = config.agents.address;
    where.port = config.agents.port;
    where.certificate = config.agents.certificate;
    where.key = config.agents.key;
    net::websocket_server::failure why;
    server_ = net::websocket_server::listen(where, endpoint_->callbacks(), why);
    if (!server_) return fail(why.in_use ? errc::in_use : errc::io_failed, why.what);
    endpoint_->use(*server_);
    console_->run();
    spdlog::info("Agents connect to port {}; the console is at {}.", server_->port(), console_->public_url());
    return {};
  }

  std::uint16_t agents_port() const override { return server_->port(); }
  std::uint16_t operators_port() const override { return console_->port(); }
  const std::string& public_url() const override { return console_->public_url(); }

private:
  std::function<wall_time()> now_;
  std::unique_ptr<database> facts_;
  std::optional<agent_store> agents_;
  std::optional<operator_store> operators_;
  std::optional<ticket_store> tickets_;
  std::optional<sign_in> entrance_;
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
