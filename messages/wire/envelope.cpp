#include "messages/wire/envelope.hpp"

#include "messages/wire/ticket_members.hpp"

#include <array>
#include <limits>

namespace tier2::wire {

namespace {

constexpr std::size_t max_listed_names = 256;
constexpr std::size_t max_actors = 256;
constexpr std::size_t max_counters = 64;
constexpr std::uint32_t max_u32 = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t zero = 0;

// The name of each alternative of `message` on the wire; `unknown` carries its own.
constexpr std::array<std::string_view, std::variant_size_v<message> - 1> type_names{
    "enroll",     "enrolled",     "hello",  "heartbeat", "ticket_begin", "ticket_part",
    "ticket_end", "ticket_state", "status", "health",    "open",         "notice"};

constexpr text_form<ticket_consent::mode> mode_form{
    [](const ticket_consent::mode& how) -> std::string {
      return how == ticket_consent::mode::policy ? "policy" : "asked";
    },
    [](std::string_view word) -> result<ticket_consent::mode> {
      if (word == "asked") return ticket_consent::mode::asked;
      if (word == "policy") return ticket_consent::mode::policy;
      return fail(errc::malformed, "Consent is either asked or policy.");
    }};

/// Bytes as base64url without padding.
constexpr std::size_t base64url_bytes(std::size_t bytes) { return (bytes * 4 + 2) / 3; }

} // namespace

template <class A, value_of<actor_health> V>
void members(A& a, V& actor) {
  a.text("program", actor.program, short_text_bytes);
  a.text("session", actor.session, short_text_bytes);
  a.text("name", actor.name, short_text_bytes);
  a.text("state", actor.state, short_text_bytes);
  a.number("restarts", actor.restarts, 0U, max_u32);
  a.number("mailbox", actor.mailbox, zero, max_json_integer);
  a.number("handled", actor.handled, zero, max_json_integer);
  a.text("last_error", actor.last_error, long_text_bytes);
  a.number("idle_s", actor.idle_s, zero, max_json_integer);
  a.number("p50_us", actor.p50_us, zero, max_json_integer);
  a.number("p99_us", actor.p99_us, zero, max_json_integer);
  a.counts("counters", actor.counters, max_counters);
}

template <class A, value_of<ticket_consent> V>
void members(A& a, V& consent) {
  a.formed("mode", consent.how, mode_form);
  a.formed("at", consent.at, time_form);
  a.formed("digest", consent.manifest, digest_form);
}

template <class A, value_of<ticket_origin> V>
void members(A& a, V& origin) {
  a.text("uid", origin.account, short_text_bytes);
  a.text("user", origin.user, short_text_bytes);
  a.text("session", origin.session, short_text_bytes);
}

template <class A, value_of<enroll> V>
void members(A& a, V& m) {
  a.formed("key_digest", m.key_digest, digest_form);
  a.text("hostname", m.hostname, short_text_bytes);
  a.text("os", m.os, short_text_bytes);
  a.text("arch", m.arch, short_text_bytes);
  a.text("version", m.version, short_text_bytes);
}

template <class A, value_of<enrolled> V>
void members(A& a, V& m) {
  a.text("state", m.state, short_text_bytes);
  if constexpr (std::same_as<A, json_reader>)
    if (a.ok() && m.state != "pending" && m.state != "approved" && m.state != "revoked")
      a.refuse_member("state", "must be pending, approved or revoked");
}

template <class A, value_of<hello> V>
void members(A& a, V& m) {
  a.number("protocol", m.protocol, 0U, max_u32);
  a.text("version", m.version, short_text_bytes);
  a.text("os", m.os, short_text_bytes);
  a.text("hostname", m.hostname, short_text_bytes);
  a.formed("boot_id", m.boot_id, uuid_form);
  a.texts("groups", m.groups, max_listed_names, short_text_bytes);
  a.texts("capabilities", m.capabilities, max_listed_names, short_text_bytes);
}

template <class A, value_of<heartbeat> V>
void members(A& a, V& m) {
  a.formed("at", m.at, time_form);
  a.list("actors", m.actors, max_actors);
}

template <class A, value_of<ticket_begin> V>
void members(A& a, V& m) {
  a.formed("ticket", m.ticket, uuid_form);
  if constexpr (std::same_as<A, json_reader>) {
    std::string encoded;
    a.text("manifest", encoded, base64url_bytes(max_manifest_bytes));
    if (auto bytes = parse_base64url(encoded))
      m.manifest = std::move(*bytes);
    else
      a.refuse_member("manifest", "must be base64url without padding");
  } else {
    const auto encoded = to_base64url(m.manifest);
    a.text("manifest", encoded,
           encoded.size()); // whole or not at all: a part of it would be another manifest
  }
  a.object("consent", m.consent);
  a.object("origin", m.origin, presence::optional);
}

template <class A, value_of<ticket_data> V>
void members(A& a, V& m) {
  a.formed("ticket", m.ticket, uuid_form);
  a.number("part", m.part, 0U, max_parts - 1);
  a.number("offset", m.offset, zero, max_json_integer);
}

template <class A, value_of<ticket_end> V>
void members(A& a, V& m) {
  a.formed("ticket", m.ticket, uuid_form);
  a.formed("consent_digest", m.consent_digest, digest_form);
}

template <class A, value_of<ticket_state::have_part> V>
void members(A& a, V& have) {
  a.number("part", have.part, 0U, max_parts - 1);
  a.number("bytes", have.bytes, zero, max_json_integer);
}

template <class A, value_of<ticket_state> V>
void members(A& a, V& m) {
  a.formed("ticket", m.ticket, uuid_form);
  a.list("have", m.have, max_parts, presence::optional);
  a.text("number", m.number, short_text_bytes, presence::optional);
  a.text("url", m.url, long_text_bytes, presence::optional);
  a.text("error", m.error, long_text_bytes, presence::optional);
  a.number("retry_after_s", m.retry_after_s, 0U, 3600U, presence::optional);
}

template <class A, value_of<link_status> V>
void members(A& a, V& m) {
  a.flag("connected", m.connected);
  a.text("detail", m.detail, long_text_bytes, presence::optional);
}

template <class A, value_of<health> V>
void members(A& a, V& m) {
  a.text("session", m.session, short_text_bytes);
  a.list("actors", m.actors, max_actors);
}

template <class A, value_of<open_request> V>
void members(A& /*a*/, V& /*m*/) {}

template <class A, value_of<notice> V>
void members(A& a, V& m) {
  a.text("text", m.text, long_text_bytes);
  a.number("retry_after_s", m.retry_after_s, 0U, 3600U, presence::optional);
}

namespace {

template <std::size_t I = 0>
result<message> read(std::string_view type, const nlohmann::json& json) {
  if constexpr (I == type_names.size()) {
    return unknown{std::string{type}};
  } else {
    if (type != type_names[I]) return read<I + 1>(type, json);
    using alternative = std::variant_alternative_t<I, message>;
    return read_members<alternative>(json).map([](alternative&& value) { return message{std::move(value)}; });
  }
}

} // namespace

std::string encode(const message& value) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  json["type"] = "";
  std::visit(
      [&]<class T>(const T& alternative) {
        if constexpr (std::same_as<T, unknown>) {
          json["type"] = valid_utf8(alternative.type, short_text_bytes);
        } else {
          json["type"] = type_names[value.index()];
          json_writer writer;
          members(writer, alternative);
          json.update(std::move(writer).take());
        }
      },
      value);
  return dump_json(json);
}

result<message> decode(std::string_view text) {
  const auto parsed = parse_json(text, max_text_bytes, max_depth);
  if (!parsed) return tl::unexpected<error>(parsed.error());
  std::string type;
  json_reader reader{*parsed};
  reader.text("type", type, short_text_bytes);
  if (!reader.ok()) return tl::unexpected<error>(reader.failed());
  return read(type, *parsed);
}

} // namespace tier2::wire
