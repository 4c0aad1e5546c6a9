#include "tests/cloud/running.hpp"
#include "tests/cloud/tls_peer.hpp"

#include <atomic>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <thread>

using namespace tier2;
using namespace tier2::cloud;
using namespace tier2::cloud::test;
using nlohmann::json;

TEST_CASE("an operator signs in and sees the ticket with its parts as they were sent") {
  running on;
  const auto ticket = make_ticket(1);
  REQUIRE(on.agent()->submit(ticket.begin, ticket.parts)->number == "1");
  browser olga{on};
  REQUIRE(olga.sign_in());
  CHECK(json::parse(olga.get("/api/v1/session")->body)["name"] == "olga");

  const auto list = json::parse(olga.get("/api/v1/tickets?q=printer")->body);
  CHECK(list["total"] == 1);
  CHECK(list["tickets"][0]["machine"] == "pc-17");
  CHECK(json::parse(olga.get("/api/v1/tickets?q=nothing+like+it")->body)["total"] == 0);

  const auto one = json::parse(olga.get("/api/v1/tickets/1")->body);
  CHECK(one["form"]["message"] == ticket.manifest.form.message);
  CHECK(one["origin"]["account"] == "1000");
  CHECK(one["consent"]["digest"] == to_string(ticket.begin.consent.manifest));
  CHECK(one["steps"][0]["trigger"] == "click_left");
  const auto picture = olga.get("/api/v1/tickets/1/parts/0");
  CHECK(picture->body == ticket.parts[0]);
  CHECK(picture->get_header_value("Content-Type") == "image/png");
  CHECK(picture->get_header_value("Content-Security-Policy") == "default-src 'none'; sandbox");
  CHECK(picture->get_header_value("Cache-Control") == "no-store");
  const auto file = olga.get("/api/v1/tickets/1/parts/1");
  CHECK(file->body == ticket.parts[1]);
  CHECK(file->get_header_value("Content-Type") == "application/octet-stream");
  CHECK(file->get_header_value("Content-Disposition").starts_with("attachment; filename=\"file-1.json\""));
  CHECK(olga.get("/api/v1/tickets/2")->status == 404);
  CHECK(olga.get("/api/v1/tickets/1/parts/9")->status == 404);
}

TEST_CASE("without a session there is nothing to see") {
  running on;
  const auto ticket = make_ticket(1);
  REQUIRE(on.agent()->submit(ticket.begin, ticket.parts)->number == "1");
  browser stranger{on};
  for (const char* path :
       {"/api/v1/session", "/api/v1/tickets", "/api/v1/tickets/1", "/api/v1/tickets/1/parts/0"}) {
    const auto answer = stranger.get(path);
    CHECK(answer->status == 401);
    CHECK(answer->body.find("printer") == std::string::npos);
  }
  const auto page = stranger.get("/tickets/1");
  CHECK(page->status == 302);
  CHECK(page->get_header_value("Location") == "/sign-in?to=/tickets/1");
  stranger.cookie = "__Host-tier2=" + std::string(43, 'A');
  CHECK(stranger.get("/api/v1/tickets")->status == 401);
}

TEST_CASE("the session's cookie cannot leave the console") {
  running on;
  browser olga{on};
  const auto set = olga.sign_in()->get_header_value("Set-Cookie");
  CHECK(set.starts_with("__Host-tier2="));
  for (const char* attribute : {"; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"})
    CHECK(set.find(attribute) != std::string::npos);
  CHECK(set.find("Domain") == std::string::npos);
}

TEST_CASE("more who sign in at once than can be checked are told so, and when to come again") {
  const running on;
  std::atomic<int> busy{};
  std::atomic<int> others{};
  while (busy == 0) {
    std::vector<std::thread> all;
    for (int i = 0; i < 24; ++i)
      all.emplace_back([&] {
        browser one{on};
        const auto answer = one.sign_in();
        if (!answer || answer->status == 200) return;
        // Tries of one name that are under way count as wrong ones until they turn out right.
        const auto why = json::parse(answer->body)["error"].get<std::string>();
        const bool told = answer->status == 429 && (why == "busy" || why == "too_many") &&
                          !answer->get_header_value("Retry-After").empty();
        if (!told) ++others;
        if (told && why == "busy") ++busy;
      });
    for (auto& each : all)
      each.join();
  }
  CHECK(others == 0);
}

