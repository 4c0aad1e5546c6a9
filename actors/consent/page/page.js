// The ticket page: where the ticket is, what would be sent, Send and Discard.

import { connect } from "./channel.js";
import { create_facts, create_form } from "./details.js";
import { bytes, language, load, t } from "./l10n.js";
import { create_pictures } from "./pictures.js";
import { load_said, said } from "./said.js";

const by = (id) => document.getElementById(id);

// The secret lives in this module's memory and nowhere else from here on.
const meta = document.querySelector('meta[name="tier2-secret"]');
const secret = meta.content;
meta.remove();
// A reload must neither post the spent token again nor show it in the address.
history.replaceState(null, "", "/");

await load({ base: "/messages.", forced: document.querySelector('meta[name="tier2-language"]').content });
await load_said();
by("state-text").textContent = t("state.loading");

let view = null;
let ended = "";        // "replaced", "closed" or "lost" once the connection is gone.
let said_yes_at = 0;   // Send was pressed and the helper has not answered yet.
let said_yes = false;  // Something may have been sent.
let announced = "";
let shown_notice = "";

const final = () => view && (view.phase === "sent" || view.phase === "discarded");
const editable = () => !ended && said_yes_at === 0 && (view?.phase === "preparing" || view?.phase === "reviewing");
/** For benchmarks, on the page's own timeline: when something happened for the first time. */
const mark = (name) => performance.getEntriesByName(name).length > 0 || performance.mark(name);
const percent = () => Math.min(1, view.total_bytes > 0 ? view.sent_bytes / view.total_bytes : 0);
const as_percent = (part) => new Intl.NumberFormat(language(), { style: "percent" }).format(part);

const pictures = create_pictures({ send: (message) => channel.send(message), chosen: render });
const facts = create_facts({ send: (message) => channel.send(message), chosen: render });
const form = create_form({ send: (message) => channel.send(message), written: render });

const channel = connect(secret, {
  view(value) {
    if (ended || (view && view.ticket !== value.ticket)) return; // another ticket has a page of its own
    const first = view === null;
    view = value;
    if (view.phase !== "preparing" && view.phase !== "reviewing") {
      said_yes_at = 0;
      if (view.phase !== "discarded") said_yes = true;
    }
    if (final()) pictures.clear();
    render_all();
    if (first) greet();
  },
  image(image) {
    if (final() || ended) return; // the pictures are erased here
    pictures.image(image);
    mark("first picture");
  },
  end(how) {
    ended = how;
    if (how === "replaced" || how === "closed") pictures.clear();
    render_all();
  },
});

/** The question is where writing begins, if it can be seen without scrolling; never Send. */
function greet() {
  const box = by("message").getBoundingClientRect();
  if (editable() && box.top >= 0 && box.bottom < innerHeight - by("bar").offsetHeight)
    by("message").focus({ preventScroll: true });
}

function state() {
  if (ended && !final()) return { key: ended, text: t(`state.${ended}`) };
  if (!view) return { key: "loading", text: t("state.loading") };
  switch (view.phase) {
    case "sending": return { key: "sending", text: t("state.sending", { percent: as_percent(percent()) }) };
    case "waiting": return { key: "waiting", text: t("state.waiting") };
    case "sent": return { key: "sent", text: t("state.sent", { number: view.number }) };
    case "refused": return { key: "refused", text: t("state.refused") };
    case "discarded": return { key: "discarded", text: t(said_yes ? "state.discarded_later" : "state.discarded") };
    default: return { key: "nothing", text: t("state.nothing") };
  }
}

function what_would_be_sent() {
  const { count, unmade, correction } = pictures.sum();
  const fact_count = facts.count();
  const size = bytes(Math.max(0, view.total_bytes + correction));
  return [
    count > 0 ? t("count.pictures", { n: count }) : t("count.no_pictures"),
    fact_count > 0 ? t("count.facts", { n: fact_count }) : t("count.no_facts"),
    unmade > 0 ? t("bar.so_far", { size }) : size,
  ].join(", ");
}

/** Why Send must wait, or "". */
function not_yet() {
  if (!view || said_yes_at !== 0) return t("send.loading");
  const { count, unmade } = pictures.sum();
  if (unmade > 0) return t("send.preparing_pictures", { n: count, done: count - unmade });
  return view.phase !== "preparing" || view.facts_complete ? "" : t("send.preparing_facts");
}

function summary() {
  const fill = { to: view.to, what: what_would_be_sent() };
  if (ended) return t("bar.lost");
  const keys = { sending: "bar.sending", waiting: "bar.waiting", refused: "bar.refused" };
  return t(keys[view.phase] ?? "bar.will", fill);
}

function render_bar() {
  by("bar").hidden = Boolean(final()) || ended === "replaced" || ended === "closed";
  if (!view) {
    by("send").disabled = by("discard").disabled = true;
    return;
  }
  by("summary").textContent = summary();
  const sending = view.phase === "sending" && !ended;
  by("progress").hidden = !sending;
  by("progress").value = Math.round(percent() * 100);
  by("send").hidden = view.phase !== "preparing" && view.phase !== "reviewing";
  const reason = ended ? "" : not_yet();
  by("send").disabled = !editable() || reason !== "";
  if (!by("send").disabled) mark("ready");
  by("reason").textContent = by("send").hidden ? "" : reason;
  by("reason").hidden = by("reason").textContent === "";
  by("discard").disabled = Boolean(ended);
}

