// One machine: how it is, what its parts do, what was run on it, and whether it may take commands.
import { t } from "./l10n.js";
import { acknowledge, seenBy } from "./acknowledge.js";
import { call } from "./api.js";
import { confirmed } from "./confirm.js";
import { h, replace } from "./dom.js";
import { commandLink, machineState, outcome, nameOf, severityTag, when } from "./fleet.js";
import { suspicion, words } from "./machine_words.js";
import { open, showError } from "./shell.js";
import { beginning, visible, visibleText } from "./visible.js";

const place = document.querySelector("#machine");
const id = location.pathname.split("/").pop();

await open();
document.title = t("machine.page");
await show();

async function show() {
  try {
    const [machine, noticed] = await Promise.all([call(`agents/${id}`), call(`alerts?${new URLSearchParams({ agent: id, open: "true", limit: "5" })}`)]);
    document.title = t("machine.page_of", { name: visibleText(beginning(nameOf(machine), 60)) });
    replace(place, header(machine), h("div.columns", h("div.document", alerts(noticed), commands(machine), actors(machine)),
      h("aside", { "aria-label": t("machine.about") }, suspicion(machine, show), facts(machine), words(machine, show), claims(machine), admission(machine))));
  } catch (why) {
    showError(place, why, show);
  }
  place.removeAttribute("aria-busy");
}

function header(machine) {
  return h("header.bar", h("h1", visible(nameOf(machine))), machine.display_name ? h("span.muted", visible(machine.hostname)) : null, machineState(machine), h("span.grow"),
    machine.state === "approved"
      ? h("a.button", { href: `/commands/new?${new URLSearchParams({ machine: machine.agent })}` }, t("commands.new")) : null);
}

/** The newest that nobody has seen to. */
function alerts({ items, next }) {
  const more = new URLSearchParams({ agent: id });
  const press = async (alert) => { if (await acknowledge(alert)) await show(); };
  return h("section", { "aria-labelledby": "alerts-title" }, h("h2", { id: "alerts-title" }, t("machine.alerts")),
    items.length === 0 ? h("p.muted", t("machine.no_alerts"))
      : h("ul.rows", items.map((one) => h("li", h("span.words", severityTag(one.severity), " ", visible(one.title)), when(one.at), seenBy(one, () => press(one))))),
    h("p.small", h("a", { href: `/alerts?${more}` }, t(next ? "machine.more_alerts" : "machine.all_alerts"))));
}

function commands(machine) {
  const list = machine.commands;
  return h("section", { "aria-labelledby": "commands-title" }, h("h2", { id: "commands-title" }, t("machine.commands")),
    list.length === 0 ? h("p.muted", t("machine.no_commands"))
      : h("ul.rows", list.map((one) => h("li", commandLink(one), outcome(one.counts), when(one.posted_at)))),
    list.length >= 20 ? h("p.muted.small", t("machine.newest", { n: list.length })) : null);
}

function actors(machine) {
  const list = machine.actors;
  return h("section", { "aria-labelledby": "actors-title" }, h("h2", { id: "actors-title" }, t("machine.actors")),
    list.length === 0 ? h("p.muted", t(machine.connected ? "machine.no_actors" : "machine.actors_away"))
      : h("div.sideways", { tabindex: "0", role: "group", "aria-label": t("machine.actors") }, h("table.small",
        h("thead", h("tr", ["program", "part", "part_state", "restarts", "handled", "p99"].map((name) =>
          h(["restarts", "handled", "p99"].includes(name) ? "th.number" : "th", { scope: "col" }, t(`machine.${name}`))))),
        h("tbody", list.map((one) => h("tr",
          h("td", visible(one.session ? `${one.program} (${one.session})` : one.program)),
          h("td", visible(one.name)),
          h("td", visible(one.state), one.last_error ? h("p.muted.small", visible(one.last_error)) : null),
          h("td.number", String(one.restarts)), h("td.number", String(one.handled)),
          h("td.number", t("machine.ms", { ms: (one.p99_us / 1000).toFixed(1) }))))))));
}

function facts(machine) {
  const pairs = [[t("machines.system"), visible(machine.os)], [t("machines.version"), visible(machine.version)],
    [t("machines.last_seen"), when(machine.last_seen)], [t("machine.first_seen"), when(machine.first_seen)],
    ...(machine.replaces ? [[t("machine.replaces"), h("a", { href: `/machines/${machine.replaces}` }, h("code", `${machine.replaces.slice(0, 8)}…`))]] : []),
    ...(machine.same_hardware.length > 0 ? [[t("machine.same_hardware"), machine.same_hardware.flatMap((one) =>
      [h("a", { href: `/machines/${one.agent}` }, visible(one.hostname || one.agent)), " "])]] : []),
    [t("machines.groups"), machine.groups.length > 0 ? machine.groups.flatMap((one) => [h("span.tag", visible(one)), " "]) : t("machine.no_groups")],
    [t("machine.capabilities"), machine.capabilities.length > 0 ? visible(machine.capabilities.join(", ")) : "–"],
    [t("ticket.agent"), h("code", visible(machine.agent))]];
  return h("section", h("h2", t("machine.about")), h("dl.facts", pairs.flatMap(([name, value]) => [h("dt", name), h("dd", value)])));
}

/** Groups that the machine says it is in, and that no command goes by until somebody confirms them. */
function claims(machine) {
  const names = machine.claimed_groups ?? [];
  if (names.length === 0) return null;
  const problem = h("div", { role: "alert" });
  const confirm = async () => {
    if (!(await confirmed(t("machine.confirm_question", { groups: visibleText(names.join(", ")) }), t("machine.confirm_groups")))) return;
    try {
      await call(`agents/${id}/groups`, { method: "POST", body: { groups: names } });
      await show();
    } catch (why) {
      showError(problem, why);
    }
  };
  return h("section", h("h2", t("machine.claimed_groups")), h("p", names.flatMap((one) => [h("span.tag.attention", visible(one)), " "])),
    h("p", t("machine.claimed_help")), problem,
    h("p.actions", h("button", { type: "button", on: { click: confirm } }, t("machine.confirm_groups"))));
}

function admission(machine) {
  const problem = h("div", { role: "alert" });
  const change = async (what, question) => {
    if (question && !(await confirmed(question, t(`machine.${what}`)))) return;
    try {
      await call(`agents/${id}/${what}`, { method: "POST", body: {} });
      await show();
    } catch (why) {
      showError(problem, why);
    }
  };
  const revoke = () => change("revoke", t("machine.revoke_question", { name: machine.hostname || machine.agent }));
  return h("section", h("h2", t("machine.admission")), h("p", t(`machine.is_${machine.state}`)), problem,
    h("p.actions",
      machine.state !== "approved" ? h("button", { type: "button", on: { click: () => change("approve") } }, t("machine.approve")) : null,
      " ",
      machine.state !== "revoked" ? h("button.danger", { type: "button", on: { click: revoke } }, t("machine.revoke")) : null));
}
