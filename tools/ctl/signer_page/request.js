// Takes what the console hands over in the address's fragment, which no server sees, and gives it to the signing program, which
// shows it on its own page. This page has no secret and decides nothing.
import { load, t } from "./l10n.js";

const by = (id) => document.getElementById(id);
const most = 65536;
const offer = decode(location.hash.slice(1));
history.replaceState(null, "", "/request");
await load({ base: "/messages." });
document.title = t("signer.title");

function decode(text) {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
    return bytes.length > 0 && bytes.length <= most ? new TextDecoder("utf-8", { fatal: true }).decode(bytes) : null;
  } catch {
    return null;
  }
}

function say(key, { text = t(`${key}_text`), open = false, again = false } = {}) {
  by("title").textContent = t(`${key}_title`);
  by("text").textContent = text;
  by("open").hidden = !open;
  by("again").hidden = !again;
}

async function hand_over() {
  say("request.asking");
  try {
    const answer = await fetch("/offer", { method: "POST", headers: { "Content-Type": "application/json" }, body: offer });
    if (answer.status === 429) return say("request.busy", { again: true });
    const { refused, page_open } = await answer.json();
    if (refused) return say("request.refused", { text: String(refused), again: answer.status === 503 });
    say(page_open ? "request.taken" : "request.nobody", { open: !page_open });
  } catch {
    say("request.gone", { again: true });
  }
}

async function open_page() {
  const status = await fetch("/reopen", { method: "POST" }).then((answer) => answer.status, () => 0);
  if (status === 202) say("request.opening");
  else if (status === 429) by("text").textContent = t("reopen.soon");
  else say("request.gone", { open: true });
}

by("open").addEventListener("click", open_page);
by("again").addEventListener("click", hand_over);
if (offer === null) say("request.nothing", { open: true });
else await hand_over();