TEST_CASE("sign-out ends the session on the server, not only in the browser") {
  running on;
  browser olga{on};
  olga.sign_in();
  httplib::Headers headers{{"Cookie", olga.cookie}, {"Origin", olga.origin}};
  const auto gone = olga.http.Delete("/api/v1/session", headers, "", "application/json");
  REQUIRE(gone);
  CHECK(gone->status == 204);
  CHECK(olga.get("/api/v1/session")->status == 401);
}

TEST_CASE("what changes something is obeyed from the console's own pages only") {
  running on;
  browser olga{on};
  const std::string body = R"({"name":"olga","password":"a long password"})";
  const auto status = [&](const httplib::Headers& headers, const char* type = "application/json") {
    const auto answer = olga.post_session(body, headers, type);
    CHECK_FALSE(answer->has_header("Set-Cookie"));
    return answer->status;
  };
  CHECK(status({{"X-Nothing", "x"}}) == 403);
  CHECK(status({{"Origin", "null"}}) == 403);
  CHECK(status({{"Origin", "https://evil.example"}}) == 403);
  CHECK(status({{"Origin", olga.origin + ".evil.example"}}) == 403);
  CHECK(status({{"Origin", "http" + olga.origin.substr(5)}}) == 403);
  CHECK(status({{"Origin", olga.origin}}, "text/plain") == 415);
  CHECK(status({{"Origin", olga.origin}}, "application/x-www-form-urlencoded") == 415);
  olga.sign_in();
  const auto kept =
      olga.http.Delete("/api/v1/session", {{"Cookie", olga.cookie}, {"Origin", "https://evil.example"}}, "",
                       "application/json");
  CHECK(kept->status == 403);
  CHECK(olga.get("/api/v1/session")->status == 200);
}

TEST_CASE("every answer carries the headers that keep hostile content harmless") {
  running on;
  browser olga{on};
  olga.sign_in();
  for (const char* path : {"/", "/sign-in", "/tickets", "/tickets/1", "/assets/tickets.js", "/assets/none.js",
                           "/nothing", "/api/v1/tickets", "/api/v1/tickets/77", "/api/v1/nothing"}) {
    INFO(path);
    const auto answer = olga.get(path);
    REQUIRE(answer);
    CHECK(answer->get_header_value("Content-Security-Policy") ==
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
          "form-action "
          "'self'; base-uri 'none'; frame-ancestors 'none'");
    CHECK(answer->get_header_value_count("Content-Security-Policy") == 1);
    CHECK(answer->get_header_value("X-Content-Type-Options") == "nosniff");
    CHECK(answer->get_header_value("Referrer-Policy") == "no-referrer");
    CHECK(answer->get_header_value("Cross-Origin-Opener-Policy") == "same-origin");
    CHECK(answer->get_header_value("Cross-Origin-Resource-Policy") == "same-origin");
    CHECK(answer->get_header_value("Strict-Transport-Security") == "max-age=31536000");
    CHECK(answer->get_header_value_count("Cache-Control") == 1);
    if (std::string_view{path}.starts_with("/api"))
      CHECK(answer->get_header_value("Cache-Control") == "no-store");
  }
}

TEST_CASE("a wrong name and a wrong password get the same answer; too many get a wait") {
  running on;
  browser guest{on};
  const auto wrong_name = guest.sign_in("nobody", "a long password");
  const auto wrong_password = guest.sign_in("olga", "another password");
  CHECK(wrong_name->status == 401);
  CHECK(wrong_password->status == 401);
  CHECK(wrong_name->body == wrong_password->body);
  for (int i = 0; i < 4; ++i)
    CHECK(guest.sign_in("olga", "wrong wrong")->status == 401);
  const auto limited = guest.sign_in();
  CHECK(limited->status == 429);
  CHECK(limited->has_header("Retry-After"));
  CHECK(json::parse(limited->body)["message"].get<std::string>().find("minutes") != std::string::npos);
}

