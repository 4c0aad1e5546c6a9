// Single keys, and the dialog that names them.
import { t } from "./l10n.js";
import { h } from "./dom.js";

/** Listens for single keys, but not while somebody types, in a dialog, or with a modifier. An action that gives false did nothing. */
export function onKeys(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest?.("input, textarea, select, dialog[open]") || document.querySelector("dialog[open]")) return;
    const action = Object.hasOwn(actions, event.key) ? actions[event.key] : null;
    if (action && action(event) !== false) event.preventDefault();
  });
}

/** The dialog of [["j k", "keys.walk"], …], opened by "?" and by the button #show-keys. */
export function keyHelp(keys) {
  const help = h("dialog", { id: "keys", "aria-labelledby": "keys-title" },
    h("h2", { id: "keys-title" }, t("keys.title")),
    h("dl.keys", [...keys, ["?", "keys.help"]].flatMap(([key, text]) =>
      [h("dt", ...key.split(" ").map((one) => h("kbd", one))), h("dd", t(text))])),
    h("form", { method: "dialog" }, h("button", { autofocus: true }, t("keys.close"))));
  document.body.append(help);
  const show = () => { if (!help.open) help.showModal(); };
  const button = document.querySelector("#show-keys");
  button.addEventListener("click", show);
  button.disabled = false;
  onKeys({ "?": show });
}
