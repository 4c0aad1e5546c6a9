// A question before something that cannot be undone.
import { t } from "./l10n.js";
import { h } from "./dom.js";
import { visible } from "./visible.js";

/** Asks in a dialog; Escape and Cancel are no. */
export function confirmed(question, yes) {
  return new Promise((answer) => {
    const dialog = h("dialog", { "aria-labelledby": "question" }, h("p", { id: "question" }, visible(question)),
      h("form.actions", { method: "dialog" }, h("button", { value: "no", autofocus: true }, t("machine.cancel")), " ", h("button.danger", { value: "yes" }, yes)));
    dialog.addEventListener("close", () => {
      dialog.remove();
      answer(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
