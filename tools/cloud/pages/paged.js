// A list that comes in pages, newest or first names first; what it is narrowed to is in the address.
import { t } from "./l10n.js";
import { call } from "./api.js";
import { h, replace } from "./dom.js";
import { onKeys, showError } from "./shell.js";

const pageSize = 100;

/**
 * `name`: of the page ("machines", also the path of its API unless `path`), `filters`: names of the form's fields,
 * `row(item)`: a <tr> with the link in td.what, `empty(narrowed)`: what is shown instead of no rows, `onShown`: hears of
 * the items, `walk`: what j and k go through. `ready` is the first list, `show` reads it anew, `say` speaks above it.
 */
export function pagedList({ name, path = name, filters = [], row, empty, onShown = () => {}, walk = "td.what a" }) {
  const table = document.querySelector("#list");
  const body = table.tBodies[0];
  const state = document.querySelector("#state");
  const count = document.querySelector("#count");
  const more = document.querySelector("#more");
  const form = document.querySelector("#filter");
  let running = null;
  let next = null;
  let items = [];

  const wanted = () => {
    const now = new URLSearchParams(location.search);
    return Object.fromEntries(filters.map((filter) => [filter, now.get(filter) ?? ""]));
  };

  function go(change, { keep = false } = {}) {
    const query = new URLSearchParams(Object.entries({ ...wanted(), ...change }).filter(([, value]) => value));
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
  }

  async function fetchRows(before) {
    running?.abort();
    running = new AbortController();
    const query = new URLSearchParams(Object.entries({ ...wanted(), limit: pageSize, before }).filter(([, value]) => value));
    return call(`${path}?${query}`, { signal: running.signal });
  }

  function finish(list) {
    next = list.next ?? null;
    items.push(...list.items);
    const shown = body.rows.length;
    table.hidden = shown === 0;
    count.textContent = shown === 0 ? "" : t(next ? `${name}.count_more` : `${name}.count`, { n: shown });
    more.hidden = next === null;
    if (shown === 0) replace(state, next ? h("p.muted", t("list.none_yet")) : empty(Object.values(wanted()).some(Boolean), go));
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
      replace(body, list.items.map(row));
      items = [];
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
      const list = await fetchRows(next);
      body.append(...list.items.map(row));
      finish(list);
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

  let typing = 0;
  form?.addEventListener("input", ({ target }) => {
    clearTimeout(typing);
    const value = target.type === "checkbox" ? (target.checked ? "true" : "") : target.value.trim();
    if (target.type === "search") typing = setTimeout(() => go({ [target.name]: value }, { keep: true }), 200);
    else go({ [target.name]: value });
  });
  form?.addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", showMore);
  window.addEventListener("popstate", show);
  onKeys({ j: () => step(1), k: () => step(-1) });
  return { ready: show(), show, say: (words) => { count.textContent = words; } };
}
