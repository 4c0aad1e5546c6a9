// Acknowledging alerts: a question with room for a note, and who it was.
import { t } from "./l10n.js";
import { call } from "./api.js";
import { h, replace } from "./dom.js";
import { when } from "./fleet.js";
import { showError, showOpenAlerts } from "./shell.js";
import { visible } from "./visible.js";

/** In a row: the button while it is open, then who, when and the note. */
export function seenBy(alert, press) {
  if (alert.acknowledged_by === null) return h("button", { type: "button", on: { click: press } }, t("alerts.acknowledge"));
  const name = alert.acknowledged_by.startsWith("token:") ? t("audit.by_token", { name: alert.acknowledged_by.slice(6) }) : alert.acknowledged_by;
  return [h("span", visible(name), alert.acknowledged_at ? [", ", when(alert.acknowledged_at)] : null), alert.note ? h("p.muted.small", visible(alert.note)) : null].flat();
}

/** Asks, then does it; gives the alert as it is then, or null when somebody thought better of it. */
export function acknowledge(alert) {
  return ask({ question: t("alerts.question", { title: alert.title, machine: alert.hostname }) },
    (note) => call(`alerts/${alert.agent}/${alert.id}/acknowledge`, { method: "POST", body: { note } }));
}

/** The same for a list: those shown or, when there is more, all that fit. Gives how many, or null. */
export function acknowledgeMany({ items, wanted, more }) {
  const open = items.filter((each) => each.acknowledged_by === null);
  const choices = more ? [["shown", t("alerts.only_shown", { n: open.length })], ["all", t("alerts.all_that_fit")]] : [];
  return ask({ question: t(more ? "alerts.question_which" : "alerts.question_all", { n: open.length }), choices }, async (note, choice, progress) => {
    const body = { until: items[0].seq, note, ...Object.fromEntries(Object.entries(wanted).filter(([name, value]) => value && name !== "open")) };
    if (choice !== "all") body.from = items.at(-1).seq;
    for (let count = 0; ;) {
      const answer = await call("alerts/acknowledge", { method: "POST", body });
      count += answer.acknowledged;
      if (answer.until === undefined || answer.until < (body.from ?? 1)) return count;
      body.until = answer.until;
      progress(t("alerts.acknowledged", { n: count }));
    }
  });
}

function ask({ question, choices = [] }, act) {
  return new Promise((done) => {
    let outcome = null;
    const problem = h("div", { role: "alert" });
    const progress = h("p.muted.small", { role: "status" });
    const note = h("input", { id: "note", maxlength: "250", autocomplete: "off", autofocus: true });
    const yes = h("button.primary", t("alerts.acknowledge"));
    const form = h("form.stack", h("p", { id: "question" }, visible(question)),
      choices.length === 0 ? null : h("fieldset.plain", h("legend.visually-hidden", visible(question)), choices.map(([value, words], at) =>
        h("label.check", h("input", { type: "radio", name: "which", value, checked: at === 0 }), " ", words))),
      h("div.field", h("label", { for: "note" }, t("alerts.note")), note), progress, problem,
      h("p.actions", yes, " ", h("button", { type: "button", on: { click: () => dialog.close() } }, t("machine.cancel"))));
    const dialog = h("dialog", { "aria-labelledby": "question" }, form);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      yes.disabled = true;
      replace(problem);
      try {
        outcome = await act(note.value.trim(), form.elements.which?.value, (words) => { progress.textContent = words; });
        showOpenAlerts();
        dialog.close();
      } catch (why) {
        showError(problem, why);
      }
      yes.disabled = false;
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      done(outcome);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
