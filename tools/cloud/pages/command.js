// One command: what was signed, where it stands, and what the machines write, as it comes in.
import { bytes, exact, t } from "./l10n.js";
import { call } from "./api.js";
import { h, replace } from "./dom.js";
import { outcome, stateWords, verdict, when } from "./fleet.js";
import { outputView } from "./output.js";
import { open, showError } from "./shell.js";
import { beginning, visible, visibleText } from "./visible.js";

const place = document.querySelector("#command");
const id = location.pathname.split("/").pop();
const mostMachines = 200; // shown with their output; the rest are counted
const openFolds = 3;
const shown = new Map(); // agent → {delivery, update, output}
let summaryPlace = null;
let source = null; // the one event stream of the page

await open({ keys: [["o", "keys.folds"]] });
document.title = t("command.page");
await show();

async function show() {
  try {
    const command = await call(`commands/${id}`);
    document.title = t("command.page_of", { what: visibleText(beginning(command.summary || command.name, 60)) });
    shown.clear();
    replace(place, header(command), h("div.columns", machines(command),
      h("aside", { "aria-label": t("command.about") }, facts(command), what(command))));
    listen(command);
  } catch (why) {
    showError(place, why, show);
  }
  place.removeAttribute("aria-busy");
}

function header(command) {
  summaryPlace = h("span.tags", outcome(command.counts));
  return h("header.bar", h("h1", visible(command.summary || command.name)), h("p.muted.grow", t("command.sent"), " ", when(command.posted_at)), withdraw(command));
}

function withdraw(command) {
  if (command.counts.waiting === 0) return null;
  const problem = h("span", { role: "alert" });
  const button = h("button", { type: "button", title: t("command.withdraw_about"), on: { click: async () => {
    button.disabled = true;
    try {
      await call(`commands/${id}/withdraw`, { method: "POST", body: {} });
      button.remove();
    } catch (why) {
      button.disabled = false;
      showError(problem, why);
    }
  } } }, t("command.withdraw"));
  return h("div", button, problem);
}

function machines(command) {
  const list = command.deliveries.slice(0, mostMachines);
  const lines = Math.max(200, Math.floor(5000 / Math.max(1, list.length)));
  const characters = Math.max(20_000, Math.floor(800_000 / Math.max(1, list.length)));
  const folds = list.map((delivery) => fold(delivery, list.length <= openFolds, lines, characters));
  const rest = command.deliveries.length - list.length;
  return h("div.document", h("section", { "aria-labelledby": "machines-title" },
    h("h2", { id: "machines-title" }, t("command.machines", { n: command.deliveries.length })), summaryPlace,
    h("div", { id: "connection" }), folds, rest > 0 ? h("p.muted", t("command.rest", { n: rest })) : null));
}

function fold(delivery, isOpen, lines, characters) {
  const output = outputView(lines, characters);
  const state = h("span");
  const notes = h("div");
  const raw = h("p.small.raw");
  const one = { delivery, output, update: null };
  one.update = (next) => {
    one.delivery = next;
    const mark = verdict(next);
    state.className = `state ${mark}`;
    replace(state, mark === "good" ? "✓ " : mark === "bad" ? "✕ " : "", visible(stateWords(next)));
    replace(notes, next.detail ? h("p.muted", visible(next.detail)) : null, next.exit?.detail ? h("p.muted", visible(next.exit.detail)) : null,
      next.exit?.truncated ? h("p.note.warn", t("command.truncated")) : null,
      next.output_lost || next.exit?.output_lost ? h("p.note.warn", t("command.lost")) : null);
    replace(raw, ["stdout", "stderr"].flatMap((stream) => [h("a", { href: `/api/v1/commands/${id}/agents/${next.agent}/${stream}`, download: "" },
      t("command.raw", { stream, bytes: bytes(next.received?.[stream] ?? 0) })), " "]));
    if (["exited", "rejected", "expired"].includes(next.state)) output.end();
  };
  one.update(delivery);
  shown.set(delivery.agent, one);
  return h("details.fold", { open: isOpen }, h("summary", visible(delivery.hostname || delivery.agent), " ", state),
    h("div.content", notes, output.node, h("div.below", raw, h("a.small", { href: `/machines/${delivery.agent}` }, t("command.machine")))));
}

function listen(command) {
  const connection = document.querySelector("#connection");
  const say = (key, again) => replace(connection, key ? h("p.note.warn", { role: "status" }, t(key),
    again ? h("button", { type: "button", on: { click: show } }, t("error.again")) : null) : null);
  const counts = { ...command.counts };
  const states = new Map(command.deliveries.map((one) => [one.agent, one.state]));
  source?.close();
  source = new EventSource(`/api/v1/commands/${id}/output`);
  const stream = source;
  source.addEventListener("open", () => say(null));
  source.addEventListener("output", ({ data }) => {
    const event = JSON.parse(data);
    shown.get(event.agent)?.output.add(event);
  });
  source.addEventListener("state", ({ data }) => {
    const event = JSON.parse(data);
    const before = states.get(event.agent);
    // The stream begins at the beginning; what the page knows already is newer.
    if (before === undefined || ["exited", "rejected", "expired"].includes(before)) return;
    states.set(event.agent, event.state);
    counts[before] -= 1;
    counts[event.state] = (counts[event.state] ?? 0) + 1;
    replace(summaryPlace, outcome(counts));
    shown.get(event.agent)?.update(event);
  });
  source.addEventListener("end", () => stream.close());
  source.addEventListener("error", async () => {
    if (stream !== source) return;
    if (stream.readyState !== EventSource.CLOSED) return say("command.stream_lost");
    // An event stream cannot say why it was refused: if it was that nobody is signed in any more, this leads to the sign-in page.
    await call("session").catch(() => {});
    say("command.stream_ended", true);
  });
}

addEventListener("pagehide", () => source?.close());
addEventListener("pageshow", ({ persisted }) => { if (persisted) show(); });

function facts(command) {
  const pairs = [[t("commands.by"), visible(command.posted_by)], [t("commands.key"), h("code.digest", visible(command.kid || "–"))],
    [t("command.issued"), exact(new Date(command.issued))], [t("command.expires"), exact(new Date(command.expires))],
    [t("command.id"), h("code.digest", command.id)]];
  return h("section", h("h2", t("command.about")), h("dl.facts", pairs.flatMap(([name, value]) => [h("dt", name), h("dd", value)])));
}

function what(command) {
  const run = command.claims?.cmd?.run;
  const script = typeof run?.script === "string" ? run.script : Array.isArray(run?.argv) ? run.argv.join("\n") : null;
  return h("section", h("h2", t("command.what")),
    script === null ? null : h("div", h("p.muted.small", visible(t("command.run_as", { shell: String(run.shell), as: String(run.as) }))),
      h("pre.script", { tabindex: "0" }, visible(script))),
    h("details", h("summary", t("command.claims")), h("pre.content", { tabindex: "0" }, visible(JSON.stringify(command.claims, null, 2)))),
    h("p.muted.small", t("command.claims_about")));
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "o" || event.ctrlKey || event.altKey || event.metaKey || event.target.closest?.("input, textarea, select, dialog")) return;
  const folds = [...document.querySelectorAll("details.fold")];
  const all = folds.every((one) => one.open);
  for (const one of folds) one.open = !all;
});
