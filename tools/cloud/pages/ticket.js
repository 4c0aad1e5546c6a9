// The page of one ticket.
import { exact, t } from "./l10n.js";
import { call, partUrl } from "./api.js";
import { confirmed } from "./confirm.js";
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
  about: (ticket) => ({ head: removal(ticket), side: kept(ticket) }),
  machineLink: ({ machine }) => h("a", { href: `/machines/${machine.agent}` }, visible(machine.display_name || machine.host || machine.agent)),
};

function kept({ kept_until: until }) {
  return h("section", h("dl.facts", h("dt", t("ticket.kept_until")),
    h("dd", until ? h("time", { datetime: until }, exact(new Date(until))) : t("ticket.kept_for_ever"))));
}

function removal(ticket) {
  const problem = h("div", { role: "alert" });
  const remove = async () => {
    if (!(await confirmed(t("ticket.delete_question", { number: String(ticket.number) }), t("ticket.delete")))) return;
    try {
      await call(`tickets/${number}`, { method: "DELETE" });
      await show();
      place.querySelector("h1")?.focus();
    } catch (why) {
      showError(problem, why);
    }
  };
  return h("div", problem, h("button.danger", { type: "button", on: { click: remove } }, t("ticket.delete")));
}

/** What is said of a ticket that was here. */
function gone({ at, by, after_days: days }) {
  const date = exact(new Date(at));
  const who = by.startsWith("token:") ? t("audit.by_token", { name: by.slice(6) }) : by;
  document.title = t("ticket.deleted", { number: String(number) });
  return h("div.empty", h("h1", { tabindex: "-1" }, t("ticket.deleted", { number: String(number) })),
    h("p", visible(days > 0 ? t("ticket.deleted_after", { n: days, at: date }) : t("ticket.deleted_by", { who, at: date }))),
    h("p", h("a", { href: "/tickets" }, t("ticket.all"))));
}

async function show() {
  try {
    const ticket = await call(`tickets/${number}`);
    replace(place, ticketView(ticket, source));
    document.title = titleOf(ticket);
  } catch (why) {
    if (why.status === 410 && why.content.deleted) replace(place, gone(why.content.deleted));
    else showError(place, why, show);
  }
  place.removeAttribute("aria-busy");
}

await open({ keys: replayKeys });
document.title = t("ticket.page", { number: String(number) });
await show();
