// The strip of thumbnails, newest last: which picture is shown, which are in and which are out.

import { clock, t } from "./l10n.js";
import { deed, draw } from "./picture.js";
import { is_lost } from "./remarks.js";

const by = (id) => document.getElementById(id);

/** `select(id)`, `include(id, on)`: what the user does here. */
export function create_strip({ select, include }) {
  const items = new Map(); // id: {id, li, button, canvas, box, seen, painted, looks}
  const thumbnails = new Map();

  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const item = items.get(Number(target.dataset.id));
      if (!item) continue;
      item.seen = isIntersecting;
      paint(item);
    }
  }, { root: by("strip"), rootMargin: "0px 400px" });

  /** Only what is in sight has a canvas with pixels: a strip of 1000 costs what a strip of 20 does. */
  function paint(item) {
    const image = thumbnails.get(item.id);
    if (item.seen && image && !item.painted) {
      draw(item.canvas, image);
      item.painted = true;
      item.button.classList.remove("skeleton");
    } else if (!item.seen && item.painted) {
      item.canvas.width = item.canvas.height = 0;
      item.painted = false;
      item.button.classList.add("skeleton");
    }
  }

  /** Where the click was, on the thumbnail: its picture is fitted into the button. */
  function small_mark(picture) {
    const mark = document.createElement("span");
    mark.className = "small-mark";
    mark.style.setProperty("--ratio", picture.width / picture.height);
    const dot = document.createElement("span");
    dot.style.left = `${(picture.x / picture.width) * 100}%`;
    dot.style.top = `${(picture.y / picture.height) * 100}%`;
    mark.append(dot);
    return mark;
  }

  function add(picture) {
    const li = document.createElement("li");
    li.dataset.id = picture.id;
    const button = document.createElement("button");
    button.type = "button";
    button.className = is_lost(picture) ? "thumb" : "thumb skeleton";
    button.tabIndex = -1;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 0;
    button.append(canvas);
    if (picture.trigger.startsWith("click_")) button.append(small_mark(picture));
    button.addEventListener("click", () => select(picture.id));
    const box = document.createElement("input");
    box.type = "checkbox";
    box.autocomplete = "off";
    box.tabIndex = -1; // The large picture has the same choice for the keyboard.
    box.addEventListener("change", () => {
      include(picture.id, box.checked);
      select(picture.id);
    });
    li.append(button, box);
    by("strip").append(li);
    items.set(picture.id, { id: picture.id, li, button, canvas, box, seen: false, painted: false, looks: "" });
    seen.observe(li);
  }

  function remove(item) {
    seen.unobserve(item.li);
    item.li.remove();
    items.delete(item.id);
    thumbnails.delete(item.id);
  }

  /** `is`: what is so of this picture now: {at, of, on, current, editable, areas}. */
  function render_item(picture, is) {
    const item = items.get(picture.id);
    const looks = JSON.stringify([is, picture.failed]);
    if (item.looks === looks) return;
    item.looks = looks;
    item.li.classList.toggle("out", !is.on);
    item.button.tabIndex = is.current ? 0 : -1;
    if (is.current) item.button.setAttribute("aria-current", "true");
    else item.button.removeAttribute("aria-current");
    const name = t("picture.name", { at: is.at, of: is.of, when: clock(new Date(picture.at)), what: deed(picture) });
    const fate = picture.failed ? "picture.name_failed" : is.on ? "picture.name_in" : "picture.name_out";
    const areas = is.areas > 0 ? `, ${t("black.count", { n: is.areas })}` : "";
    item.button.setAttribute("aria-label", `${name}, ${t(fate)}${areas}`);
    item.box.checked = is.on;
    item.box.disabled = !is.editable || Boolean(picture.failed);
    item.box.setAttribute("aria-label", t("picture.include_short", { at: is.at }));
  }

  return {
    thumbnail: (id) => thumbnails.get(id),
    /** Takes the pictures that there are, adds what is new and forgets what is gone. */
    update(pictures) {
      for (const picture of pictures) if (!items.has(picture.id)) add(picture);
      const known = new Set(pictures.map((each) => each.id));
      for (const [id, item] of items) if (!known.has(id)) remove(item);
    },
    render_item,
    image(image) {
      thumbnails.set(image.id, image);
      const item = items.get(image.id);
      if (!item) return;
      item.painted = false;
      paint(item);
    },
    reveal(id, focus) {
      const item = items.get(id);
      const strip = by("strip");
      const left = item.li.offsetLeft - strip.offsetLeft;
      if (left < strip.scrollLeft) strip.scrollLeft = left - 8;
      else if (left + item.li.offsetWidth > strip.scrollLeft + strip.clientWidth)
        strip.scrollLeft = left + item.li.offsetWidth - strip.clientWidth + 8;
      if (focus) item.button.focus({ preventScroll: true });
    },
    clear() {
      thumbnails.clear();
      for (const item of items.values()) item.canvas.width = item.canvas.height = 0;
    },
  };
}
