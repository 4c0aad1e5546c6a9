// How large a PNG or JPEG file says that it is, before anything decodes it. Pure.

/** More pixels than this are not decoded: a few bytes could ask for many gigabytes. */
export const mostPixels = 100_000_000;

/** {width, height} from a file's first bytes (a Uint8Array), or null when it is neither PNG nor JPEG. */
export function pictureSize(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length >= 24 && view.getUint32(0) === 0x89504e47 && view.getUint32(4) === 0x0d0a1a0a)
    return { width: view.getUint32(16), height: view.getUint32(20) }; // PNG, section 11.2.1: IHDR comes first
  if (bytes.length < 4 || view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; at + 9 <= bytes.length;) { // JPEG, ITU-T T.81 annex B: segments until a frame header (SOF)
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    const frame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (frame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return null;
}
