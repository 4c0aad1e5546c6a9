// Tickets on an operator's computer: what is read of them, shown in a terminal, and written into files.
#include "messages/wire/manifest.hpp"
#include "tests/platform/temporary_directory.hpp"
#include "tools/ctl/page_script.hpp"
#include "tools/ctl/ticket_page.hpp"
#include "tools/ctl/ticket_text.hpp"
#include "tools/ctl/ticket_zip.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

using namespace tier2;
using namespace tier2::ctl;
using nlohmann::json;

namespace {

const std::string evil = "</script><script>hacked=1</script><!-- \x1b[2J \xe2\x80\xae ../../x {{policy}}";

json a_ticket() {
  const std::string blake2b(64, 'a');
  return {
      {"number", 7},
      {"received", "2026-01-02T03:04:05.678Z"},
      {"kept_until", nullptr},
      {"form",
       {{"message", evil + "\nsecond line"},
        {"name", evil},
        {"urgency", "high"},
        {"choices", {{evil, evil}}}}},
      {"steps", json::array({{{"part", 0},
                              {"at", "2026-01-02T03:04:05.678Z"},
                              {"trigger", "click_left"},
                              {"x", 1},
                              {"y", -2},
                              {"window", evil},
                              {"application", "calc"},
                              {"redactions", 3}}})},
      {"parts",
       json::array(
           {{{"part", 0}, {"name", evil}, {"media_type", "image/png"}, {"bytes", 5}, {"blake2b", blake2b}}})},
      {"machine", {{"host", evil}, {"agent", "x"}}},
      {"origin", {{"user", evil}, {"account", "1000"}, {"session", "1"}}},
      {"says", {{"user", evil}}},
      {"left_out", 2},
      {"consent", {{"mode", "asked"}, {"at", "2026-01-02T03:04:05.678Z"}, {"digest", blake2b}}}};
}

listed_ticket read(const json& document) {
  auto ticket = read_ticket(document);
  REQUIRE(ticket);
  return std::move(*ticket);
}

std::string name_of(const std::string& name) { return name_in_archive({3, name, "", 0, {}}); }

std::string content(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

} // namespace

TEST_CASE("what is no ticket of ours is refused, whatever member it is") {
  CHECK(read(a_ticket()).parts.at(0).bytes == 5);
  for (const char* member : {"number", "parts", "consent"}) {
    auto without = a_ticket();
    without.erase(member);
    CHECK_FALSE(read_ticket(without));
  }
  for (const auto& [member, wrong] : std::vector<std::pair<std::string, json>>{{"part", 1},
                                                                               {"part", -1},
                                                                               {"bytes", -1},
                                                                               {"bytes", 1e300},
                                                                               {"bytes", "5"},
                                                                               {"blake2b", "a"},
                                                                               {"blake2b", 7}}) {
    auto odd = a_ticket();
    odd["parts"][0][member] = wrong;
    CHECK_FALSE(read_ticket(odd));
  }
  for (const json& odd : {json{}, json{1}, json{"x"}, json::array()})
    CHECK_FALSE(read_ticket(odd));
  auto many = a_ticket();
  for (unsigned i = 1; i <= wire::max_parts; ++i) {
    many["parts"].push_back(many["parts"][0]);
    many["parts"][i]["part"] = i;
  }
  CHECK_FALSE(read_ticket(many));
}

TEST_CASE("in a terminal nothing of a ticket moves the cursor or turns text around") {
  const auto text = ticket_text(read(a_ticket()));
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("\xe2\x80\xae") == std::string::npos);
  CHECK(text.find("\\x1b[2J \\u202e") != std::string::npos);
  CHECK(text.find("\n  second line\n") != std::string::npos);
  CHECK(text.find("click_left at 1,-2") != std::string::npos);
  CHECK(text.find("[blacked out: 3]") != std::string::npos);
  CHECK(text.find("2 pictures left out") != std::string::npos);
  for (const auto& cell :
       ticket_row(json{{"number", 7}, {"message", evil}, {"user", 5}, {"machine", json::array()}}))
    CHECK(cell.find('\x1b') == std::string::npos);
  ticket_row(json{5}); // anything may come
}