TEST_CASE("malformed and oversized requests are refused") {
  running on;
  browser guest{on};
  for (const char* body : {"", "[]", "{", R"({"name":"olga"})", R"({"name":1,"password":"x"})"})
    CHECK(guest.post_session(body)->status == 400);
  CHECK(guest.post_session(R"({"name":"olga","password":")" + std::string(1001, 'x') + "\"}")->status == 400);
  CHECK(guest.post_session(std::string(140000, ' '))->status == 413);
  guest.sign_in();
  for (const char* query :
       {"sort=message;DROP", "order=up", "limit=501", "limit=-1", "limit=x", "offset=1e9"})
    CHECK(guest.get(std::string{"/api/v1/tickets?"} + query)->status == 400);
  CHECK(guest.get("/api/v1/tickets?q=" + std::string(201, 'x'))->status == 400);
  CHECK(guest.get("/api/v1/tickets/1/parts/../../../../etc/passwd")->status == 404);
  CHECK(guest.get("/assets/..%2f..%2fetc%2fpasswd")->status == 404);
}

TEST_CASE("a body whose length was not announced is refused before it is read") {
  running on;
  browser guest{on};
  std::size_t asked = 0;
  const auto answer = guest.http.Post(
      "/api/v1/session", httplib::Headers{{"Origin", guest.origin}},
      [&](std::size_t, httplib::DataSink& sink) {
        const std::string piece(65536, ' ');
        sink.write(piece.data(), piece.size());
        if (++asked == 64) sink.done();
        return true;
      },
      "application/json");
  if (answer) CHECK(answer->status == 411);
  CHECK(guest.sign_in()->status == 200); // it goes on serving
}

TEST_CASE("while strangers hold all of the port that they can, an operator signs in") {
  const running on;
  const auto port = on.cloud->operators_port();
  std::vector<std::unique_ptr<tcp_peer>> silent;
  std::vector<std::unique_ptr<tls_peer>> in_tls;
  const auto hold = [&](std::string_view sent, int receive_buffer = 0) {
    for (int i = 0; i < 200; ++i) {
      in_tls.push_back(std::make_unique<tls_peer>(port, TLS1_3_VERSION, receive_buffer));
      in_tls.back()->send(sent);
    }
  };
  SUBCASE("silent") {
    for (int i = 0; i < 200; ++i)
      silent.push_back(std::make_unique<tcp_peer>(port));
  }
  SUBCASE("silent in TLS") { hold(""); }
  SUBCASE("with a head that does not end") { hold("GET /sign-in HTTP/1.1\r\nHost: x\r\nX: "); }
  SUBCASE("with a body that does not end") {
    hold("POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{");
  }
  SUBCASE("not reading what they asked for") {
    std::string many;
    for (int i = 0; i < 50; ++i)
      many += "GET /assets/console.css HTTP/1.1\r\nHost: x\r\n\r\n";
    hold(many, 4096);
  }
  SUBCASE("idle after a request") { hold("GET /sign-in HTTP/1.1\r\nHost: x\r\n\r\n"); }
  browser olga{on};
  const auto answer = olga.sign_in();
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(olga.get("/api/v1/session")->status == 200);
}

TEST_CASE(
    "what would unfold in memory, or make the server's regular expressions recurse, reaches no handler") {
  running on;
  browser guest{on};
  const auto status = [&](httplib::Headers headers, const std::string& type, const std::string& body = "{}") {
    headers.emplace("Origin", guest.origin);
    return guest.post_session(body, headers, type.c_str())->status;
  };
  CHECK(status({{"Content-Encoding", "gzip"}}, "application/json") == 415);
  CHECK(status({{"Content-Encoding", "br"}}, "application/json") == 415);
  CHECK(status({}, "multipart/form-data; boundary=x",
               "--x\r\nContent-Disposition: form-data; name=" + std::string(100000, 'x') + "\r\n\r\n--x--") ==
        415);
  CHECK(guest.http.Get("/sign-in", {{"Range", "bytes=" + std::string(7000, '1') + "-"}})->status == 200);
  CHECK(guest.get("/assets/" + std::string(7000, 'a') + ".js")->status == 414);
  CHECK(guest.get("/sign-in")->status == 200);
}

