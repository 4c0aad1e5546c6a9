#include "platform/net/revocation.hpp"

#include "platform/net/certificate_objection.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <filesystem>
#include <fstream>
#include <memory>

namespace tier2::net {
namespace {

constexpr std::size_t max_file_bytes = 32U << 20U;

struct freer {
  void operator()(BIO* bytes) const { BIO_free(bytes); }
  void operator()(X509_CRL* list) const { X509_CRL_free(list); }
};

std::string read_whole(const std::string& path, std::string& text) {
  std::error_code failed;
  const auto what = std::filesystem::status(path, failed); // opening a pipe would wait for its other end
  if (failed || !std::filesystem::is_regular_file(what)) {
    return std::filesystem::exists(what) ? "it is no regular file" : "there is no such file";
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return "this program may not read it";
  }
  text.resize(max_file_bytes + 1);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (file.bad()) {
    return "reading it failed";
  }
  return text.size() > max_file_bytes ? "it is larger than 32 MiB" : "";
}

const std::string end_line = "-----END X509 CRL-----";

// A file that was cut off must not pass for one with fewer lists.
bool ends_with_an_end_line(const std::string& text) {
  const auto last = text.find_last_not_of(" \t\r\n");
  return last != std::string::npos && last + 1 >= end_line.size() &&
         text.compare(last + 1 - end_line.size(), end_line.size(), end_line) == 0;
}

std::size_t end_lines(const std::string& text) {
  std::size_t count = 0;
  for (auto at = text.find(end_line); at != std::string::npos; at = text.find(end_line, at + 1)) {
    ++count;
  }
  return count;
}

std::string add_lists(X509_STORE* store, const std::string& text) {
  if (!ends_with_an_end_line(text)) {
    return "it does not end as a list in PEM does, so it may be cut off";
  }
  const std::unique_ptr<BIO, freer> bytes(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  std::size_t count = 0;
  while (bytes) {
    const std::unique_ptr<X509_CRL, freer> list(
        PEM_read_bio_X509_CRL(bytes.get(), nullptr, nullptr, nullptr));
    if (!list) {
      break;
    }
    // Optional in X.509, but mandatory in RFC 5280 (5.1.2.5): without it a list would never grow old.
    if (X509_CRL_get0_nextUpdate(list.get()) == nullptr) {
      return "the list of '" + common_name(X509_CRL_get_issuer(list.get())) +
             "' does not say when it is to be replaced";
    }
    if (X509_STORE_add_crl(store, list.get()) != 1) {
      return "a list could not be taken from it";
    }
    ++count;
  }
  ERR_clear_error(); // PEM's way to say the end
  return count != end_lines(text) ? "a list in it is damaged" : "";
}

} // namespace

bool demand_unrevoked(X509_STORE* store, const std::string& crl_file, std::string& why) {
  std::string text;
  std::string wrong = read_whole(crl_file, text);
  if (wrong.empty()) {
    wrong = add_lists(store, text);
  }
  if (!wrong.empty()) {
    why = "The file of revocation lists " + crl_file + " cannot be used (" + wrong +
          "), so nobody can tell whether the server's certificate was revoked, and nothing is connected; put "
          "the "
          "current list of the server's authority there, as PEM, readable by this program.";
    return false;
  }
  X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  return true;
}

} // namespace tier2::net
