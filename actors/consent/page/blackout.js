// Black areas over the large picture: drawn with the mouse, or moved and sized with the keyboard.

import { t } from "./l10n.js";

const by = (id) => document.getElementById(id);
const most = 64;          // messages/page.hpp, max_regions
const least_drag_px = 4;  // A click is no area.

/** `stage`: where things are; `current()`: the picture; `areas()`: its areas; `change(areas)`: the user's wish. */
export function create_blackout({ stage, current, areas, change }) {
  let drawing = false;
  let editable = false;
  let start = null;   // Where a drag began: {x, y} in the picture and {left, top} in the window.
  let cursor = null;  // The area that is being made.
  let by_keys = false;
  let drawn = "";

  const say = (text) => { by("announce").textContent = text; };

  /** Whole pixels around it, inside of the picture. */
  function whole(area) {
    const { width, height } = current();
    const x = Math.max(0, Math.floor(area.x));
    const y = Math.max(0, Math.floor(area.y));
    return { x, y, width: Math.min(width, Math.ceil(area.x + area.width)) - x,
             height: Math.min(height, Math.ceil(area.y + area.height)) - y };
  }

  function add(area) {
    const now = areas();
    const one = whole(area);
    if (one.width < 1 || one.height < 1) return;
    if (now.length >= most) return say(t("black.most", { n: most }));
    change([...now, one]);
    say(t("black.added", { n: now.length + 1 }));
  }

  function remove(index) {
    const left = areas().filter((_, at) => at !== index);
    change(left);
    say(t("black.removed", { n: left.length }));
    const buttons = by("areas").querySelectorAll("button");
    (buttons[Math.min(index, buttons.length - 1)] ?? by("black")).focus();
  }

  /** The part of it that lies on the screen that is shown; it may be on another one. */
  function shown(area) {
    const part = stage.crop();
    const x = Math.max(area.x, part.x);
    const y = Math.max(area.y, part.y);
    return { x, y, width: Math.min(area.x + area.width, part.x + part.width) - x,
             height: Math.min(area.y + area.height, part.y + part.height) - y };
  }

  function area_node(area, index, all) {
    const node = document.createElement("div");
    node.className = "area";
    const here = shown(area);
    node.hidden = here.width <= 0 || here.height <= 0;
    stage.place(node, here);
    if (!editable) return node;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "✕";
    button.title = t("black.remove");
    button.setAttribute("aria-label", t("black.remove_one", { at: index + 1, of: all.length }));
    button.addEventListener("click", () => remove(index));
    node.append(button);
    return node;
  }

  function render() {
    const picture = current();
    const all = picture ? areas() : [];
    const looks = JSON.stringify([picture?.id, picture ? stage.crop() : null, all, editable]);
    if (looks !== drawn) {
      drawn = looks;
      by("areas").replaceChildren(...all.map(area_node));
    }
    by("black").disabled = !editable || Boolean(picture?.failed);
    by("black").setAttribute("aria-pressed", String(drawing));
    by("black-help").hidden = !drawing;
    by("black-help").textContent = t(by_keys ? "black.help_keys" : "black.help");
    by("view").classList.toggle("drawing", drawing);
    render_cursor();
  }

  function render_cursor() {
    by("cursor").hidden = !cursor;
    if (!cursor) return;
    stage.place(by("cursor"), cursor);
    const round = whole(cursor);
    by("cursor").setAttribute("aria-label",
      t("black.cursor", { x: round.x, y: round.y, width: round.width, height: round.height }));
  }

  function mode(on, keyboard = false) {
    drawing = on && editable;
    by_keys = keyboard;
    cursor = drawing && by_keys ? first_cursor() : null;
    start = null;
    render();
    if (cursor) by("cursor").focus({ preventScroll: false });
  }

  /** Around the click, which is where people looked. */
  function first_cursor() {
    const part = stage.crop();
    const picture = current();
    const width = part.width / 4;
    const height = part.height / 8;
    const clicked = picture.trigger.startsWith("click_");
    const middle = clicked ? picture : { x: part.x + part.width / 2, y: part.y + part.height / 2 };
    return hold({ x: middle.x - width / 2, y: middle.y - height / 2, width, height });
  }

  /** Inside of what is shown. */
  function hold(area) {
    const part = stage.crop();
    const width = Math.min(part.width, Math.max(1, area.width));
    const height = Math.min(part.height, Math.max(1, area.height));
    return { width, height, x: Math.min(part.x + part.width - width, Math.max(part.x, area.x)),
             y: Math.min(part.y + part.height - height, Math.max(part.y, area.y)) };
  }

  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  by("cursor").addEventListener("keydown", (event) => {
    const arrow = arrows[event.key];
    if (!arrow || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const step = event.ctrlKey ? 1 : Math.max(1, Math.round(stage.crop().height / 50));
    const [x, y] = [arrow[0] * step, arrow[1] * step];
    cursor = event.shiftKey ? hold({ ...cursor, width: cursor.width + x, height: cursor.height + y })
                            : hold({ ...cursor, x: cursor.x + x, y: cursor.y + y });
    render_cursor();
    by("cursor").scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  by("cursor").addEventListener("click", (event) => {
    if (event.detail === 0) add(cursor); // Return or the space bar
  });

  by("black").addEventListener("click", (event) => mode(!drawing, event.detail === 0));

  const view = by("view");
  const between = (a, b) => ({ x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y) });
  view.addEventListener("pointerdown", (event) => {
    if (!drawing || event.button !== 0 || event.target.closest("button:not(#cursor)")) return;
    event.preventDefault();
    view.setPointerCapture(event.pointerId);
    start = { ...stage.pixel(event.clientX, event.clientY), left: event.clientX, top: event.clientY };
    cursor = null;
  });
  view.addEventListener("pointermove", (event) => {
    if (!start) return;
    cursor = between(start, stage.pixel(event.clientX, event.clientY));
    render_cursor();
  });
  view.addEventListener("pointerup", (event) => {
    if (!start) return;
    const far = Math.hypot(event.clientX - start.left, event.clientY - start.top) >= least_drag_px;
    const area = between(start, stage.pixel(event.clientX, event.clientY));
    start = cursor = null;
    if (far) add(area);
    render();
  });
  view.addEventListener("pointercancel", () => {
    start = cursor = null;
    render();
  });

  return {
    render,
    update(may_edit) {
      editable = may_edit;
      if (!editable && drawing) mode(false);
      else render();
    },
    /** Another picture, or another part of it. */
    moved() {
      start = null;
      if (cursor) cursor = first_cursor();
      render();
    },
    /** True when the key was meant for this. */
    key(event) {
      if ((event.key === "b" || event.key === "B") && !by("black").disabled) mode(!drawing, true);
      else if (event.key === "Escape" && drawing) {
        mode(false);
        by("black").focus();
      } else return false;
      return true;
    },
  };
}
