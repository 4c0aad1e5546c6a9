// The page of one ticket.
import { t } from "./l10n.js";
import { call, partUrl } from "./api.js";
import { h, replace } from "./dom.js";
import { when } from "./fleet.js";
import { replayKeys } from "./replay.js";
import { open, showError } from "./shell.js";
import { ticketView, titleOf } from "./ticket_view.js";
import { visible, visibleText } from "./visible.js";

const place = document.querySelector("#ticket");
const number = Number(location.pathname.split("/").pop());

async function bytesOf(part) {
  const answer = await fetch(partUrl(number, part));
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return answer;
}

const source = {
  blob: async (part) => (await bytesOf(part)).blob(),
  text: async (part) => (await bytesOf(part)).text(),
  file: (part) => h("a", { href: partUrl(number, part.part), download: visibleText(part.name) }, visible(part.name)),
  when,
  machineLink: ({ machine }) => h("a", { href: `/machines/${machine.agent}` }, visible(machine.display_name || machine.host || machine.agent)),
};

async function show() {
  try {
    const ticket = await call(`tickets/${number}`);
    replace(place, ticketView(ticket, source));
    document.title = titleOf(ticket);
  } catch (why) {
    showError(place, why, show);
  }
  place.removeAttribute("aria-busy");
}

await open({ keys: replayKeys });
document.title = t("ticket.page", { number: String(number) });
await show();
