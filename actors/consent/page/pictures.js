// The pictures of a ticket: which one is shown, what the user chose of them, and how that is undone.

import { create_blackout } from "./blackout.js";
import { clock, t } from "./l10n.js";
import { deed } from "./picture.js";
import { failure, is_lost, show_remarks } from "./remarks.js";
import { create_stage } from "./stage.js";
import { create_strip } from "./strip.js";

const thumbnail = 1;
const patience_ms = 10_000;
const by = (id) => document.getElementById(id);
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** `send`: what is said to the helper; `chosen`: called after each choice. */
export function create_pictures({ send, chosen }) {
  // id: {included, regions}: what was chosen here. As long as choices can be made it counts, and not what the helper says,
  // whose word may be older than the choice: nobody else chooses.
  const wished = new Map();
  const history = [];       // Each entry: the wishes that undo one choice.
  let pictures = [];
  let selected = 0; // An id; 0 is none.
  let sharp = 0;    // The id whose full pixels are shown.
  let asked = null; // {id, at}: one full picture at a time is on its way.
  let next = 0;
  let editable = false;

  const find = (id) => pictures.find((each) => each.id === id);
  const at = (id) => pictures.findIndex((each) => each.id === id);
  const wish_for = (picture) => (editable ? wished.get(picture.id) : undefined);
  const included = (picture) => !picture.failed && (wish_for(picture)?.included ?? picture.included);
  const regions = (picture) => wish_for(picture)?.regions ?? picture.regions;
  /** Where something is black the window's title is not sent. */
  const told = (picture) => (regions(picture).length > 0 ? { ...picture, window: "" } : picture);
  const unmade = (picture) => picture.bytes === null || !same(regions(picture), picture.regions);

  const stage = create_stage();
  const strip = create_strip({ select, include: (id, on) => change([{ id, included: on }]) });
  const blackout = create_blackout({
    stage,
    current: () => find(selected),
    areas: () => regions(find(selected)),
    change: (areas) => change([{ id: selected, regions: areas }]),
  });

  /** Does one wish; returns the one that undoes it, or nothing where nothing changes. */
  function apply({ id, ...wish }) {
    const picture = find(id);
    if (!editable || !picture || picture.failed) return [];
    if (wish.included !== undefined) {
      if (included(picture) === wish.included) return [];
      wished.set(id, { ...wished.get(id), included: wish.included });
      send({ type: "include_picture", id, on: wish.included });
      return [{ id, included: !wish.included }];
    }
    const before = regions(picture);
    if (same(before, wish.regions)) return [];
    wished.set(id, { ...wished.get(id), regions: wish.regions });
    send({ type: "black_out", id, regions: wish.regions });
    // What was under an area is the helper's to show again.
    const bare = before.filter((each) => !wish.regions.some((kept) => same(kept, each)));
    if (id === selected && bare.length > 0) {
      stage.uncover(bare);
      ask(id, true);
    }
    return [{ id, regions: before }];
  }

  function change(wishes) {
    const back = wishes.flatMap(apply);
    if (back.length > 0) history.push(back);
    render();
    chosen();
  }

  function undo() {
    const back = history.pop();
    if (!back) return;
    back.forEach(apply);
    if (back.length === 1) select(back[0].id);
    render();
    chosen();
    by("announce").textContent = t("undo.done");
  }

  const change_all = (on) => change(pictures.map(({ id }) => ({ id, included: on })));

  function ask(id, anew = false) {
    if (anew) sharp = 0;
    if (id === 0 || id === sharp || is_lost(find(id))) return;
    if (asked && performance.now() - asked.at < patience_ms) {
      next = id;
      return;
    }
    asked = { id, at: performance.now(), regions: regions(find(id)) };
    send({ type: "show_picture", id });
  }

  function select(id, focus = false) {
    const picture = find(id);
    if (!picture) return;
    if (id !== selected) {
      selected = id;
      sharp = 0;
      stage.show(picture, strip.thumbnail(id));
      ask(id);
      blackout.moved();
      render();
    }
    strip.reveal(id, focus);
  }

  function step(by_how_many, focus) {
    const to = Math.min(pictures.length - 1, Math.max(0, at(selected) + by_how_many));
    if (pictures[to]) select(pictures[to].id, focus);
  }

  function render_stage() {
    const index = at(selected);
    const picture = pictures[index];
    if (!picture) return;
    const on = included(picture);
    stage.layout(picture);
    by("view").classList.toggle("out", !on);
    by("badge").hidden = on;
    by("badge").textContent = picture.failed ? failure(picture) : t("picture.out");
    show_remarks(picture);
    by("when").textContent = clock(new Date(picture.at));
    by("when").dateTime = picture.at;
    by("what").textContent = deed(told(picture));
    by("where").textContent = `${index + 1} / ${pictures.length}`;
    const areas = regions(picture).length;
    const label = t("picture.large", { at: index + 1, of: pictures.length, what: deed(told(picture)) });
    by("large").setAttribute("aria-label", areas > 0 ? `${label}, ${t("black.count", { n: areas })}` : label);
    by("included").checked = on;
    by("included").disabled = !editable || Boolean(picture.failed);
    by("previous").disabled = index === 0;
    by("next").disabled = index === pictures.length - 1;
  }

  function render() {
    pictures.forEach((picture, index) => strip.render_item(told(picture), {
      at: index + 1, of: pictures.length, on: included(picture), current: picture.id === selected, editable,
      areas: regions(picture).length,
    }));
    render_stage();
    blackout.render();
    const able = pictures.filter((each) => !each.failed);
    const count = able.filter(included).length;
    by("chosen").textContent = t("pictures.chosen", { n: pictures.length, in: count });
    by("all-out").disabled = !editable || count === 0;
    by("all-in").disabled = !editable || count === able.length;
    by("undo").disabled = !editable || history.length === 0;
  }

  function keys(event) {
    const select_box = event.target.tagName === "SELECT";
    if (event.ctrlKey && !event.shiftKey && event.key === "z") undo();
    else if (event.altKey || event.ctrlKey || event.metaKey || select_box) return;
    else if (!own_key(event) && !blackout.key(event) && !stage.key(event)) return;
    event.preventDefault();
  }

  function own_key(event) {
    const in_strip = event.target.classList.contains("thumb");
    const moves = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
    if (event.key in moves && (in_strip || !stage.scrolls())) step(moves[event.key], in_strip);
    else if (event.key === " " && in_strip) change([{ id: selected, included: !included(find(selected)) }]);
    else if ((event.key === "Delete" || event.key === "Backspace") && !event.target.closest(".area"))
      change([{ id: selected, included: false }]);
    else return false;
    return true;
  }

  by("pictures").addEventListener("keydown", keys);
  by("previous").addEventListener("click", () => step(-1));
  by("next").addEventListener("click", () => step(1));
  by("included").addEventListener("change", (event) => change([{ id: selected, included: event.target.checked }]));
  by("all-out").addEventListener("click", () => change_all(false));
  by("all-in").addEventListener("click", () => change_all(true));
  by("undo").addEventListener("click", undo);
  stage.on_screen(() => blackout.moved());

  return {
    update(view, may_edit) {
      pictures = view.pictures;
      editable = may_edit;
      strip.update(pictures);
      by("stage").hidden = by("tray").hidden = pictures.length === 0;
      by("no-pictures").hidden = pictures.length > 0;
      if (pictures.length === 0) stage.small();
      if (at(selected) < 0 && pictures.length > 0) select(pictures.at(-1).id);
      blackout.update(may_edit);
      render();
    },
    image(image) {
      if (image.kind === thumbnail) {
        strip.image(image);
        if (image.id === selected && sharp !== selected) stage.image(image);
        return;
      }
      const picture = find(image.id);
      // It may have been made before an area was taken back: then it is asked for once more.
      const stale = asked?.id !== image.id || !picture || !same(asked.regions, regions(picture));
      if (asked?.id === image.id) asked = null;
      if (image.id === selected && !stale) {
        stage.image(image);
        sharp = image.id;
      }
      const wanted = next || (image.id === selected ? image.id : 0);
      next = 0;
      ask(wanted);
    },
    /** How many will be sent, how many of those are not made yet, and their bytes beyond what the view counted. */
    sum() {
      let count = 0, not_made = 0, correction = 0;
      for (const picture of pictures) {
        const on = included(picture);
        if (on) count += 1;
        if (on && unmade(picture)) not_made += 1;
        if (on !== picture.included) correction += (on ? 1 : -1) * (picture.bytes ?? 0);
      }
      return { count, unmade: not_made, correction };
    },
    /** Forgets every pixel. */
    clear() {
      history.length = 0;
      strip.clear();
      stage.clear();
    },
  };
}
