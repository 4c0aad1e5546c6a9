#include "tests/cloud/commanding.hpp"
#include "tools/cloud/console_api.hpp"

using namespace tier2;
using namespace tier2::cloud;
using namespace tier2::cloud::test;

namespace {

/// All that the REST interface works on, without a port.
struct api_desk : desk {
  operator_store operators{*facts};
  sign_in entrance{operators, [] { return noon; }};
  ticket_store tickets{*facts};
  ticket_retention retention{*facts};
  agent_store agents{*facts};
  command_store commands{*facts};
  api_token_store tokens{*facts};
  alert_store alerts{*facts};
  audit_log audit{*facts};
  notify_queue told{*facts, {}};
  notifier telling{*facts, told, {}, 24h, [] { return noon; }};
  presence there;
  command_bell bell;
  output_files output{must(output_files::open(directory))};
  api_parts parts{entrance,
                  tickets,
                  retention,
                  must(content_store::open(directory)),
                  agents,
                  commands,
                  tokens,
                  alerts,
                  audit,
                  telling,
                  there,
                  bell,
                  output,
                  [] { return noon; },
                  [](const std::vector<linked_agent>&, const uuid&, const std::string&) {},
                  [](std::int64_t, const std::string&) { return result<deleted_ticket>{}; },
                  [](const uuid&) {}};
};

} // namespace

TEST_CASE("openapi.json names every route that the server has, and no other") {
  api_desk on;
  httplib::Server server;
  api_router router{server, on.entrance, on.tokens, on.parts.now, "https://desk.example"};
  add_routes(router, on.parts);
  std::set<std::string> registered;
  for (const auto& route : router.routes())
    CHECK(registered.insert(route.method + " " + route.path).second);

  commanding served;
  const auto document = json::parse(program{served, ""}.get("/api/v1/openapi.json")->body);
  CHECK(document["openapi"] == "3.1.0");
  std::set<std::string> documented;
  for (const auto& [path, operations] : document["paths"].items())
    for (const auto& [method, operation] : operations.items())
      documented.insert(method + " " + path);
  CHECK(registered == documented);
}
