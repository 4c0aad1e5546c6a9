#include "messages/wire/envelope.hpp"

#include "messages/wire/ticket_members.hpp"

#include <array>
#include <limits>

namespace tier2::wire {

namespace {

constexpr std::size_t max_listed_names = 256;
constexpr std::size_t max_actors = 256;
constexpr std::size_t max_counters = 64;
constexpr std::size_t max_running = 256;
constexpr std::size_t max_ref_bytes = 64;
constexpr std::size_t max_labels = 32;
constexpr std::uint32_t max_u32 = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t zero = 0;

// The name of each alternative of `message` on the wire; `unknown` carries its own.
constexpr std::array<std::string_view, std::variant_size_v<message> - 1> type_names{
    "enroll",     "enrolled",     "hello",         "heartbeat",  "ticket_begin",   "ticket_part",
    "ticket_end", "ticket_state", "status",        "health",     "open",           "notice",
    "command",    "accepted",     "rejected",      "exit",       "alert",          "ack",
    "report",     "notify",       "restart_actor", "get_status", "machine_status", "alert_answer"};

constexpr text_form<ticket_consent::mode> mode_form{
    [](const ticket_consent::mode& how) -> std::string {
      return how == ticket_consent::mode::policy ? "policy" : "asked";
    },
    [](std::string_view word) -> result<ticket_consent::mode> {
      if (word == "asked") return ticket_consent::mode::asked;
      if (word == "policy") return ticket_consent::mode::policy;
      return fail(errc::malformed, "Consent is either asked or policy.");
    }};

constexpr text_form<reject_reason> reject_form{
    [](const reject_reason& why) { return std::string{to_string(why)}; },
    [](std::string_view word) -> result<reject_reason> {
      if (const auto known = parse_reject_reason(word)) return *known;
      return fail(errc::malformed, "This is no reason for a refusal that the protocol knows.");
    }};
constexpr text_form<exit_reason> exit_form{
    [](const exit_reason& why) { return std::string{to_string(why)}; },
    [](std::string_view word) -> result<exit_reason> {
      if (const auto known = parse_exit_reason(word)) return *known;
      return fail(errc::malformed,
                  "A command ends as finished, timed_out, cancelled, overflow, spawn_failed or "
                  "interrupted.");
    }};
constexpr text_form<alert_severity> severity_form{
    [](const alert_severity& how) { return std::string{to_string(how)}; },
    [](std::string_view word) { return parse_alert_severity(word); }};
constexpr std::array<std::string_view, 3> ack_subjects{"exit", "alert", "output"};
constexpr text_form<ack::subject> subject_form{
    [](const ack::subject& of) { return std::string{ack_subjects.at(static_cast<std::size_t>(of))}; },
    [](std::string_view word) -> result<ack::subject> {
      for (std::size_t i = 0; i < ack_subjects.size(); ++i)
        if (ack_subjects[i] == word) return static_cast<ack::subject>(i);
      return fail(errc::malformed, "What is acknowledged is exit, alert or output.");
    }};

constexpr std::array<std::string_view, 3> alert_outcomes{"kept", "held_back", "in_memory"};
constexpr text_form<alert_answer::outcome> alert_outcome_form{
    [](const alert_answer::outcome& how) {
      return std::string{alert_outcomes.at(static_cast<std::size_t>(how))};
    },
    [](std::string_view word) -> result<alert_answer::outcome> {
      for (std::size_t i = 0; i < alert_outcomes.size(); ++i)
        if (alert_outcomes[i] == word) return static_cast<alert_answer::outcome>(i);
      return fail(errc::malformed, "An alert is kept, held_back or in_memory.");
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
  a.formed("board_digest", m.board_digest, digest_form, presence::optional);
  a.formed("disk_digest", m.disk_digest, digest_form, presence::optional);
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
  a.formed_list("running", m.running, max_running, uuid_form, presence::optional);
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

template <class A, value_of<command> V>
void members(A& a, V& m) {
  a.text("ref", m.ref, max_ref_bytes);
  // Longer than a command may be: the verifier, not the envelope, says `too_large`.
  a.text("jws", m.jws, max_text_bytes);
}

template <class A, value_of<accepted> V>
void members(A& a, V& m) {
  a.text("ref", m.ref, max_ref_bytes);
  a.formed("jti", m.jti, uuid_form);
}

template <class A, value_of<rejected> V>
void members(A& a, V& m) {
  a.text("ref", m.ref, max_ref_bytes);
  a.formed("jti", m.jti, uuid_form, presence::optional);
  a.formed("reason", m.reason, reject_form);
  a.text("detail", m.detail, long_text_bytes);
}

/// `stdout` and `stderr` of an exit's `bytes`.
struct stream_bytes {
  std::uint64_t out{}, err{};
  bool operator==(const stream_bytes&) const = default;
};

template <class A, value_of<stream_bytes> V>
void members(A& a, V& bytes) {
  a.number("stdout", bytes.out, zero, max_json_integer);
  a.number("stderr", bytes.err, zero, max_json_integer);
}

template <class A, value_of<exit> V>
void members(A& a, V& m) {
  a.formed("jti", m.jti, uuid_form);
  a.formed("reason", m.how.reason, exit_form);
  a.number("code", m.how.code, std::int64_t{std::numeric_limits<std::int32_t>::min()}, std::int64_t{max_u32});
  a.number("signal", m.how.signal, 0, 255, presence::optional);
  a.number("duration_ms", m.how.duration_ms, zero, max_json_integer);
  stream_bytes bytes{m.how.stdout_bytes, m.how.stderr_bytes};
  a.object("bytes", bytes);
  if constexpr (std::same_as<A, json_reader>) {
    m.how.stdout_bytes = bytes.out;
    m.how.stderr_bytes = bytes.err;
  }
  a.flag("truncated", m.how.truncated);
  a.flag("output_lost", m.how.output_lost);
  a.text("detail", m.how.detail, long_text_bytes, presence::optional);
}

template <class A, value_of<alert> V>
void members(A& a, V& m) {
  a.formed("id", m.what.id, uuid_form);
  a.formed("severity", m.what.severity, severity_form);
  a.text("source", m.what.source, short_text_bytes);
  a.text("title", m.what.title, short_text_bytes);
  a.text("body", m.what.body, long_text_bytes);
  a.formed("at", m.what.at, time_form);
  a.texts("labels", m.what.labels, max_labels, short_text_bytes);
  a.text("dedupe_key", m.what.dedupe_key, short_text_bytes);
  a.number("suppressed", m.what.suppressed, zero, max_json_integer);
}

template <class A, value_of<ack> V>
void members(A& a, V& m) {
  a.formed("of", m.of, subject_form);
  a.formed("id", m.id, uuid_form);
  a.number("part", m.part, 0U, 2U, presence::optional);
  a.number("bytes", m.bytes, zero, max_json_integer, presence::optional);
}

template <class A, value_of<report> V>
void members(A& a, V& m) {
  a.text("message", m.message, long_text_bytes);
}

template <class A, value_of<notify> V>
void members(A& a, V& m) {
  a.text("title", m.title, short_text_bytes);
  a.text("body", m.body, long_text_bytes);
}

template <class A, value_of<restart_actor> V>
void members(A& a, V& m) {
  a.text("name", m.name, short_text_bytes);
}

template <class A, value_of<get_status> V>
void members(A& /*a*/, V& /*m*/) {}

template <class A, value_of<machine_status::cloud_side> V>
void members(A& a, V& m) {
  a.text("host", m.host, short_text_bytes);
  a.flag("connected", m.connected);
  a.text("detail", m.detail, long_text_bytes);
  a.formed("since", m.since, time_form);
}

template <class A, value_of<machine_status::outbox_side> V>
void members(A& a, V& m) {
  a.number("waiting", m.waiting, zero, max_json_integer);
  a.number("dropped", m.dropped, zero, max_json_integer);
}

template <class A, value_of<machine_status> V>
void members(A& a, V& m) {
  a.text("version", m.version, short_text_bytes);
  a.formed("at", m.at, time_form);
  a.formed("started", m.started, time_form);
  a.formed("agent", m.agent, uuid_form, presence::optional);
  a.flag("enrolled", m.enrolled);
  a.formed("replaces", m.replaces, uuid_form, presence::optional);
  a.text("protection", m.protection, short_text_bytes);
  a.object("cloud", m.cloud);
  a.texts("groups", m.groups, max_listed_names, short_text_bytes);
  a.texts("packs", m.packs, max_listed_names, short_text_bytes);
  a.formed_list("running", m.running, max_running, uuid_form);
  a.object("outbox", m.outbox);
  a.list("actors", m.actors, max_actors);
}

template <class A, value_of<alert_answer> V>
void members(A& a, V& m) {
  a.formed("id", m.id, uuid_form);
  a.formed("outcome", m.how, alert_outcome_form);
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
