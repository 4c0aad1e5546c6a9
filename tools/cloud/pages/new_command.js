// Writes a command and hands it, unsigned, to the signer on the operator's own computer. This page can sign nothing.
import { t } from "./l10n.js";
import { call } from "./api.js";
import { h, replace } from "./dom.js";
import { machineState } from "./fleet.js";
import { open } from "./shell.js";
import { visible, visibleText } from "./visible.js";

const by = (id) => document.getElementById(id);
const form = by("new");
const chosen = new Map(); // agent → hostname
const most = 1024; // machines in one command
let searching = null;

/** /commands/new?machine=ID; the groups and the fleet's key that the cloud knows of. */
async function preset() {
  const machine = new URLSearchParams(location.search).get("machine");
  const [one, some, newest] = await Promise.all([
    machine ? call(`agents/${encodeURIComponent(machine)}`).catch(() => null) : null,
    call("agents?limit=200").catch(() => ({ items: [] })),
    call("commands?limit=1").catch(() => ({ items: [] })),
  ]);
  if (one) chosen.set(one.agent, one.hostname);
  replace(by("groups"), [...new Set(some.items.flatMap((each) => each.groups))].sort().map((group) => h("option", { value: group })));
  by("fleet").value = newest.items[0]?.kid ?? "";
}

async function find() {
  searching?.abort();
  searching = new AbortController();
  try {
    const query = new URLSearchParams({ limit: "10", q: by("search").value.trim() });
    const list = await call(`agents?${query}`, { signal: searching.signal });
    const fitting = list.items.filter((each) => each.state === "approved");
    by("found-status").textContent = t(list.next ? "new.found_more" : "new.found", { n: fitting.length });
    replace(by("found"), fitting.map((machine) => {
      const box = h("input", { type: "checkbox", on: { change: () => choose(machine, box.checked) } });
      box.checked = chosen.has(machine.agent);
      box.dataset.agent = machine.agent;
      return h("li", h("label", box, " ", h("span.name", visible(machine.hostname || machine.agent)), " ", machineState(machine)));
    }));
  } catch (why) {
    if (why.name !== "AbortError") by("found-status").textContent = t("new.find_failed");
  }
}

function choose(machine, on) {
  if (on && chosen.size < most) chosen.set(machine.agent, machine.hostname);
  else chosen.delete(machine.agent);
  refresh();
}

const scope = () => form.elements.scope.value;

/** The claims as far as they can be said here, or the key of what is missing. */
function claims() {
  const run = { shell: by("shell").value };
  let aud;
  if (scope() === "machines") {
    if (chosen.size === 0) return { missing: "new.need_machines" };
    aud = [...chosen.keys()];
  } else if (scope() === "group") {
    if (!/^[A-Za-z0-9._-]{1,64}$/.test(by("group").value)) return { missing: "new.need_group" };
    aud = [`group:${by("group").value}`];
  } else {
    if (!/^[A-Za-z0-9_-]{43}$/.test(by("fleet").value)) return { missing: "new.need_fleet" };
    aud = [`fleet:${by("fleet").value}`];
  }
  const text = by("script").value;
  if (text.trim() === "") return { missing: run.shell === "exec" ? "new.need_argv" : "new.need_script" };
  if (run.shell === "exec") run.argv = text.replace(/\n+$/, "").split("\n");
  else run.script = text.endsWith("\n") ? text : `${text}\n`;
  if (run.argv?.[0] === "") return { missing: "new.need_argv" };
  if (!form.elements.as.value) return { missing: "new.need_as" };
  run.as = form.elements.as.value;
  const minutes = Number(by("minutes").value);
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > 1440) return { missing: "new.need_limit" };
  run.timeout_s = minutes * 60;
  return { claims: { aud: aud.length === 1 ? aud[0] : aud, cmd: { run } } };
}

function where() {
  if (scope() === "group") return t("new.where_group", { group: by("group").value });
  if (scope() === "fleet") return t("new.where_fleet");
  if (chosen.size === 1) return [...chosen.values()][0] || [...chosen.keys()][0];
  return t("new.where_machines", { n: chosen.size });
}

function refresh() {
  for (const part of form.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== scope();
  const exec = by("shell").value === "exec";
  by("script-about").hidden = !exec;
  by("script-label").textContent = t(exec ? "new.argv" : "new.script");
  replace(by("chosen"), [...chosen].map(([agent, name]) => h("li", visible(name || agent), " ",
    h("button.quiet", { type: "button", "aria-label": t("new.remove", { name: visibleText(name || agent) }), on: { click: () => {
      chosen.delete(agent);
      for (const box of by("found").querySelectorAll("input")) if (box.dataset.agent === agent) box.checked = false;
      refresh();
      by("search").focus();
    } } }, "✕"))));
  const made = claims();
  const minutes = Number(by("minutes").value);
  const text = made.missing ? t(made.missing)
    : t(exec ? "new.says_exec" : "new.says_script", { shell: by("shell").value, where: where(), n: minutes,
      program: made.claims.cmd.run.argv?.[0] ?? "", as: t(`new.says_${made.claims.cmd.run.as}`) });
  if (by("summary").textContent !== text) replace(by("summary"), visible(text));
  by("summary").className = made.missing ? "muted" : "says";
}

function base64url(text) {
  const bytes = new TextEncoder().encode(text);
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

let typing = 0;
form.addEventListener("input", ({ target }) => {
  if (target !== by("search")) return refresh();
  clearTimeout(typing);
  typing = setTimeout(find, 200);
});
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.ctrlKey) form.requestSubmit(by("hand-over"));
  else if (event.key === "Enter" && event.target.tagName === "INPUT") event.preventDefault(); // a half-written form is not handed over
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const made = claims();
  if (made.missing) return replace(by("problem"), h("p.note.bad", t(made.missing)));
  const text = JSON.stringify({ claims: made.claims });
  if (new TextEncoder().encode(text).length > 60000) return replace(by("problem"), h("p.note.bad", t("new.too_large")));
  const port = Number(by("port").value);
  if (!Number.isInteger(port) || port < 1 || port > 65535) return replace(by("problem"), h("p.note.bad", t("new.need_port")));
  // The part after # is never sent to any server.
  window.open(`http://127.0.0.1:${port}/request#${base64url(text)}`, "_blank", "noopener");
  replace(by("problem"), h("p.note", t("new.handed_over")));
  by("signer").open = true;
});

await open({ keys: [["Ctrl+Enter", "keys.hand_over"]] });
document.title = t("new.page");
by("start").textContent = `tier2ctl signer --key KEY.pem --cloud ${location.origin} --token-file TOKEN`;
await preset();
refresh();
await find();
