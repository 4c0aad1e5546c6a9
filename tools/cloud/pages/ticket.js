// One ticket as a document with a side column. All of it is somebody else's text: it becomes text nodes only.
import { ago, bytes, exact, t } from "./l10n.js";
import { call, partUrl } from "./api.js";
import { h, replace } from "./dom.js";
import { open, showError } from "./shell.js";
import { story } from "./steps.js";
import { beginning, visible, visibleText } from "./visible.js";

const place = document.querySelector("#ticket");
const number = Number(location.pathname.split("/").pop());

await open({ keys: [["← →", "keys.pictures"], ["Home End", "keys.ends"]] });
document.title = t("ticket.page", { number: String(number) });
await show();

async function show() {
  try {
    const ticket = await call(`tickets/${number}`);
    replace(place, header(ticket), h("div.columns", h("div.document", message(ticket), pictures(ticket), facts(ticket), attachments(ticket)),
      h("aside", { "aria-label": t("ticket.about") }, who(ticket), machine(ticket), receipt(ticket))));
    document.title = t("ticket.page_of", { number: String(number), what: visibleText(beginning(summary(ticket), 60)) });
  } catch (why) {
    showError(place, why, show);
  }
  place.removeAttribute("aria-busy");
}

function summary(ticket) {
  return ticket.form.message.trim().split("\n")[0] || t("tickets.no_message");
}

function when(text) {
  const at = new Date(text);
  return h("time", { datetime: text, title: exact(at) }, ago(at));
}

function header(ticket) {
  const urgency = ["low", "normal", "high"].includes(ticket.form.urgency) ? ticket.form.urgency : null;
  return h("header.bar", h("h1", `${t("ticket.ticket")} `, h("span.muted", `#${ticket.number}`)),
    urgency ? h(urgency === "high" ? "span.tag.high" : "span.tag", t("ticket.urgency", { urgency: t(`urgency.${urgency}`) })) : null,
    h("p.muted.grow", t("ticket.sent"), " ", when(ticket.received)));
}

function message(ticket) {
  const text = ticket.form.message.trim();
  return h("section", { "aria-labelledby": "message-title" }, h("h2", { id: "message-title" }, t("ticket.message")),
    text ? h("p.message", visible(text)) : h("p.muted", t("tickets.no_message")));
}

function pictures(ticket) {
  const section = h("section", { "aria-labelledby": "pictures-title" },
    h("h2", { id: "pictures-title" }, t("ticket.pictures", { n: ticket.steps.length })));
  if (ticket.left_out > 0) section.append(h("p.muted.small", t("ticket.left_out", { n: ticket.left_out })));
  if (ticket.steps.length === 0) section.append(h("p.muted", t("ticket.no_pictures")));
  else section.append(story(ticket));
  return section;
}

function list(...pairs) {
  const filled = pairs.filter(([, value]) => value);
  return filled.length === 0 ? h("p.muted", t("ticket.nothing")) : h("dl.facts", filled.flatMap(([name, value]) => [h("dt", visible(name)), h("dd", value instanceof Node ? value : visible(value))]));
}

function side(title, ...content) {
  return h("section", h("h2", title), ...content);
}

function who(ticket) {
  const { form, origin, says } = ticket;
  return side(t("ticket.who"),
    list([t("form.name"), form.name], [t("form.email"), form.email], [t("form.phone"), form.phone],
      [t("form.business"), form.business], ...Object.entries(form.choices).map(([name, value]) => [name, value])),
    h("h3", t("ticket.account")),
    list([t("ticket.user"), origin.user || says.user], [t("ticket.account_id"), origin.account], [t("ticket.session"), origin.session]),
    h("p.muted.small", t("ticket.account_about")));
}

function machine(ticket) {
  const monitors = ticket.machine.monitors.map((one) =>
    `${one.name ? `${one.name}: ` : ""}${one.width} × ${one.height}${one.scale !== 1 ? ` (${Math.round(one.scale * 100)} %)` : ""}`);
  return side(t("ticket.machine"),
    list([t("ticket.host"), ticket.machine.host], [t("ticket.os"), ticket.machine.os],
      [t("ticket.monitors", { n: monitors.length }), monitors.join("\n")],
      [t("ticket.version"), ticket.machine.version], [t("ticket.agent"), h("code", ticket.machine.agent)]));
}

function receipt(ticket) {
  return side(t("ticket.consent"),
    h("p", t(ticket.consent.mode === "asked" ? "ticket.consent_asked" : "ticket.consent_policy")),
    list([t("ticket.consent_at"), when(ticket.consent.at)], [t("ticket.opened"), when(ticket.opened)],
      [t("ticket.digest"), h("code.digest", ticket.consent.digest)]));
}

/** Facts are a JSON part: {"facts": [{id, title, text, failed}]}, fetched when somebody opens them. */
function facts(ticket) {
  const parts = ticket.parts.filter((part) => part.media_type === "application/json");
  if (parts.length === 0) return null;
  return h("section", { "aria-labelledby": "facts-title" }, h("h2", { id: "facts-title" }, t("ticket.facts")), parts.map((part) => {
    const content = h("div.content", h("div.skeleton"));
    const details = h("details", h("summary", visible(part.name), h("span.muted.small", ` ${bytes(part.bytes)}`)), content);
    const fill = async () => {
      try {
        replace(content, factList(JSON.parse(await fetchText(ticket, part))));
      } catch {
        showError(content, { status: 0, message: "" }, fill);
      }
    };
    details.addEventListener("toggle", () => { if (details.open) fill(); }, { once: true });
    return details;
  }));
}

async function fetchText(ticket, part) {
  const answer = await fetch(partUrl(ticket.number, part.part));
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.text();
}

function factList(content) {
  const known = Array.isArray(content) ? content : Array.isArray(content?.facts) ? content.facts : null;
  if (!known || !known.every((one) => typeof one === "object" && one !== null)) return h("pre", visible(JSON.stringify(content, null, 2)));
  return h("dl.facts.wide", known.flatMap((one) => [h("dt", visible(one.title ?? one.id ?? "")),
    h("dd", one.failed ? h("span.muted", visible(t("ticket.fact_failed", { why: String(one.failed) }))) : h("pre", visible(one.text ?? "")))]));
}

function attachments(ticket) {
  const shown = new Set(ticket.steps.map((step) => step.part));
  const parts = ticket.parts.filter((part) => !shown.has(part.part));
  if (parts.length === 0) return null;
  return h("section", { "aria-labelledby": "files-title" }, h("h2", { id: "files-title" }, t("ticket.files")),
    h("ul.files", parts.map((part) => h("li",
      h("a", { href: partUrl(ticket.number, part.part), download: visibleText(part.name) }, visible(part.name)),
      h("span.muted.small", visible(` ${bytes(part.bytes)}, ${part.media_type}`))))));
}
