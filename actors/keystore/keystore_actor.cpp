#include "actors/keystore/keystore_actor.hpp"

#include "messages/wire/manifest.hpp"
#include "platform/crypto/digest.hpp"
#include "platform/private_file.hpp"
#include "platform/process.hpp"

namespace tier2 {

namespace {

using keystore_pointer = keystore_actor::stateful_pointer<keystore_state>;

constexpr std::size_t max_token_bytes = 512;

std::string key_path(const keystore_state& state) { return state.directory + "/machine.key"; }

result<void> save(const keystore_state& state) {
  return write_private_file(key_path(state), encode_key_file(*state.identity));
}

result<void> load(keystore_state& state) {
  if (auto made = make_private_directory(state.directory); !made) return made;
  auto bytes = read_private_file(key_path(state), key_file_bytes + 1);
  if (!bytes && bytes.error().code == errc::not_found) {
    state.identity.emplace(machine_identity{random_uuid(), secret_key::generate(), false});
    spdlog::info("A new machine key was made; this machine is agent {}.", to_string(state.identity->agent));
    return save(state);
  }
  if (!bytes) return tl::unexpected(bytes.error());
  auto identity = decode_key_file(*bytes);
  if (!identity)
    return fail(errc::malformed,
                key_path(state) + ": " + identity.error().what +
                    " It is left as it is. To make this machine a new agent, move the file away, put "
                    "an enrolment token in place and start the service again.");
  state.identity.emplace(std::move(*identity));
  return {};
}

/// The key's header, made where the key can be read and nowhere else.
std::string bearer(const secret_key& key) {
  return key.with([](std::span<const std::byte, secret_key::size> bytes) {
    return "Bearer " + wire::to_base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  });
}

result<std::string> read_token(const std::string& path) {
  const auto bytes = read_private_file(path, max_token_bytes);
  if (!bytes && bytes.error().code == errc::not_found)
    return fail(errc::not_found,
                "This machine is not enrolled and there is no token at " + path +
                    ". Make one with \"tier2-cloud token create\" and put it there, readable by its "
                    "owner only; the service takes it at its next attempt.");
  if (!bytes) return tl::unexpected(bytes.error());
  std::string token{reinterpret_cast<const char*>(bytes->data()), bytes->size()};
  const auto end = token.find_last_not_of(" \t\r\n");
  token.resize(end == std::string::npos ? 0 : end + 1);
  if (token.empty() || token.find_first_of(" \t\r\n") != std::string::npos)
    return fail(errc::malformed, path + " does not hold an enrolment token: one word is expected.");
  return token;
}

} // namespace

keystore_actor::behavior_type keystore(keystore_pointer self, std::string directory, std::string token_file) {
  be_quiet(self);
  self->state.directory = std::move(directory);
  self->state.token_file =
      token_file.empty() ? self->state.directory + "/enrolment-token" : std::move(token_file);
  if (const auto loaded = load(self->state); !loaded) {
    self->quit(to_caf(loaded.error()));
    return keystore_actor::behavior_type::make_empty_behavior();
  }

  return {
      [self](const get_authorization&) -> caf::result<authorization> {
        const auto timed = self->state.meter.handle();
        const auto& identity = *self->state.identity;
        authorization answer;
        answer.agent_id = to_string(identity.agent);
        answer.key_digest = identity.key.with(
            [](std::span<const std::byte, secret_key::size> bytes) { return blake2b_256(bytes); });
        if (identity.enrolled) {
          answer.header = bearer(identity.key);
          return answer;
        }
        auto token = read_token(self->state.token_file);
        if (!token) {
          self->state.meter.failed(token.error());
          return to_caf(token.error());
        }
        answer.enrolling = true;
        answer.header = "Enroll " + *token;
        return answer;
      },
      [self](const enrolment_done&) {
        const auto timed = self->state.meter.handle();
        self->state.identity->enrolled = true;
        if (const auto saved = save(self->state); !saved) {
          // The token stays: the next attempt repeats the enrolment, which is idempotent.
          self->state.identity->enrolled = false;
          self->state.meter.failed(saved.error());
          spdlog::error("The enrolment could not be recorded: {}", saved.error().what);
          return;
        }
        if (const auto erased = erase_private_file(self->state.token_file); !erased)
          spdlog::warn("The used enrolment token could not be erased: {}", erased.error().what);
        spdlog::info("This machine is enrolled.");
      },
      [self](const get_health&) { return self->state.meter.report(self->mailbox().size()); },
  };
}

} // namespace tier2
