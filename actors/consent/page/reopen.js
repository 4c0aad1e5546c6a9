import { load, t } from "./l10n.js";

const by = (id) => document.getElementById(id);
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

async function ask(query) {
  try {
    return (await fetch(`/reopen${query}`, { method: "POST" })).status;
  } catch {
    return 0;
  }
}

function say(key, button) {
  by("text").textContent = t(key);
  by("reopen").hidden = !button;
}

function tell(status) {
  if (status === 202) say("reopen.done", false);
  else if (status === 410) say("reopen.closed", false);
  else if (status === 429) say("reopen.soon", true);
  else if (status === 409) say("reopen.text", true);
  else say("lost.gone", true);
}

/** A reload comes back without a click; the old page's connection may take a moment to end. */
async function by_itself() {
  for (let tries = 0; tries < 4; ++tries) {
    const status = await ask("?by=itself");
    if (status !== 409) return tell(status);
    await wait(150);
  }
  tell(409);
}

// A spent token must not stay in the address, nor be posted again by a reload.
history.replaceState(null, "", "/");
await load({ base: "/messages.", forced: document.querySelector('meta[name="tier2-language"]').content });
by("reopen").addEventListener("click", async () => tell(await ask("")));
await by_itself();
