import { t } from "./l10n.js";
import { h } from "./dom.js";
import { machineState, nameOf, when } from "./fleet.js";
import { pagedList } from "./paged.js";
import { open } from "./shell.js";
import { visible } from "./visible.js";

await open({ keys: [["j k", "keys.walk_rows"], ["Enter", "keys.open_row"]] });
document.title = t("machines.page");

/** New within a day. */
const isNew = (machine) => Date.now() - new Date(machine.first_seen) < 86_400_000;

function beside(machine) {
  const parts = [machine.display_name ? h("span.muted.small", visible(machine.hostname)) : null,
    machine.suspicion ? h("span.tag.high", t(`suspicion.${machine.suspicion.reason}`)) : null,
    machine.replaces ? h("span.tag", t("machines.replaced")) : null,
    isNew(machine) ? h("span.tag", t("machines.new")) : null].filter(Boolean);
  return parts.length === 0 ? null : h("p.tags", parts);
}

function row(machine) {
  return h("tr",
    h("td.what", h("a", { href: `/machines/${machine.agent}` }, visible(nameOf(machine))), beside(machine),
      machine.labels.length === 0 ? null : h("span.tags", machine.labels.map((label) => h("a.tag.plain", { href: `/machines?${new URLSearchParams({ label })}` }, visible(label))))),
    h("td", { "data-label": t("machines.state") }, machineState(machine)),
    h("td", { "data-label": t("machines.system") }, visible(machine.os)),
    h("td", { "data-label": t("machines.version") }, visible(machine.version)),
    h("td", { "data-label": t("machines.groups") }, machine.groups.length === 0 ? h("span.muted", "–")
      : machine.groups.map((group) => h("a.tag.plain", { href: `/machines?${new URLSearchParams({ group })}` }, visible(group)))),
    h("td", { "data-label": t("machines.last_seen") }, when(machine.last_seen)));
}

function empty(narrowed, go) {
  if (!narrowed) return h("div.empty", h("h2", t("machines.empty_title")), h("p.muted", t("machines.empty_text")));
  return h("div.empty", h("h2", t("machines.none_title")), h("p.actions",
    h("button", { type: "button", on: { click: () => go({ q: "", group: "", label: "", state: "", connected: "" }) } }, t("machines.clear"))));
}

await pagedList({ name: "machines", path: "agents", filters: ["q", "group", "label", "state", "connected"], row, empty }).ready;
