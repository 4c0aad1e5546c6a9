#pragma once

#include "tests/cloud/desk.hpp"
#include "tests/cloud/roots.hpp"
#include "tests/cloud/talking_agent.hpp"
#include "tools/cloud/cloud.hpp"
#include "tools/cloud/password.hpp"

#include <httplib.h>

namespace tier2::cloud::test {

/// A cloud on free ports with an operator, a token of two uses and an approved agent.
struct running : desk {
  std::string key = std::string(32, 'k');
  std::string authorization = "Bearer " + wire::to_base64url(key);
  cloud_config config;
  std::unique_ptr<cloud_server> cloud;

  running() {
    must(operator_store{*facts}.add("olga", must(hash_password("a long password")), false, noon));
    const auto now = std::chrono::system_clock::now();
    must(agent_store{*facts}.add_token(blake2b_256("two uses"), 2, now + 1h));
    must(agent_store{*facts}.enrol(blake2b_256("token"), id(7), about(key), noon));
    facts.reset();
    config.agents = {"127.0.0.1", 0, roots().loopback.certificate, roots().loopback.key};
    config.operators = {"127.0.0.1", 0, roots().loopback.certificate, roots().loopback.key, ""};
    config.storage.directory = directory;
    restart();
  }
  void restart() {
    cloud.reset();
    cloud = must(cloud_server::start(config));
  }
  std::unique_ptr<talking_agent> agent(const uuid& who, const std::string& by,
                                       const std::string& subprotocol = "tier2.v1") const {
    return std::make_unique<talking_agent>(cloud->agents_port(), roots().authority.root(), to_string(who), by,
                                           subprotocol);
  }
  std::unique_ptr<talking_agent> agent() const { return agent(id(7), authorization); }
};

/// An operator's browser, as far as HTTP goes.
struct browser {
  httplib::SSLClient http;
  std::string origin;
  std::string cookie;

  explicit browser(const running& on)
      : http{"127.0.0.1", on.cloud->operators_port()}, origin{on.cloud->public_url()} {
    http.set_ca_cert_path(roots().authority.root().c_str());
    http.enable_server_certificate_verification(true);
    http.set_read_timeout(60);
  }
  httplib::Result get(const std::string& path) {
    return http.Get(path.c_str(), cookie.empty() ? httplib::Headers{} : httplib::Headers{{"Cookie", cookie}});
  }
  httplib::Result post_session(const std::string& body, httplib::Headers headers = {},
                               const char* type = "application/json") {
    if (headers.empty()) headers = {{"Origin", origin}};
    return http.Post("/api/v1/session", headers, body, type);
  }
  httplib::Result sign_in(const std::string& name = "olga", const std::string& password = "a long password") {
    auto answer = post_session(R"({"name":")" + name + R"(","password":")" + password + R"("})");
    if (answer && answer->has_header("Set-Cookie")) {
      const auto set = answer->get_header_value("Set-Cookie");
      cookie = set.substr(0, set.find(';'));
    }
    return answer;
  }
};

} // namespace tier2::cloud::test
