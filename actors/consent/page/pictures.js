// The large picture and the strip of thumbnails. Pixels go from the socket into canvases and nowhere else.

import { clock, t } from "./l10n.js";

const thumbnail = 1;
const patience_ms = 10_000;
const by = (id) => document.getElementById(id);

/** What made the picture be taken, in words. */
function deed(picture) {
  const key = `did.${picture.trigger}`;
  const function_key = /^key_(f\d+)$/.exec(picture.trigger);
  const did = function_key ? t("did.key", { key: function_key[1].toUpperCase() }) : t(key);
  return picture.window ? t("did.in", { did, window: picture.window }) : did;
}

function draw(canvas, image) {
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext("2d").putImageData(new ImageData(image.pixels, image.width, image.height), 0, 0);
}

/** `send`: show_picture and include_picture; `chosen`: called after each choice. */
export function create_pictures({ send, chosen }) {
  const items = new Map(); // id: {li, button, canvas, box, seen, looks}
  const thumbnails = new Map();
  const pending = new Map(); // What the user chose and the helper has not repeated yet.
  let pictures = [];
  let selected = 0; // An id; 0 is none.
  let sharp = 0;    // The id whose full pixels the large canvas shows.
  let asked = null; // {id, at}: one full picture at a time is on its way.
  let next = 0;
  let editable = false;

  const at = (id) => pictures.findIndex((each) => each.id === id);
  const included = (picture) => !picture.failed && (pending.get(picture.id) ?? picture.included);

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

  function add(picture) {
    const li = document.createElement("li");
    li.dataset.id = picture.id;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "thumb skeleton";
    button.tabIndex = -1;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 0;
    button.append(canvas);
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

  function include(id, on) {
    const picture = pictures[at(id)];
    if (!editable || !picture || picture.failed || included(picture) === on) return;
    pending.set(id, on);
    send({ type: "include_picture", id, on });
    render();
    chosen();
  }

  function include_all(on) {
    for (const picture of pictures) {
      if (picture.failed || included(picture) === on) continue;
      pending.set(picture.id, on);
      send({ type: "include_picture", id: picture.id, on });
    }
    render();
    chosen();
  }

  function ask(id) {
    if (id === 0 || id === sharp) return;
    if (asked && performance.now() - asked.at < patience_ms) {
      next = id === asked.id ? 0 : id;
      return;
    }
    asked = { id, at: performance.now() };
    send({ type: "show_picture", id });
  }

  function select(id, focus = false) {
    if (at(id) < 0) return;
    if (id !== selected) {
      selected = id;
      sharp = 0;
      const image = thumbnails.get(id);
      if (image) draw(by("large"), image);
      by("frame").classList.toggle("skeleton", !image);
      ask(id);
      render();
    }
    const item = items.get(id);
    const strip = by("strip");
    const left = item.li.offsetLeft - strip.offsetLeft;
    if (left < strip.scrollLeft) strip.scrollLeft = left - 8;
    else if (left + item.li.offsetWidth > strip.scrollLeft + strip.clientWidth)
      strip.scrollLeft = left + item.li.offsetWidth - strip.clientWidth + 8;
    if (focus) item.button.focus({ preventScroll: true });
  }

  function step(by_how_many, focus) {
    const to = Math.min(pictures.length - 1, Math.max(0, at(selected) + by_how_many));
    if (pictures[to]) select(pictures[to].id, focus);
  }

  function render_item(picture, index) {
    const item = items.get(picture.id);
    const on = included(picture);
    const current = picture.id === selected;
    const looks = `${index} ${pictures.length} ${on} ${current} ${editable} ${picture.failed}`;
    if (item.looks === looks) return;
    item.looks = looks;
    item.li.classList.toggle("out", !on);
    item.button.tabIndex = current ? 0 : -1;
    if (current) item.button.setAttribute("aria-current", "true");
    else item.button.removeAttribute("aria-current");
    const name = t("picture.name", {
      at: index + 1, of: pictures.length, when: clock(new Date(picture.at)), what: deed(picture),
    });
    const fate = picture.failed ? "picture.name_failed" : on ? "picture.name_in" : "picture.name_out";
    item.button.setAttribute("aria-label", `${name}, ${t(fate)}`);
    item.box.checked = on;
    item.box.disabled = !editable || Boolean(picture.failed);
    item.box.setAttribute("aria-label", t("picture.include_short", { at: index + 1 }));
  }

  function render_stage() {
    const index = at(selected);
    const picture = pictures[index];
    if (!picture) return;
    const on = included(picture);
    by("view").style.setProperty("--ratio", picture.width / picture.height);
    by("view").style.setProperty("--actual", `${picture.width / devicePixelRatio}px`);
    by("view").classList.toggle("out", !on);
    const mark = by("mark");
    mark.hidden = !picture.trigger.startsWith("click_");
    mark.style.left = `${(picture.x / picture.width) * 100}%`;
    mark.style.top = `${(picture.y / picture.height) * 100}%`;
    by("badge").hidden = on;
    by("badge").textContent = picture.failed ? t("picture.failed", { why: picture.failed }) : t("picture.out");
    by("when").textContent = clock(new Date(picture.at));
    by("when").dateTime = picture.at;
    by("what").textContent = deed(picture);
    by("where").textContent = `${index + 1} / ${pictures.length}`;
    by("large").setAttribute("aria-label",
      t("picture.large", { at: index + 1, of: pictures.length, what: deed(picture) }));
    by("included").checked = on;
    by("included").disabled = !editable || Boolean(picture.failed);
    by("previous").disabled = index === 0;
    by("next").disabled = index === pictures.length - 1;
  }

  function render() {
    pictures.forEach(render_item);
    render_stage();
    const able = pictures.filter((each) => !each.failed);
    const count = able.filter(included).length;
    by("chosen").textContent = t("pictures.chosen", { n: pictures.length, in: count });
    by("all-out").disabled = !editable || count === 0;
    by("all-in").disabled = !editable || count === able.length;
  }

  function keys(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const in_strip = event.target.classList.contains("thumb");
    const moves = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
    if (event.key in moves && !by("view").classList.contains("actual")) step(moves[event.key], in_strip);
    else if (event.key === " " && in_strip) include(selected, !included(pictures[at(selected)]));
    else if (event.key === "Delete" || event.key === "Backspace") include(selected, false);
    else return;
    event.preventDefault();
  }

  by("pictures").addEventListener("keydown", keys);
  by("previous").addEventListener("click", () => step(-1));
  by("next").addEventListener("click", () => step(1));
  by("included").addEventListener("change", (event) => include(selected, event.target.checked));
  by("all-out").addEventListener("click", () => include_all(false));
  by("all-in").addEventListener("click", () => include_all(true));
  by("zoom").addEventListener("click", () => {
    const actual = by("view").classList.toggle("actual");
    by("zoom").setAttribute("aria-pressed", String(actual));
    if (!actual) return by("view").removeAttribute("tabindex");
    by("view").tabIndex = 0;
    const mark = by("mark");
    by("view").scrollTo(mark.offsetLeft - by("view").clientWidth / 2, mark.offsetTop - by("view").clientHeight / 2);
  });

  return {
    update(view, may_edit) {
      pictures = view.pictures;
      editable = may_edit;
      for (const picture of pictures) {
        if (!items.has(picture.id)) add(picture);
        if (pending.get(picture.id) === picture.included) pending.delete(picture.id);
      }
      const known = new Set(pictures.map((each) => each.id));
      for (const [id, item] of items) {
        if (known.has(id)) continue;
        seen.unobserve(item.li);
        item.li.remove();
        items.delete(id);
        thumbnails.delete(id);
      }
      by("stage").hidden = by("tray").hidden = pictures.length === 0;
      by("no-pictures").hidden = pictures.length > 0;
      if (at(selected) < 0 && pictures.length > 0) select(pictures.at(-1).id);
      render();
    },
    image(image) {
      if (image.kind === thumbnail) {
        thumbnails.set(image.id, image);
        const item = items.get(image.id);
        if (item) paint(item);
        if (image.id === selected && sharp !== selected) {
          draw(by("large"), image);
          by("frame").classList.remove("skeleton");
        }
        return;
      }
      if (asked?.id === image.id) asked = null;
      if (image.id === selected) {
        draw(by("large"), image);
        by("frame").classList.remove("skeleton");
        sharp = image.id;
      }
      const wanted = next;
      next = 0;
      ask(wanted);
    },
    /** How many will be sent, how many of those are not made yet, and their bytes beyond what the view counted. */
    sum() {
      let count = 0, unmade = 0, correction = 0;
      for (const picture of pictures) {
        const on = included(picture);
        if (on) count += 1;
        if (on && picture.bytes === null) unmade += 1;
        if (on !== picture.included) correction += (on ? 1 : -1) * (picture.bytes ?? 0);
      }
      return { count, unmade, correction };
    },
    /** Forgets every pixel. */
    clear() {
      thumbnails.clear();
      for (const item of items.values()) item.canvas.width = item.canvas.height = 0;
      by("large").width = by("large").height = 1;
    },
  };
}
