// The list. What is searched, filtered and sorted is in the address, so that it can be linked to.
import { ago, exact, t } from "./l10n.js";
import { call } from "./api.js";
import { h, replace } from "./dom.js";
import { onKeys, open, showError } from "./shell.js";
import { visible } from "./visible.js";

const pageSize = 200;
const sortable = { number: "desc", name: "asc", machine: "asc", urgency: "desc", received: "desc" };
const form = document.querySelector("#filter");
const table = document.querySelector("#list");
const rows = table.tBodies[0];
const state = document.querySelector("#state");
const count = document.querySelector("#count");
const more = document.querySelector("#more");
const narrowed = document.querySelector("#narrowed");
let running = null;

await open({ keys: [["j k", "keys.walk"], ["Enter", "keys.open"]] });
document.title = t("tickets.page");
for (const head of table.querySelectorAll("[data-sort]"))
  head.append(h("button.sort", { type: "button", on: { click: () => sortBy(head.dataset.sort) } }, t(`tickets.${head.dataset.sort}`)));

function wanted() {
  const now = new URLSearchParams(location.search);
  const sort = Object.hasOwn(sortable, now.get("sort")) ? now.get("sort") : "received";
  const order = ["asc", "desc"].includes(now.get("order")) ? now.get("order") : sortable[sort];
  return { q: now.get("q") ?? "", urgency: now.get("urgency") ?? "", machine: now.get("machine") ?? "", sort, order };
}

function go(change, { keep = false } = {}) {
  const next = { ...wanted(), ...change };
  const query = new URLSearchParams();
  for (const name of ["q", "urgency", "machine"]) if (next[name]) query.set(name, next[name]);
  if (next.sort !== "received" || next.order !== "desc") {
    query.set("sort", next.sort);
    query.set("order", next.order);
  }
  const url = query.size > 0 ? `/tickets?${query}` : "/tickets";
  history[keep ? "replaceState" : "pushState"](null, "", url);
  show();
}

function sortBy(name) {
  const now = wanted();
  go({ sort: name, order: now.sort === name ? (now.order === "asc" ? "desc" : "asc") : sortable[name] });
}

function person(ticket) {
  return ticket.name || ticket.email || ticket.user;
}

function row(ticket) {
  const link = `/tickets/${Number(ticket.number)}`;
  const received = new Date(ticket.received);
  const name = person(ticket);
  return h("tr",
    h("td.number", { "data-label": t("tickets.number") }, String(ticket.number)),
    h("td.what", h("a", { href: link }, visible(ticket.message.trim() || t("tickets.no_message")))),
    h("td", { "data-label": t("tickets.name") }, visible(name ?? ""),
      ticket.user && ticket.user !== name ? h("span.muted.small", " ", visible(ticket.user)) : null),
    h("td", { "data-label": t("tickets.machine") },
      h("a.plain", { href: `/tickets?${new URLSearchParams({ machine: ticket.machine })}`, on: { click: (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        go({ machine: ticket.machine });
      } } }, visible(ticket.machine))),
    h("td.urgency", { "data-label": t("tickets.urgency") }, urgency(ticket.urgency)),
    h("td.number", { "data-label": t("tickets.pictures") }, String(ticket.pictures)),
    h("td", { "data-label": t("tickets.received") },
      h("time", { datetime: ticket.received, title: exact(received) }, ago(received))));
}

function urgency(name) {
  if (!["low", "normal", "high"].includes(name)) return h("span.muted", "–");
  return h(name === "high" ? "span.tag.high" : "span", t(`urgency.${name}`));
}

function skeleton() {
  return Array.from({ length: 8 }, () => h("tr.loading", { "aria-hidden": "true" },
    Array.from({ length: 7 }, () => h("td", h("div.skeleton")))));
}

function nothing(list) {
  if (list.all === 0)
    return h("div.empty", h("h2", t("tickets.empty_title")), h("p.muted", t("tickets.empty_text")));
  return h("div.empty", h("h2", t("tickets.none_title")), h("p.muted", t("tickets.none_text")),
    h("p.actions", h("button", { type: "button", on: { click: () => go({ q: "", urgency: "", machine: "" }) } }, t("tickets.clear"))));
}

async function fetchRows(offset) {
  running?.abort();
  running = new AbortController();
  const query = new URLSearchParams({ ...wanted(), limit: pageSize, offset });
  return call(`tickets?${query}`, { signal: running.signal });
}

function frame() {
  const now = wanted();
  if (form.elements.q !== document.activeElement) form.elements.q.value = now.q;
  form.elements.urgency.value = now.urgency;
  for (const head of table.querySelectorAll("[data-sort]")) {
    if (head.dataset.sort === now.sort) head.setAttribute("aria-sort", now.order === "asc" ? "ascending" : "descending");
    else head.removeAttribute("aria-sort");
  }
  narrowed.hidden = !now.machine;
  if (now.machine)
    replace(narrowed, h("span.tag", visible(t("tickets.on_machine", { machine: now.machine }))), " ",
      h("button.quiet", { type: "button", on: { click: () => go({ machine: "" }) } }, t("tickets.all_machines")));
}

async function show() {
  frame();
  replace(state);
  table.hidden = false;
  more.hidden = true;
  replace(rows, skeleton());
  try {
    const list = await fetchRows(0);
    replace(rows, list.tickets.map(row));
    finish(list);
  } catch (why) {
    if (why.name === "AbortError") return;
    table.hidden = true;
    count.textContent = "";
    showError(state, why, show);
  }
}

async function showMore() {
  more.disabled = true;
  try {
    const list = await fetchRows(rows.rows.length);
    rows.append(...list.tickets.map(row));
    finish(list);
  } catch (why) {
    if (why.name !== "AbortError") showError(state, why, showMore);
  }
  more.disabled = false;
}

function finish(list) {
  const shown = rows.rows.length;
  table.hidden = shown === 0;
  count.textContent = shown === 0 ? "" : t("tickets.count", { n: list.total, shown });
  more.hidden = shown >= list.total;
  if (shown === 0) replace(state, nothing(list));
}

function step(by) {
  const links = [...rows.querySelectorAll("td.what a")];
  const at = links.findIndex((link) => link.closest("tr").contains(document.activeElement));
  const next = links[Math.min(Math.max(at === -1 ? (by > 0 ? 0 : links.length - 1) : at + by, 0), links.length - 1)];
  next?.focus();
  next?.closest("tr").scrollIntoView({ block: "nearest" });
}

let typing = 0;
form.elements.q.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => go({ q: form.elements.q.value.trim() }, { keep: true }), 200);
});
form.elements.urgency.addEventListener("change", () => go({ urgency: form.elements.urgency.value }));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(typing);
  go({ q: form.elements.q.value.trim() });
  rows.querySelector("td.what a")?.focus();
});
more.addEventListener("click", showMore);
window.addEventListener("popstate", show);
onKeys({ j: () => step(1), k: () => step(-1) });
new IntersectionObserver((seen) => { if (seen.some((one) => one.isIntersecting) && !more.hidden && !more.disabled) showMore(); },
  { rootMargin: "600px" }).observe(more);

await show();
