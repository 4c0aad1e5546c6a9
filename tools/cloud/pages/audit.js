// Who did what, as the cloud wrote it down.
import { t } from "./l10n.js";
import { h } from "./dom.js";
import { when } from "./fleet.js";
import { pagedList } from "./paged.js";
import { open } from "./shell.js";
import { visible } from "./visible.js";

await open({ keys: [["j k", "keys.walk_rows"], ["Enter", "keys.open_row"]] });
document.title = t("audit.page");

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const known = new Map([["agent approved", "agent_approved"], ["agent revoked", "agent_revoked"], ["agent enrolled", "agent_enrolled"],
  ["agent replaces", "agent_replaces"], ["agent asks to replace", "agent_asks"], ["first groups trusted", "groups_trusted"],
  ["first groups claimed", "groups_claimed"], ["groups confirmed", "groups_confirmed"], ["groups confirmed by a command", "groups_set"],
  ["api token made", "token_made"], ["api token revoked", "token_revoked"], ["command posted", "command_posted"],
  ["command withdrawn", "command_withdrawn"], ["command rejected", "command_rejected"], ["command exited", "command_exited"],
  ["agent described", "agent_described"], ["agent suspicion dismissed", "suspicion_dismissed"],
  ["enrolment token made", "enrolment_made"], ["enrolment token revoked", "enrolment_revoked"], ["alert acknowledged", "alert_acknowledged"], ["alerts acknowledged", "alerts_acknowledged"],
  ["ticket deleted", "ticket_deleted"], ["ticket retention set", "retention_set"], ["ticket retention cleared", "retention_cleared"],
  ["operator added", "operator_added"], ["operator added or password set", "operator_set"]]);

/** In words; what this version does not know stands as it was written down. */
function what(event) {
  return known.has(event) ? t(`audit.${known.get(event)}`) : visible(event);
}

/** The command or machine that it is about has a page. */
function linked({ event, subject }, words) {
  if (event === "ticket deleted" && /^\d{1,15}$/.test(subject)) return h("a", { href: `/tickets/${subject}` }, words);
  return uuid.test(subject) ? h("a", { href: `/${event.startsWith("command") ? "commands" : "machines"}/${subject}` }, words) : h("span.unlinked", words);
}

function subject(text) {
  if (uuid.test(text)) return h("code", { title: text }, `${text.slice(0, 8)}…`);
  return text ? visible(text) : h("span.muted", "–");
}

function who(name) {
  const agent = name.startsWith("agent:") && uuid.test(name.slice(6)) ? name.slice(6) : null;
  if (agent) return h("a.plain", { href: `/machines/${agent}` }, t("audit.machine"), " ", h("code", `${agent.slice(0, 8)}…`));
  if (name === "command line") return t("audit.by_hand");
  if (name === "retention") return t("audit.by_retention");
  return name.startsWith("token:") ? visible(t("audit.by_token", { name: name.slice(6) })) : visible(name);
}

function row(entry) {
  return h("tr", { title: t("audit.hash", { hash: entry.hash }) },
    h("td.what.text", linked(entry, what(entry.event)), entry.detail ? h("p.body.muted.small", visible(entry.detail)) : null),
    h("td", { "data-label": t("audit.subject") }, subject(entry.subject)),
    h("td", { "data-label": t("audit.who") }, who(entry.who)),
    h("td", { "data-label": t("audit.when") }, when(entry.at)),
    h("td.number", { "data-label": t("audit.number") }, String(entry.seq)));
}

const empty = () => h("div.empty", h("h2", t("audit.empty_title")), h("p.muted", t("audit.empty_text")));
await pagedList({ name: "audit", row, empty }).ready;
