#include "actors/keystore/identity_store.hpp"

#include "platform/private_file.hpp"
#include "platform/process.hpp"

#include <algorithm>
#include <filesystem>
#include <spdlog/spdlog.h>
#include <thread>
#include <utility>

namespace tier2 {

namespace {

constexpr int readings = 3;

std::string path_in(const std::string& directory) { return directory + "/machine.key"; }

alert about(alert_severity severity, std::string title, std::string body, std::string key) {
  alert raised;
  raised.severity = severity;
  raised.source = "keystore";
  raised.title = std::move(title);
  raised.body = std::move(body);
  raised.dedupe_key = std::move(key);
  return raised;
}

/// Of the machine as it is: the strongest that works, and beside it one that opens on other hardware.
std::vector<key_wrapping> make_wrappings(const identity_surroundings& around, const hardware& now) {
  std::vector<key_wrapping> made;
  const auto add = [&](key_protection kind) {
    if (!around.allowed(kind)) return false;
    const auto protector = around.protector(kind, now);
    if (!protector) return false;
    auto fresh = protector->make();
    if (!fresh) {
      spdlog::warn("The machine key cannot be kept by \"{}\": {}", to_string(kind), fresh.error().what);
      return false;
    }
    made.push_back({kind, std::move(fresh->key), std::move(fresh->blob)});
    return true;
  };
  if (add(key_protection::tpm2)) {
    if (!add(key_protection::host)) add(key_protection::machine);
  } else if (!add(key_protection::host)) {
    add(key_protection::hardware);
    add(key_protection::machine);
  }
  return made;
}

struct unlocked {
  machine_identity identity;
  bool by_first{};    ///< By the strongest part, so that nothing has to be sealed anew.
  bool allowed{true}; ///< The configuration still wants that.
};

/// By whichever part opens; `crypto_failed` when none does, `unavailable` when one that may open it does not
/// work now.
result<unlocked> unlock(key_file& file, const identity_surroundings& around, const hardware& now) {
  if (file.open) return unlocked{{file.agent, std::move(*file.open), file.enrolled, std::nullopt}, false};
  std::string why;
  bool may_open_later = false;
  for (std::size_t i = 0; i < file.parts.size(); ++i) {
    const auto& part = file.parts[i];
    const auto protector = around.protector(part.protection, now);
    if (!protector) {
      why += " There is no \"" + std::string{to_string(part.protection)} + "\" here.";
      continue;
    }
    const auto key = protector->open(part.blob);
    auto identity = key ? open_key_file(file, i, *key) : tl::unexpected(key.error());
    if (identity) return unlocked{std::move(*identity), i == 0, around.allowed(part.protection)};
    may_open_later = may_open_later || identity.error().code == errc::unavailable;
    why += " \"" + std::string{to_string(part.protection)} + "\": " + identity.error().what;
  }
  return fail(may_open_later ? errc::unavailable : errc::crypto_failed,
              "What keeps the machine key does not open it." + why);
}

/// Read again and again before a change is believed.
std::pair<hardware, hardware_verdict> look(const identity_surroundings& around, const hardware& known) {
  auto now = real_serials(around.read_hardware());
  auto verdict = compare(known, now);
  for (int i = 1; i < readings && verdict == hardware_verdict::changed; ++i) {
    around.pause();
    const auto again = real_serials(around.read_hardware());
    if (again != now) verdict = hardware_verdict::unknown;
  }
  return {std::move(now), verdict};
}

machine_identity make_identity() { return {random_uuid(), secret_key::generate(), false, std::nullopt}; }

std::string described(const hardware& what) {
  std::string text;
  for (const auto* list : {&what.boards, &what.disks})
    for (const auto& each : *list)
      text += (text.empty() ? "" : ", ") + std::string{list == &what.boards ? "board " : "disk "} + each.text;
  return text.empty() ? "nothing" : text;
}

} // namespace

result<void> identity_store::save() {
  const auto wrappings = make_wrappings(around_, known_);
  if (wrappings.empty())
    return fail(errc::unavailable,
                "Nothing on this machine can keep its key: there is neither a TPM, nor systemd-creds, nor "
                "an /etc/machine-id. Run: systemd-machine-id-setup");
  if (auto written =
          write_private_file(path_in(around_.directory), encode_key_file(identity_, known_, wrappings));
      !written)
    return written;
  protection_ = wrappings.front().protection;
  return {};
}

result<void> identity_store::confirm() {
  auto former = std::exchange(identity_.former, std::nullopt);
  identity_.enrolled = true;
  auto saved = save();
  if (!saved) {
    identity_.former = std::move(former);
    identity_.enrolled = false;
  }
  return saved;
}

result<identity_store::opened> identity_store::open(identity_surroundings around) {
  if (auto made = make_private_directory(around.directory); !made) return tl::unexpected(made.error());
  const auto path = path_in(around.directory);
  std::vector<alert> alerts;
  const auto begin = [&](machine_identity identity, hardware now, bool fresh) -> result<opened> {
    opened answer{identity_store{std::move(around), std::move(identity), std::move(now)}, fresh,
                  std::move(alerts)};
    if (auto saved = answer.store.save(); !saved) return tl::unexpected(saved.error());
    return answer;
  };

  auto bytes = read_private_file(path, max_key_file_bytes);
  if (!bytes && bytes.error().code == errc::not_found)
    return begin(make_identity(), real_serials(around.read_hardware()), true);
  if (!bytes && bytes.error().code != errc::too_large) return tl::unexpected(bytes.error());
  auto file = bytes ? parse_key_file(*bytes)
                    : tl::unexpected(error{errc::malformed, "It is larger than a key file can be."});
  if (!file && file.error().code == errc::unsupported)
    return fail(errc::unsupported, path + ": " + file.error().what);

  auto now = file ? look(around, file->known)
                  : std::pair{real_serials(around.read_hardware()), hardware_verdict::same};
  auto inside = file ? unlock(*file, around, now.first) : tl::unexpected(file.error());
  if (!inside && inside.error().code == errc::unavailable)
    return fail(errc::unavailable, path + ": " + inside.error().what);
  if (!inside) {
    const auto aside = put_aside(path);
    if (!aside) return tl::unexpected(aside.error());
    alerts.push_back(about(
        alert_severity::error, "This machine's key could not be used",
        path + ": " + inside.error().what + " It was kept as " + *aside +
            ", and this machine has a new key. It has to be enrolled anew: put an enrolment token in place.",
        "key_file"));
    return begin(make_identity(), std::move(now.first), false);
  }

  if (now.second == hardware_verdict::changed) {
    alerts.push_back(about(alert_severity::warning, "This machine's hardware is another one",
                           "Known were " + described(file->known) + "; now there are " +
                               described(now.first) +
                               ". The machine has a new key and asks to take the place of agent " +
                               to_string(inside->identity.agent) + ".",
                           "hardware"));
    auto fresh = make_identity();
    // Of one that no cloud ever knew nothing is to be told.
    if (inside->identity.enrolled)
      fresh.former.emplace(former_identity{inside->identity.agent, std::move(inside->identity.key)});
    else if (inside->identity.former)
      fresh.former = std::move(inside->identity.former);
    return begin(std::move(fresh), std::move(now.first), false);
  }
  // Serial numbers that are not told now are not forgotten.
  const bool learnt = now.second == hardware_verdict::same && now.first != file->known;
  const bool again = now.second == hardware_verdict::same && !(inside->by_first && inside->allowed);
  if (again && !inside->by_first && !file->open)
    alerts.push_back(about(
        alert_severity::warning, "What kept this machine's key does not open it any more",
        "The hardware is the same; the key was opened by its second wrapping and is sealed anew. A firmware "
        "update or a cleared TPM does that.",
        "key_protection"));
  const auto protection = file->parts.empty() ? key_protection::none : file->parts.front().protection;
  if (learnt || again) return begin(std::move(inside->identity), std::move(now.first), false);
  opened answer{identity_store{std::move(around), std::move(inside->identity), std::move(file->known)}, false,
                std::move(alerts)};
  answer.store.protection_ = protection;
  return answer;
}

result<std::string> installation_id(const std::string& directory,
                                    const std::function<result<std::string>()>& of_system) {
  constexpr std::size_t id_characters = 32;
  const auto path = directory + "/installation.id";
  const auto own = read_private_file(path, id_characters);
  if (own) return std::string{reinterpret_cast<const char*>(own->data()), own->size()};
  if (own.error().code != errc::not_found) return tl::unexpected(own.error());
  if (auto id = of_system()) return id;
  auto id = to_string(random_uuid());
  std::erase(id, '-');
  if (auto written = write_private_file(path, std::as_bytes(std::span{id})); !written)
    return tl::unexpected(written.error());
  return id;
}

identity_surroundings this_machine_identity(std::string directory,
                                            const agent_config::keystore_section& config) {
  identity_surroundings around;
  around.directory = std::move(directory);
  around.pause = [] { std::this_thread::sleep_for(std::chrono::seconds{1}); };
  around.allowed = [may = config.protections](key_protection kind) {
    return kind == key_protection::machine || std::ranges::find(may, to_string(kind)) != may.end();
  };
  around.protector = [config, directory = around.directory](
                         key_protection kind, const hardware& now) -> std::unique_ptr<key_protector> {
    const auto id = installation_id(directory);
    switch (kind) {
    case key_protection::tpm2:
      if (config.tpm_device == "off" ||
          (config.tpm_device == "auto" && !std::filesystem::exists("/dev/tpmrm0")))
        return nullptr;
      return make_tpm2_protector(config.tpm_device);
    case key_protection::host:
      return make_host_protector();
    case key_protection::hardware:
      if (!id || (now.boards.empty() && now.disks.empty())) return nullptr;
      return make_hardware_protector(now, *id);
    case key_protection::machine:
      return id ? make_machine_protector(*id) : nullptr;
    case key_protection::none:
      return nullptr;
    }
    return nullptr;
  };
  return around;
}

} // namespace tier2