function notice() {
  if (ended && !final()) return { key: ended, kind: "warn" };
  if (view?.phase === "waiting")
    return { key: "waiting", kind: "warn", why: said(view.detail) || t("waiting.why", { to: view.to }), technical: view.technical };
  if (view?.phase === "refused")
    return { key: "refused", kind: "bad", why: said(view.detail) || t("refused.why"), technical: view.technical };
  return null;
}

function render_notice() {
  const now = notice();
  by("notice").hidden = now === null;
  if (now === null) {
    shown_notice = "";
    return;
  }
  by("notice").className = `note ${now.kind}`;
  by("notice-title").textContent = t(`${now.key}.title`, { to: view?.to ?? "" });
  if (shown_notice !== now.key) by("reopen").hidden = now.key !== "lost";
  if (shown_notice !== now.key || now.key !== "lost")
    by("notice-text").textContent = t(`${now.key}.text`, { why: now.why ?? "" });
  by("notice-technical").hidden = !now.technical;
  by("notice-technical").querySelector("pre").textContent = now.technical ?? "";
  shown_notice = now.key;
}

function render_asked() {
  by("asked").hidden = !view?.asked || Boolean(final()) || Boolean(ended);
  by("asked-title").textContent = t("asked.title", { to: view?.to ?? "" });
  by("asked-text").textContent = view?.asked ?? "";
}

function render_result() {
  const done = Boolean(final());
  const over = ended === "replaced" || ended === "closed";
  by("content").hidden = done || over;
  by("result").hidden = !done;
  if (!done) return;
  const key = view.phase === "sent" ? "sent" : "discarded";
  by("result").className = `result ${key}`;
  by("result-title").textContent = t(`${key}.title`, { number: view.number });
  by("result-text").textContent =
    t(key === "discarded" && said_yes ? "discarded.text_later" : `${key}.text`, { to: view.to });
  const link = by("result-link");
  link.hidden = !(key === "sent" && view.url.startsWith("https://"));
  if (link.hidden) link.removeAttribute("href");
  else link.href = view.url;
}

/** Tells people who do not look at it what has changed, and takes the focus along when its place is gone. */
function announce(now) {
  const step = now.key === "sending" ? `sending ${Math.floor(percent() * 4)}` : now.key;
  if (step === announced) return;
  const first = announced === "" || announced === "loading";
  announced = step;
  if (now.key === "loading" || (first && now.key === "nothing")) return;
  if (final()) {
    if (by("ask-discard").open) by("ask-discard").close();
    by("result-title").focus();
    by("announce").textContent = by("result-text").textContent;
    return;
  }
  const told = by("notice").hidden ? now.text : `${by("notice-title").textContent}. ${by("notice-text").textContent}`;
  by("announce").textContent = told;
  const lonely = document.activeElement === document.body || document.activeElement?.closest("[hidden]");
  if (!by("notice").hidden && lonely) by("notice-title").focus();
}

function render() {
  const now = state();
  by("state").dataset.state = now.key;
  by("state-text").textContent = now.text;
  document.title = now.key === "nothing" || now.key === "loading" ? t("title") : `${now.text} – ${t("title")}`;
  render_asked();
  render_notice();
  render_result();
  render_bar();
  announce(now);
}

function render_all() {
  document.body.classList.toggle("fixed", view !== null && !editable());
  if (view) {
    by("content").setAttribute("aria-busy", String(view.phase === "preparing"));
    by("no-pictures-why").textContent = said(view.pictures_note) || t("empty.why");
    by("pictures-note").textContent = said(view.pictures_note ?? "");
    by("pictures-note").hidden = !view.pictures_note;
    pictures.update(view, editable());
    facts.update(view, editable());
    form.update(view.form, editable(), view.choices);
  }
  render();
}

by("send").addEventListener("click", () => {
  if (by("send").disabled || !form.complete()) return;
  form.flush();
  said_yes_at = Date.now();
  channel.send({ type: "send" });
  render_all();
  // If the helper said no to it (a picture came late), the choice comes back.
  setTimeout(() => {
    if (said_yes_at === 0) return;
    said_yes_at = 0;
    render_all();
  }, 5000);
});

by("discard").addEventListener("click", () => {
  const key = view.phase === "refused" ? "discard.text_refused" : said_yes ? "discard.text_sending" : "discard.text";
  by("ask-text").textContent = t(key);
  by("ask-discard").showModal();
  by("keep").focus();
});
by("keep").addEventListener("click", () => by("ask-discard").close());
by("really-discard").addEventListener("click", () => {
  by("ask-discard").close();
  channel.send({ type: "discard" });
});

by("reopen").addEventListener("click", async () => {
  let status = 0;
  try {
    status = (await fetch("/reopen", { method: "POST" })).status;
  } catch {
    // Nobody listens: said below.
  }
  const key = { 202: "reopen.done", 410: "reopen.closed", 429: "reopen.soon" }[status] ?? "lost.gone";
  by("notice-text").textContent = by("announce").textContent = t(key);
  by("reopen").hidden = status === 202 || status === 410;
});

render();
