// The large picture: as one or a screen at a time, fitted or enlarged, with the click marked.

import { t } from "./l10n.js";
import { draw, screens } from "./picture.js";
import { is_lost } from "./remarks.js";

const by = (id) => document.getElementById(id);
const factors = [0.25, 0.5, 1, 2, 4, 8];

export function create_stage() {
  let picture = null;
  let image = null;  // What the canvas shows, full size or a thumbnail.
  let screen = "";   // The chosen monitor's name; "" is all of them.
  let factor = 0;    // Pixels of the display for one of the picture; 0 is fitted.
  let offered = "";

  /** What is shown of the picture, in its pixels. */
  function crop() {
    const all = { x: 0, y: 0, width: picture.width, height: picture.height };
    return screens(picture).find((each) => each.name === screen) ?? all;
  }

  /** An element's place over the picture, given in its pixels. */
  function place(node, at) {
    const part = crop();
    node.style.left = `${((at.x - part.x) / part.width) * 100}%`;
    node.style.top = `${((at.y - part.y) / part.height) * 100}%`;
    if (at.width === undefined) return;
    node.style.width = `${(at.width / part.width) * 100}%`;
    node.style.height = `${(at.height / part.height) * 100}%`;
  }

  /** The picture's pixel under a place of the window, not rounded and not outside of what is shown. */
  function pixel(x, y) {
    const box = by("frame").getBoundingClientRect();
    const part = crop();
    const along = (value, from, size) => from + Math.min(1, Math.max(0, value)) * size;
    return { x: along((x - box.left) / box.width, part.x, part.width), y: along((y - box.top) / box.height, part.y, part.height) };
  }

  function paint() {
    by("frame").classList.toggle("skeleton", !image && !is_lost(picture));
    if (is_lost(picture)) by("large").width = by("large").height = 1; // not the one before
    if (!image || !picture || is_lost(picture)) return;
    const part = crop();
    draw(by("large"), image, { x: part.x / picture.width, y: part.y / picture.height,
                               width: part.width / picture.width, height: part.height / picture.height });
  }

  function offer_screens() {
    const all = screens(picture);
    by("screen").hidden = all.length === 0;
    const looks = JSON.stringify([picture.width, picture.height, all]);
    if (looks === offered) return;
    offered = looks;
    const option = (value, text) => {
      const node = document.createElement("option");
      node.value = value;
      node.textContent = text;
      return node;
    };
    by("screen").replaceChildren(option("", t("screen.all")), ...all.map((each, index) =>
      option(each.name, t("screen.one", { at: index + 1, width: String(each.width), height: String(each.height) }))));
    by("screen").value = all.some((each) => each.name === screen) ? screen : "";
  }

  function layout() {
    if (!picture) return;
    offer_screens();
    const part = crop();
    by("view").style.setProperty("--ratio", part.width / part.height);
    by("view").style.setProperty("--actual", `${(part.width * (factor || 1)) / devicePixelRatio}px`);
    const mark = by("mark");
    const inside = picture.x >= part.x && picture.x < part.x + part.width &&
                   picture.y >= part.y && picture.y < part.y + part.height;
    mark.hidden = !picture.trigger.startsWith("click_") || !inside;
    place(mark, { x: picture.x, y: picture.y });
  }

  /** `towards`: the place in the window that stays where it is. */
  function zoom(to, towards) {
    const view = by("view");
    const box = by("frame").getBoundingClientRect();
    const mark = by("mark");
    const rest = mark.hidden ? { x: 0.5, y: 0.5 } : { x: mark.offsetLeft / (box.width || 1), y: mark.offsetTop / (box.height || 1) };
    const part = towards ? { x: (towards.x - box.left) / box.width, y: (towards.y - box.top) / box.height } : rest;
    factor = to;
    view.classList.toggle("actual", factor !== 0);
    by("zoom").setAttribute("aria-pressed", String(factor !== 0));
    by("zoom-out").disabled = factor !== 0 && factor === factors[0];
    by("zoom-in").disabled = factor === factors.at(-1);
    by("zoom").textContent = factor === 0 ? t("zoom.fit") : `${factor * 100} %`;
    if (factor === 0) view.removeAttribute("tabindex");
    else view.tabIndex = 0;
    layout();
    const now = by("frame").getBoundingClientRect();
    const outer = view.getBoundingClientRect();
    const at = towards ?? { x: outer.left + outer.width / 2, y: outer.top + outer.height / 2 };
    view.scrollTo(now.width * part.x - (at.x - outer.left), now.height * part.y - (at.y - outer.top));
  }

  function step(direction, towards) {
    const part = crop();
    const shown = factor || (by("frame").getBoundingClientRect().width * devicePixelRatio) / part.width;
    const next = direction > 0 ? factors.find((each) => each > shown * 1.01) : factors.findLast((each) => each < shown * 0.99);
    if (next === undefined) return;
    zoom(next, towards);
  }

  by("zoom").addEventListener("click", () => zoom(factor === 0 ? 1 : 0));
  by("zoom-in").addEventListener("click", () => step(1));
  by("zoom-out").addEventListener("click", () => step(-1));
  by("view").addEventListener("wheel", (event) => {
    if (!event.ctrlKey || !picture) return;
    event.preventDefault();
    step(event.deltaY < 0 ? 1 : -1, { x: event.clientX, y: event.clientY });
  }, { passive: false });
  by("enlarge").addEventListener("click", () => large(!document.body.classList.contains("wide")));

  function large(on) {
    document.body.classList.toggle("wide", on);
    by("enlarge").setAttribute("aria-pressed", String(on));
  }

  return {
    crop, place, pixel,
    /** `changed`: called when another part of the picture is shown. */
    on_screen(changed) {
      by("screen").addEventListener("change", () => {
        screen = by("screen").value;
        layout();
        paint();
        changed();
      });
    },
    show(value, pixels) {
      picture = value;
      image = pixels ?? null;
      layout();
      paint();
    },
    layout(value) {
      picture = value;
      layout();
    },
    /** Shows nothing where an area was until its pixels come. */
    uncover(areas) {
      const canvas = by("large");
      const part = crop();
      const context = canvas.getContext("2d");
      for (const each of areas)
        context.clearRect(((each.x - part.x) / part.width) * canvas.width, ((each.y - part.y) / part.height) * canvas.height,
                          (each.width / part.width) * canvas.width, (each.height / part.height) * canvas.height);
    },
    image(pixels) {
      image = pixels;
      paint();
    },
    key(event) {
      if (event.key === "+" || event.key === "=") step(1);
      else if (event.key === "-") step(-1);
      else if (event.key === "0") zoom(0);
      else if (event.key === "Escape" && document.body.classList.contains("wide")) large(false);
      else return false;
      return true;
    },
    scrolls: () => factor !== 0,
    small() {
      large(false);
    },
    clear() {
      image = null;
      by("large").width = by("large").height = 1;
    },
  };
}
