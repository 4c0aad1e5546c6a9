#include "platform/crypto/digest.hpp"
#include "platform/crypto/key_derivation.hpp"
#include "platform/key_protector.hpp"

#include <array>

namespace tier2 {

namespace {

constexpr std::size_t salt_bytes = 32;
constexpr std::uint64_t wrapping_key_number = 1;

class derived_protector final : public key_protector {
public:
  derived_protector(key_protection kind, std::vector<std::string> parts)
      : kind_{kind}, parts_{std::move(parts)} {}

  key_protection kind() const override { return kind_; }
  result<made> make() override {
    std::vector<std::byte> salt(salt_bytes);
    random_bytes(salt);
    auto key = derive(salt);
    return made{std::move(key), std::move(salt)};
  }
  result<secret_key> open(std::span<const std::byte> blob) override {
    if (blob.size() != salt_bytes)
      return fail(errc::crypto_failed, "The salt of a derived key has 32 bytes.");
    return derive(blob);
  }

private:
  secret_key derive(std::span<const std::byte> salt) const {
    digest_stream over;
    const auto add = [&](std::span<const std::byte> bytes) {
      std::array<std::byte, 8> length{};
      for (std::size_t i = 0; i < length.size(); ++i)
        length[i] = static_cast<std::byte>(std::uint64_t{bytes.size()} >> (8 * (length.size() - 1 - i)));
      over.update(length);
      over.update(bytes);
    };
    add(salt);
    add(std::as_bytes(std::span{to_string(kind_)}));
    for (const auto& each : parts_)
      add(std::as_bytes(std::span{each}));
    auto master = over.finish();
    return derive_key(secret_key::take(std::as_writable_bytes(std::span{master.bytes})), wrapping_key_number);
  }

  key_protection kind_;
  std::vector<std::string> parts_;
};

} // namespace

std::string_view to_string(key_protection protection) {
  constexpr std::array<std::string_view, 5> names{"none", "machine", "hardware", "host", "tpm2"};
  return names.at(static_cast<std::size_t>(protection));
}

std::unique_ptr<key_protector> make_hardware_protector(const hardware& machine, std::string machine_id) {
  std::vector<std::string> parts{std::move(machine_id)};
  for (const auto* list : {&machine.boards, &machine.disks}) {
    parts.push_back(std::to_string(list->size()));
    for (const auto& each : *list) {
      parts.push_back(each.source);
      parts.push_back(each.text);
    }
  }
  return std::make_unique<derived_protector>(key_protection::hardware, std::move(parts));
}

std::unique_ptr<key_protector> make_machine_protector(std::string machine_id) {
  return std::make_unique<derived_protector>(key_protection::machine, std::vector{std::move(machine_id)});
}

} // namespace tier2
