#include "messages/config.hpp"
#include "tests/messages/bytes.hpp"

#include <doctest/doctest.h>

using namespace tier2;
using namespace std::chrono_literals;

namespace {

thresholds_section read(const std::string& lines) {
  return value_of_result(parse_agent_config("[thresholds]\n" + lines, "agent.toml")).thresholds;
}
std::string mistake(const std::string& lines) {
  const auto outcome = parse_agent_config("[thresholds]\n" + lines, "agent.toml");
  REQUIRE_MESSAGE(!outcome, lines);
  CHECK(outcome.error().code == errc::config_invalid);
  return outcome.error().what;
}

template <class T>
void same(const threshold_levels<T>& at, T warning, T warning_clear, T critical, T critical_clear) {
  CHECK(at.warning == warning);
  CHECK(at.warning_clear == warning_clear);
  CHECK(at.critical == critical);
  CHECK(at.critical_clear == critical_clear);
}

} // namespace

TEST_CASE("thresholds: the documented defaults") {
  const auto at = value_of_result(parse_agent_config("", "agent.toml")).thresholds;
  CHECK(at.interval == 60s);
  CHECK(at.repeat == 6h);
  same(at.disk_percent, 10U, 12U, 3U, 5U);
  same<std::uint64_t>(at.disk_bytes, 10ULL << 30U, 12ULL << 30U, 1ULL << 30U, 2ULL << 30U);
  CHECK(at.disk_lasts == 120s);
  CHECK(at.disk_also.empty());
  CHECK(at.disk_except.empty());
  same(at.memory_percent, 8U, 12U, 3U, 6U);
  CHECK(at.memory_lasts == 300s);
  same(at.pressure_percent, 20U, 10U, 50U, 30U);
  CHECK(at.pressure_lasts == 180s);
  same(at.load_percent, 300U, 200U, 1000U, 600U);
  CHECK(at.load_lasts == 300s);
  CHECK(at.clock_forward == 60s);
  CHECK(at.clock_back == 5s);
}

TEST_CASE("thresholds: every setting is read") {
  const auto at = read(R"(interval_s = 1
repeat_s = 600
disk_warning_percent = 40
disk_warning_clear_percent = 50
disk_critical_percent = 20
disk_critical_clear_percent = 30
disk_warning_bytes = 4000
disk_warning_clear_bytes = 5000
disk_critical_bytes = 2000
disk_critical_clear_bytes = 3000
disk_lasts_s = 0
disk_also = ["/mnt/small"]
disk_except = ["/backup", "/boot"]
memory_warning_percent = 41
memory_warning_clear_percent = 51
memory_critical_percent = 21
memory_critical_clear_percent = 31
memory_lasts_s = 1
pressure_warning_percent = 42
pressure_warning_clear_percent = 32
pressure_critical_percent = 62
pressure_critical_clear_percent = 52
pressure_lasts_s = 2
load_warning_percent = 400
load_warning_clear_percent = 300
load_critical_percent = 600
load_critical_clear_percent = 500
load_lasts_s = 86400
clock_forward_s = 86400
clock_back_s = 1
)");
  CHECK(at.interval == 1s);
  CHECK(at.repeat == 10min);
  same(at.disk_percent, 40U, 50U, 20U, 30U);
  same<std::uint64_t>(at.disk_bytes, 4000, 5000, 2000, 3000);
  CHECK(at.disk_lasts == 0s);
  CHECK(at.disk_also == std::vector<std::string>{"/mnt/small"});
  CHECK(at.disk_except == std::vector<std::string>{"/backup", "/boot"});
  same(at.memory_percent, 41U, 51U, 21U, 31U);
  CHECK(at.memory_lasts == 1s);
  same(at.pressure_percent, 42U, 32U, 62U, 52U);
  CHECK(at.pressure_lasts == 2s);
  same(at.load_percent, 400U, 300U, 600U, 500U);
  CHECK(at.load_lasts == 24h);
  CHECK(at.clock_forward == 24h);
  CHECK(at.clock_back == 1s);
}

TEST_CASE("thresholds: a level that is given moves the others along, so that one line is enough") {
  same(read("disk_warning_percent = 20").disk_percent, 20U, 22U, 3U, 5U);
  same(read("disk_warning_percent = 2").disk_percent, 2U, 4U, 2U, 4U);
  same(read("disk_warning_percent = 100").disk_percent, 100U, 100U, 3U, 5U);
  same(read("disk_warning_percent = 0").disk_percent, 0U, 2U, 0U, 2U);
  same(read("load_warning_percent = 500").load_percent, 500U, 400U, 1000U, 600U);
  same(read("load_warning_percent = 2000").load_percent, 2000U, 1900U, 2000U, 1900U);
  same(read("load_warning_percent = 1").load_percent, 1U, 1U, 1000U, 600U);
}

TEST_CASE("thresholds: what clears lies on the better side of what raises, and critical on the worse") {
  CHECK(mistake("disk_warning_clear_percent = 9") ==
        "agent.toml:2: disk_warning_clear_percent must be a whole number from 10 to 100, not 9.");
  CHECK(mistake("load_warning_clear_percent = 301") ==
        "agent.toml:2: load_warning_clear_percent must be a whole number from 1 to 300, not 301.");
  for (const auto* lines : {"interval_s = 0",
                            "interval_s = 3601",
                            "repeat_s = 599",
                            "repeat_s = 2592001",
                            "disk_warning_percent = 101",
                            "disk_warning_percent = -1",
                            "disk_critical_percent = 11",
                            "disk_critical_clear_percent = 2",
                            "disk_critical_clear_percent = 13",
                            "disk_warning_bytes = 4503599627370497",
                            "disk_critical_bytes = 10737418241",
                            "disk_warning_clear_bytes = 1",
                            "disk_critical_clear_bytes = 12884901889",
                            "disk_lasts_s = 86401",
                            "disk_lasts_s = -1",
                            "disk_also = [\"mnt\"]",
                            "disk_except = [\"\"]",
                            "memory_warning_percent = 101",
                            "memory_critical_percent = 9",
                            "memory_lasts_s = 86401",
                            "pressure_warning_percent = 0",
                            "pressure_warning_percent = 101",
                            "pressure_critical_percent = 19",
                            "pressure_critical_clear_percent = 9",
                            "pressure_critical_clear_percent = 51",
                            "pressure_lasts_s = 86401",
                            "load_warning_percent = 0",
                            "load_critical_percent = 1000001",
                            "load_critical_percent = 299",
                            "load_lasts_s = 86401",
                            "clock_forward_s = 0",
                            "clock_forward_s = 86401",
                            "clock_back_s = 0",
                            "clock_back_s = 86401",
                            "disk_percent = 3"})
    CHECK_MESSAGE(mistake(lines).find("agent.toml:2: ") == 0, lines);
  CHECK(mistake("disk_warning_persent = 3").find("did you mean \"disk_warning_percent\"?") !=
        std::string::npos);
}
