// The demo: a user asks for help, an operator finds it. Everything runs already; see tools/run.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { look_at_ticket } from "./operator.mjs";
import { ask_for_help, send_ticket, sentence, work } from "./user.mjs";

const state = process.env.TIER2_STATE;
const folder = path.join(state, "demo");
const say = (text) => console.log(`        ${text}`);
const photograph = (page, name) => page.screenshot({ path: path.join(folder, `${name}.png`) });

say("Typing and clicking in two windows");
const deeds = await work(state);
say(`Pressing ${process.env.TIER2_HOTKEY}`);
const { browser, page } = await ask_for_help(state, process.env.TIER2_HOTKEY);
const pictures = await page.getByRole("list", { name: "Pictures of your screen" }).getByRole("listitem").count();
say(`The ticket page has ${pictures} pictures of ${deeds} deeds`);
// Clicks that follow each other too fast share a picture, so a few may be missing on a slow machine; not most.
if (pictures < deeds / 2 || pictures > deeds) throw new Error("that is not what was done");
say("Taking one out, writing a sentence, pressing Send");
const { number, sent } = await send_ticket(page, photograph);
await browser.close();
say(`Sent: ticket ${number} with ${sent} pictures`);
say("Signing in to the console");
await look_at_ticket({
  console_url: process.env.TIER2_CONSOLE,
  name: process.env.TIER2_OPERATOR,
  password: readFileSync(path.join(state, "operator-password"), "utf8").trim(),
  number, pictures: sent, sentence, photograph,
});
say("The ticket is there with all its pictures");
writeFileSync(path.join(folder, "ticket-number"), `${number}\n`);
process.exit(0); // The connection to the user's browser is left to whoever ends that browser.
