#include "platform/key_protector.hpp"
#include "platform/linux/program.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tier2 {

namespace {

using namespace std::chrono_literals;

// A TPM takes its time: tens to hundreds of milliseconds each, and seconds when it is busy.
constexpr auto limit = 20s;
constexpr std::size_t max_blob_bytes = 8192;
constexpr const char* credential_name = "--name=tier2-machine-key";

class credential_protector final : public key_protector {
public:
  credential_protector(key_protection kind, std::vector<std::string> options)
      : kind_{kind}, options_{std::move(options)} {}

  key_protection kind() const override { return kind_; }

  result<made> make() override {
    auto key = secret_key::generate();
    auto sealed = key.with([&](std::span<const std::byte, secret_key::size> bytes) {
      std::vector<std::string> argv{"systemd-creds", "encrypt", credential_name,
                                    kind_ == key_protection::tpm2 ? "--with-key=tpm2" : "--with-key=host"};
      argv.insert(argv.end(), options_.begin(), options_.end());
      return run(std::move(argv), bytes);
    });
    if (!sealed) return tl::unexpected(sealed.error());
    return made{std::move(key), {sealed->begin(), sealed->end()}};
  }

  result<secret_key> open(std::span<const std::byte> blob) override {
    std::vector<std::string> argv{"systemd-creds", "decrypt", credential_name};
    argv.insert(argv.end(), options_.begin(), options_.end());
    auto plain = run(std::move(argv), blob);
    if (!plain) return tl::unexpected(plain.error());
    if (plain->size() != secret_key::size)
      return fail(errc::crypto_failed, "systemd-creds gave something else than the key that it was given.");
    return secret_key::take(std::span<std::byte, secret_key::size>{*plain});
  }

private:
  static result<private_bytes> run(std::vector<std::string> argv, std::span<const std::byte> input) {
    argv.insert(argv.end(), {"-", "-"});
    auto answer = os::filter(argv, input, limit, max_blob_bytes);
    if (answer) return answer;
    if (answer.error().code == errc::refused) return fail(errc::crypto_failed, answer.error().what);
    return fail(errc::unavailable, answer.error().what);
  }

  key_protection kind_;
  std::vector<std::string> options_;
};

} // namespace

std::unique_ptr<key_protector> make_tpm2_protector(std::string tpm_device) {
  return std::make_unique<credential_protector>(key_protection::tpm2,
                                                std::vector{"--tpm2-device=" + std::move(tpm_device)});
}

std::unique_ptr<key_protector> make_host_protector() {
  return std::make_unique<credential_protector>(key_protection::host, std::vector<std::string>{});
}

} // namespace tier2
