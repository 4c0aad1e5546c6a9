// What every page of the console has: catalogue, navigation, search, who is signed in, the keys.
import { load, t } from "./l10n.js";
import { call } from "./api.js";
import { h, replace } from "./dom.js";

/** Loads the catalogue, fills the frame and returns the operator's name. */
export async function open({ keys = [] } = {}) {
  const session = call("session");
  await load({ base: "/assets/" });
  frame(keys);
  const { name } = await session;
  document.querySelector("#operator").textContent = name;
  return name;
}

function frame(keys) {
  document.querySelector("#sign-out").addEventListener("click", async () => {
    try {
      await call("session", { method: "DELETE", stay: true });
    } finally {
      location.assign("/sign-in");
    }
  });
  const help = h("dialog", { id: "keys", "aria-labelledby": "keys-title" },
    h("h2", { id: "keys-title" }, t("keys.title")),
    h("dl.keys", [...keys, ["/", "keys.search"], ["?", "keys.help"]].flatMap(([key, text]) =>
      [h("dt", ...key.split(" ").map((one) => h("kbd", one))), h("dd", t(text))])),
    h("form", { method: "dialog" }, h("button", { autofocus: true }, t("keys.close"))));
  document.body.append(help);
  const show = () => { if (!help.open) help.showModal(); };
  document.querySelector("#show-keys").addEventListener("click", show);
  onKeys({
    "?": show,
    "/": () => document.querySelector("#search")?.focus(),
  });
}

/** Listens for single keys, but not while somebody types, in a dialog, or with a modifier. */
export function onKeys(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest?.("input, textarea, select, dialog[open]") || document.querySelector("dialog[open]")) return;
    const action = actions[event.key];
    if (!action) return;
    if (action(event) !== false) event.preventDefault();
  });
}

/** Says in `place` what went wrong, what it means, and offers another try. */
export function showError(place, why, again) {
  const known = { 0: "error.offline", 404: "error.not_found", 503: "error.unavailable" }[why.status];
  replace(place, h("div.note.bad", { role: "alert" },
    h("p", h("strong", t(known ?? "error.other"))),
    why.message ? h("p.small", why.message) : null,
    again ? h("p.actions", h("button", { type: "button", on: { click: again } }, t("error.again"))) : null));
}
