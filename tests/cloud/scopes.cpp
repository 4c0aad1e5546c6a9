#include "tests/cloud/commanding.hpp"

using namespace tier2;
using namespace tier2::cloud;
using namespace tier2::cloud::test;

namespace {

struct tried_route {
  const char* method;
  std::string path;
  std::string scope; ///< Or "session".
};

std::vector<tried_route> routes() {
  const std::string command = "/api/v1/commands/" + to_string(id(20));
  const std::string agent = "/api/v1/agents/" + to_string(id(7));
  return {{"GET", "/api/v1/session", "session"},
          {"GET", "/api/v1/tickets", "tickets:read"},
          {"GET", "/api/v1/tickets/1", "tickets:read"},
          {"GET", "/api/v1/tickets/1/parts/0", "tickets:read"},
          {"GET", "/api/v1/tickets/1/manifest", "tickets:read"},
          {"DELETE", "/api/v1/tickets/1", "tickets:write"},
          {"POST", "/api/v1/commands", "commands:write"},
          {"POST", command + "/withdraw", "commands:write"},
          {"GET", "/api/v1/commands", "commands:read"},
          {"GET", command, "commands:read"},
          {"GET", command + "/output", "commands:read"},
          {"GET", command + "/agents/" + to_string(id(7)) + "/stdout", "commands:read"},
          {"GET", "/api/v1/agents", "agents:read"},
          {"GET", agent, "agents:read"},
          {"POST", agent + "/groups", "session"},
          {"POST", agent + "/about", "session"},
          {"POST", agent + "/dismiss", "session"},
          {"POST", agent + "/approve", "session"},
          {"POST", agent + "/revoke", "session"},
          {"GET", "/api/v1/alerts", "alerts:read"},
          {"GET", "/api/v1/alerts/count", "alerts:read"},
          {"GET", "/api/v1/alerts/receivers", "alerts:read"},
          {"POST", "/api/v1/alerts/acknowledge", "alerts:write"},
          {"POST", "/api/v1/alerts/" + to_string(id(7)) + "/" + to_string(id(8)) + "/acknowledge",
           "alerts:write"},
          {"GET", "/api/v1/audit", "audit:read"}};
}

httplib::Result ask(program& who, const tried_route& route) {
  if (std::string_view{route.method} == "DELETE") {
    auto headers = who.headers;
    headers.emplace("Content-Type", "application/json");
    return who.http.Delete(route.path.c_str(), headers);
  }
  return std::string_view{route.method} == "GET" ? who.get(route.path) : who.post(route.path, "{}");
}

} // namespace

TEST_CASE("a token may do what its scopes say and nothing else") {
  commanding on;
  on.integrator().post(made_command{20});
  char letter = 'a';
  for (const auto scope : all_scopes) {
    const std::string token(43, letter++);
    on.add_token("only-" + std::string{scope.substr(0, 2)} + std::string(1, letter), token,
                 {std::string{scope}});
    program who{on, token};
    for (const auto& route : routes()) {
      if (route.path.ends_with("/output") && scope == route.scope) continue; // would stay open
      INFO(scope, " ", route.method, " ", route.path);
      const auto answer = ask(who, route);
      REQUIRE(answer);
      CHECK((answer->status == 403) == (route.scope != scope));
      if (answer->status == 403 && route.scope != "session")
        CHECK(json::parse(answer->body)["message"].get<std::string>().find(route.scope) != std::string::npos);
      CHECK(answer->status != 401);
    }
  }
}

TEST_CASE("no token, a wrong, an expired and a revoked one get 401 everywhere") {
  commanding on;
  const std::string expired(43, 'e');
  const std::string revoked(43, 'r');
  {
    const auto facts = on.beside();
    api_token_store tokens{*facts};
    must(tokens.add("expired", blake2b_256(expired), {"commands:read"}, noon, "test", noon));
    must(tokens.add("revoked", blake2b_256(revoked), {"commands:read"}, {}, "test", noon));
    must(tokens.revoke("revoked", "test", noon));
    CHECK(tokens.revoke("revoked", "test", noon).error().code == errc::not_found);
    CHECK(tokens.add("revoked", blake2b_256("x"), {"commands:read"}, {}, "test", noon).error().code ==
          errc::conflict);
    CHECK(tokens.add("new", blake2b_256("x"), {"everything"}, {}, "test", noon).error().code ==
          errc::invalid_argument);
    CHECK(tokens.add("new", blake2b_256("x"), {}, {}, "test", noon).error().code == errc::invalid_argument);
    CHECK(tokens.add("a b", blake2b_256("x"), {"commands:read"}, {}, "test", noon).error().code ==
          errc::invalid_argument);
    for (const auto& each : must(tokens.list()))
      CHECK(each.name != expired);
  }
  for (const std::string& token :
       {std::string{}, std::string(43, 'x'), std::string(42, 'T'), expired, revoked}) {
    program who{on, token};
    for (const auto& route : routes()) {
      INFO(token, " ", route.path);
      const auto answer = ask(who, route);
      REQUIRE(answer);
      CHECK(answer->status == 401);
    }
  }
  // A token beside a session's cookie decides: who brings one does not act as the operator.
  browser olga{on};
  olga.sign_in();
  const auto mixed =
      olga.http.Get("/api/v1/commands", {{"Cookie", olga.cookie}, {"Authorization", "Bearer x"}});
  CHECK(mixed->status == 401);
}

TEST_CASE("a session may do all, but changes something from the console's own pages only") {
  commanding on;
  browser olga{on};
  olga.sign_in();
  on.integrator().post(made_command{20});
  for (const auto& route : routes()) {
    if (std::string_view{route.method} == "GET") {
      if (!route.path.ends_with("/output")) CHECK(olga.get(route.path)->status != 401);
      continue;
    }
    INFO(route.path);
    const auto from = [&](const httplib::Headers& headers, const char* type) {
      return route.method == std::string_view{"DELETE"}
                 ? olga.http.Delete(route.path.c_str(), headers, "{}", type)->status
                 : olga.http.Post(route.path.c_str(), headers, "{}", type)->status;
    };
    CHECK(from({{"Cookie", olga.cookie}}, "application/json") == 403);
    CHECK(from({{"Cookie", olga.cookie}, {"Origin", "https://evil.example"}}, "application/json") == 403);
    CHECK(from({{"Cookie", olga.cookie}, {"Origin", olga.origin}}, "text/plain") == 415);
    const int allowed = from({{"Cookie", olga.cookie}, {"Origin", olga.origin}}, "application/json");
    CHECK((allowed == 200 || allowed == 400 || allowed == 404)); // what it names need not be there
  }
  const auto posted = olga.http.Post("/api/v1/commands", {{"Cookie", olga.cookie}, {"Origin", olga.origin}},
                                     made_command{21}.body(), "application/json");
  CHECK(posted->status == 404); // the machine was revoked just now, through the list above
}
