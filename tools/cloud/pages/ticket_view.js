// One ticket as a document with a side column, for the console and for the file that tier2ctl exports. All of it is
// somebody else's text: it becomes text nodes only.
import { bytes, t } from "./l10n.js";
import { h } from "./dom.js";
import { replay } from "./replay.js";
import { facts, factsPart } from "./ticket_facts.js";
import { beginning, visible, visibleText } from "./visible.js";

/**
 * `source`: `blob(part)`, `text(part)`: its bytes; `file(part)`: a node to save it with; `when(text)`: a time;
 * `machineLink(ticket)`: the machine's name as a node; `about(ticket)`: more for the head and side, {head, side}, or nothing.
 */
export function ticketView(ticket, source) {
  const more = source.about?.(ticket) ?? {};
  return [header(ticket, source, more.head), h("div.columns",
    h("div.document", request(ticket), steps(ticket, source), facts(ticket, source), attachments(ticket, source)),
    h("aside", { "aria-label": t("ticket.about") }, machine(ticket, source), helper(ticket), receipt(ticket, source), more.side ?? null))];
}

export function summary(ticket) {
  return ticket.form.message.trim().split("\n")[0] || t("tickets.no_message");
}

export function titleOf(ticket) {
  return t("ticket.page_of", { number: String(ticket.number), what: visibleText(beginning(summary(ticket), 60)) });
}

const urgencyOf = (ticket) => (["low", "normal", "high"].includes(ticket.form.urgency) ? ticket.form.urgency : null);

function header(ticket, source, more) {
  const urgency = urgencyOf(ticket);
  return h("header.bar", h("h1", `${t("ticket.ticket")} `, h("span.muted", `#${ticket.number}`)),
    urgency ? h(urgency === "high" ? "span.tag.high" : "span.tag", t("ticket.urgency", { urgency: t(`urgency.${urgency}`) })) : null,
    h("p.muted.grow", t("ticket.sent"), " ", source.when(ticket.received)), more ?? null);
}

function list(...pairs) {
  const filled = pairs.filter(([, value]) => value);
  return filled.length === 0 ? h("p.muted", t("ticket.nothing")) : h("dl.facts", filled.flatMap(([name, value]) =>
    [h("dt", visible(name)), h("dd", value instanceof Node || Array.isArray(value) ? value : visible(value))]));
}

/** What the user wrote: the message, how to reach them, how urgent it is, what they chose. */
function request({ form }) {
  const text = form.message.trim();
  const contact = [[t("form.name"), form.name], [t("form.email"), mail(form.email)], [t("form.phone"), phone(form.phone)], [t("form.business"), form.business]];
  const choices = Object.entries(form.choices);
  const known = urgencyOf({ form });
  const told = [...contact, [t("tickets.urgency"), known ? t(`urgency.${known}`) : form.urgency], ...choices].filter(([, value]) => value);
  return h("section.request", { "aria-labelledby": "message-title" }, h("h2", { id: "message-title" }, t("ticket.message")),
    text ? h("p.message", visible(text)) : h("p.muted", t("tickets.no_message")),
    told.length === 0 ? h("p.muted", t("ticket.no_contact")) : h("dl.contact", told.map(([name, value]) =>
      h("div", h("dt", visible(name)), h("dd", value instanceof Node ? value : visible(value))))));
}

/** A link only where it can be nothing else. */
function mail(text) {
  return /^[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,4}$/.test(text) ? h("a", { href: `mailto:${text}` }, text) : text;
}
function phone(text) {
  return /^\+?[0-9][0-9 ()/-]{4,30}$/.test(text) ? h("a", { href: `tel:${text.replace(/[^+0-9]/g, "")}` }, text) : text;
}

function steps(ticket, source) {
  const section = h("section", { "aria-labelledby": "pictures-title" },
    h("h2", { id: "pictures-title" }, t("ticket.pictures", { n: ticket.steps.length })));
  if (ticket.left_out > 0) section.append(h("p.muted.small", t("ticket.left_out", { n: ticket.left_out })));
  section.append(ticket.steps.length === 0 ? h("p.muted", t("ticket.no_pictures")) : replay(ticket, source));
  return section;
}

function side(title, ...content) {
  return h("section", h("h2", title), ...content);
}

/** Who and which machine: the word of the service and of the system's kernel. */
function machine(ticket, source) {
  const { origin, machine: about } = ticket;
  const monitors = about.monitors.map((one) =>
    `${one.name ? `${one.name}: ` : ""}${one.width} × ${one.height}${one.scale !== 1 ? ` (${Math.round(one.scale * 100)} %)` : ""}`);
  return side(t("ticket.who"), h("p.muted.small", t("ticket.known")),
    list([t("ticket.user"), origin.user], [t("ticket.account_id"), origin.account], [t("ticket.session"), origin.session],
      [t("ticket.machine"), source.machineLink(ticket)], [t("ticket.host"), about.display_name && about.display_name !== about.host ? about.host : ""], [t("ticket.os"), about.os],
      [t("ticket.monitors", { n: monitors.length }), monitors.join("\n")],
      [t("ticket.version"), about.version], [t("ticket.agent"), h("code", about.agent)]));
}

/** What the program in the user's session says; it may be anything. */
function helper({ says, origin, machine: about }) {
  const same = (says.user === origin.user || !says.user) && (says.host === about.host || !says.host);
  return side(t("ticket.claimed"), h("p.muted.small", t(same ? "ticket.claimed_same" : "ticket.claimed_other")),
    list([t("ticket.user"), says.user], [t("ticket.host"), says.host], [t("ticket.session"), says.session]));
}

function receipt(ticket, source) {
  const total = ticket.parts.reduce((sum, part) => sum + part.bytes, 0);
  const digests = h("details", h("summary", t("ticket.digests")), h("dl.content.digests",
    h("dt", t("ticket.manifest")), h("dd", h("code.digest", ticket.consent.digest)),
    ticket.parts.flatMap((part) => [h("dt", visible(part.name)), h("dd", h("code.digest", part.blake2b))])));
  return side(t("ticket.consent"),
    h("p", t(ticket.consent.mode === "asked" ? "ticket.consent_asked" : "ticket.consent_policy")),
    list([t("ticket.consent_at"), source.when(ticket.consent.at)], [t("ticket.opened"), source.when(ticket.opened)],
      [t("ticket.covers"), t("ticket.covers_parts", { n: ticket.parts.length, bytes: bytes(total) })],
      [t("ticket.kept_back"), t("ticket.kept_back_pictures", { n: ticket.left_out })]),
    h("p.small", h("span.verified", t("ticket.verified")), " ", t("ticket.verified_how", { n: ticket.parts.length })), digests);
}

function attachments(ticket, source) {
  const shown = new Set([...ticket.steps.map((step) => step.part), factsPart(ticket)?.part]);
  const files = ticket.parts.filter((part) => !shown.has(part.part) || part.name === "system.json");
  if (files.length === 0) return null;
  return h("section", { "aria-labelledby": "files-title" }, h("h2", { id: "files-title" }, t("ticket.files")),
    h("ul.files", files.map((part) => h("li", source.file(part), h("span.muted.small", visible(` ${bytes(part.bytes)}, ${part.media_type}`))))));
}
