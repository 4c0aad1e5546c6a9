// The facts of a ticket: what is unusual first, the rest folded.
import { bytes, has, t } from "./l10n.js";
import { h, replace } from "./dom.js";
import { readFacts, unusual } from "./unusual.js";
import { beginning, countMarks, visible } from "./visible.js";

const mostBytes = 2_000_000; // more is offered as a file only
const mostText = 20_000; // of one fact
const mostMarks = 1000; // each hidden character is an element of its own

/** The part with the facts, or undefined. */
export function factsPart(ticket) {
  return ticket.parts.find((part) => part.name === "system.json" && part.media_type === "application/json");
}

/** Its section, filled when the part has come; null when there is none. `source.text(part)` gives it. */
export function facts(ticket, source) {
  const part = factsPart(ticket);
  if (!part) return null;
  const content = h("div.stack", { "aria-busy": "true" }, h("div.skeleton"));
  const section = h("section", { "aria-labelledby": "facts-title" }, h("h2", { id: "facts-title" }, t("ticket.facts")), content);
  const fill = async () => {
    try {
      if (part.bytes > mostBytes) throw new Error("too large");
      const known = readFacts(await source.text(part.part));
      replace(content, known ? listed(known, part) : h("p.note", t("facts.unreadable")));
    } catch {
      replace(content, h("p.note.warn", t(part.bytes > mostBytes ? "facts.too_large" : "facts.missing")));
    }
    content.removeAttribute("aria-busy");
  };
  fill();
  return section;
}

function listed(known, part) {
  const found = unusual(known);
  const missing = found.filter((one) => one.what === "not_known");
  const pressing = found.filter((one) => one.what !== "not_known");
  return [
    pressing.length > 0 ? h("ul.unusual", { "aria-label": t("facts.unusual") }, pressing.map(remark)) : h("p.muted", t("facts.nothing_unusual")),
    missing.length > 0 ? h("ul.unusual.quiet", { "aria-label": t("facts.missing_some") }, missing.map(remark)) : null,
    folded([t("facts.all", { n: known.length }), h("span.muted.small", ` ${bytes(part.bytes)}`)],
      () => h("dl.facts.wide", known.flatMap((one) => [h("dt", visible(titleOf(one))), h("dd", value(one))]))),
  ];
}

/** Filled when it is opened for the first time: a stranger's facts may be long. */
function folded(summary, fill) {
  const content = h("div.content");
  const all = h("details", h("summary", summary), content);
  all.addEventListener("toggle", () => replace(content, fill()), { once: true });
  return all;
}

function titleOf(fact) {
  return has(`fact.${fact.id}`) ? t(`fact.${fact.id}`) : beginning(fact.title, 200);
}

function remark({ fact, what, values, long }) {
  const words = visible(beginning(t(`unusual.${what}`, { ...values, title: titleOf(fact) }), 500));
  return h("li", long ? folded(words, () => value(fact)) : words);
}

function value(fact) {
  if (fact.failed) return h("span.muted", visible(t("ticket.fact_failed", { why: beginning(fact.failed, 500) })));
  let text = beginning(fact.text, mostText);
  if (countMarks(text) > mostMarks) text = beginning(text, mostMarks);
  return h("pre", visible(text), text.length < fact.text.length ? h("span.muted", ` ${t("facts.cut")}`) : null);
}
