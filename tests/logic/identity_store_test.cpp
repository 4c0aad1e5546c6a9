#include "actors/keystore/identity_store.hpp"
#include "platform/crypto/digest.hpp"
#include "platform/private_file.hpp"
#include "tests/platform/temporary_directory.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sys/resource.h>

using namespace tier2;

namespace {

/// A protector as a TPM or a host is: what one made no other opens.
class chip final : public key_protector {
public:
  chip(key_protection kind, std::map<std::vector<std::byte>, std::vector<std::byte>>& inside, bool works)
      : kind_{kind}, inside_{inside}, works_{works} {}
  key_protection kind() const override { return kind_; }
  result<made> make() override {
    if (!works_) return fail(errc::unavailable, "The chip does not answer.");
    std::vector<std::byte> blob(16);
    random_bytes(blob);
    auto key = secret_key::generate();
    key.with([&](std::span<const std::byte, 32> bytes) { inside_[blob].assign(bytes.begin(), bytes.end()); });
    return made{std::move(key), blob};
  }
  result<secret_key> open(std::span<const std::byte> blob) override {
    if (!works_) return fail(errc::unavailable, "The chip does not answer.");
    const auto found = inside_.find({blob.begin(), blob.end()});
    if (found == inside_.end()) return fail(errc::crypto_failed, "This chip did not make it.");
    auto copy = found->second;
    return secret_key::take(std::span<std::byte, 32>{copy});
  }

private:
  key_protection kind_;
  std::map<std::vector<std::byte>, std::vector<std::byte>>& inside_;
  bool works_;
};

struct machine {
  test::temporary_directory directory;
  hardware parts{{{"smbios", "BOARD-1"}}, {{"nvme", "DISK-1"}}};
  std::vector<hardware> readings; ///< What the next readings say; then `parts`.
  std::string id = "0123456789abcdef0123456789abcdef";
  std::set<key_protection> has{key_protection::hardware, key_protection::machine};
  std::set<key_protection> broken;
  std::map<key_protection, std::map<std::vector<std::byte>, std::vector<std::byte>>> chips;
  int pauses{};

  machine() { REQUIRE(init_crypto()); }
  identity_surroundings around() {
    identity_surroundings made;
    made.directory = directory.path();
    made.read_hardware = [this] {
      if (readings.empty()) return parts;
      auto next = readings.front();
      readings.erase(readings.begin());
      return next;
    };
    made.pause = [this] { ++pauses; };
    made.protector = [this](key_protection kind, const hardware& now) -> std::unique_ptr<key_protector> {
      if (!has.contains(kind)) return nullptr;
      if (kind == key_protection::hardware) return make_hardware_protector(now, id);
      if (kind == key_protection::machine) return make_machine_protector(id);
      return std::make_unique<chip>(kind, chips[kind], !broken.contains(kind));
    };
    return made;
  }
  identity_store::opened open() {
    auto opened = identity_store::open(around());
    REQUIRE_MESSAGE(opened, opened.error().what);
    return std::move(*opened);
  }
  std::string path() const { return directory / "machine.key"; }
  key_file file() const {
    auto bytes = read_private_file(path(), max_key_file_bytes);
    REQUIRE(bytes);
    auto file = parse_key_file(*bytes);
    REQUIRE(file);
    return std::move(*file);
  }
};

std::vector<std::byte> bytes_of(const secret_key& key) {
  return key.with([](std::span<const std::byte, 32> bytes) {
    return std::vector<std::byte>(bytes.begin(), bytes.end());
  });
}

} // namespace

TEST_CASE("identity store: a machine without a key gets one, which it still has after a restart") {
  machine here;
  auto first = here.open();
  CHECK(first.fresh);
  CHECK(first.alerts.empty());
  CHECK_FALSE(first.store.identity().enrolled);
  CHECK(std::filesystem::status(here.path()).permissions() == std::filesystem::perms{0600});
  REQUIRE(first.store.confirm());
  const auto again = here.open();
  CHECK_FALSE(again.fresh);
  CHECK(again.store.identity().enrolled);
  CHECK(again.store.identity().agent == first.store.identity().agent);
  CHECK(bytes_of(again.store.identity().key) == bytes_of(first.store.identity().key));
  CHECK(again.alerts.empty());
  CHECK(here.pauses == 0);
}

