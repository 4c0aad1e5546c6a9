import { t } from "./l10n.js";
import { h } from "./dom.js";
import { commandLink, outcome, when } from "./fleet.js";
import { pagedList } from "./paged.js";
import { onKeys, open } from "./shell.js";
import { visible, visibleText } from "./visible.js";

await open({ keys: [["j k", "keys.walk_rows"], ["Enter", "keys.open_row"], ["n", "keys.new_command"]] });
document.title = t("commands.page");
onKeys({ n: () => location.assign("/commands/new") });

function row(command) {
  return h("tr",
    h("td.what", commandLink(command)),
    h("td", { "data-label": t("commands.outcome") }, outcome(command.counts)),
    h("td", { "data-label": t("commands.by") }, visible(command.posted_by)),
    h("td", { "data-label": t("commands.key") }, h("code", { title: visibleText(command.kid ?? "") }, command.kid ? visible(`${command.kid.slice(0, 8)}…`) : "–")),
    h("td", { "data-label": t("commands.when") }, when(command.posted_at)));
}

function empty(narrowed, go) {
  if (narrowed) return h("div.empty", h("h2", t("commands.none_title")), h("p.actions",
    h("button", { type: "button", on: { click: () => go({ state: "" }) } }, t("commands.clear"))));
  return h("div.empty", h("h2", t("commands.empty_title")), h("p.muted", t("commands.empty_text")),
    h("p.actions", h("a.button", { href: "/commands/new" }, t("commands.new"))));
}

await pagedList({ name: "commands", filters: ["state"], row, empty }).ready;
