// Text of a stranger, shown so that nothing in it can hide or turn another part around.
import { h } from "./dom.js";

// Characters that one does not see, takes for a plain space, or that change what others look like, first and last of each range.
// tools/ctl/visible_text.hpp has the same for terminals; tests/ctl compares them.
const ranges = [
  [0x0000, 0x0008], [0x000b, 0x001f], [0x007f, 0x00a0], [0x00ad, 0x00ad], [0x034f, 0x034f],
  [0x061c, 0x061c], [0x115f, 0x1160], [0x1680, 0x1680], [0x17b4, 0x17b5], [0x180b, 0x180f],
  [0x2000, 0x200f], [0x2028, 0x202f], [0x205f, 0x206f], [0x2800, 0x2800], [0x3000, 0x3000],
  [0x3164, 0x3164], [0xfe00, 0xfe0f], [0xfeff, 0xfeff], [0xffa0, 0xffa0], [0xfff0, 0xfffb],
  [0xe0000, 0xe0fff],
];
const set = ranges.map((range) => range.map((code) => `\\u{${code.toString(16)}}`).join("-")).join("");
const hidden = new RegExp(`[${set}]`, "gu");
const runs = new RegExp(`[${set}]+`, "gu");

/** "U+202E U+0007 ×2000" for a run of hidden characters. */
function names(run) {
  const said = [];
  let last = null;
  for (const character of run) {
    if (character === last?.character) ++last.times;
    else said.push(last = { character, times: 1 });
  }
  return said.map(({ character, times }) =>
    `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}${times > 1 ? ` ×${times}` : ""}`).join(" ");
}

/** Nodes for the text: each run of hidden characters is one mark that names them. */
export function visible(value) {
  const text = String(value);
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(runs)) {
    if (found.index > at) nodes.push(text.slice(at, found.index));
    nodes.push(h("mark.hidden-character", names(found[0])));
    at = found.index + found[0].length;
  }
  if (at < text.length || nodes.length === 0) nodes.push(text.slice(at));
  return nodes;
}

/** The same as a string, for titles and labels that have no nodes. */
export function visibleText(value) {
  return String(value).replace(runs, (run) => `[${names(run)}]`);
}

/** At most so many characters of the text, whole ones. */
export function beginning(value, most) {
  const characters = [...String(value).slice(0, 2 * most)];
  return characters.length > most ? `${characters.slice(0, most).join("")}…` : String(value);
}

/** How many hidden characters there are. */
export function countHidden(text) {
  return text.match(hidden)?.length ?? 0;
}

/** How many marks the text would get. */
export function countMarks(text) {
  return text.match(runs)?.length ?? 0;
}