TEST_CASE("identity store: the strongest protection that works keeps the key, and the file names it") {
  machine here;
  SUBCASE("a TPM, and the host beside it") {
    here.has.insert({key_protection::tpm2, key_protection::host});
    CHECK(here.open().store.protection() == key_protection::tpm2);
    CHECK(here.file().parts[1].protection == key_protection::host);
  }
  SUBCASE("a TPM alone") {
    here.has.insert(key_protection::tpm2);
    CHECK(here.open().store.protection() == key_protection::tpm2);
    CHECK(here.file().parts[1].protection == key_protection::machine);
  }
  SUBCASE("a TPM that does not work") {
    here.has.insert({key_protection::tpm2, key_protection::host});
    here.broken.insert(key_protection::tpm2);
    CHECK(here.open().store.protection() == key_protection::host);
    CHECK(here.file().parts.size() == 1);
  }
  SUBCASE("serial numbers") {
    CHECK(here.open().store.protection() == key_protection::hardware);
    CHECK(here.file().parts[1].protection == key_protection::machine);
  }
  SUBCASE("nothing but the installation's id") {
    here.has = {key_protection::machine};
    CHECK(here.open().store.protection() == key_protection::machine);
  }
  SUBCASE("nothing at all: an error that says what to do, and no file") {
    here.has.clear();
    CHECK(identity_store::open(here.around()).error().what.find("systemd-machine-id-setup") !=
          std::string::npos);
    CHECK_FALSE(std::filesystem::exists(here.path()));
  }
}

TEST_CASE("identity store: another board or disk makes a new identity that remembers the former, until it is "
          "confirmed") {
  bool with_chip = false, board = false;
  SUBCASE("the board, sealed by a TPM") { with_chip = board = true; }
  SUBCASE("the board, sealed by the serial numbers") { board = true; }
  SUBCASE("the disk, sealed by a TPM") { with_chip = true; }
  SUBCASE("the disk, sealed by the serial numbers") {}
  machine here;
  if (with_chip) here.has.insert(key_protection::tpm2);
  auto first = here.open();
  REQUIRE(first.store.confirm());
  (board ? here.parts.boards : here.parts.disks)[0].text = "ANOTHER";
  here.chips.clear(); // the board went away with its TPM
  auto changed = here.open();
  CHECK(here.pauses == 2);
  REQUIRE(changed.alerts.size() == 1);
  CHECK(changed.alerts[0].dedupe_key == "hardware");
  const auto& now = changed.store.identity();
  CHECK_FALSE(now.enrolled);
  CHECK(now.agent != first.store.identity().agent);
  REQUIRE(now.former);
  CHECK(now.former->agent == first.store.identity().agent);
  CHECK(bytes_of(now.former->key) == bytes_of(first.store.identity().key));
  const auto again = here.open();
  CHECK(again.alerts.empty());
  REQUIRE(again.store.identity().former);
  CHECK(again.store.identity().agent == now.agent);
  // And once more before anybody confirmed it: the former is still the one that a cloud knows.
  here.parts.boards[0].text = "BOARD-3";
  here.parts.disks[0].text = "DISK-3";
  auto third = here.open();
  CHECK(third.store.identity().former->agent == first.store.identity().agent);
  REQUIRE(third.store.confirm());
  CHECK_FALSE(here.open().store.identity().former);
}

