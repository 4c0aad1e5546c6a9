// What operators say of a machine: its name, a note, labels; and what makes it suspicious, until somebody has looked.
import { t } from "./l10n.js";
import { call } from "./api.js";
import { h } from "./dom.js";
import { when } from "./fleet.js";
import { showError } from "./shell.js";
import { visible } from "./visible.js";

/** Nothing when it is not. */
export function suspicion(machine, again) {
  if (!machine.suspicion) return null;
  const problem = h("div", { role: "alert" });
  const dismiss = async () => {
    try {
      await call(`agents/${machine.agent}/dismiss`, { method: "POST", body: {} });
      await again();
    } catch (why) {
      showError(problem, why);
    }
  };
  return h("section.note.bad", h("h2", t(`suspicion.${machine.suspicion.reason}`)), h("p", t(`suspicion.${machine.suspicion.reason}_help`)),
    h("p.small", t("suspicion.since"), " ", when(machine.suspicion.since)), problem,
    h("p.actions", h("button", { type: "button", on: { click: dismiss } }, t("suspicion.dismiss"))));
}

export function words(machine, again) {
  const change = h("button", { type: "button", on: { click: () => edit(machine, again) } }, t("words.change"));
  return h("section", h("h2", t("words.title")),
    machine.note ? h("p.body", visible(machine.note)) : null,
    machine.labels.length > 0 ? h("p", machine.labels.flatMap((label) =>
      [h("a.tag.plain", { href: `/machines?${new URLSearchParams({ label })}` }, visible(label)), " "])) : null,
    !machine.note && machine.labels.length === 0 ? h("p.muted", t("words.none")) : null,
    h("p.actions", change));
}

function edit(machine, again) {
  const problem = h("div", { role: "alert" });
  const name = h("input", { id: "display-name", maxlength: "100", autocomplete: "off", value: machine.display_name });
  const labels = h("input", { id: "labels", maxlength: "1000", autocomplete: "off", value: machine.labels.join(", "), "aria-describedby": "labels-help" });
  const note = h("textarea", { id: "machine-note", maxlength: "1000" });
  note.value = machine.note;
  const save = h("button.primary", t("words.save"));
  const field = (input, label, help) => h("div.field", h("label", { for: input.id }, label), input, help ?? null);
  const form = h("form.stack", h("h2", { id: "words-title" }, t("words.title")), field(name, t("words.name")),
    field(labels, t("words.labels"), h("p.muted.small", { id: "labels-help" }, t("words.labels_help"))), field(note, t("words.note")), problem,
    h("p.actions", save, " ", h("button", { type: "button", on: { click: () => dialog.close() } }, t("machine.cancel"))));
  const dialog = h("dialog", { "aria-labelledby": "words-title" }, form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    save.disabled = true;
    try {
      await call(`agents/${machine.agent}/about`, { method: "POST", body: { display_name: name.value.trim(), note: note.value.trim(),
        labels: labels.value.split(",").map((one) => one.trim()).filter(Boolean) } });
      dialog.close();
      await again();
    } catch (why) {
      showError(problem, why);
    }
    save.disabled = false;
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
