#include "tools/ctl/cloud_client.hpp"

#include "messages/printable.hpp"
#include "messages/wire/json.hpp"
#include "tools/ctl/deep_stack.hpp"
#include "tools/ctl/received_bytes.hpp"
#include "tools/ctl/visible_text.hpp"

#include <httplib.h>

namespace tier2::ctl {

using namespace std::chrono_literals;

namespace {

constexpr auto connect_within = 15s;
constexpr auto answer_within = 60s;
constexpr auto silence_of_stream = 45s; // three of the server's signs of life
constexpr std::size_t most_error_bytes = 64U << 10U;
constexpr std::size_t most_words_of_cloud = 1000;

/// The names in the certificate are checked by OpenSSL too, not only by the HTTP library.
bool expect_name(SSL_CTX& context, const std::string& host) {
  auto* const what = SSL_CTX_get0_param(&context);
  X509_VERIFY_PARAM_set_hostflags(what, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return X509_VERIFY_PARAM_set1_ip_asc(what, host.c_str()) == 1 ||
         X509_VERIFY_PARAM_set1_host(what, host.c_str(), host.size()) == 1;
}

error answered(int status, const std::string& body) {
  const auto json = wire::parse_json(body, most_error_bytes, 8);
  const bool ours = json && json->is_object() && json->contains("message") && (*json)["message"].is_string();
  auto words =
      ours ? "The cloud says: " + visible_text((*json)["message"].get<std::string>(), most_words_of_cloud)
           : "The cloud answered with HTTP " + std::to_string(status) + " and without a word of ours.";
  if (ours && json->contains("details") && (*json)["details"].is_array())
    for (const auto& each : (*json)["details"])
      if (each.is_string() && words.size() < most_words_of_cloud)
        words += " " + printable(each.get<std::string>(), 64);
  if (status == 401 || status == 403) return {errc::unauthorised, std::move(words)};
  if (status == 404 || status == 410) return {errc::not_found, std::move(words)};
  if (status == 409) return {errc::conflict, std::move(words)};
  if (status >= 300 && status < 400)
    return {errc::unavailable,
            "The cloud wants to send us to another address (HTTP " + std::to_string(status) +
                "). A token is never taken along, so this is where it ends; correct --cloud "
                "if the cloud has moved."};
  return {status >= 400 && status < 500 ? errc::refused : errc::unavailable, std::move(words)};
}

} // namespace

struct cloud_client::link {
  explicit link(connection to) : where{std::move(to)}, http{where.cloud.host, where.cloud.port} {}

  error broken(httplib::Error why, const std::string& detail = {}) const {
    const std::string& to = where.cloud.url;
    if (counted.overflowed())
      return {
          errc::too_large,
          to + " sent more than an answer of ours can have before anything could be read. It was cut off."};
    if (counted.late()) return {errc::timed_out, to + " did not finish its answer within a minute."};
    switch (why) {
    case httplib::Error::SSLServerVerification:
      return {errc::untrusted,
              "The certificate of " + to + " was refused (" +
                  X509_verify_cert_error_string(http.get_openssl_verify_result()) +
                  "). Nothing was sent. Give the right CA with --ca, or correct the address."};
    case httplib::Error::SSLLoadingCerts:
      return {errc::not_found,
              "The CA's file " + where.ca_file + " cannot be read, or holds no certificate."};
    case httplib::Error::SSLConnection:
      return {errc::unavailable, to + " does not speak TLS 1.2 or newer with us."};
    case httplib::Error::Connection:
    case httplib::Error::ConnectionTimeout:
      return {errc::unavailable, to + " cannot be reached. Check the address and the network."};
    default:
      return {errc::unavailable, "The connection to " + to + " broke before the answer was whole." + detail};
    }
  }

  httplib::Request request(std::string method, std::string path) const {
    httplib::Request out;
    out.method = std::move(method);
    out.path = std::move(path);
    std::string bearer{"Bearer "};
    bearer.append(reinterpret_cast<const char*>(where.token.data()), where.token.size());
    out.set_header("Authorization", bearer);
    out.set_header("User-Agent", "tier2ctl/" TIER2_VERSION);
    return out;
  }

  httplib::Result send(const httplib::Request& request) {
    httplib::Result answer{nullptr, httplib::Error::Unknown};
    with_deep_stack([&] { answer = http.send(request); });
    return answer;
  }