TEST_CASE("identity store: one strange reading, or silence, changes nothing and is not remembered") {
  machine here;
  auto first = here.open();
  REQUIRE(first.store.confirm());
  const hardware strange{{{"smbios", "??"}}, {{"nvme", "DISK-1"}}};
  SUBCASE("once") { here.readings = {strange}; }
  SUBCASE("twice") { here.readings = {strange, strange}; }
  SUBCASE("each time another") {
    here.readings = {strange, {{{"smbios", "!?"}}, {{"nvme", "DISK-1"}}}, strange};
  }
  SUBCASE("nothing") { here.readings = {hardware{}}; }
  SUBCASE("a placeholder") {
    here.readings = {{{{"smbios", "To be filled by O.E.M."}}, {{"nvme", "DISK-1"}}}};
  }
  const auto again = here.open();
  CHECK(again.store.identity().agent == first.store.identity().agent);
  CHECK(again.alerts.empty());
  CHECK(here.file().known == here.parts);
}

TEST_CASE("identity store: what kept the key and opens it no more is replaced, with an alert, on the same "
          "hardware") {
  machine here;
  here.has.insert(key_protection::tpm2);
  auto first = here.open();
  here.chips.clear(); // the TPM was cleared
  const auto again = here.open();
  REQUIRE(again.alerts.size() == 1);
  CHECK(again.alerts[0].dedupe_key == "key_protection");
  CHECK(again.store.identity().agent == first.store.identity().agent);
  CHECK(here.open().alerts.empty());
  CHECK(here.file().parts[0].protection == key_protection::tpm2);
}

TEST_CASE("identity store: a protection that the configuration no longer wants opens the key once more, and "
          "is replaced") {
  machine here;
  here.has.insert(key_protection::host);
  auto first = here.open();
  REQUIRE(first.store.protection() == key_protection::host);
  auto narrower = here.around();
  narrower.allowed = [](key_protection kind) { return kind != key_protection::host; };
  const auto again = identity_store::open(std::move(narrower));
  REQUIRE(again);
  CHECK(again->alerts.empty());
  CHECK(again->store.identity().agent == first.store.identity().agent);
  CHECK(again->store.protection() == key_protection::hardware);
}

TEST_CASE("identity store: a torn, foreign, damaged or stolen file is kept aside, told, and followed by a "
          "new identity") {
  machine here;
  auto first = here.open();
  REQUIRE(first.store.confirm());
  auto bytes = read_private_file(here.path(), max_key_file_bytes);
  REQUIRE(bytes);
  std::string expected;
  SUBCASE("torn") {
    bytes->resize(bytes->size() / 2);
    expected = "cut off";
  }
  SUBCASE("empty") {
    bytes->clear();
    expected = "not a machine key file";
  }
  SUBCASE("foreign") {
    (*bytes)[0] = std::byte{'X'};
    expected = "not a machine key file";
  }
  SUBCASE("damaged") {
    (*bytes)[50] ^= std::byte{1};
    expected = "damaged";
  }
  SUBCASE("huge") {
    bytes->resize(max_key_file_bytes + 1);
    expected = "larger";
  }
  SUBCASE("of another machine") {
    here.id = "ffffffffffffffffffffffffffffffff";
    expected = "does not open it";
  }
  REQUIRE(write_private_file(here.path(), *bytes));
  const auto again = here.open();
  CHECK_FALSE(again.fresh); // its memory of commands is not to be forgotten
  REQUIRE(again.alerts.size() == 1);
  CHECK_MESSAGE(again.alerts[0].body.find(expected) != std::string::npos, again.alerts[0].body);
  CHECK(again.store.identity().agent != first.store.identity().agent);
  CHECK_FALSE(again.store.identity().enrolled);
  CHECK(std::filesystem::file_size(here.path() + ".damaged") == bytes->size());
  REQUIRE(write_private_file(here.path(), std::as_bytes(std::span{"again damaged"})));
  static_cast<void>(here.open());
  CHECK(std::filesystem::exists(here.path() + ".damaged.1"));
}

TEST_CASE("identity store: a TPM that does not answer now is waited for; nothing is replaced") {
  machine here;
  here.has = {key_protection::tpm2};
  auto first = here.open();
  here.broken.insert(key_protection::tpm2);
  const auto refused = identity_store::open(here.around());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::unavailable);
  here.broken.clear();
  CHECK(here.open().store.identity().agent == first.store.identity().agent);
}

