#include "platform/net/revocation.hpp"
#include "tests/net/ends.hpp"
#include "tests/net/revoking_authority.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sys/stat.h>

using namespace tier2::test;
using reason = websocket_client::end_reason;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A root, an authority below it, and a server with a certificate of either.
struct hierarchy {
  temporary_directory directory;
  revoking_authority root{"The Root"}, below{"The Issuer", &root};
  std::string roots_file = write("roots.pem", root.chain());

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(directory / name, std::ios::binary) << text;
    return directory / name;
  }
  /// How a client with these lists ends at a server with that certificate; nothing when it opens.
  std::optional<websocket_client::ended> refusal(const issued_certificate& shown,
                                                 const std::string& crl_file) const {
    auto options = server_end::plain();
    options.tls = true;
    options.certificate = shown.certificate;
    options.key = shown.key;
    server_end server(options);
    auto where = client_end::to(server.port());
    where.ca_file = roots_file;
    where.crl_file = crl_file;
    client_end client(where);
    if (client.opens()) return {};
    CHECK(server.heard.get().upgrades.empty());
    return client.end();
  }
  void refuses(const issued_certificate& shown, const std::string& lists,
               const std::vector<std::string>& words) const {
    const auto end = refusal(shown, write("lists.pem", lists));
    REQUIRE(end);
    CHECK(end->why == reason::untrusted);
    for (const auto& word : words) {
      INFO(end->text);
      CHECK(contains(end->text, word));
    }
  }
  bool accepts(const issued_certificate& shown, const std::string& lists) const {
    return !refusal(shown, write("lists.pem", lists));
  }
};

} // namespace

TEST_CASE("a certificate on its issuer's list is refused, with issuer and file; another is not") {
  hierarchy h;
  const auto revoked = h.root.issue(h.directory.path());
  const auto list = h.root.list({h.root.issued()});
  h.refuses(revoked, list, {"of 127.0.0.1 was revoked by 'The Root'", "lists.pem", "new certificate"});
  CHECK(h.accepts(h.root.issue(h.directory.path()), list));
}

TEST_CASE("the list of the certificate's issuer must be there, in force, and the issuer's own") {
  hierarchy h;
  const auto shown = h.root.issue(h.directory.path());
  list_recipe old, future;
  old.to_s = -60;
  future.from_s = 3600;
  const revoking_authority other("Another Root");
  h.refuses(shown, other.list({}),
            {"lists.pem holds none of 'The Root'", "add that authority's current list"});
  h.refuses(shown, h.root.list({}, old), {"was to be replaced by 20", "current list"});
  h.refuses(shown, h.root.list({}, future), {"is not valid before 20", "clock"});
  h.refuses(shown, h.root.list({}, {}, true), {"cannot be used (CRL signature failure)"});
  CHECK(h.accepts(shown, other.list({}) + h.root.list({}, old) + h.root.list({})));
}

TEST_CASE("an authority of the chain is looked up where its issuer's list is there, and only there") {
  hierarchy h;
  const auto shown = h.below.issue(h.directory.path());
  const auto fine = h.below.list({});
  list_recipe old;
  old.to_s = -60;
  CHECK(h.accepts(shown, fine));
  CHECK(h.accepts(shown, fine + h.root.list({})));
  h.refuses(shown, fine + h.root.list({h.below.serial()}),
            {"The authority 'The Issuer' behind the certificate of 127.0.0.1 was revoked by 'The Root'"});
  h.refuses(shown, fine + h.root.list({}, old), {"'The Root'", "was to be replaced by"});
  h.refuses(shown, h.root.list({}), {"holds none of 'The Issuer'"});
}

