#include "tools/cloud/notify_transport.hpp"

#include "messages/wiping_allocator.hpp"
#include "tools/cloud/printable.hpp"

#include <algorithm>
#include <array>
#include <curl/curl.h>
#include <set>
#include <stdexcept>

namespace tier2::cloud {

namespace {

using security = cloud_config::notify_section::mail::security;

/// Answers that say that another message could fare better.
const std::set<long> message_at_fault{400, 413, 414, 415, 422, 431};

std::string host_of(const std::string& url) {
  const auto start = url.find("://") + 3;
  return url.substr(start, url.find_first_of("/?", start) - start);
}

std::string words_of(CURLcode code, const std::string& where, const std::string& detail) {
  const std::string more = detail.empty() ? "" : " (" + printable(detail) + ")";
  switch (code) {
  case CURLE_COULDNT_RESOLVE_HOST:
    return "The name of " + where + " is not known here: check it, and this server's resolver.";
  case CURLE_COULDNT_CONNECT:
    return "Nothing answers at " + where + ": the receiver is down, or a firewall is between." + more;
  case CURLE_OPERATION_TIMEDOUT:
    return "The receiver " + where + " did not answer in time." + more;
  case CURLE_PEER_FAILED_VERIFICATION:
    return "The certificate of " + where +
           " is not one that is trusted here: it must carry that name, be in force, and come from an "
           "authority of "
           "the system or of ca_file." +
           more;
  case CURLE_SSL_CACERT_BADFILE:
    return "The ca_file for " + where + " cannot be read as PEM certificates." + more;
  case CURLE_SSL_CONNECT_ERROR:
    return "No TLS with " + where + ": is this a port that speaks it?" + more;
  case CURLE_USE_SSL_FAILED:
    return "The mail server " + where + " offers no STARTTLS, so nothing was sent." + more;
  case CURLE_LOGIN_DENIED:
    return "The mail server " + where + " refused the user and password." + more;
  case CURLE_GOT_NOTHING:
  case CURLE_RECV_ERROR:
  case CURLE_SEND_ERROR:
  case CURLE_PARTIAL_FILE:
    return "The receiver " + where + " closed the connection before it had answered." + more;
  default:
    return "Sending to " + where + " failed: " + curl_easy_strerror(code) + "." + more;
  }
}

void need(CURLcode code) {
  if (code != CURLE_OK) throw std::runtime_error{std::string{"libcurl: "} + curl_easy_strerror(code)};
}

template <class... V>
void set(CURL* easy, CURLoption option, V... value) {
  need(curl_easy_setopt(easy, option, value...));
}

struct free_list {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using list = std::unique_ptr<curl_slist, free_list>;

void append(list& to, const std::string& text) {
  auto* const longer = curl_slist_append(to.get(), text.c_str());
  if (longer == nullptr) throw std::bad_alloc{};
  (void)to.release();
  to.reset(longer);
}

} // namespace

/// One transfer: what curl is told, and what it read.
struct notify_transport::request {
  CURL* easy{curl_easy_init()};
  std::array<char, CURL_ERROR_SIZE> detail{};
  std::string where;
  std::string text; ///< What is uploaded.
  std::size_t taken{};
  std::size_t head{}, body{};
  bool too_much{};
  bool mail{};
  list lines;

  request(std::string to, const std::string& url, const std::string& ca_file) : where{std::move(to)} {
    if (easy == nullptr) throw std::bad_alloc{};
    set(easy, CURLOPT_URL, url.c_str());
    set(easy, CURLOPT_ERRORBUFFER, detail.data());
    set(easy, CURLOPT_NOSIGNAL, 1L);
    set(easy, CURLOPT_PROXY, "");
    set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(easy, CURLOPT_FOLLOWLOCATION, 0L);
    set(easy, CURLOPT_FORBID_REUSE, 1L);
    set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_time.count()));
    set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(whole_time.count()));
    set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!ca_file.empty()) set(easy, CURLOPT_CAINFO, ca_file.c_str());
    set(easy, CURLOPT_WRITEFUNCTION, &request::read_body);
    set(easy, CURLOPT_WRITEDATA, this);
    set(easy, CURLOPT_HEADERFUNCTION, &request::read_head);
    set(easy, CURLOPT_HEADERDATA, this);
  }
  ~request() { curl_easy_cleanup(easy); }
  request(const request&) = delete;
  request& operator=(const request&) = delete;

  static std::size_t counted(std::size_t& sum, std::size_t count, request& of) {
    sum += count;
    of.too_much = of.too_much || sum > most_answer_bytes;
    return of.too_much ? 0 : count;
  }
  static std::size_t read_body(const char* /*bytes*/, std::size_t size, std::size_t count, void* of) {
    auto& self = *static_cast<request*>(of);
    return counted(self.body, size * count, self);
  }
  static std::size_t read_head(const char* /*bytes*/, std::size_t size, std::size_t count, void* of) {
    auto& self = *static_cast<request*>(of);
    return counted(self.head, size * count, self);
  }
  static std::size_t give(char* into, std::size_t size, std::size_t count, void* of) {
    auto& self = *static_cast<request*>(of);
    const std::size_t now = std::min(size * count, self.text.size() - self.taken);
    std::copy_n(self.text.data() + self.taken, now, into);
    self.taken += now;
    return now;
  }

  sending judge(CURLcode code) {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_off_t wait = 0;
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &wait);
    sending done;
    done.wait = std::chrono::seconds{std::clamp<curl_off_t>(wait, 0, 3600)};
    if (mail) {
      if (code == CURLE_OK) return {sending::verdict::sent, "", {}};
      done.why = status >= 400 && code != CURLE_LOGIN_DENIED
                     ? "The mail server " + where + " refused with " + std::to_string(status) + ": " +
                           printable(detail.data())
                     : words_of(code, where, detail.data());
      return done;
    }
    if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && too_much && status >= 200)) {
      done.why = words_of(code, where, detail.data());
      return done;
    }
    if (status >= 200 && status < 300) return {sending::verdict::sent, "", {}};
    done.why = "The receiver " + where + " answered " + std::to_string(status) + ".";
    if (status >= 300 && status < 400)
      done.why += " Redirects are not followed: give the address it has now.";
    if (message_at_fault.contains(status)) done.how = sending::verdict::refused;
    return done;
  }
};

