// After a demo: node promises.mjs STATE. No picture of a screen lies below STATE but what the cloud was given and what the
// demo photographed itself, and no core file.
import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import path from "node:path";

const state = process.argv[2];
const smallest = 64; // Pixels a side: browsers keep pages' icons.

/** Whether a PNG (ISO/IEC 15948, 5.2 and 11.2.2) of some size or a JPEG (ITU-T T.81, B.1) is anywhere in the bytes. */
export function holds_picture(bytes) {
  const png = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");
  for (let at = bytes.indexOf(png); at >= 0; at = bytes.indexOf(png, at + 1))
    if (at + 24 <= bytes.length && bytes.readUInt32BE(at + 16) >= smallest && bytes.readUInt32BE(at + 20) >= smallest) return true;
  return bytes.includes(Buffer.from("ffd8ffe0", "hex")) && bytes.includes("JFIF");
}

/** ELF's e_ident and the type ET_CORE. */
export const is_core = (head) => head.subarray(0, 4).equals(Buffer.from("\x7fELF", "latin1")) && head[16] === 4;

function* files(directory) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const name = path.join(directory, entry.name);
    if (entry.isDirectory()) yield* files(name);
    else if (entry.isFile()) yield name;
  }
}

function head(name) {
  const bytes = Buffer.alloc(20);
  const file = openSync(name, "r");
  readSync(file, bytes, 0, bytes.length, 0);
  closeSync(file);
  return bytes;
}

const allowed = [path.join(state, "cloud") + path.sep, path.join(state, "demo") + path.sep];
const wrong = [];
let own = 0;
for (const name of files(state)) {
  if (is_core(head(name))) wrong.push(`${name} is a program's memory dump`);
  const picture = holds_picture(readFileSync(name));
  if (picture && name.endsWith(".png") && name.startsWith(allowed[1])) own += 1;
  if (picture && !allowed.some((each) => name.startsWith(each))) wrong.push(`${name} holds a picture`);
}
if (own === 0) wrong.push("the search finds none of the demo's own pictures, so it proves nothing");
for (const line of wrong) console.error(`A promise is broken: ${line}.`);
process.exitCode = wrong.length > 0 ? 1 : 0;
