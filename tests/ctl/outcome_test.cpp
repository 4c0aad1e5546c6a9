#include "tools/ctl/outcome.hpp"

#include <doctest/doctest.h>
#include <new>
#include <sstream>
#include <stdexcept>

using namespace tier2::ctl;

namespace {

struct heard {
  std::ostringstream said;
  std::streambuf* before{std::cerr.rdbuf(said.rdbuf())};
  ~heard() { std::cerr.rdbuf(before); }
};

} // namespace

TEST_CASE("what is thrown ends in a sentence and a code of its own, and not in an abort") {
  CHECK(run_guarded([] { return 3; }) == 3);
  const heard ear;
  CHECK(run_guarded([]() -> int { throw std::bad_alloc{}; }) == exit_fault);
  CHECK(run_guarded([]() -> int { throw std::runtime_error{"a\x1b[2J\nb"}; }) == exit_fault);
  CHECK(run_guarded([]() -> int { throw 1; }) == exit_fault);
  const auto said = ear.said.str();
  CHECK(said.find("fault of tier2ctl itself") != std::string::npos);
  CHECK(said.find("a?[2J?b") != std::string::npos);
  CHECK(said.find('\x1b') == std::string::npos);
}
