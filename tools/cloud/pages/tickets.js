// The list of tickets: searched, narrowed to a machine, sorted by its heads.
import { ago, exact, t } from "./l10n.js";
import { h, replace } from "./dom.js";
import { pagedList } from "./paged.js";
import { showRetention } from "./retention.js";
import { open } from "./shell.js";
import { visible } from "./visible.js";

const sortable = { number: "desc", name: "asc", machine: "asc", urgency: "desc", received: "desc" };
const table = document.querySelector("#list");
const narrowed = document.querySelector("#narrowed");
let go = () => {};

await open({ keys: [["j k", "keys.walk"], ["Enter", "keys.open"]] });
document.title = t("tickets.page");
for (const head of table.querySelectorAll("[data-sort]"))
  head.append(h("button.sort", { type: "button", on: { click: () => sortBy(head) } }, t(`tickets.${head.dataset.sort}`)));

/** What the address does not say, or says wrong. */
function tidy(filters) {
  const sort = Object.hasOwn(sortable, filters.sort) ? filters.sort : "received";
  return { ...filters, sort, order: ["asc", "desc"].includes(filters.order) ? filters.order : sortable[sort] };
}

/** The address is short for the list as it is at first. */
function spoken(filters) {
  const usual = filters.sort === "received" && filters.order === "desc";
  return usual ? { ...filters, sort: "", order: "" } : filters;
}

function sortBy(head) {
  const sort = head.dataset.sort;
  const turned = { ascending: "desc", descending: "asc" }[head.getAttribute("aria-sort")];
  go({ sort, order: turned ?? sortable[sort] });
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

function empty(_narrowed, _go, list) {
  if (list.all === 0)
    return h("div.empty", h("h2", t("tickets.empty_title")), h("p.muted", t("tickets.empty_text")));
  return h("div.empty", h("h2", t("tickets.none_title")), h("p.muted", t("tickets.none_text")),
    h("p.actions", h("button", { type: "button", on: { click: () => go({ q: "", urgency: "", machine: "" }) } }, t("tickets.clear"))));
}

function onFilters({ sort, order, machine }, change) {
  go = change;
  for (const head of table.querySelectorAll("[data-sort]")) {
    if (head.dataset.sort === sort) head.setAttribute("aria-sort", order === "asc" ? "ascending" : "descending");
    else head.removeAttribute("aria-sort");
  }
  narrowed.hidden = !machine;
  if (machine)
    replace(narrowed, h("span.tag", visible(t("tickets.on_machine", { machine }))), " ",
      h("button.quiet", { type: "button", on: { click: () => go({ machine: "" }) } }, t("tickets.all_machines")));
}

/** By place, since the order is the reader's. */
function read(list, shown) {
  const until = shown + list.tickets.length;
  return { items: list.tickets, next: until < list.total ? until : null, n: list.total };
}

await pagedList({ name: "tickets", filters: ["q", "urgency", "machine", "sort", "order"], tidy, spoken, row, empty, onFilters, read,
                  endless: true, after: (offset) => ({ offset }) }).ready;
await showRetention(document.querySelector("#retention"));