TEST_CASE("a line of any length is cut in a terminal") {
  auto ticket = a_ticket();
  ticket["form"]["message"] = std::string(10U << 20U, 'x');
  ticket["steps"][0]["window"] = std::string(10U << 20U, 'x');
  CHECK(ticket_text(read(ticket)).size() < 100'000);
}

TEST_CASE("texts of a ticket cannot leave the data of the page, nor change its policy") {
  const auto head = page_head(read(a_ticket()), "2026-01-02T03:04:05.678Z");
  REQUIRE(head);
  const auto at = head->find("id=\"ticket\"");
  REQUIRE(at != std::string::npos);
  const auto data = head->substr(at);
  CHECK(data.find("hacked=1") != std::string::npos);
  CHECK(data.find("</script><script>") == std::string::npos);
  CHECK(data.find("<!--") == std::string::npos);
  CHECK(data.find("{{policy}}") != std::string::npos); // still as it was written
  CHECK(head->find("default-src 'none'; script-src 'sha256-") != std::string::npos);
  CHECK(head->find("unsafe") == std::string::npos);
  CHECK(head->find("http://") == std::string::npos);
  CHECK(head->find("https://") == std::string::npos);
  const auto end = page_end();
  REQUIRE(end);
  CHECK(end->find("</script>") == end->rfind("</script>")); // the script has none in it
}

TEST_CASE("modules become one script; what is not understood is said") {
  const auto together = [](std::string_view first, std::string_view second) {
    const std::vector<pages::asset> files{{"a.js", "text/javascript", first},
                                          {"b.js", "text/javascript", second}};
    const std::vector<std::string_view> names{"a.js", "b.js"};
    return one_script(files, names);
  };
  const auto fine =
      together("export const one = 1;\nexport async function two() {}\nconst three = 3;\nexport { three };\n",
               "import { one, two as other } from \"./a.js\";\nother(one);\n");
  REQUIRE(fine);
  CHECK(*fine ==
        "const modules = {};\nmodules[\"a.js\"] = (() => {\nconst one = 1;\nasync function two() {}\nconst "
        "three = 3;\n\n"
        "return { one, two, three, };\n})();\nconst { one, two: other } = modules[\"a.js\"];\nother(one);\n");
  for (const char* odd : {"import x from \"./a.js\";\n", "import { x } from \"https://evil/a.js\";\n",
                          "export default 1;\n", "export * from \"./a.js\";\n", "import {\n"})
    CHECK_FALSE(together("", odd));
  const std::vector<std::string_view> missing{"c.js"};
  CHECK_FALSE(one_script({}, missing));
}

TEST_CASE("names in an archive are harmless everywhere, and no two are the same") {
  CHECK(name_of("step 1.png") == "0003-step_1.png");
  CHECK(name_of("../../x") == "0003-_._.__x");
  CHECK(name_of("C:\\x") == "0003-C__x");
  CHECK(name_of("con.") == "0003-con");
  CHECK(name_of(".bashrc") == "0003-_bashrc");
  CHECK(name_of("") == "0003");
  CHECK(name_of("a\x1b\xe2\x80\xae"
                "b") == "0003-a____b");
  CHECK(name_of(std::string(5000, 'x')).size() < 100);
}

TEST_CASE("a file is there whole or not at all, for its owner only, and never in another's place") {
  const test::temporary_directory place;
  const auto path = place / "export.html";
  {
    auto dropped = new_file::open(path, false);
    REQUIRE(dropped);
    REQUIRE(dropped->write("half"));
  }
  CHECK(std::filesystem::is_empty(std::filesystem::path{path}.parent_path()));
  auto file = new_file::open(path, false);
  REQUIRE(file);
  REQUIRE(file->write("whole"));
  CHECK_FALSE(std::filesystem::exists(path));
  REQUIRE(file->keep());
  CHECK(content(path) == "whole");
  struct stat about{};
  REQUIRE(::stat(path.c_str(), &about) == 0);
  CHECK((about.st_mode & 0777U) == 0600);
  CHECK(new_file::open(path, false).error().code == errc::conflict);
  auto forced = new_file::open(path, true);
  REQUIRE(forced);
  REQUIRE(forced->write("other"));
  REQUIRE(forced->keep());
  CHECK(content(path) == "other");
  const auto late = place / "late";
  auto loser = new_file::open(late, false);
  REQUIRE(loser);
  std::ofstream{late} << "first";
  CHECK(loser->keep().error().code == errc::conflict);
  CHECK(content(late) == "first");
  CHECK_FALSE(new_file::open(std::filesystem::path{path}.parent_path().string(), true));
}

TEST_CASE("with --force a link is replaced, and not what it leads to") {
  const test::temporary_directory place;
  const auto target = place / "target";
  const auto link = place / "link";
  std::ofstream{target} << "mine";
  std::filesystem::create_symlink(target, link);
  CHECK_FALSE(new_file::open(link, false));
  auto file = new_file::open(link, true);
  REQUIRE(file);
  REQUIRE(file->write("new"));
  REQUIRE(file->keep());
  CHECK(content(target) == "mine");
  CHECK(content(link) == "new");
}
