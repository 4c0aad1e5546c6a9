// What several pages say about machines and commands.
import { ago, exact, t } from "./l10n.js";
import { h } from "./dom.js";
import { visible } from "./visible.js";

export function when(text) {
  if (!text) return h("span.muted", "–");
  const at = new Date(text);
  return h("time", { datetime: text, title: exact(at) }, ago(at));
}

/** Approved machines are there or not; the others wait for somebody, or were shut out. */
export function machineState(machine) {
  if (machine.state === "pending") return h("span.tag.attention", t("machine.pending"));
  if (machine.state === "revoked") return h("span.tag", t("machine.revoked"));
  return machine.connected ? h("span.there", t("machine.connected")) : h("span.muted", t("machine.away"));
}

/** What an operator called it, else what it says. */
export const nameOf = (machine) => machine.display_name || machine.hostname || machine.agent;

export function severityTag(name) {
  if (!["info", "warning", "error", "critical"].includes(name)) return h("span.tag", visible(name));
  return h({ critical: "span.tag.high", error: "span.tag.high", warning: "span.tag.attention" }[name] ?? "span.tag", t(`severity.${name}`));
}

/** "2 done, 1 failed to start" is the deliveries' business; a row counts states only. */
export function outcome(counts) {
  const parts = ["accepted", "sent", "waiting", "exited", "rejected", "expired"].filter((state) => counts[state] > 0)
    .map((state) => h(state === "rejected" ? "span.tag.high" : "span.tag", t(`count.${state}`, { n: counts[state] })));
  return parts.length > 0 ? h("span.tags", parts) : h("span.muted", "–");
}

export function commandLink(command) {
  return h("a", { href: `/commands/${command.id}` }, visible(command.summary || command.name));
}

/** How it stands on one machine, in words. */
export function stateWords(delivery) {
  if (delivery.state === "rejected") return t("delivery.rejected", { reason: rejectWords(delivery.reason) });
  if (delivery.state === "expired") return t(`delivery.${ended_for.has(delivery.reason) ? delivery.reason : "expired"}`);
  if (delivery.state === "exited") return exitWords(delivery.exit);
  return t(`delivery.${delivery.state}`);
}

/** Why nobody waits for a machine any more; "expired" is the time that the signer gave. */
const ended_for = new Set(["withdrawn", "unanswered", "revoked", "too_many"]);

const known = new Set(["too_large", "malformed", "unsupported_algorithm", "unknown_key", "bad_signature", "malformed_claims",
  "wrong_audience", "not_yet_valid", "expired", "lifetime_too_long", "unsupported_command", "no_session", "busy", "replayed"]);

function rejectWords(reason) {
  return known.has(reason) ? t(`reject.${reason}`) : reason;
}

function exitWords(exit) {
  if (!exit) return t("exit.unknown");
  const time = (exit.duration_ms / 1000).toFixed(1);
  if (exit.reason === "finished" && exit.signal) return t("exit.signal", { signal: exit.signal, time });
  if (exit.reason === "finished") return exit.code === 0 ? t("exit.good", { time }) : t("exit.code", { code: exit.code, time });
  return ["timed_out", "cancelled", "overflow", "spawn_failed", "interrupted"].includes(exit.reason)
    ? t(`exit.${exit.reason}`, { time }) : t("exit.unknown");
}

/** good, bad, or empty while it is open. */
export function verdict(delivery) {
  if (delivery.state === "exited") return delivery.exit?.reason === "finished" && delivery.exit.code === 0 ? "good" : "bad";
  return ["rejected", "expired"].includes(delivery.state) ? "bad" : "";
}
