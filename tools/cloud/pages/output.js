// What a program wrote, as lines of text nodes. Bounded in lines and characters: only the newest stay; control bytes are shown, never
// obeyed.
import { t } from "./l10n.js";
import { h, replace } from "./dom.js";
import { countMarks, visible } from "./visible.js";

const longestLine = 2000; // characters; longer ones go on in a line of their own
const markCost = 16; // characters that a mark counts for, since it is an element of its own

/** At most so many lines and characters are kept. `node` to show, `add(event)` for an output event, `end()` when no more will come. */
export function outputView(mostLines, mostCharacters) {
  const lines = h("div.lines", { role: "log", tabindex: "0", "aria-label": t("output.label"), "aria-live": "off" });
  const dropped = h("p.muted.small", { hidden: true });
  const nothing = h("p.muted.small", t("output.nothing_yet"));
  const rest = { stdout: "", stderr: "" };
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  const seen = { stdout: 0, stderr: 0 };
  let waiting = []; // not drawn yet: {stream, text, cost}
  let waitingCost = 0;
  const costs = []; // of what is drawn, a number a line
  let drawnCost = 0;
  let gone = 0;
  let planned = false;

  function put(stream, text) {
    for (let at = 0; at === 0 || at < text.length; at += longestLine) {
      const piece = text.slice(at, at + longestLine);
      const cost = piece.length + markCost * countMarks(piece);
      waiting.push({ stream, text: piece, cost });
      waitingCost += cost;
    }
    let drop = 0;
    for (; waiting.length - drop > mostLines || (waitingCost > mostCharacters && waiting.length - drop > 1); ++drop) waitingCost -= waiting[drop].cost;
    gone += drop;
    if (drop > 0) waiting = waiting.slice(drop);
  }

  function draw() {
    planned = false;
    const following = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 24;
    nothing.hidden = nothing.hidden || waiting.length > 0;
    // The old ones go first, so that the page never has more than its bound.
    const fresh = waiting;
    let drop = 0;
    for (drawnCost += waitingCost; drop < costs.length && (costs.length - drop + fresh.length > mostLines || drawnCost > mostCharacters); ++drop)
      drawnCost -= costs[drop];
    costs.splice(0, drop);
    for (; drop > 0; --drop) {
      lines.firstElementChild.remove();
      ++gone;
    }
    costs.push(...fresh.map(({ cost }) => cost));
    lines.append(...fresh.map(({ stream, text }) => h(stream === "stderr" ? "div.line.err" : "div.line",
      h("span.stream", stream === "stderr" ? t("output.err") : ""), h("span.text", visible(text)))));
    waiting = [];
    waitingCost = 0;
    if (gone > 0) {
      dropped.hidden = false;
      dropped.textContent = t("output.dropped", { n: gone });
    }
    if (following) lines.scrollTop = lines.scrollHeight;
  }

  function plan() {
    if (planned) return;
    planned = true;
    requestAnimationFrame(draw);
  }

  return {
    node: h("div.output", dropped, nothing, lines),
    add(event) {
      const stream = event.stream === "stderr" ? "stderr" : "stdout";
      if (event.offset < seen[stream]) return; // seen before a broken connection
      const raw = event.base64 === undefined ? null : Uint8Array.from(atob(event.base64), (one) => one.charCodeAt(0));
      // A text begins a character: what the decoder still holds of one was never finished.
      const text = raw === null ? decoders[stream].decode() + event.text : decoders[stream].decode(raw, { stream: true });
      seen[stream] = event.offset + (raw === null ? new TextEncoder().encode(event.text).length : raw.length);
      const pieces = (rest[stream] + text).split("\n");
      rest[stream] = pieces.pop();
      while (rest[stream].length > longestLine) {
        pieces.push(rest[stream].slice(0, longestLine));
        rest[stream] = rest[stream].slice(longestLine);
      }
      for (const one of pieces) put(stream, one.endsWith("\r") ? one.slice(0, -1) : one);
      plan();
    },
    end() {
      for (const stream of ["stdout", "stderr"]) {
        rest[stream] += decoders[stream].decode();
        if (rest[stream] !== "") put(stream, rest[stream]);
        rest[stream] = "";
      }
      if (seen.stdout + seen.stderr === 0) replace(nothing, t("output.nothing"));
      plan();
    },
  };
}
