// The pictures of a ticket: fetched when somebody is about to look, decoded one at a time, and only the one on show is kept
// at its full size. Two hundred pictures of a large desktop would be gigabytes otherwise.
import { mostPixels, pictureSize } from "./picture_size.js";

const keptFiles = 4;
const widestSmall = 1024; // of a flat one: its height alone would scale it up to millions of pixels
const mostSide = 16384; // platform/image.hpp: no picture of ours has more
const headBytes = 262_144; // the size of a JPEG stands behind its thumbnail and colour profile

/** Why there is no picture; `code` is "broken" (no PNG or JPEG), "huge" or "missing". */
export class PictureError extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** `fetchBlob(part)` gives a part's bytes as a Blob. */
export function gallery(fetchBlob) {
  const files = new Map(); // by part, the one used last at the end
  const lines = { full: Promise.resolve(), small: Promise.resolve() };

  function file(part) {
    const found = files.get(part) ?? fetchBlob(part).catch(() => {
      files.delete(part);
      throw new PictureError("missing");
    });
    files.delete(part);
    files.set(part, found);
    if (files.size > keptFiles) files.delete(files.keys().next().value);
    return found;
  }

  /** `fit(size)` gives the options of createImageBitmap. */
  async function decode(blob, fit = () => ({})) {
    const size = pictureSize(new Uint8Array(await blob.slice(0, headBytes).arrayBuffer()));
    if (!size) throw new PictureError("broken");
    if (size.width * size.height > mostPixels || Math.max(size.width, size.height) > mostSide) throw new PictureError("huge");
    return createImageBitmap(blob, fit(size)).catch(() => { throw new PictureError("broken"); });
  }

  /** After those asked for before; null when nobody wants it any more by then. */
  function inTurn(line, wanted, make) {
    const made = lines[line].then(() => (wanted() ? make() : null));
    lines[line] = made.catch(() => {});
    return made;
  }

  return {
    /** The whole picture; whoever gets it closes it. */
    full: (part, wanted) => inTurn("full", wanted, async () => decode(await file(part))),
    /** Fetches it, so that it is there when it is its turn. */
    ahead: (part) => { file(part).catch(() => {}); },
    /** A small one of that height. */
    small: (part, height, wanted) => inTurn("small", wanted,
      async () => decode(await fetchBlob(part), (size) => {
        const resizeHeight = Math.max(1, Math.min(height, size.height));
        const resizeWidth = Math.max(1, Math.min(widestSmall, Math.round((size.width * resizeHeight) / size.height)));
        return { resizeHeight, resizeWidth, resizeQuality: "medium" };
      })),
  };
}
