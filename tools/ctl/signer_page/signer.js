// The signer's page: shows what waits, one at a time and exactly, and takes the operator's word. It holds no key; what it says to
// the program names the digest of the bytes that it showed, and only those are signed.
import { load, t } from "./l10n.js";
import { h, replace } from "./dom.js";
import { makeGate } from "./gate.js";
import { connect } from "./link.js";
import { glance, summary } from "./reading.js";
import { article } from "./request_view.js";
import { visible, visibleText } from "./visible.js";

const by = (id) => document.getElementById(id);
const secret = document.querySelector('meta[name="tier2-secret"]');
const gate = makeGate(press);
let link = null;
let here = false;
let view = null;
let chosen = null; // of those that wait, if the operator chose one
let before = { now: null, rest: "", more: "" }; // what is on the page

history.replaceState(null, "", "/"); // not the address that the token was posted to
await load({ base: "/messages." });
document.title = t("signer.title");
say("connecting");
link = connect(secret.content, { message, end });
secret.remove();

function say(state) {
  by("state").textContent = t(`state.${state}`);
  by("state").dataset.state = state;
}

function message(what) {
  if (what.type !== "view") return;
  here = true;
  say("ready");
  by("kid").textContent = what.kid;
  by("cloud").textContent = what.cloud;
  view = what;
  show();
}

function end(why) {
  here = false;
  say(why);
  replace(by("notice"), h("p.note.bad", t(`end.${why}`)));
  for (const select of document.querySelectorAll("main select")) select.disabled = true;
  press();
}

/** Which buttons can be pressed now; those that sign only what was on the screen whole. */
function press() {
  for (const button of document.querySelectorAll("main button"))
    button.setAttribute("aria-disabled", String(!(here && gate.open && (!("signs" in button.dataset) || gate.seen))));
  const hint = by("gate");
  if (hint) hint.hidden = gate.seen;
}

/** A button that does nothing while it cannot be pressed, and nothing twice. */
function button(kind, text, act, about = {}) {
  return h(kind, { type: "button", "aria-disabled": "true", ...about, on: { click: ({ currentTarget }) => {
    if (currentTarget.getAttribute("aria-disabled") === "true") return;
    act();
  } } }, text);
}

function once(what) {
  gate.shown(); // the program's answer shows it anew
  link.send(what);
}

const actions = {
  sign: (request) => button("button.primary", t("signer.sign"), () => once({ type: "sign", id: request.id, shown: request.shown }),
    { "data-signs": "", "aria-describedby": "gate" }),
  refuse: (request) => button("button", t("signer.refuse"), () => once({ type: "refuse", id: request.id })),
  give_up: (request) => button("button", t("signer.give_up"), () => once({ type: "refuse", id: request.id })),
  again: (request) => button("button.primary", t("signer.again"), () => once({ type: "retry", id: request.id })),
  choose: (request, lifetime_s) => link.send({ type: "choose", id: request.id, lifetime_s }),
};

function show() {
  const waiting = view.requests.filter((one) => one.stage === "waiting");
  const now = waiting.find((one) => one.id === chosen) ?? waiting[0] ?? null;
  const others = waiting.filter((one) => one !== now);
  const asks = ({ stage }) => Number(stage === "failed") * 2 + Number(stage === "posting"); // what needs somebody comes first
  const rest = view.requests.filter((one) => one.stage !== "waiting").sort((a, b) => asks(b) - asks(a) || b.id - a.id);
  by("empty").hidden = view.requests.length > 0;
  const next = { id: now?.id, now: now && JSON.stringify(now), rest: JSON.stringify([view.notice, rest]), more: JSON.stringify(others) };
  if (next.now !== before.now) showNow(now);
  if (next.rest !== before.rest) {
    replace(by("notice"), view.notice ? h("p.note.warn", view.notice) : null);
    showRest(rest);
  }
  if (next.more !== before.more) showMore(others);
  if (next.now !== before.now) gate.shown(by("now").querySelector(".end"));
  else if (next.rest !== before.rest) gate.shown();
  else press();
  const another = next.id !== before.id;
  before = next;
  if (another) announce(now);
  document.title = waiting.length > 0 ? t("signer.waiting", { n: waiting.length }) : t("signer.title");
}

/** Whoever acted on the one before, or looks at nothing yet, is brought to the beginning of this one. */
function announce(now) {
  by("said").textContent = now ? t("signer.now_shown", { title: visibleText(summary(now.reading)) }) : "";
  if (document.activeElement !== document.body) return;
  (by("now").querySelector("article") ?? by("rest").querySelector("article"))?.focus({ preventScroll: true });
  scrollTo(0, 0);
}

function showNow(now) {
  const old = by("now").querySelector("article");
  const same = old && now && old.dataset.id === String(now.id);
  const focused = old?.contains(document.activeElement) ? document.activeElement : null;
  const raw = same && old.querySelector("details").open;
  const node = now && article(now, view.cloud, actions);
  if (raw) node.querySelector("details").open = true;
  replace(by("now"), node);
  if (same && focused) ((focused.tagName === "SELECT" && node.querySelector("select")) || node).focus({ preventScroll: true });
}

function showRest(list) {
  const open = new Set([...by("rest").querySelectorAll("article:has(details[open])")].map((one) => one.dataset.id));
  replace(by("rest"), list.map((request) => {
    const node = article(request, view.cloud, actions);
    if (open.has(String(request.id))) node.querySelector("details").open = true;
    return node;
  }));
  by("earlier").hidden = list.length === 0;
}

function showMore(others) {
  by("more").hidden = others.length === 0;
  by("more-title").textContent = t("signer.more", { n: others.length });
  replace(by("names"), others.map((request) => h("li", button("button.name", visible(summary(request.reading)), () => {
    chosen = request.id;
    by("names").querySelector("button:focus")?.blur();
    show();
  }), h("span.muted", t("request.for", { n: request.audience.length })), h("code.glance", visible(glance(request.reading))))));
  replace(by("more-actions"), others.length < 2 ? null : button("button", t("signer.refuse_all", { n: others.length }), () => {
    for (const { id } of others) link.send({ type: "refuse", id });
  }));
}
