import { t } from "./l10n.js";
import { acknowledge, acknowledgeMany, seenBy } from "./acknowledge.js";
import { h, replace } from "./dom.js";
import { severityTag, when } from "./fleet.js";
import { showReceivers } from "./receivers.js";
import { pagedList } from "./paged.js";
import { onKeys, open } from "./shell.js";
import { visible } from "./visible.js";

await open({ keys: [["j k", "keys.walk_rows"], ["a", "keys.acknowledge"], ["A", "keys.acknowledge_all"]] });
document.title = t("alerts.page");

const all = document.querySelector("#all");
const narrowed = document.querySelector("#narrowed");
let shown = { items: [], wanted: {}, more: false };

async function acknowledgeRow(alert) {
  const now = await acknowledge(alert);
  if (!now) return;
  const old = document.querySelector(`#list tr[data-seq="${alert.seq}"]`);
  shown.items = shown.items.map((each) => (each.seq === now.seq ? now : each));
  const fresh = row(now);
  old?.replaceWith(fresh);
  fresh.focus();
  offer();
}

function row(alert) {
  const labels = Object.entries(alert.labels).map(([name, value]) => `${name}=${value}`).join("  ");
  return h(alert.acknowledged_by === null ? "tr" : "tr.seen", { tabindex: "-1", "data-seq": alert.seq },
    h("td.what.text", h("strong", visible(alert.title)), alert.body ? h("p.body", visible(alert.body)) : null,
      labels ? h("p.muted.small", visible(labels)) : null,
      alert.suppressed > 0 ? h("p.muted.small", t("alerts.suppressed", { n: alert.suppressed })) : null),
    h("td", { "data-label": t("alerts.severity") }, severityTag(alert.severity)),
    h("td", { "data-label": t("alerts.machine") }, h("a.plain", { href: `/machines/${alert.agent}` }, visible(alert.hostname))),
    h("td", { "data-label": t("alerts.source") }, visible(alert.source)),
    h("td", { "data-label": t("alerts.when") }, when(alert.at)),
    h("td.seen", { "data-label": t("alerts.seen") }, seenBy(alert, () => acknowledgeRow(alert))));
}

/** What is done to all is offered when something is open, and says for which machine the list is. */
function offer() {
  all.hidden = !shown.items.some((each) => each.acknowledged_by === null);
}

function onShown({ items, wanted, more, go }) {
  shown = { items, wanted, more };
  offer();
  narrowed.hidden = !wanted.agent;
  if (!wanted.agent) return;
  const name = items[0]?.hostname || `${wanted.agent.slice(0, 8)}…`;
  replace(narrowed, h("span.tag", visible(t("tickets.on_machine", { machine: name }))), " ",
    h("button.quiet", { type: "button", on: { click: () => go({ agent: "" }) } }, t("tickets.all_machines")));
}

const empty = (filtered, go) => (filtered
  ? h("div.empty", h("h2", t("alerts.none_title")), h("p.actions",
    h("button", { type: "button", on: { click: () => go({ q: "", severity: "", agent: "", open: "" }) } }, t("alerts.clear"))))
  : h("div.empty", h("h2", t("alerts.empty_title")), h("p.muted", t("alerts.empty_text"))));

const list = pagedList({ name: "alerts", filters: ["q", "severity", "agent", "open"], row, empty, onShown, walk: "tr[data-seq]" });

async function acknowledgeAll() {
  const count = await acknowledgeMany(shown);
  if (count === null) return;
  await list.show();
  list.say(t("alerts.acknowledged", { n: count }));
  document.querySelector("#content").focus();
}
all.addEventListener("click", acknowledgeAll);
onKeys({
  a: () => {
    const at = document.activeElement.closest("tr[data-seq]");
    const alert = shown.items.find((each) => String(each.seq) === at?.dataset.seq);
    if (!alert || alert.acknowledged_by !== null) return false;
    acknowledgeRow(alert);
  },
  A: () => { if (all.hidden) return false; acknowledgeAll(); },
});
showReceivers(document.querySelector("#receivers"));
await list.ready;