TEST_CASE("identity store: permissions that let others in, and a newer version's file, are left alone") {
  machine here;
  static_cast<void>(here.open());
  SUBCASE("permissions") {
    std::filesystem::permissions(here.path(), std::filesystem::perms{0640});
    const auto refused = identity_store::open(here.around());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().what.find("chmod 600") != std::string::npos);
  }
  SUBCASE("directory") {
    std::filesystem::permissions(here.directory.path(), std::filesystem::perms{0755});
    CHECK(identity_store::open(here.around()).error().what.find("chmod 700") != std::string::npos);
    std::filesystem::permissions(here.directory.path(), std::filesystem::perms{0700});
  }
  SUBCASE("newer") {
    auto bytes = read_private_file(here.path(), max_key_file_bytes);
    (*bytes)[9] = std::byte{7};
    REQUIRE(write_private_file(here.path(), *bytes));
    CHECK(identity_store::open(here.around()).error().code == errc::unsupported);
  }
  CHECK_FALSE(std::filesystem::exists(here.path() + ".damaged"));
}

TEST_CASE("identity store: a confirmation that could not be written is none") {
  machine here;
  auto first = here.open();
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit usual{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &usual) == 0);
  const rlimit tight{10, usual.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
  const auto refused = first.store.confirm();
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &usual) == 0);
  CHECK_FALSE(refused);
  CHECK_FALSE(first.store.identity().enrolled);
  CHECK_FALSE(here.open().store.identity().enrolled);
}

TEST_CASE("identity store: a key file of the first version is taken over and sealed") {
  machine here;
  std::vector<std::byte> old;
  for (const char c : std::string_view{"tier2key"})
    old.push_back(static_cast<std::byte>(c));
  for (const int each : {0, 1, 0, 0, 1})
    old.push_back(static_cast<std::byte>(each));
  for (int i = 0; i < 48; ++i)
    old.push_back(static_cast<std::byte>(i));
  const auto sum = blake2b_256(std::span<const std::byte>{old});
  const auto bytes = std::as_bytes(std::span{sum.bytes});
  old.insert(old.end(), bytes.begin(), bytes.end());
  REQUIRE(make_private_directory(here.directory.path()));
  REQUIRE(write_private_file(here.path(), old));
  const auto opened = here.open();
  CHECK_FALSE(opened.fresh);
  CHECK(opened.alerts.empty());
  CHECK(opened.store.identity().enrolled);
  CHECK(bytes_of(opened.store.identity().key)[0] == std::byte{16});
  CHECK(here.file().parts.size() == 2);
  CHECK(here.file().known == here.parts);
}

TEST_CASE(
    "identity store: this machine's own surroundings keep a key, also where there is no machine-id yet") {
  const test::temporary_directory directory;
  REQUIRE(init_crypto());
  agent_config::keystore_section config;
  config.tpm_device = "off";
  config.protections = {"hardware"}; // the host key is the system's, not the test's
  REQUIRE(make_private_directory(directory / "state"));
  auto opened = identity_store::open(this_machine_identity(directory / "state", config));
  REQUIRE_MESSAGE(opened, opened.error().what);
  REQUIRE(opened->store.confirm());
  const auto again = identity_store::open(this_machine_identity(directory / "state", config));
  REQUIRE(again);
  CHECK(again->store.identity().enrolled);
  CHECK(again->alerts.empty());

  const auto own =
      installation_id(directory / "state", [] { return result<std::string>{fail(errc::not_found, "")}; });
  REQUIRE(own);
  CHECK(own->size() == 32);
  // Kept when the system gets one of its own later.
  CHECK(*installation_id(directory / "state", [] { return result<std::string>{"another"}; }) == *own);
  CHECK(*installation_id(directory.path(), [] { return result<std::string>{"another"}; }) == "another");
}