TEST_CASE("hostile text in a ticket comes out as text") {
  running on;
  auto ticket = make_ticket(1, {"<script>alert(1)</script>", "x"});
  ticket.manifest.form.message = "<img src=x onerror=alert(1)> '; DROP TABLE tickets; --";
  ticket.manifest.parts[0].name = "\"><script>.html";
  ticket.manifest.parts[0].media_type = "text/html";
  ticket.manifest.parts[1].name = "a\"; filename=\"evil.exe";
  ticket.begin.manifest = wire::encode(ticket.manifest);
  ticket.begin.consent.manifest = blake2b_256(ticket.begin.manifest);
  REQUIRE(on.agent()->submit(ticket.begin, ticket.parts)->number == "1");
  browser olga{on};
  olga.sign_in();
  CHECK(json::parse(olga.get("/api/v1/tickets/1")->body)["form"]["message"] == ticket.manifest.form.message);
  CHECK(json::parse(olga.get("/api/v1/tickets")->body)["total"] == 1);
  const auto page = olga.get("/api/v1/tickets/1/parts/0");
  CHECK(page->get_header_value("Content-Type") == "application/octet-stream");
  // The client decodes percent signs in headers; content.cpp tests the bytes.
  CHECK(page->get_header_value("Content-Disposition")
            .starts_with("attachment; filename=\"___script_.html\"; "));
  CHECK(olga.get("/api/v1/tickets/1/parts/1")->get_header_value("Content-Disposition").find("\"a__") !=
        std::string::npos);
}

TEST_CASE("names that are paths or hold line breaks never become a ticket") {
  running on;
  const auto agent = on.agent();
  for (const char* name : {"../../etc/cron.d/x", "a\r\nSet-Cookie: x=1", "..", "", "a/b", "a\\b"}) {
    INFO(name);
    auto ticket = make_ticket(1);
    ticket.manifest.parts[1].name = name;
    ticket.begin.manifest = wire::encode(ticket.manifest);
    ticket.begin.consent.manifest = blake2b_256(ticket.begin.manifest);
    agent->say(ticket.begin);
  }
  const auto good = make_ticket(2);
  REQUIRE(agent->submit(good.begin, good.parts)->number == "1");
  browser olga{on};
  olga.sign_in();
  CHECK(json::parse(olga.get("/api/v1/tickets")->body)["all"] == 1);
}

TEST_CASE("a first view of the console is smaller than 100 KB, and an asset that did not change is not sent "
          "again") {
  running on;
  browser olga{on};
  olga.sign_in();
  olga.http.set_decompress(false);
  // What the page of a ticket loads, as a browser finds it: its frame's links, and what the scripts import.
  std::size_t sum = 0;
  std::set<std::string> seen;
  std::vector<std::string> wanted{"/tickets/1", "/assets/en.json", "/assets/de.json"};
  while (!wanted.empty()) {
    const auto path = std::exchange(wanted.back(), {});
    wanted.pop_back();
    if (!seen.insert(path).second) continue;
    const auto answer = olga.get(path);
    INFO(path);
    REQUIRE(answer->status == 200);
    const auto packed = olga.http.Get(path, {{"Cookie", olga.cookie}, {"Accept-Encoding", "br, gzip"}});
    CHECK(packed->body.size() <= answer->body.size());
    if (path.starts_with("/assets/") && packed->get_header_value("Content-Encoding") != "gzip")
      CHECK(packed->body == answer->body);
    sum += packed->body.size();
    static const std::regex link{R"re((?:(?:href|src)="(/assets/[\w.]+)"|from "\./([\w.]+)"))re"};
    for (std::sregex_iterator found{answer->body.begin(), answer->body.end(), link}, end; found != end;
         ++found)
      wanted.push_back((*found)[1].matched ? (*found)[1].str() : "/assets/" + (*found)[2].str());
  }
  CHECK(seen.contains("/assets/replay.js"));
  CHECK(sum < 100000);
  const auto tag = olga.get("/assets/console.css")->get_header_value("ETag");
  CHECK(olga.http.Get("/assets/console.css", {{"If-None-Match", tag}})->status == 304);
}
