// The files of the ticket as they stand in this page: base64 in elements that nothing runs.
import { h } from "./dom.js";
import { visible, visibleText } from "./visible.js";

function bytesOf(part) {
  const text = atob(document.getElementById(`part-${Number(part)}`).textContent);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** What the view of a ticket asks for its files. */
export const files = {
  blob: async (part) => new Blob([bytesOf(part)]),
  text: async (part) => new TextDecoder().decode(bytesOf(part)),
  file: (part) => h("button", { type: "button", on: { click: () => save(part) } }, visible(part.name)),
};

function save(part) {
  const url = URL.createObjectURL(new Blob([bytesOf(part.part)], { type: "application/octet-stream" }));
  h("a", { href: url, download: visibleText(part.name) }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
