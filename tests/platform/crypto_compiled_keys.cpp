#include "platform/crypto/ecdsa.hpp"
#include "tests/platform/test_keys.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <set>
#include <sys/wait.h>

using namespace tier2;

namespace {

/// A folder that goes away with the test.
struct scratch_folder {
  scratch_folder() {
    auto pattern = (std::filesystem::temp_directory_path() / "keys-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~scratch_folder() { std::filesystem::remove_all(path); }
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;
  std::string write(const std::string& name, std::string_view text) const {
    std::ofstream{path / name} << text;
    return (path / name).string();
  }
  std::filesystem::path path;
};

struct outcome {
  int status{};
  std::string output;
};

outcome embed(const std::string& arguments) {
  outcome seen;
  const auto command = "'" EMBED_KEYS "' " + arguments + " 2>&1";
  auto* pipe = popen(command.c_str(), "r"); // NOLINT(cert-env33-c): a fixed program and our own files
  REQUIRE(pipe != nullptr);
  std::array<char, 256> buffer{};
  while (const auto size = fread(buffer.data(), 1, buffer.size(), pipe))
    seen.output.append(buffer.data(), size);
  const int status = pclose(pipe);
  seen.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return seen;
}

std::string content(const std::filesystem::path& path) {
  std::ifstream in{path};
  return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace

TEST_CASE("the keys of this build are P-256 keys, each a different one") {
  std::set<std::string> thumbprints;
  for (const auto pem : compiled_in_keys()) {
    const auto key = verification_key::from_pem(pem);
    REQUIRE(key);
    thumbprints.insert(key->thumbprint());
  }
  CHECK(thumbprints.size() == compiled_in_keys().size());
  CHECK_FALSE(thumbprints.empty());
}

TEST_CASE("a build says that it carries a development key exactly when no key was named") {
  CHECK(has_development_key() == DEVELOPMENT_KEY);
}

TEST_CASE("named keys go into the generated file with their thumbprints") {
  const scratch_folder folder;
  const auto key = folder.write("key.pem", test_keys::rfc7515);
  const auto out = (folder.path / "out.cpp").string();
  REQUIRE(embed(out + " release " + key).status == 0);
  const auto text = content(out);
  CHECK(text.find(test_keys::rfc7515) != std::string::npos);
  CHECK(text.find("oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U") != std::string::npos);
  CHECK(text.find("has_development_key() { return false; }") != std::string::npos);
  REQUIRE(embed(out + " development " + key).status == 0);
  CHECK(content(out).find("has_development_key() { return true; }") != std::string::npos);
}

TEST_CASE("a named key that is not a P-256 public key ends the build with its file's name and a reason") {
  const scratch_folder folder;
  const auto good = folder.write("good.pem", test_keys::rfc7515);
  const auto bad = folder.write("bad.pem", test_keys::p384);
  const auto out = (folder.path / "out.cpp").string();
  const auto other_curve = embed(out + " release " + good + " " + bad);
  CHECK(other_curve.status == 1);
  CHECK(other_curve.output.find(bad) != std::string::npos);
  CHECK(other_curve.output.find("not of the curve P-256") != std::string::npos);
  const auto missing = embed(out + " release " + (folder.path / "none.pem").string());
  CHECK(missing.status == 1);
  CHECK(missing.output.find("none.pem") != std::string::npos);
  const auto twice = embed(out + " release " + good + " " + good);
  CHECK(twice.status == 1);
  CHECK(twice.output.find("twice") != std::string::npos);
  CHECK(embed(out + " staging " + good).status == 2);
  CHECK(embed(out).status == 2);
  CHECK_FALSE(std::filesystem::exists(out));
}
