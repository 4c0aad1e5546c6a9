#include "tests/cloud/desk.hpp"
#include "tools/cloud/printable.hpp"
#include "tools/cloud/ticket_json.hpp"

#include <cerrno>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <sys/stat.h>

using namespace tier2;
using namespace tier2::cloud;
using namespace tier2::cloud::test;

namespace {

unsigned mode_of(const std::string& path) {
  struct stat about{};
  REQUIRE(::stat(path.c_str(), &about) == 0);
  return about.st_mode & 0777U;
}

} // namespace

TEST_CASE("content is named by its digest, kept once, and for its owner only") {
  const desk on;
  const auto content = must(content_store::open(on.directory));
  const auto area = must(incoming_area::open(on.directory));
  const digest upload = blake2b_256("upload");
  must(area.append(upload, 0, 0, bytes_of("bytes")));
  must(area.append(upload, 1, 0, bytes_of("bytes")));
  const digest name = blake2b_256("bytes");
  CHECK(must(content.take(must(area.file(upload, 0)), name)));
  CHECK_FALSE(must(content.take(must(area.file(upload, 1)), name)));
  const std::string path = content.path(name);
  CHECK(path == on.directory + "/content/" + to_string(name).substr(0, 2) + "/" + to_string(name).substr(2));
  CHECK(mode_of(path) == 0600U);
  CHECK(mode_of(path.substr(0, path.rfind('/'))) == 0700U);
  CHECK(mode_of(on.directory + "/content") == 0700U);
  CHECK(must(digest_of_file(path)) == name);
  CHECK(area.sizes(upload).empty());
}

TEST_CASE("a write that the disk has no room for leaves the part as it was") {
  const desk on;
  const auto area = must(incoming_area::open(on.directory));
  const digest upload = blake2b_256("upload");
  must(area.append(upload, 0, 0, bytes_of("kept")));
  // A file size limit is the one shortage that a test can bring about anywhere; SIGXFSZ is ignored so that
  // the write fails (EFBIG) half way, as on a full disk.
  struct rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  struct rlimit tight = before;
  tight.rlim_cur = 1000;
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
  const auto failed = area.append(upload, 0, 4, bytes_of(std::string(5000, 'x')));
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK_FALSE(failed);
  CHECK(area.sizes(upload).at(0) == 4);
}

TEST_CASE("a full disk is said in words") {
  errno = ENOSPC;
  const auto why = fail_from_errno("Writing").value();
  CHECK(why.code == errc::disk_full);
  CHECK(why.what.find("disk is full") != std::string::npos);
}

TEST_CASE("only pictures are shown by type, all else is a download without one") {
  CHECK(headers_for({0, "a.png", "image/png", 1, {}}).content_type == "image/png");
  CHECK(headers_for({0, "a.jpg", "image/jpeg", 1, {}}).content_type == "image/jpeg");
  for (const char* type :
       {"text/html", "image/svg+xml", "text/plain", "application/json", "image/png; x", ""}) {
    const auto headers = headers_for({0, "a", type, 1, {}});
    CHECK(headers.content_type == "application/octet-stream");
    CHECK(headers.content_disposition.starts_with("attachment; "));
  }
}

TEST_CASE("a download's name cannot break out of its header, its folder or its kind") {
  const auto header = [](const char* name) {
    return headers_for({0, name, "text/plain", 1, {}}).content_disposition;
  };
  CHECK(header("a\r\nSet-Cookie: x=1") ==
        "attachment; filename=\"a__Set-Cookie__x_1\"; filename*=UTF-8''aSet-Cookie%3A%20x%3D1");
  CHECK(header("../../etc/passwd") == "attachment; filename=\"_.._etc_passwd\"; filename*=UTF-8''etcpasswd");
  CHECK(header("\"; x=\"") == "attachment; filename=\"___x__\"; filename*=UTF-8''%22%3B%20x%3D%22");
  CHECK(header(".bashrc") == "attachment; filename=\"bashrc\"; filename*=UTF-8''bashrc");
  CHECK(header("größe.txt") == "attachment; filename=\"gr____e.txt\"; filename*=UTF-8''gr%C3%B6%C3%9Fe.txt");
  CHECK(header("") == "attachment; filename=\"attachment\"; filename*=UTF-8''attachment");
}

TEST_CASE("JSON for the console holds what is in the ticket and is never broken by it") {
  ticket_list list;
  list.rows.push_back(
      {7, "</script><script>alert(1)</script>\xff", "high", "Anna", "", "pc", "anna", noon, noon, 3});
  list.total = 1;
  list.all = 9;
  const auto back = nlohmann::json::parse(to_json(list));
  CHECK(back["tickets"][0]["number"] == 7);
  CHECK(back["tickets"][0]["message"] == "</script><script>alert(1)</script>\xEF\xBF\xBD");
  CHECK(back["tickets"][0]["received"] == "2026-01-02T12:00:00.000Z");
  CHECK(back["total"] == 1);
  CHECK(back["all"] == 9);
}

TEST_CASE("what goes to a terminal or a log has no control bytes") {
  CHECK(printable("plain text") == "plain text");
  CHECK(printable("\x1b[2Jx\n\x7f\\") == "\\x1b[2Jx\\x0a\\x7f\\x5c");
  CHECK(printable(std::string(300, 'x')) == std::string(200, 'x') + "...");
}

TEST_CASE("content that belongs to no ticket is removed when it is older than an hour, all else stays") {
  intake_desk on;
  const auto ticket = make_ticket(1);
  REQUIRE(on.whole(ticket).number == "1");
  const auto content = must(content_store::open(on.directory));
  const auto put = [&](const char* bytes, std::chrono::hours age) {
    const digest name = blake2b_256(bytes);
    std::ofstream{on.place / "file"} << bytes;
    CHECK(must(content.take(on.place / "file", name)));
    std::filesystem::last_write_time(content.path(name), std::filesystem::file_time_type::clock::now() - age);
    return name;
  };
  const auto left_over = put("left over", 2h);
  const auto fresh = put("fresh", 0h);
  for (const auto& part : ticket.manifest.parts)
    std::filesystem::last_write_time(content.path(part.blake2b),
                                     std::filesystem::file_time_type::clock::now() - 2h);
  const auto known = [&](const digest& name) { return must(on.tickets.has_content(name)); };
  CHECK(content.remove_unknown(known, std::chrono::system_clock::now() - 1h) == 1);
  CHECK_FALSE(std::filesystem::exists(content.path(left_over)));
  CHECK(std::filesystem::exists(content.path(fresh)));
  for (const auto& part : ticket.manifest.parts)
    CHECK(std::filesystem::exists(content.path(part.blake2b)));
}