notify_transport::notify_transport() {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  need(ready);
  multi_ = curl_multi_init();
  if (multi_ == nullptr) throw std::bad_alloc{};
}

notify_transport::~notify_transport() { curl_multi_cleanup(multi_); }

void notify_transport::cancel() {
  cancelled_ = true;
  curl_multi_wakeup(multi_);
}

sending notify_transport::run(request& what) {
  curl_multi_add_handle(multi_, what.easy);
  CURLcode code = CURLE_ABORTED_BY_CALLBACK;
  for (int running = 1; running != 0 && !cancelled_;) {
    if (curl_multi_perform(multi_, &running) != CURLM_OK) break;
    if (running != 0) curl_multi_poll(multi_, nullptr, 0, 1000, nullptr);
  }
  int left = 0;
  while (const auto* said = curl_multi_info_read(multi_, &left))
    if (said->msg == CURLMSG_DONE) code = said->data.result;
  auto done = what.judge(code);
  curl_multi_remove_handle(multi_, what.easy);
  return done;
}

sending notify_transport::send(const cloud_config::notify_section::webhook& to,
                               const webhook_message& message) {
  request what{host_of(to.url), to.url, to.ca_file};
  set(what.easy, CURLOPT_PROTOCOLS_STR, to.url.starts_with("https:") ? "https" : "http");
  for (const auto& line :
       {"webhook-id: " + message.id, "webhook-timestamp: " + message.timestamp,
        "webhook-signature: " + message.signature, std::string{"Content-Type: application/json"},
        std::string{"User-Agent: tier2-cloud"}, std::string{"Expect:"}})
    append(what.lines, line);
  set(what.easy, CURLOPT_HTTPHEADER, what.lines.get());
  set(what.easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(message.body.size()));
  set(what.easy, CURLOPT_COPYPOSTFIELDS, message.body.data());
  return run(what);
}

sending notify_transport::send(const cloud_config::notify_section::mail& to, const secret_text& password,
                               const std::string& mail) {
  const std::string host = to.server.find(':') == std::string::npos ? to.server : "[" + to.server + "]";
  const std::string where = host + ":" + std::to_string(to.port);
  request what{where, (to.tls == security::tls ? "smtps://" : "smtp://") + where, to.ca_file};
  what.mail = true;
  what.text = mail;
  set(what.easy, CURLOPT_PROTOCOLS_STR, to.tls == security::tls ? "smtps" : "smtp");
  set(what.easy, CURLOPT_USE_SSL,
      static_cast<long>(to.tls == security::starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
  set(what.easy, CURLOPT_MAIL_FROM, ("<" + to.from + ">").c_str());
  for (const auto& each : to.to)
    append(what.lines, "<" + each + ">");
  set(what.easy, CURLOPT_MAIL_RCPT, what.lines.get());
  if (!to.user.empty()) {
    // curl keeps a copy for as long as the transfer lasts; there is no way around it.
    std::string copy{reinterpret_cast<const char*>(password.bytes().data()), password.bytes().size()};
    set(what.easy, CURLOPT_USERNAME, to.user.c_str());
    set(what.easy, CURLOPT_PASSWORD, copy.c_str());
    detail::wipe(copy.data(), copy.size());
  }
  set(what.easy, CURLOPT_UPLOAD, 1L);
  set(what.easy, CURLOPT_READFUNCTION, &request::give);
  set(what.easy, CURLOPT_READDATA, &what);
  set(what.easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(mail.size()));
  return run(what);
}

} // namespace tier2::cloud
