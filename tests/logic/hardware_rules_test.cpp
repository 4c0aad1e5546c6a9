#include "actors/keystore/hardware_rules.hpp"

#include <doctest/doctest.h>

using namespace tier2;

TEST_CASE("hardware rules: what makers leave in place of a serial number is none") {
  for (const auto* each : {"",
                           "  ",
                           "None",
                           "NONE",
                           "Not Specified",
                           "To be filled by O.E.M.",
                           "To Be Filled By O.E.M",
                           "Default string",
                           "System Serial Number",
                           "Base Board Serial Number",
                           "0",
                           "00000000",
                           "...........",
                           "xxxxxxxx",
                           "N/A",
                           "123456789",
                           "0123456789",
                           "Unknown",
                           "INVALID",
                           "Not Applicable"})
    CHECK_MESSAGE(is_placeholder(each), each);
  for (const auto* each : {"PF3AB12C", "S4EWNX0R123456", "0000 0000 0100 0000 E4D2 5C8A", "VMware-56 4d 1c",
                           "12345", "BTNH9123"})
    CHECK_MESSAGE(!is_placeholder(each), each);
  const auto real = real_serials({{{"smbios", "None"}}, {{"nvme", "S1"}, {"virtio", "0"}}});
  CHECK(real == hardware{{}, {{"nvme", "S1"}}});
}

TEST_CASE("hardware rules: another board or another disk is a change; silence and another teller are none") {
  const hardware known{{{"smbios", "B1"}}, {{"nvme", "D1"}}};
  CHECK(compare(known, known) == hardware_verdict::same);
  CHECK(compare({}, known) == hardware_verdict::same);
  CHECK(compare(known, {{{"smbios", "B2"}}, {{"nvme", "D1"}}}) == hardware_verdict::changed);
  CHECK(compare(known, {{{"smbios", "B1"}}, {{"nvme", "D2"}}}) == hardware_verdict::changed);
  CHECK(compare(known, {{}, {{"nvme", "D1"}}}) == hardware_verdict::unknown);
  CHECK(compare(known, {{{"smbios", "B1"}}, {}}) == hardware_verdict::unknown);
  CHECK(compare(known, {}) == hardware_verdict::unknown);
  CHECK(compare(known, {{{"smbios", "B1"}}, {{"wwid", "eui.1"}}}) == hardware_verdict::unknown);
  CHECK(compare(known, {{}, {{"nvme", "D2"}}}) == hardware_verdict::changed);
}

TEST_CASE("hardware rules: of several disks one may be replaced") {
  const hardware known{{}, {{"scsi", "D1"}, {"scsi", "D2"}}};
  CHECK(compare(known, {{}, {{"scsi", "D2"}, {"scsi", "D3"}}}) == hardware_verdict::same);
  CHECK(compare(known, {{}, {{"scsi", "D1"}}}) == hardware_verdict::same);
  CHECK(compare(known, {{}, {{"scsi", "D3"}, {"scsi", "D4"}}}) == hardware_verdict::changed);
}

TEST_CASE("hardware rules: a digest of serial numbers is the same in any order, another for another teller, "
          "none for none") {
  const serial_number one{"nvme", "S1"};
  const serial_number two{"virtio", "S2"};
  CHECK(digest_of({one, two}) == digest_of({two, one}));
  CHECK(digest_of({one}) != digest_of({two}));
  CHECK(digest_of({one}) != digest_of({{"virtio", "S1"}}));
  CHECK(digest_of({{"a", "b:c"}}) == digest_of({{"a", "b:c"}}));
  CHECK(digest_of({one, two}) != digest_of({one}));
  CHECK(digest_of({}) == digest{});
  // printf 'nvme:S1\n' | b2sum -l 256
  CHECK(to_string(digest_of({one})) == "f0d3a470b34a54f8ec150b56be9be7dbb1e83500488a7296a49800ccda18d343");
}