  /// The body of a success.
  result<std::string> fetch(httplib::Request request, std::size_t most) {
    std::string body;
    bool too_long = false;
    request.response_handler = [this](const httplib::Response&) {
      counted.progress();
      return true;
    };
    request.content_receiver = [&](const char* bytes, std::size_t size, std::uint64_t, std::uint64_t) {
      counted.progress();
      too_long = body.size() + size > std::max(most, most_error_bytes);
      if (!too_long) body.append(bytes, size);
      return !too_long;
    };
    counted.begin(received_bytes::clock::now() + answer_within);
    http.set_read_timeout(answer_within);
    const auto answer = send(request);
    if (too_long)
      return fail(errc::too_large,
                  where.cloud.url + " sent more than " + std::to_string(most) + " bytes. It was cut off.");
    if (!answer) return tl::unexpected(broken(answer.error()));
    if (answer->status < 200 || answer->status > 299) return tl::unexpected(answered(answer->status, body));
    if (body.size() > most)
      return fail(errc::too_large, where.cloud.url + " sent more than " + std::to_string(most) + " bytes.");
    return body;
  }

  result<nlohmann::json> call(httplib::Request request) {
    request.set_header("Accept", "application/json");
    const auto body = fetch(std::move(request), most_answer_bytes);
    if (!body) return tl::unexpected(body.error());
    auto json = wire::parse_json(*body, most_answer_bytes, 16);
    if (!json)
      return fail(errc::malformed, where.cloud.url + " answered with something that is no JSON of ours.");
    return json;
  }

  connection where;
  received_bytes counted;
  httplib::SSLClient http;
};

cloud_client::cloud_client(std::unique_ptr<link> made) : link_{std::move(made)} {}
cloud_client::cloud_client(cloud_client&&) noexcept = default;
cloud_client& cloud_client::operator=(cloud_client&&) noexcept = default;
cloud_client::~cloud_client() = default;

result<cloud_client> cloud_client::make(connection where) {
  auto made = std::make_unique<link>(std::move(where));
  auto* const context = made->http.ssl_context();
  if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
      !expect_name(*context, made->where.cloud.host))
    return fail(errc::crypto_failed, "OpenSSL does not start, so there is no TLS and no connection.");
  made->counted.watch(*context);
  if (!made->where.ca_file.empty()) made->http.set_ca_cert_path(made->where.ca_file);
  made->http.enable_server_certificate_verification(true);
  made->http.set_follow_location(false);
  made->http.set_decompress(false);
  made->http.set_keep_alive(false);
  made->http.set_connection_timeout(connect_within);
  return cloud_client{std::move(made)};
}

result<nlohmann::json> cloud_client::get(const std::string& path) {
  return link_->call(link_->request("GET", path));
}

result<std::string> cloud_client::get_bytes(const std::string& path, std::size_t most) {
  return link_->fetch(link_->request("GET", path), most);
}

result<nlohmann::json> cloud_client::remove(const std::string& path) {
  auto request = link_->request("DELETE", path);
  request.set_header("Content-Type", "application/json");
  return link_->call(std::move(request));
}

result<nlohmann::json> cloud_client::post(const std::string& path, const nlohmann::json& body) {
  auto request = link_->request("POST", path);
  request.body = body.dump();
  request.set_header("Content-Type", "application/json");
  return link_->call(std::move(request));
}

result<void> cloud_client::listen(const std::string& path, event_reader& reader,
                                  const event_reader::on_event& tell) {
  auto request = link_->request("GET", path);
  request.set_header("Accept", "text/event-stream");
  if (!reader.last_id().empty()) request.set_header("Last-Event-ID", reader.last_id());
  reader.restart();
  int status = 0;
  bool is_stream = false;
  std::string refusal;
  result<void> told;
  request.response_handler = [&](const httplib::Response& head) {
    link_->counted.progress();
    status = head.status;
    is_stream = status == 200 && head.get_header_value("Content-Type").starts_with("text/event-stream");
    return true;
  };
  request.content_receiver = [&](const char* bytes, std::size_t size, std::uint64_t, std::uint64_t) {
    link_->counted.progress();
    if (!is_stream) {
      refusal.append(bytes, std::min(size, most_error_bytes - std::min(most_error_bytes, refusal.size())));
      return refusal.size() < most_error_bytes;
    }
    told = reader.feed({bytes, size}, tell);
    return told.has_value();
  };
  link_->counted.begin(std::nullopt);
  link_->http.set_read_timeout(silence_of_stream);
  const auto answer = link_->send(request);
  if (!told) return told;
  if (status != 0 && status != 200) return tl::unexpected(answered(status, refusal));
  if (status == 200 && !is_stream)
    return fail(errc::malformed,
                link_->where.cloud.url + " answered with something that is no event stream.");
  if (!answer) return tl::unexpected(link_->broken(answer.error()));
  return {};
}

void cloud_client::stop() { link_->http.stop(); }
const std::string& cloud_client::url() const { return link_->where.cloud.url; }

bool is_connection_error(const error& why) {
  switch (why.code) {
  case errc::unavailable:
  case errc::untrusted:
  case errc::unauthorised:
  case errc::timed_out:
  case errc::malformed:
  case errc::too_large:
  case errc::crypto_failed:
    return true;
  default:
    return false;
  }
}

} // namespace tier2::ctl
