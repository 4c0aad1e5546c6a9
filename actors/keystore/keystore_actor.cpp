#include "actors/keystore/keystore_actor.hpp"

#include "messages/wire/manifest.hpp"
#include "platform/crypto/digest.hpp"
#include "platform/crypto/key_derivation.hpp"
#include "platform/private_file.hpp"

namespace tier2 {

namespace {

using keystore_pointer = keystore_actor::stateful_pointer<keystore_state>;

constexpr std::size_t max_token_bytes = 512;
constexpr std::uint64_t outbox_key_number = 2;

/// The key's header, made where the key can be read and nowhere else.
private_text header_of(std::string_view scheme, const secret_key& key) {
  private_text header{scheme};
  header += ' ';
  return header += to_base64url(key);
}

result<private_text> read_token(const std::string& path) {
  const auto bytes = read_private_file(path, max_token_bytes);
  if (!bytes && bytes.error().code == errc::not_found)
    return fail(errc::not_found,
                "This machine is not enrolled and there is no token at " + path +
                    ". Make one with \"tier2-cloud token create\" and put it there, readable by its "
                    "owner only; the service takes it at its next attempt.");
  if (!bytes) return tl::unexpected(bytes.error());
  private_text token{reinterpret_cast<const char*>(bytes->data()), bytes->size()};
  const auto end = token.find_last_not_of(" \t\r\n");
  token.resize(end == std::string::npos ? 0 : end + 1);
  if (token.empty() || token.find_first_of(" \t\r\n") != std::string::npos)
    return fail(errc::malformed, path + " does not hold an enrolment token: one word is expected.");
  return token;
}

} // namespace

keystore_actor::behavior_type keystore(keystore_pointer self, keystore_options options,
                                       const alerting_actor& alerting) {
  be_quiet(self);
  self->state.token_file = options.token_file.empty() ? options.around.directory + "/enrolment-token"
                                                      : std::move(options.token_file);
  auto opened = identity_store::open(std::move(options.around));
  if (!opened) {
    self->quit(to_caf(opened.error()));
    return keystore_actor::behavior_type::make_empty_behavior();
  }
  self->state.store.emplace(std::move(opened->store));
  self->state.fresh = opened->fresh;
  const auto& identity = self->state.store->identity();
  spdlog::info("This machine is agent {}; its key is kept by \"{}\".", to_string(identity.agent),
               to_string(self->state.store->protection()));
  for (auto& each : opened->alerts) {
    spdlog::warn("{}: {}", each.title, each.body);
    self->send(alerting, raise_alert{std::move(each)});
  }

  return {
      [self](const get_authorization&) -> caf::result<authorization> {
        const auto timed = self->state.meter.handle();
        const auto& identity = self->state.store->identity();
        authorization answer;
        answer.agent_id = to_string(identity.agent);
        answer.key_digest = identity.key.with(
            [](std::span<const std::byte, secret_key::size> bytes) { return blake2b_256(bytes); });
        if (identity.enrolled) {
          answer.header = header_of("Bearer", identity.key);
          return answer;
        }
        answer.enrolling = true;
        answer.board_digest = digest_of(self->state.store->known_hardware().boards);
        answer.disk_digest = digest_of(self->state.store->known_hardware().disks);
        if (identity.former && !self->state.proof_refused) {
          answer.replaces = identity.former->agent;
          answer.header = header_of("Replace", identity.former->key);
          return answer;
        }
        auto token = read_token(self->state.token_file);
        if (!token) {
          self->state.meter.failed(token.error());
          return to_caf(token.error());
        }
        answer.header = "Enroll ";
        answer.header += *token;
        return answer;
      },
      [self](const enrolment_done&) {
        const auto timed = self->state.meter.handle();
        if (const auto saved = self->state.store->confirm(); !saved) {
          // The token stays: the next attempt repeats the enrolment, which is idempotent.
          self->state.meter.failed(saved.error());
          spdlog::error("The enrolment could not be recorded: {}", saved.error().what);
          return;
        }
        if (const auto erased = erase_private_file(self->state.token_file); !erased)
          spdlog::warn("The used enrolment token could not be erased: {}", erased.error().what);
        spdlog::info("This machine is enrolled.");
      },
      [self](const proof_refused&) {
        const auto timed = self->state.meter.handle();
        self->state.proof_refused = true;
        spdlog::warn("The cloud does not let this machine take the place of its former self: an enrolment "
                     "token is needed.");
      },
      [self](const get_identity&) {
        const auto timed = self->state.meter.handle();
        return agent_name{self->state.store->identity().agent, self->state.fresh};
      },
      [self](const get_outbox_key&) {
        const auto timed = self->state.meter.handle();
        const auto& identity = self->state.store->identity();
        const auto derived = [](const secret_key& key) {
          return std::make_shared<const secret_key>(derive_key(key, outbox_key_number));
        };
        return outbox_key{derived(identity.key), identity.former ? derived(identity.former->key) : nullptr};
      },
      [self](const get_key_status&) {
        const auto timed = self->state.meter.handle();
        const auto& identity = self->state.store->identity();
        return key_status{identity.agent, identity.former ? identity.former->agent : uuid{},
                          identity.enrolled, std::string{to_string(self->state.store->protection())}};
      },
      [self](const get_health&) { return self->state.meter.report(self->mailbox().size()); },
  };
}

} // namespace tier2