TEST_CASE("a file that cannot be used whole is refused, with its name and why") {
  hierarchy h;
  const auto shown = h.root.issue(h.directory.path());
  const auto list = h.root.list({});
  const auto why = [&](const std::string& file) {
    const auto end = h.refusal(shown, file);
    REQUIRE(end);
    CHECK(end->why == reason::untrusted);
    CHECK(contains(end->text, file));
    CHECK(contains(end->text, "nothing is connected"));
    return end->text;
  };
  CHECK(contains(why(h.directory / "missing.pem"), "there is no such file"));
  CHECK(contains(why(h.directory.path()), "it is no regular file"));
  CHECK(contains(why(h.write("empty.pem", "")), "may be cut off"));
  CHECK(contains(why(h.write("huge.pem", std::string((32U << 20U) + 1, '\n'))), "larger than 32 MiB"));
  const std::string begin = "-----BEGIN X509 CRL-----\n", end_line = "-----END X509 CRL-----\n";
  CHECK(contains(why(h.write("damaged.pem", list + begin + "AAAA\n" + end_line)), "a list in it is damaged"));
  CHECK(contains(why(h.write("before.pem", begin + "AAAA\n" + end_line + list)), "a list in it is damaged"));
  list_recipe endless;
  endless.says_until = false;
  CHECK(contains(why(h.write("endless.pem", h.root.list({}, endless))),
                 "the list of 'The Root' does not say when it is to be replaced"));
  const auto pipe = (h.directory / "pipe");
  REQUIRE(mkfifo(std::string(pipe).c_str(), 0600) == 0);
  CHECK(contains(why(pipe), "it is no regular file"));
}

TEST_CASE("a list that is cut off anywhere is refused") {
  hierarchy h;
  const auto list = h.root.list({1, 2, 3});
  const auto usable = [&](const std::string& text) {
    const std::unique_ptr<X509_STORE, void (*)(X509_STORE*)> store(X509_STORE_new(), X509_STORE_free);
    std::string why;
    const bool fine = tier2::net::demand_unrevoked(store.get(), h.write("cut.pem", text), why);
    CHECK(fine == why.empty());
    return fine;
  };
  for (std::size_t size = 0; size + 1 < list.size(); ++size)
    CHECK_MESSAGE(!usable(list.substr(0, size)), size);
  CHECK(usable(list));
}

TEST_CASE("the file is read for each connection") {
  hierarchy h;
  const auto shown = h.root.issue(h.directory.path());
  CHECK(h.accepts(shown, h.root.list({})));
  h.refuses(shown, h.root.list({h.root.issued()}), {"was revoked"});
  CHECK(h.accepts(shown, h.root.list({})));
}

TEST_CASE("who was verified is told with the first end in its chain, and whose lists matter") {
  hierarchy h;
  auto options = server_end::plain();
  options.tls = true;
  const auto shown = h.below.issue(h.directory.path());
  options.certificate = shown.certificate;
  options.key = shown.key;
  server_end server(options);
  auto where = client_end::to(server.port());
  where.ca_file = h.roots_file;
  watched<std::vector<tier2::net::server_trust>> told;
  websocket_client::callbacks c;
  c.on_verified = [&](const tier2::net::server_trust& t) {
    told.change([&](auto& all) { all.push_back(t); });
  };
  const auto client = websocket_client::connect(where, std::move(c));
  told.wait([](const auto& all) { return !all.empty(); });
  REQUIRE(told.get().size() == 1);
  const auto trust = told.get().front();
  CHECK(trust.own);
  const auto left = trust.until - static_cast<std::int64_t>(std::time(nullptr));
  CHECK(left > 0);
  CHECK(left <= 86400);
  CHECK(trust.issuers.size() == 2); // the issuer's own, and the root above it

  tier2::net::list_expiry list;
  std::string why;
  list_recipe soon, late;
  soon.to_s = 1000;
  late.to_s = 50000;
  const revoking_authority other("Another Root");
  const auto expiry = [&](const std::string& lists) {
    REQUIRE(tier2::net::read_list_expiry(h.write("lists.pem", lists), trust.issuers, list, why));
    return list.known ? list.until - static_cast<std::int64_t>(std::time(nullptr)) : -1;
  };
  const auto about = [](std::int64_t seconds, std::int64_t wanted) {
    return seconds <= wanted && seconds > wanted - 300;
  };
  CHECK(expiry(other.list({}, soon)) == -1); // a stranger's list is none of ours
  CHECK(about(expiry(h.root.list({}, late) + h.below.list({}, soon)), 1000));
  CHECK(list.issuer == "The Issuer");
  CHECK(about(expiry(h.root.list({}, soon) + h.below.list({}, late)), 1000));
  CHECK(list.issuer == "The Root");
  CHECK(about(expiry(h.below.list({}, soon) + h.below.list({}, late)), 50000)); // the newest counts
  CHECK_FALSE(tier2::net::read_list_expiry(h.write("lists.pem", "nonsense"), trust.issuers, list, why));
  CHECK(contains(why, "lists.pem cannot be used"));
}
