// For how many days tickets are kept: below their list, and the dialog that changes it.
import { t } from "./l10n.js";
import { call } from "./api.js";
import { confirmed } from "./confirm.js";
import { h, replace } from "./dom.js";
import { showError } from "./shell.js";
import { visible, visibleText } from "./visible.js";

const most_days = "3650";
const forDays = (days) => (days === 0 ? t("retention.ever") : t("retention.days", { n: days }));

/** The list of tickets goes on without it: what can't be read is not shown. */
export async function showRetention(place) {
  const rules = await call("retention").catch(() => null);
  place.hidden = rules === null;
  if (rules !== null) show(place, rules);
}

function show(place, rules) {
  const problem = h("div", { role: "alert" });
  const again = (now) => {
    show(place, now);
    place.querySelector("button").focus(); // the one that was pressed is another now
  };
  const clear = async (label) => {
    try {
      const { deletes } = await call(`retention?${new URLSearchParams({ label })}`);
      const question = t("retention.clear_question", { label: visibleText(label) });
      if (!(await confirmed(deletes > 0 ? `${question} ${t("retention.deletes", { n: deletes })}` : question, t("retention.clear")))) return;
      again(await call(`retention?${new URLSearchParams({ label })}`, { method: "DELETE" }));
    } catch (why) {
      showError(problem, why);
    }
  };
  const button = (name, label, press) => h("button", { type: "button", "aria-label": label === undefined ? null : t(`retention.${name}_of`, { label: visibleText(label) }),
    on: { click: press } }, t(`retention.${name}`));
  const rule = ({ label, days }) => h("li",
    h("span.words", label === undefined ? t("retention.all") : [t("retention.of_label"), " ", h("span.tag", visible(label))], " ", h("strong", forDays(days))),
    button("change", label, () => edit({ label, days }, again)), label === undefined ? null : button("clear", label, () => clear(label)));
  replace(place, h("h2", { id: "retention-title" }, t("retention.title")),
    h("ul.rows", rule({ days: rules.days }), rules.labels.map(rule)), problem,
    h("p.muted.small", t("retention.after")), h("p.actions", button("add", undefined, () => edit({ label: "" }, again))));
}

/** A rule for all when it has no label, for a label that is yet to be written when that is empty. */
function edit({ label, days = 0 }, done) {
  const problem = h("div", { role: "alert" });
  const warning = h("div", { role: "alert" });
  const name = label === "" ? h("input", { id: "retention-label", maxlength: "64", required: true, autocomplete: "off", pattern: ".*\\S.*" }) : null;
  const number = h("input", { id: "retention-days", type: "number", min: "0", max: most_days, step: "1", required: true, value: days, "aria-describedby": "retention-help" });
  const save = h("button.primary", t("words.save"));
  const field = (input, text, help) => h("div.field", h("label", { for: input.id }, text), input, help ?? null);
  const title = label === undefined ? t("retention.title_all") : label === "" ? t("retention.add") : t("retention.title_label", { label: visibleText(label) });
  const form = h("form.stack", h("h2", { id: "retention-dialog" }, title), name ? field(name, t("retention.label")) : null,
    field(number, t("retention.number"), h("p.muted.small", { id: "retention-help" }, t("retention.help"))), warning, problem,
    h("p.actions", save, " ", h("button", { type: "button", on: { click: () => dialog.close() } }, t("machine.cancel"))));
  const dialog = h("dialog", { "aria-labelledby": "retention-dialog" }, form);
  let warned = "";
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const rule = { days: Number(number.value), ...(label === undefined ? {} : { label: label || name.value.trim() }) };
    save.disabled = true;
    replace(problem);
    try {
      const { deletes } = await call(`retention?${new URLSearchParams(rule)}`);
      const said = JSON.stringify([rule, deletes]);
      if (deletes > 0 && warned !== said) {
        warned = said;
        replace(warning, h("p.note.bad", t("retention.deletes", { n: deletes })));
        save.textContent = t("retention.delete", { n: deletes });
        save.className = "danger";
      } else {
        const now = await call("retention", { method: "POST", body: rule });
        dialog.close();
        done(now);
      }
    } catch (why) {
      showError(problem, why);
    }
    save.disabled = false;
  });
  form.addEventListener("input", () => {
    warned = "";
    replace(warning);
    save.textContent = t("words.save");
    save.className = "primary";
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
