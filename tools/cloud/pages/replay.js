// The steps of a ticket as a replay: one picture at a time, the place of the click, what happened, and what plays it.
// It never starts by itself. Used by the console and by the file that tier2ctl exports.
import { exact, has, t } from "./l10n.js";
import { h, replace } from "./dom.js";
import { gallery } from "./gallery.js";
import { onKeys } from "./keys.js";
import { pointIn, screenAt, screensIn, shareOf } from "./screens.js";
import { strip } from "./strip.js";
import { otherSpeed, secondsBefore, span, speeds, stays } from "./timeline.js";
import { visible, visibleText } from "./visible.js";

export const replayKeys = [["Space", "keys.play"], ["← →", "keys.pictures"], ["Home End", "keys.ends"], ["+ -", "keys.speed"],
  ["m", "keys.monitor"], ["z", "keys.zoom"]];

/** What made the picture be taken, in words. */
export function caption(step) {
  const window = step.window || step.application;
  const what = has(`trigger.${step.trigger}`) ? t(`trigger.${step.trigger}`) : step.trigger;
  return window ? t("step.in", { what, window }) : what;
}

/** `source.blob(part)` gives the bytes of a part. */
export function replay(ticket, source) {
  const { steps, machine: { monitors } } = ticket;
  const pictures = gallery(source.blob);
  const stay = stays(steps);
  let at = 0;
  let picture = null; // the bitmap on show
  let shown = 0; // counts what was asked for: an older picture that comes late is dropped
  let timer = 0;
  let playing = false;
  let speed = 1;
  let offered = "";

  const canvas = h("canvas", { role: "img", width: "16", height: "9" });
  const marker = h("span.marker", { hidden: true });
  const problem = h("p.note.warn", { hidden: true });
  const stage = h("div.stage", h("div.shot", canvas, marker), problem);
  const words = h("p.caption");
  const position = h("output.small.number");
  const play = h("button.primary.play", { type: "button", on: { click: () => toggle() } });
  const previous = h("button", { type: "button", "aria-label": t("step.previous"), on: { click: () => go(at - 1) } }, "‹");
  const next = h("button", { type: "button", "aria-label": t("step.next"), on: { click: () => go(at + 1) } }, "›");
  const slider = h("input", { type: "range", min: "1", max: String(steps.length), value: "1", "aria-label": t("replay.step"),
    on: { input: () => go(Number(slider.value) - 1), keydown: (event) => { if (event.key === " ") { event.preventDefault(); toggle(); } } } });
  const fast = h("select", { on: { change: () => { speed = Number(fast.value); wait(); } } },
    speeds.map((one) => h("option", { value: String(one), selected: one === 1 }, t("replay.times", { speed: one }))));
  const screen = h("select", { on: { change: () => draw() } }, h("option", { value: "all" }, t("replay.desktop")),
    h("option", { value: "follow" }, t("replay.follow")));
  const screenField = h("label.inline", { hidden: true }, t("replay.monitor"), " ", screen);
  const zoom = h("button", { type: "button", "aria-pressed": "false", on: { click: () => enlarge() } }, t("replay.actual"));
  const thumbs = strip(ticket, pictures, caption, (index) => go(index));

  function enlarge() {
    const on = stage.classList.toggle("actual");
    zoom.setAttribute("aria-pressed", String(on));
    if (on) stage.setAttribute("tabindex", "0");
    else stage.removeAttribute("tabindex");
  }

  /** What of the picture is on show: all of it, or one monitor. */
  function cutOut(screens, point) {
    const whole = { x: 0, y: 0, width: picture.width, height: picture.height };
    if (screen.value === "follow") return screenAt(screens, point) ?? whole;
    return screens.find((one) => String(one.index) === screen.value) ?? whole;
  }

  function offerScreens(screens) {
    screenField.hidden = screens.length < 2;
    const looks = JSON.stringify(screens);
    if (looks === offered || screens.length < 2) return;
    offered = looks;
    const chosen = screen.value;
    while (screen.options.length > 2) screen.lastChild.remove();
    screen.append(...screens.map((one) => h("option", { value: String(one.index) }, visibleText(nameOf(one)))));
    screen.value = [...screen.options].some((each) => each.value === chosen) ? chosen : "all";
  }

  const nameOf = (one) => one.name || t("replay.nameless", { n: one.index + 1 });

  function draw() {
    if (!picture) return;
    const step = steps[at];
    const there_then = step.monitors?.length > 0 ? step.monitors : monitors; // others than at the beginning
    const screens = screensIn(picture, there_then);
    const point = pointIn(picture, there_then, step);
    offerScreens(screens);
    const cut = cutOut(screens, point);
    canvas.width = cut.width;
    canvas.height = cut.height;
    canvas.getContext("2d").drawImage(picture, cut.x, cut.y, cut.width, cut.height, 0, 0, cut.width, cut.height);
    const share = step.trigger.startsWith("click_") ? shareOf(point, cut) : null;
    marker.hidden = !share;
    if (share) {
      marker.style.left = `${share.x * 100}%`;
      marker.style.top = `${share.y * 100}%`;
    }
    const there = screens.length > 1 ? screenAt(screens, point) : null;
    say(step, there, there && step.trigger.startsWith("click_") && !share);
  }

  function say(step, there, elsewhere) {
    const before = secondsBefore(step, ticket.opened);
    replace(words, h("time", { datetime: step.at }, exact(new Date(step.at))), " ",
      before === null ? null : h("span.muted", t(before >= 0 ? "step.before" : "step.after", { time: span(before) })),
      h("strong", visible(caption(step))),
      step.window && step.application ? h("span.muted", visible(step.application)) : null,
      there ? h("span.muted", visible(t("step.on", { monitor: nameOf(there) }))) : null,
      elsewhere ? h("span.muted", t("step.elsewhere")) : null,
      step.redactions > 0 ? h("span.tag", t("step.redactions", { n: step.redactions })) : null,
      step.hidden > 0 ? h("span.tag", t("step.hidden", { n: step.hidden })) : null);
  }

  function fail(why) {
    picture = null;
    canvas.hidden = marker.hidden = true;
    problem.hidden = false;
    problem.textContent = t(`step.${["broken", "huge"].includes(why.code) ? why.code : "missing"}`);
    say(steps[at], null, false);
  }

  async function go(index) {
    at = Math.min(Math.max(index, 0), steps.length - 1);
    const mine = ++shown;
    clearTimeout(timer);
    const step = steps[at];
    slider.value = String(at + 1);
    slider.setAttribute("aria-valuetext", t("step.alt", { n: at + 1, caption: visibleText(caption(step)) }));
    position.textContent = t("step.of", { at: at + 1, n: steps.length });
    previous.disabled = at === 0;
    next.disabled = at === steps.length - 1;
    canvas.setAttribute("aria-label", t("step.alt", { n: at + 1, caption: visibleText(caption(step)) }));
    thumbs.mark(at);
    canvas.dataset.step = "";
    try {
      const made = await pictures.full(step.part, () => mine === shown);
      if (mine !== shown) return made?.close();
      picture?.close();
      picture = made;
      problem.hidden = true;
      canvas.hidden = false;
      draw();
    } catch (why) {
      if (mine !== shown) return undefined;
      picture?.close();
      fail(why);
    }
    canvas.dataset.step = String(at + 1);
    if (at + 1 < steps.length) pictures.ahead(steps[at + 1].part);
    return wait();
  }

  /** While it plays: the next step when this one has been there for long enough. */
  function wait() {
    clearTimeout(timer);
    if (!playing) return;
    if (at === steps.length - 1) return toggle(false);
    timer = setTimeout(() => go(at + 1), stay[at] / speed);
  }

  function toggle(on = !playing) {
    playing = on;
    replace(play, t(on ? "replay.pause" : "replay.play"));
    words.setAttribute("aria-live", on ? "off" : "polite"); // nobody can listen as fast as it plays
    if (on && at === steps.length - 1) go(0);
    else wait();
  }

  function setSpeed(by) {
    speed = otherSpeed(speed, by);
    fast.value = String(speed);
    wait();
  }

  const onControl = (event) => event.target.closest?.("button, summary, a"); // Space there is theirs
  onKeys({
    " ": (event) => (onControl(event) ? false : toggle()),
    ArrowLeft: () => { go(at - 1); },
    ArrowRight: () => { go(at + 1); },
    Home: () => { go(0); },
    End: () => { go(steps.length - 1); },
    "+": () => setSpeed(1),
    "-": () => setSpeed(-1),
    m: () => {
      if (screenField.hidden) return false;
      screen.selectedIndex = (screen.selectedIndex + 1) % screen.options.length;
      return draw();
    },
    z: () => enlarge(),
  });
  toggle(false);
  go(0);

  return h("div.story",
    h("figure.view", stage, h("figcaption", words,
      h("div.controls", previous, play, next, slider, position,
        h("label.inline", t("replay.speed"), " ", fast), screenField, zoom))),
    thumbs.node);
}
