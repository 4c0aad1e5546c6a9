#include "tools/ctl/command_watch.hpp"

#include <doctest/doctest.h>
#include <set>

using namespace tier2;
using namespace tier2::ctl;
using nlohmann::json;

namespace {

using machine = std::pair<std::string, std::string>; // id, host name

std::string id(int last, const std::string& begins = "11111111") {
  return begins + "-2222-4333-8444-5555555555" + (last < 10 ? "0" : "") + std::to_string(last);
}

std::vector<std::string> labels(const std::vector<machine>& machines) {
  command_watch watch;
  for (const auto& [agent, host] : machines)
    REQUIRE(watch.add({{"agent", agent}, {"hostname", host}, {"state", "waiting"}}));
  watch.name_all();
  std::vector<std::string> out;
  for (const auto& [agent, host] : machines)
    out.push_back(watch.take_state({{"agent", agent}, {"state", "sent"}})->label);
  return out;
}

void check_unique(const std::vector<std::string>& all) {
  CHECK(std::set<std::string>(all.begin(), all.end()).size() == all.size());
}

} // namespace

TEST_CASE("a plain name that no other machine has stands alone") {
  CHECK(labels({{id(1), "pc-1"}, {id(2), "pc-2.example.org"}}) ==
        std::vector<std::string>{"pc-1", "pc-2.example.org"});
}

TEST_CASE("of machines with the same name each comes with its id, the first one too") {
  CHECK(labels({{id(1, "aaaaaaaa"), "pc-1"}, {id(2, "bbbbbbbb"), "PC-1"}, {id(3), "pc-2"}}) ==
        std::vector<std::string>{"pc-1 aaaaaaaa", "PC-1 bbbbbbbb", "pc-2"});
}

TEST_CASE("a name that could pass for another's line stands behind the id and in quotes") {
  const auto all = labels({{id(1, "aaaaaaaa"), "pc-1"},
                           {id(2, "bbbbbbbb"), "pc-1: done\n"},
                           {id(3, "cccccccc"), "pc-1 "},
                           {id(4, "dddddddd"), "рс-1"},
                           {id(5, "eeeeeeee"), ""}});
  CHECK(all == std::vector<std::string>{"pc-1", "bbbbbbbb \"pc-1: done\\n\"", "cccccccc \"pc-1 \"",
                                        "dddddddd \"рс-1\"", "eeeeeeee"});
  check_unique(all);
}

TEST_CASE("no machine takes the label of another, whatever name and id it chooses") {
  const auto same_ids = labels({{id(1), "pc-1"}, {id(2), "pc-1"}, {id(3), "pc-9"}});
  check_unique(same_ids);
  CHECK(same_ids[0] == id(1) + " \"pc-1\"");
  check_unique(labels({{id(1, "aaaaaaaa"), ""}, {id(2, "bbbbbbbb"), "aaaaaaaa"}, {id(3), "AAAAAAAA"}}));
  check_unique(labels({{id(1), ""}, {id(2), ""}}));
}
