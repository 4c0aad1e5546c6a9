// What every page of the console has: catalogue, navigation, search, who is signed in, the keys.
import { load, t } from "./l10n.js";
import { call, signOut } from "./api.js";
import { h, replace } from "./dom.js";
import { keyHelp, onKeys } from "./keys.js";
import { visible } from "./visible.js";

export { onKeys };

/** Loads the catalogue, fills the frame and returns the operator's name. */
export async function open({ keys = [] } = {}) {
  const out = document.querySelector("#sign-out");
  out.addEventListener("click", signOut); // before anything is waited for
  out.disabled = false; // until here a click would have been lost
  const session = call("session");
  await load({ base: "/assets/" });
  frame(keys);
  showOpenAlerts();
  const { name } = await session;
  document.querySelector("#operator").textContent = name;
  return name;
}

/** The number beside "Alerts": those that nobody has seen to, errors and above. */
export async function showOpenAlerts() {
  const place = document.querySelector("#open-alerts");
  const { open: count, more } = await call("alerts/count?severity=error").catch(() => ({ open: 0 }));
  place.hidden = count === 0;
  place.textContent = more ? t("shell.at_least", { n: count }) : String(count);
  place.setAttribute("aria-label", t("shell.open_alerts", { n: count }));
}

function frame(keys) {
  const search = document.querySelector("#search");
  keyHelp([...keys, ...(search ? [["/", "keys.search"]] : [])]);
  if (search) onKeys({ "/": () => search.focus() });
}

/** Says in `place` what went wrong, what it means, and offers another try. */
export function showError(place, why, again) {
  const known = { 0: "error.offline", 404: "error.not_found", 503: "error.unavailable" }[why.status];
  replace(place, h("div.note.bad", { role: "alert" },
    h("p", h("strong", t(known ?? "error.other"))),
    why.message ? h("p.small", visible(why.message)) : null,
    again ? h("p.actions", h("button", { type: "button", on: { click: again } }, t("error.again"))) : null));
}
