// A list that comes in pages, newest or first names first; what it is narrowed to is in the address.
import { t } from "./l10n.js";
import { call } from "./api.js";
import { h, replace } from "./dom.js";
import { onKeys, showError } from "./shell.js";

const pageSize = 100;

/**
 * `name`: of the page ("machines", also the path of its API unless `path`), `filters`: names of what narrows or orders it,
 * which the form's fields and the address have; `tidy(filters)`: those that are meant, `spoken(filters)`: those that the
 * address has to name. `row(item)`: a <tr> with the link in td.what, `empty(narrowed, go, list)`: what is shown instead of no
 * rows, `onShown`: hears of the items, `onFilters(filters, go)`: of what is wanted, `walk`: what j and k go through.
 * `endless`: the rest comes by itself where it comes into view, which is for lists that are cheap to read.
 * `read(list, shown)`: {items, next, n?} of an answer, `after(next)`: what asks for the rest. `ready` is the first list,
 * `show` reads it anew, `say` speaks above it.
 */
export function pagedList({ name, path = name, filters = [], tidy = (all) => all, spoken = (all) => all, row, empty, onShown = () => {},
                            onFilters = () => {}, walk = "td.what a", endless = false, read = (list) => list, after = (next) => ({ before: next }) }) {
  const table = document.querySelector("#list");
  const body = table.tBodies[0];
  const state = document.querySelector("#state");
  const count = document.querySelector("#count");
  const more = document.querySelector("#more");
  const form = document.querySelector("#filter");
  let running = null;
  let next = null;
  let items = [];
  let typing = 0;
  let typed = {}; // what is not searched for yet

  const wanted = () => {
    const now = new URLSearchParams(location.search);
    return tidy(Object.fromEntries(filters.map((filter) => [filter, now.get(filter) ?? ""])));
  };

  function go(change, { keep = false } = {}) {
    clearTimeout(typing);
    const query = new URLSearchParams(Object.entries(spoken({ ...wanted(), ...typed, ...change })).filter(([, value]) => value));
    typed = {};
    history[keep ? "replaceState" : "pushState"](null, "", query.size > 0 ? `/${name}?${query}` : `/${name}`);
    show();
  }

  function frame() {
    for (const [filter, value] of Object.entries(wanted())) {
      const field = form?.elements[filter];
      if (!field || field === document.activeElement) continue;
      if (field.type === "checkbox") field.checked = value === "true";
      else field.value = value;
    }
    onFilters(wanted(), go);
  }

  async function fetchRows(from) {
    running?.abort();
    running = new AbortController();
    const query = new URLSearchParams(Object.entries({ ...wanted(), limit: pageSize, ...after(from) }).filter(([, value]) => value));
    return call(`${path}?${query}`, { signal: running.signal });
  }

  function add(list) {
    const part = read(list, items.length);
    next = part.next ?? null;
    items.push(...part.items);
    body.append(...part.items.map(row));
    const shown = body.rows.length;
    table.hidden = shown === 0;
    count.textContent = shown === 0 ? "" : t(next && !part.n ? `${name}.count_more` : `${name}.count`, { n: part.n ?? shown });
    more.hidden = next === null;
    if (shown === 0) replace(state, next ? h("p.muted", t("list.none_yet")) : empty(Object.values(wanted()).some(Boolean), go, list));
    else replace(state);
    onShown({ items, wanted: wanted(), more: next !== null, go });
  }

  async function show() {
    frame();
    replace(state);
    table.hidden = false;
    more.hidden = true;
    const columns = table.tHead.rows[0].cells.length;
    replace(body, Array.from({ length: 8 }, () => h("tr.loading", { "aria-hidden": "true" },
      Array.from({ length: columns }, () => h("td", h("div.skeleton"))))));
    try {
      const list = await fetchRows(null);
      replace(body);
      items = [];
      add(list);
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
      add(await fetchRows(next));
    } catch (why) {
      if (why.name !== "AbortError") showError(state, why, showMore);
    }
    more.disabled = false;
  }

  function step(by) {
    const links = [...body.querySelectorAll(walk)];
    const at = links.findIndex((link) => link.closest("tr").contains(document.activeElement));
    const to = links[Math.min(Math.max(at === -1 ? (by > 0 ? 0 : links.length - 1) : at + by, 0), links.length - 1)];
    to?.focus();
    to?.closest("tr").scrollIntoView({ block: "nearest" });
  }

  form?.addEventListener("input", ({ target }) => {
    clearTimeout(typing);
    const value = target.type === "checkbox" ? (target.checked ? "true" : "") : target.value.trim();
    if (target.type !== "search") return go({ [target.name]: value });
    typed = { [target.name]: value };
    typing = setTimeout(() => go(typed, { keep: true }), 200);
    return undefined;
  });
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    const field = form.querySelector("[type=search]");
    if (field) go({ [field.name]: field.value.trim() }, { keep: true });
    body.querySelector(walk)?.focus();
  });
  more.addEventListener("click", showMore);
  if (endless) new IntersectionObserver((seen) => { if (seen.some((one) => one.isIntersecting) && !more.hidden && !more.disabled) showMore(); },
    { rootMargin: "600px" }).observe(more);
  window.addEventListener("popstate", show);
  onKeys({ j: () => step(1), k: () => step(-1) });
  return { ready: show(), show, say: (words) => { count.textContent = words; } };
}
