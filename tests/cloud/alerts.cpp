#include "tests/cloud/commanding.hpp"
#include "tools/cloud/alert_store.hpp"
#include "tools/cloud/audit_log.hpp"

#include <random>

using namespace tier2;
using namespace tier2::cloud;
using namespace tier2::cloud::test;

namespace {

alert alert_of(std::uint32_t number, alert_severity severity = alert_severity::error) {
  alert what;
  what.id = id(1);
  what.id.bytes[10] = static_cast<std::uint8_t>(number >> 16U);
  what.id.bytes[11] = static_cast<std::uint8_t>(number >> 8U);
  what.id.bytes[12] = static_cast<std::uint8_t>(number);
  what.severity = severity;
  what.source = "disk";
  what.title = "Alert " + std::to_string(number);
  what.at = noon;
  return what;
}

/// A desk with a second agent, and whatever alerts a test puts there.
struct alert_desk : desk {
  uuid other{id(201)};
  alert_store alerts{*facts};
  alert_desk() {
    auto machine = about("key");
    machine.hostname = "laptop-9";
    must(agent_store{*facts}.enrol(blake2b_256("token"), other, machine, noon));
  }
  void add(const uuid& of, const alert& what) {
    must(facts->write([&](soci::session& session) { return alerts.add(session, of, what, noon); }));
  }
  std::vector<std::int64_t> all(alert_query query) {
    std::vector<std::int64_t> seqs;
    do {
      const auto list = must(alerts.list(query));
      CHECK(list.rows.size() <= query.limit);
      for (const auto& row : list.rows)
        seqs.push_back(row.seq);
      query.before = list.next;
    } while (query.before != 0);
    return seqs;
  }
  /// So many alerts at once, from `first` on, all about nothing.
  void fill(std::uint32_t first, std::uint32_t count) {
    must(facts->write([&](soci::session& session) -> result<void> {
      const std::string by = to_string(agent);
      session << "WITH RECURSIVE n(i) AS (SELECT " + std::to_string(first) +
                     " UNION ALL SELECT i + 1 FROM n WHERE i + 1 < " + std::to_string(first + count) +
                     ") INSERT INTO alerts (agent, id, seq, received, severity, source, title, body, at, "
                     "labels, dedupe_key, suppressed, gravity) SELECT :agent, 'x' || i, i, 0, 'info', 's', "
                     "'hay', 'hay', 0, '{}', '', 0, 0 FROM n",
          soci::use(by, "agent");
      return {};
    }));
  }
};

std::string path_of(const uuid& agent, const uuid& alert) {
  return "/api/v1/alerts/" + to_string(agent) + "/" + to_string(alert) + "/acknowledge";
}

/// An agent that is there, whose alert "here" is the first.
struct with_alert : commanding {
  std::unique_ptr<talking_agent> machine = here();
  std::string path = path_of(id(7), id(7));
};

} // namespace

TEST_CASE("an alert is acknowledged once: the first name, time and note stay, and the audit has one row") {
  with_alert on;
  auto first = on.integrator();
  const std::string second_token(43, 'S');
  on.add_token("second", second_token, {"alerts:write"});
  program second{on, second_token};
  const auto answer = first.post(on.path, R"({"note":"a new disk is ordered"})");
  REQUIRE(answer->status == 200);
  const auto one = json::parse(answer->body);
  CHECK(one["acknowledged_by"] == "token:all");
  CHECK(one["note"] == "a new disk is ordered");
  CHECK(one["acknowledged_at"].is_string());
  const auto again = second.post(on.path, R"({"note":"me, too"})");
  REQUIRE(again->status == 200);
  CHECK(json::parse(again->body) == one);
  CHECK(first.read("/api/v1/alerts")["items"][0] == one);
  std::size_t rows = 0;
  const auto audit = first.read("/api/v1/audit");
  for (const auto& row : audit["items"])
    if (row["event"] == "alert acknowledged") {
      ++rows;
      CHECK(row["who"] == "token:all");
      CHECK(row["subject"] == to_string(id(7)));
      CHECK(row["detail"].get<std::string>().find("a new disk is ordered") != std::string::npos);
    }
  CHECK(rows == 1);
  on.restart();
  CHECK(on.integrator().read("/api/v1/alerts")["items"][0] == one);
}

