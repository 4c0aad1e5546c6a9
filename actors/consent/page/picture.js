// What a picture is, in words and in pixels.

import { t } from "./l10n.js";

/** What made the picture be taken, in words. */
export function deed(picture) {
  const key = `did.${picture.trigger}`;
  const function_key = /^key_(f\d+)$/.exec(picture.trigger);
  const did = function_key ? t("did.key", { key: function_key[1].toUpperCase() }) : t(key);
  return picture.window ? t("did.in", { did, window: picture.window }) : did;
}

/**
 * Draws the image, or of it what lies in `crop`: {x, y, width, height} as parts of its sides, 0 to 1.
 * Pixels go from the socket into canvases and nowhere else.
 */
export function draw(canvas, image, crop = { x: 0, y: 0, width: 1, height: 1 }) {
  const left = Math.round(crop.x * image.width);
  const top = Math.round(crop.y * image.height);
  canvas.width = Math.max(1, Math.round(crop.width * image.width));
  canvas.height = Math.max(1, Math.round(crop.height * image.height));
  canvas.getContext("2d").putImageData(new ImageData(image.pixels, image.width, image.height), -left, -top);
}

/** Where the picture's monitors are in it, [{name, x, y, width, height}] in its pixels; [] for fewer than two. */
export function screens(picture) {
  const monitors = picture.monitors ?? [];
  if (monitors.length < 2) return [];
  const left = Math.min(0, ...monitors.map((each) => each.x));
  const top = Math.min(0, ...monitors.map((each) => each.y));
  const inside = [];
  for (const each of monitors) {
    const x = Math.min(picture.width, each.x - left);
    const y = Math.min(picture.height, each.y - top);
    const width = Math.min(each.width, picture.width - x);
    const height = Math.min(each.height, picture.height - y);
    if (width > 0 && height > 0) inside.push({ name: each.name, x, y, width, height });
  }
  return inside;
}
