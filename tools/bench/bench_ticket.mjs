// From the hotkey to the ticket page with its first picture and with all of them, from Send to the number, and the memory of
// helper, service and cloud meanwhile; beside a Chromium that only shows an empty page. See README.md.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "../demo/chromium.mjs";
import { clicked_desk, marked } from "./clicked_desk.mjs";
import { eventually, memory_kib, quantile, root, stand } from "./stand.mjs";

const { values: given } = parseArgs({ options: { size: { type: "string", default: "1920x1080" }, pictures: { type: "string", default: "60" },
  rounds: { type: "string", default: "3" }, pause: { type: "string", default: "150" } } });
const count = Number(given.pictures);
const one = new stand();
let desk;
const figures = { "an empty page": [], "first picture": [], "all pictures, Send allowed": [], "Send to number": [] };
const most = { helper: 0, service: 0, cloud: 0 };
let before = {};
let megabytes = 0;

/** From the start of the same browser, new profile, to its first paint of a page with one word. */
async function empty_page(desk) {
  const file = one.at("empty.html");
  writeFileSync(file, "<!doctype html><title>empty</title><p>empty");
  const began = Date.now();
  desk.spawn(path.join(root, "tools/demo/browser"), ["--headless", one.state, file]);
  const port = () => { try { return readFileSync(one.at("browser/user/DevToolsActivePort"), "utf8").match(/^\d+(?=\n\S)/)?.[0]; } catch { return undefined; } };
  await eventually("the browser", port);
  const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port()}`);
  const page = await eventually("the empty page", () => browser.contexts()[0].pages().find((each) => each.url().endsWith("empty.html")));
  const painted = await page.waitForFunction(() => performance.timeOrigin + (performance.getEntriesByType("paint")[0]?.startTime ?? NaN) || 0);
  const took = await painted.jsonValue() - began;
  await browser.close().catch(() => {});
  await desk.end_browser();
  return took;
}

async function round(desk) {
  figures["an empty page"].push(await empty_page(desk));
  await desk.click(Number(given.pause));
  before = { helper: memory_kib(desk.helper.pid), service: memory_kib(one.service.pid), cloud: memory_kib(one.cloud.pid) };
  const watch = setInterval(() => {
    for (const [name, pid] of [["helper", desk.helper.pid], ["service", one.service.pid], ["cloud", one.cloud.pid]])
      most[name] = Math.max(most[name], memory_kib(pid));
  }, 20);
  const { pressed, page } = await desk.ask_for_help();
  figures["first picture"].push(await marked(page, "first picture") - pressed);
  figures["all pictures, Send allowed"].push(await marked(page, "ready") - pressed);
  const shown = await page.locator("#strip li").count();
  if (shown !== count) throw new Error(`the ticket has ${shown} pictures, not ${count}: a longer --pause is needed`);
  await page.getByLabel("What happened?").fill("A benchmark.");
  megabytes = Number((await page.locator("#summary").textContent()).match(/([\d.,]+) MB/)[1].replace(",", ""));
  const began = Date.now();
  await page.locator("#send").click();
  await page.locator('#state[data-state="sent"]').waitFor({ timeout: 600_000 });
  figures["Send to number"].push(Date.now() - began);
  clearInterval(watch);
  await desk.end_browser();
}

try {
  await one.start_cloud();
  await one.start_service();
  desk = new clicked_desk(one, given.size, count);
  await desk.start();
  for (let i = 0; i < Number(given.rounds); ++i) await round(desk);
  console.log(`${count} pictures of ${given.size}, ${given.rounds} rounds, each with a new browser profile; the ticket has ${megabytes} MB`);
  const peer = quantile(figures["an empty page"], 0.5);
  for (const [name, all] of Object.entries(figures)) {
    const ratio = name === "Send to number" ? `${(megabytes * 1000 / quantile(all, 0.5)).toFixed(1)} MB/s` : `${(quantile(all, 0.5) / peer).toFixed(2)}x`;
    console.log(`  ${name.padEnd(28)} median ${quantile(all, 0.5).toFixed(0).padStart(6)} ms   ${ratio}`);
  }
  for (const [name, kib] of Object.entries(most))
    console.log(`  memory of the ${name.padEnd(8)} ${(before[name] / 1024).toFixed(0).padStart(5)} MiB before the hotkey, at most ${(kib / 1024).toFixed(0)} MiB`);
} finally {
  await desk?.end_browser();
  await one.end();
}
