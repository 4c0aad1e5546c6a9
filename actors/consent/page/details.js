// What the user writes, and the facts about the computer.

import { has, t } from "./l10n.js";
import { said } from "./said.js";

const by = (id) => document.getElementById(id);
const names = ["name", "email", "phone", "business", "message", "urgency"];
const debounce_ms = 250;

/** `send`: write_form; `written`: called after each key. */
export function create_form({ send, written }) {
  const touched = new Set();
  let asked = [];   // The organisation's own questions.
  let timer = 0;
  let unsaved = false;

  const answers = () => [...by("choices").querySelectorAll("select")].filter((each) => each.value !== "")
    .map((each) => [each.dataset.choice, each.value]);
  const value = () => ({ ...Object.fromEntries(names.map((name) => [name, by(name).value])),
                         choices: Object.fromEntries(answers()) });

  function question(choice, index) {
    const field = document.createElement("div");
    field.className = "field";
    const label = document.createElement("label");
    label.htmlFor = `choice-${index}`;
    label.textContent = choice.name;
    const select = document.createElement("select");
    select.id = select.name = label.htmlFor;
    select.autocomplete = "off";
    select.dataset.choice = choice.name;
    const option = (chosen, text) => {
      const node = document.createElement("option");
      node.value = chosen;
      node.textContent = text;
      return node;
    };
    select.append(option("", t("choice.none")), ...choice.options.map((each) => option(each, each)));
    field.append(label, select);
    return field;
  }

  function flush() {
    clearTimeout(timer);
    if (!unsaved) return;
    unsaved = false;
    send({ type: "write_form", form: value() });
  }

  by("form").addEventListener("input", ({ target }) => {
    touched.add(target.name);
    unsaved = true;
    clearTimeout(timer);
    timer = setTimeout(flush, debounce_ms);
    if (by("message").value.trim()) complain(false);
    written();
  });
  by("form").addEventListener("focusout", flush);
  by("form").addEventListener("submit", (event) => event.preventDefault());
  addEventListener("visibilitychange", flush);

  function complain(on) {
    by("message-missing").hidden = !on;
    if (on) by("message").setAttribute("aria-invalid", "true");
    else by("message").removeAttribute("aria-invalid");
  }

  return {
    flush,
    /** Takes the helper's values where the user has not written. */
    update(form, editable, choices) {
      if (JSON.stringify(choices) !== JSON.stringify(asked)) {
        asked = choices;
        by("choices").replaceChildren(...choices.map(question));
      }
      for (const select of by("choices").querySelectorAll("select")) {
        if (!touched.has(select.name)) select.value = form.choices[select.dataset.choice] ?? "";
        select.disabled = !editable;
      }
      for (const name of names) {
        const field = by(name);
        if (!touched.has(name) && field.value !== form[name]) field.value = form[name];
        if (name === "urgency") field.disabled = !editable;
        else field.readOnly = !editable;
      }
    },
    /** True when there is a message; else says so and goes there. */
    complete() {
      if (by("message").value.trim()) return true;
      complain(true);
      by("message").focus();
      return false;
    },
  };
}

/** `send`: include_fact; `chosen`: called after each choice. */
export function create_facts({ send, chosen }) {
  const pending = new Map();
  let facts = [];
  let editable = false;
  let complete = false;
  let drawn = "";

  const title = (fact) => (has(`fact.${fact.id}`) ? t(`fact.${fact.id}`) : fact.title);
  const included = (fact) => pending.get(fact.id) ?? fact.included;

  function row(fact, index) {
    const li = document.createElement("li");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.autocomplete = "off";
    box.dataset.fact = fact.id;
    box.addEventListener("change", () => {
      pending.set(fact.id, box.checked);
      send({ type: "include_fact", id: fact.id, on: box.checked });
      render();
      chosen();
    });
    const name = document.createElement("span");
    name.textContent = title(fact);
    const label = document.createElement("label");
    label.className = "check";
    label.append(box, name);
    const text = document.createElement("pre");
    text.id = `fact-${index}`;
    box.setAttribute("aria-describedby", text.id);
    text.textContent = fact.failed ? t("facts.failed", { why: said(fact.failed) }) : fact.text;
    li.append(label, text);
    return li;
  }

  function render() {
    const looks = JSON.stringify(facts.map(({ id, title: name, text, failed }) => [id, name, text, failed]));
    if (looks !== drawn) {
      drawn = looks;
      by("fact-list").replaceChildren(...facts.map(row));
    }
    facts.forEach((fact, index) => {
      const li = by("fact-list").children[index];
      const box = li.querySelector("input");
      box.checked = included(fact);
      box.disabled = !editable;
      li.classList.toggle("out", !included(fact));
    });
    const sum = t("facts.count", { n: facts.length, in: facts.filter(included).length });
    by("facts-count").textContent = !complete ? t("facts.gathering") : facts.length > 0 ? sum : t("facts.none");
  }

  return {
    update(view, may_edit) {
      facts = view.facts;
      editable = may_edit;
      complete = view.facts_complete;
      for (const fact of facts) if (pending.get(fact.id) === fact.included) pending.delete(fact.id);
      by("always").textContent = t("facts.always", { host: view.host, user: view.user });
      render();
    },
    count: () => facts.filter(included).length,
  };
}