TEST_CASE("what is no acknowledgement is refused, and an alert that nobody has is not found") {
  with_alert on;
  auto who = on.integrator();
  CHECK(who.post(path_of(id(7), id(99)), "{}")->status == 404);
  CHECK(who.post(path_of(id(99), id(7)), "{}")->status == 404);
  for (const std::string& body :
       {std::string{"[]"}, std::string{"x"}, std::string{R"({"note":1})"}, std::string{R"({"more":"x"})"},
        R"({"note":")" + std::string(alert_store::most_note_bytes + 1, 'x') + "\"}"}) {
    INFO(body);
    CHECK(who.post(on.path, body)->status == 400);
  }
  for (const char* body : {"{}", R"({"until":0})", R"({"until":"1"})", R"({"until":1,"severity":"bad"})",
                           R"({"until":1,"agent":"x"})", R"({"until":1,"all":true})"}) {
    INFO(body);
    CHECK(who.post("/api/v1/alerts/acknowledge", body)->status == 400);
  }
  for (const char* query : {"severity=bad", "agent=x", "open=false", "before=x", "limit=0"})
    CHECK(who.get(std::string{"/api/v1/alerts?"} + query)->status == 400);
  CHECK(who.get("/api/v1/alerts?q=" + std::string(201, 'x'))->status == 400);
  CHECK(who.read("/api/v1/alerts/count")["open"] == 1); // nothing of that changed anything
  CHECK(who.post(on.path, R"({"note":")" + std::string(alert_store::most_note_bytes, 'x') + "\"}")->status ==
        200);
  CHECK(who.read("/api/v1/alerts/count") == json{{"open", 0}, {"more", false}});
}

TEST_CASE("an operator's page acknowledges, another site's page does not") {
  with_alert on;
  browser olga{on};
  olga.sign_in();
  const auto post = [&](const std::string& origin) {
    return olga.http
        .Post(on.path.c_str(), {{"Cookie", olga.cookie}, {"Origin", origin}}, "{}", "application/json")
        ->status;
  };
  CHECK(post("https://evil.example") == 403);
  CHECK(json::parse(olga.get("/api/v1/alerts")->body)["items"][0]["acknowledged_by"].is_null());
  CHECK(post(olga.origin) == 200);
  CHECK(json::parse(olga.get("/api/v1/alerts")->body)["items"][0]["acknowledged_by"] == "olga");
}

TEST_CASE("severity, machine, open and text narrow a list together, in whatever pages it is read") {
  alert_desk on;
  std::mt19937 random{7};
  struct known {
    std::int64_t seq;
    uuid agent;
    alert what;
    bool open;
  };
  std::vector<known> there;
  for (std::uint32_t i = 1; i <= 200; ++i) {
    auto what = alert_of(i, static_cast<alert_severity>(random() % 4));
    (random() % 2 != 0 ? what.body : what.source) = random() % 3 != 0 ? "Needle 5%" : "hay";
    const auto of = random() % 2 != 0 ? on.agent : on.other;
    on.add(of, what);
    const bool open = random() % 2 != 0;
    if (!open) must(on.alerts.acknowledge(of, what.id, "olga", "", noon));
    there.push_back({i, of, what, open});
  }
  const std::string host = must(agent_store{*on.facts}.get(on.other)).hostname;
  for (const auto least : {alert_severity::info, alert_severity::warning, alert_severity::critical})
    for (const std::optional<uuid> agent : {std::optional<uuid>{}, std::optional{on.other}})
      for (const bool open : {false, true})
        for (const char* text : {"", "needle 5%", "laptop", "Alert 1", "5_"}) {
          alert_query query;
          query.least = least;
          query.agent = agent;
          query.open_only = open;
          query.text = text;
          query.limit = 7;
          std::vector<std::int64_t> expected;
          for (auto each = there.rbegin(); each != there.rend(); ++each) {
            const std::string_view words{text};
            const bool fits = words.empty() || (words == "laptop" && each->agent == on.other) ||
                              (words == "needle 5%" &&
                               (each->what.body == "Needle 5%" || each->what.source == "Needle 5%")) ||
                              (words == "Alert 1" && each->what.title.starts_with("Alert 1"));
            if (each->what.severity >= least && (!agent || each->agent == *agent) && (!open || each->open) &&
                fits)
              expected.push_back(each->seq);
          }
          INFO(text, " ", static_cast<int>(least), " ", agent.has_value(), " ", open);
          CHECK(on.all(query) == expected);
        }
}

