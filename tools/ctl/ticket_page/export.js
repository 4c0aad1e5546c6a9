// A ticket in a file of its own: the console's view of it, from what stands in this page. Nothing is loaded or sent.
import { exact, t, use } from "./l10n.js";
import { h, replace } from "./dom.js";
import { keyHelp } from "./keys.js";
import { replayKeys } from "./replay.js";
import { files } from "./saved_files.js";
import { ticketView, titleOf } from "./ticket_view.js";
import { visible } from "./visible.js";

const data = (id) => JSON.parse(document.getElementById(id).textContent);
const [ticket, texts, exported] = ["ticket", "texts", "exported"].map(data);

const region = navigator.languages.find((tag) => Object.hasOwn(texts, tag.toLowerCase().split("-")[0])) ?? "en";
const wanted = region.toLowerCase().split("-")[0];
use(wanted, { ...texts.en, ...texts[wanted] }, region);
document.documentElement.lang = wanted;
document.querySelector("#show-keys").textContent = t("keys.title");
keyHelp(replayKeys);

const when = (text) => h("time", { datetime: text }, exact(new Date(text)));
const machineLink = ({ machine }) => h("span", visible(machine.display_name || machine.host));
replace(document.querySelector("#view"), ticketView(ticket, { ...files, when, machineLink }));
document.title = titleOf(ticket);
document.querySelector("#about").textContent = t("export.about",
  { by: exported.by, at: exact(new Date(exported.at)), zone: Intl.DateTimeFormat().resolvedOptions().timeZone });
