// Who is told of alerts by webhook or mail, and how that goes.
import { t } from "./l10n.js";
import { call } from "./api.js";
import { h, replace } from "./dom.js";
import { severityTag, when } from "./fleet.js";
import { visible } from "./visible.js";

function health(one) {
  if (one.failing_since) return [h("span.state.bad", t("receivers.failing")), " ", when(one.failing_since), h("p.small", visible(one.problem))];
  return one.last_sent ? [t("receivers.last"), " ", when(one.last_sent)] : h("span.muted", t("receivers.never"));
}

function row(one) {
  const lost = one.dropped + one.given_up;
  return h("tr", h("th", { scope: "row" }, visible(one.name), " ", h("span.muted.small", t(`receivers.${one.kind}`))),
    h("td", severityTag(one.severity)), h("td", health(one)), h("td.number", String(one.waiting)),
    h("td.number", lost > 0 ? h("span.state.bad", String(lost)) : "0"));
}

/** Below the list; nothing where nobody is told. Tickets and alerts go on without it, so a failure hides it. */
export async function showReceivers(place) {
  const { items } = await call("alerts/receivers").catch(() => ({ items: [] }));
  place.hidden = items.length === 0;
  if (items.length === 0) return;
  const failing = items.filter((one) => one.failing_since);
  const note = document.querySelector("#failing");
  note.hidden = failing.length === 0;
  if (failing.length > 0)
    replace(note, visible(t("receivers.some_fail", { n: failing.length, names: failing.map((one) => one.name).join(", ") })), " ", h("a", { href: "#receivers" }, t("receivers.see")));
  replace(place, h("h2", { id: "receivers-title" }, t("receivers.title")),
    h("div.sideways", { tabindex: "0", role: "group", "aria-labelledby": "receivers-title" }, h("table.small",
      h("thead", h("tr", ["name", "severity", "health", "waiting", "lost"].map((name) =>
        h(["waiting", "lost"].includes(name) ? "th.number" : "th", { scope: "col" }, t(`receivers.${name}`))))),
      h("tbody", items.map(row)))));
}
