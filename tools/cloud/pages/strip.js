// The strip of small pictures below the large one. A picture is made when its place comes into view.
import { exact, t } from "./l10n.js";
import { h } from "./dom.js";
import { secondsBefore, span } from "./timeline.js";
import { visibleText } from "./visible.js";

const height = 56; // px in the page

/** `caption(step)`: what made the picture be taken; `go(index)` shows one. */
export function strip(ticket, pictures, caption, go) {
  const first = ticket.steps[0];
  const thumbs = ticket.steps.map((step, index) => {
    const since = secondsBefore(first, step.at);
    return h("button.thumb", { type: "button", title: exact(new Date(step.at)), on: { click: () => go(index) },
      "aria-label": t("step.alt", { n: index + 1, caption: visibleText(caption(step)) }) },
      h("canvas", { width: "96", height: String(height), "aria-hidden": "true" }),
      h("span.small", { "aria-hidden": "true" }, since === null ? "–" : `+${span(since)}`));
  });
  const node = h("div.strip", { role: "group", "aria-label": t("step.strip") }, thumbs);

  const inView = new Set();
  const seen = new IntersectionObserver((changes) => {
    for (const { target, isIntersecting } of changes) {
      if (!isIntersecting) inView.delete(target);
      else if (!inView.has(target)) {
        inView.add(target);
        draw(target);
      }
    }
  }, { root: node, rootMargin: "0px 400px" });
  thumbs.forEach((one) => seen.observe(one));

  async function draw(thumb) {
    const part = ticket.steps[thumbs.indexOf(thumb)].part;
    try {
      const made = await pictures.small(part, height * Math.min(Math.ceil(devicePixelRatio), 2), () => inView.has(thumb));
      if (!made) return;
      const canvas = thumb.firstChild;
      canvas.width = made.width;
      canvas.height = made.height;
      canvas.getContext("2d").drawImage(made, 0, 0);
      made.close();
      thumb.classList.add("drawn");
    } catch {
      thumb.classList.add("broken");
    }
    seen.unobserve(thumb);
  }

  return {
    node,
    /** Marks one and brings it into view, without moving the page. */
    mark: (index) => {
      thumbs.forEach((thumb, i) => {
        if (i === index) thumb.setAttribute("aria-current", "true");
        else thumb.removeAttribute("aria-current");
      });
      const thumb = thumbs[index];
      node.scrollLeft = thumb.offsetLeft - node.offsetLeft - node.clientWidth / 2 + thumb.clientWidth / 2;
    },
  };
}
