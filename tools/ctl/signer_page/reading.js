// A command in words, from the reading that the signing program made of the very bytes it would sign.
import { bytes, t } from "./l10n.js";
import { h } from "./dom.js";
import { beginning, countHidden, visible } from "./visible.js";

/** "Run a sh script as system": words of ours around the command's own, which are still to be made visible. */
export function summary(cmd) {
  const [name, what] = Object.entries(cmd)[0];
  if (name !== "run") return t(`summary.${name}`);
  if (what.shell === "exec") return t(`summary.exec_${what.as}`, { program: beginning(what.argv[0], 80) });
  return t(`summary.script_${what.as}`, { shell: what.shell });
}

/** The beginning of what tells it from others like it, if there is such a thing. */
export function glance(cmd) {
  const [name, what] = Object.entries(cmd)[0];
  const text = { run: what.script ?? what.argv?.slice(1).join(" "), cancel: what.jti, notify: what.title, report: what.message }[name] ?? "";
  return beginning(text.trim().split("\n")[0], 60);
}

function code(text) {
  const count = countHidden(text);
  return [h("pre.code", { tabindex: "0" }, visible(text)),
    count > 0 ? h("p.note.warn", t("reading.hidden", { n: count })) : null];
}

function words(list, start = 0) {
  return h("ol.words", { start }, list.map((one) => h("li", h("code", visible(one)))));
}

function rows(pairs) {
  return h("dl.facts", pairs.filter(Boolean).flatMap(([name, value]) => [h("dt", name), h("dd", value)]));
}

function part(title, ...content) {
  return h("section", h("h3", title), ...content);
}

function run(what) {
  const lines = what.script?.replace(/\n$/, "").split("\n").length ?? 0;
  return [
    what.script === undefined ? part(t("reading.argv"), words(what.argv))
      : part(t("reading.script", { n: lines }), ...code(what.script)),
    what.args ? part(t("reading.args"), words(what.args, 1)) : null,
    what.stdin ? part(t("reading.stdin"), ...code(what.stdin)) : null,
    what.env ? part(t("reading.env"), h("ul.words", Object.entries(what.env).map(([name, value]) =>
      h("li", h("code", visible(`${name}=${value}`)))))) : null,
    part(t("reading.how"), rows([
      [t("reading.as"), h("strong", t(`reading.as_${what.as}`))],
      what.session ? [t("reading.session"), h("code", visible(what.session))] : null,
      [t("reading.cwd"), what.cwd ? h("code", visible(what.cwd)) : t("reading.cwd_own")],
      [t("reading.timeout"), t("reading.seconds", { n: what.timeout_s })],
      [t("reading.output"), t(`reading.overflow_${what.on_overflow}`, { bytes: bytes(what.max_output_bytes) })]])),
  ];
}

const others = {
  cancel: (what) => [part(t("reading.cancel"), h("p", h("code", visible(what.jti))))],
  report: (what) => [part(t("reading.message"), ...code(what.message))],
  notify: (what) => [part(t("reading.message"), h("p", h("strong", visible(what.title))), ...code(what.body))],
  set_groups: (what) => [part(t("reading.groups"), what.groups.length === 0 ? h("p", t("reading.no_groups"))
    : h("ul.words", what.groups.map((one) => h("li", h("code", visible(one))))))],
  restart_actor: (what) => [part(t("reading.actor"),
    h("p", h("code", visible([what.program, what.session, what.name].filter(Boolean).join(" / ")))))],
};

/** Everything that the command says, as nodes. */
export function reading(cmd) {
  const [name, what] = Object.entries(cmd)[0];
  return (name === "run" ? run(what) : others[name](what)).filter(Boolean);
}

/** The machines: the names that are signed, and beside them, as a hint, what the cloud calls them. */
export function audience(list) {
  const line = ({ name, hint }) => {
    if (name.startsWith("group:"))
      return [t("audience.group"), " ", h("code", visible(name)), hint ? h("span.muted", " ", t("audience.group_hint", { count: hint })) : null];
    if (name.startsWith("fleet:")) return [h("strong", t("audience.fleet")), " ", h("code", visible(name))];
    return [h("code", visible(name)), h("span.muted", " ", hint ? t("audience.hint", { name: hint }) : t("audience.no_hint"))];
  };
  return h("ul.words", list.map((one) => h("li", ...line(one))));
}
