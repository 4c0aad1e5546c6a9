// The two kinds of receivers.
#include "tools/cloud/notifier.hpp"

namespace tier2::cloud {

using namespace std::chrono_literals;

namespace {

class webhook_target final : public notify_target {
public:
  webhook_target(cloud_config::notify_section::webhook to, secret_text secret)
      : to_{std::move(to)}, receiver_{to_.name, to_.least}, secret_{std::move(secret)} {}
  const notify_receiver& receiver() const override { return receiver_; }
  const char* kind() const override { return "webhook"; }
  std::uint32_t most_at_once() const override { return 1; }
  std::chrono::seconds apart() const override { return 0s; }
  sending tell(notify_transport& by, const std::vector<alert_row>& alerts, std::uint64_t unsaid,
               const std::string& console, wall_time now) const override {
    return by.send(to_, webhook_of(alerts.front(), unsaid, console, secret_, now));
  }
  sending test(notify_transport& by, const std::string&, wall_time now) const override {
    return by.send(to_, test_webhook(to_.name, secret_, now));
  }

private:
  cloud_config::notify_section::webhook to_;
  notify_receiver receiver_;
  secret_text secret_;
};

class mail_target final : public notify_target {
public:
  mail_target(cloud_config::notify_section::mail to, secret_text password)
      : to_{std::move(to)}, receiver_{to_.name, to_.least}, frame_{to_.from, to_.to},
        password_{std::move(password)} {}
  const notify_receiver& receiver() const override { return receiver_; }
  const char* kind() const override { return "mail"; }
  std::uint32_t most_at_once() const override { return notify_queue::most_waiting; }
  std::chrono::seconds apart() const override { return 60s; }
  sending tell(notify_transport& by, const std::vector<alert_row>& alerts, std::uint64_t unsaid,
               const std::string& console, wall_time now) const override {
    return by.send(to_, password_, mail_of(alerts, unsaid, console, frame_, now));
  }
  sending test(notify_transport& by, const std::string& console, wall_time now) const override {
    return by.send(to_, password_, test_mail(to_.name, console, frame_, now));
  }

private:
  cloud_config::notify_section::mail to_;
  notify_receiver receiver_;
  mail_frame frame_;
  secret_text password_;
};

} // namespace

result<std::vector<std::unique_ptr<notify_target>>>
notify_targets(const cloud_config::notify_section& config) {
  std::vector<std::unique_ptr<notify_target>> made;
  for (const auto& each : config.webhooks) {
    auto secret = read_webhook_secret(each.secret_file);
    if (!secret) return tl::unexpected(secret.error());
    made.push_back(std::make_unique<webhook_target>(each, std::move(*secret)));
  }
  for (const auto& each : config.mails) {
    secret_text password;
    if (!each.password_file.empty()) {
      auto read = read_password_file(each.password_file);
      if (!read) return tl::unexpected(read.error());
      password = std::move(*read);
    }
    made.push_back(std::make_unique<mail_target>(each, std::move(password)));
  }
  return made;
}

} // namespace tier2::cloud
