// The pictures of a ticket: a strip, the large view with the place of the click, and the keys to walk them.
import { clock, exact, t } from "./l10n.js";
import { partUrl } from "./api.js";
import { h, replace } from "./dom.js";
import { onKeys } from "./shell.js";
import { visible, visibleText } from "./visible.js";

/** What made the picture be taken, in words. */
export function caption(step) {
  const window = step.window || step.application;
  const what = t(`trigger.${step.trigger}`);
  return window ? t("step.in", { what, window }) : what;
}

export function story(ticket) {
  const steps = ticket.steps;
  let at = 0;

  const picture = h("img", { alt: "" });
  const marker = h("span.marker", { hidden: true });
  const broken = h("p.note.warn", { hidden: true }, t("step.broken"));
  const time = h("time");
  const words = h("span");
  const place = h("span.muted");
  const previous = h("button", { type: "button", "aria-label": t("step.previous"), on: { click: () => go(at - 1) } }, "‹");
  const next = h("button", { type: "button", "aria-label": t("step.next"), on: { click: () => go(at + 1) } }, "›");
  const full = h("a.small", { target: "_blank", rel: "noopener" }, t("step.full"));
  const redacted = h("span.muted.small");

  picture.addEventListener("load", mark);
  picture.addEventListener("error", () => { broken.hidden = false; picture.hidden = true; });

  const thumbs = steps.map((step, index) => h("button.thumb",
    { type: "button", title: exact(new Date(step.at)), on: { click: () => go(index) } },
    h("img", { src: partUrl(ticket.number, step.part), alt: `${index + 1}. ${visibleText(caption(step))}`, loading: "lazy", decoding: "async" })));

  function mark() {
    const step = steps[at];
    const { naturalWidth: width, naturalHeight: height } = picture;
    const clicked = step.trigger.startsWith("click_");
    marker.hidden = !clicked || step.x < 0 || step.y < 0 || step.x >= width || step.y >= height;
    marker.style.left = `${(step.x / width) * 100}%`;
    marker.style.top = `${(step.y / height) * 100}%`;
  }

  function go(index, { focus = true } = {}) {
    at = Math.min(Math.max(index, 0), steps.length - 1);
    const step = steps[at];
    const taken = new Date(step.at);
    marker.hidden = true;
    broken.hidden = true;
    picture.hidden = false;
    picture.src = partUrl(ticket.number, step.part);
    picture.alt = t("step.alt", { n: at + 1, caption: visibleText(caption(step)) });
    full.href = picture.src;
    time.dateTime = step.at;
    time.title = exact(taken);
    time.textContent = clock(taken);
    replace(words, visible(caption(step)));
    place.textContent = t("step.of", { at: at + 1, n: steps.length });
    redacted.textContent = step.redactions > 0 ? t("step.redactions", { n: step.redactions }) : "";
    previous.disabled = at === 0;
    next.disabled = at === steps.length - 1;
    thumbs.forEach((thumb, i) => {
      if (i === at) thumb.setAttribute("aria-current", "true");
      else thumb.removeAttribute("aria-current");
    });
    if (focus) {
      const strip = thumbs[at].parentElement;
      if (strip) strip.scrollLeft = thumbs[at].offsetLeft - strip.clientWidth / 2 + thumbs[at].clientWidth / 2;
    }
  }

  onKeys({
    ArrowLeft: () => go(at - 1),
    ArrowRight: () => go(at + 1),
    Home: () => go(0),
    End: () => go(steps.length - 1),
  });
  go(0, { focus: false });

  const view = h("figure.view",
    h("div.stage", h("div.shot", picture, marker), broken),
    h("figcaption", { "aria-live": "polite" }, previous, h("span.caption", time, " ", words, " ", redacted), place, full, next));
  return h("div.story", view, h("div.strip", { role: "group", "aria-label": t("step.strip") }, thumbs));
}