TEST_CASE("a search looks through so many alerts at a time and says where to go on") {
  alert_desk on;
  auto needle = alert_of(1);
  needle.title = "needle";
  on.add(on.agent, needle);
  on.fill(2, alert_store::search_depth + 10);
  alert_query query;
  query.text = "needle";
  const auto first = must(on.alerts.list(query));
  CHECK(first.rows.empty());
  CHECK(first.next == 12); // behind the newest search_depth of them
  query.before = first.next;
  const auto second = must(on.alerts.list(query));
  REQUIRE(second.rows.size() == 1);
  CHECK(second.rows[0].what.title == "needle");
  CHECK(second.next == 0);
}

TEST_CASE("all that fit are acknowledged at once, but nothing that came later and not more than the bound") {
  alert_desk on;
  on.add(on.agent, alert_of(1, alert_severity::info));
  on.add(on.agent, alert_of(2, alert_severity::critical));
  on.add(on.other, alert_of(3, alert_severity::critical));
  on.add(on.agent, alert_of(4, alert_severity::critical));
  must(on.alerts.acknowledge(on.agent, alert_of(2).id, "anna", "", noon));
  alert_query query;
  query.least = alert_severity::error;
  query.before = 4;
  CHECK(must(on.alerts.acknowledge_all(query, "olga", "a storm", noon + 1s)).count == 1);
  const auto rows = must(on.alerts.list({})).rows;
  CHECK(rows[0].acknowledged_by.empty()); // came later
  CHECK(rows[1].acknowledged_by == "olga");
  CHECK(rows[1].note == "a storm");
  CHECK(rows[2].acknowledged_by == "anna"); // was first
  CHECK(rows[3].acknowledged_by.empty());   // of no weight
  const auto audit = must(audit_log{*on.facts}.list(1, 0))[0].what;
  CHECK(audit.event == "alerts acknowledged");
  CHECK(audit.detail == "1 alerts of at least error, numbers 3 to 3: a storm");

  on.fill(10, alert_store::most_acknowledged_at_once + 5);
  query = {};
  const auto some = must(on.alerts.acknowledge_all(query, "olga", "", noon));
  CHECK(some.count == alert_store::most_acknowledged_at_once);
  REQUIRE(some.next == 15);
  query.before = some.next;
  query.after = 9; // those from before stay
  const auto rest = must(on.alerts.acknowledge_all(query, "olga", "", noon));
  CHECK(rest.count == 5);
  CHECK(rest.next == 0);
  CHECK(must(on.alerts.count_open(alert_severity::info, {})) == 2);
}

TEST_CASE("open alerts are counted up to a bound") {
  alert_desk on;
  on.add(on.other, alert_of(1));
  on.fill(2, alert_store::most_counted + 5);
  CHECK(must(on.alerts.count_open(alert_severity::info, {})) == alert_store::most_counted);
  CHECK(must(on.alerts.count_open(alert_severity::error, {})) == 1);
  CHECK(must(on.alerts.count_open(alert_severity::error, on.agent)) == 0);
  CHECK(must(on.alerts.count_open(alert_severity::error, on.other)) == 1);
}
