import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { after, before, it } from "node:test";
import { in_state, open_ticket, start_browser, start_desk } from "./ticket-page-support.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser;
before(async () => { browser = await start_browser(); });
after(() => browser.stop());

/** What axe-core finds in light and dark, as lines. */
async function complaints(page, where) {
  await page.evaluate(axe);
  const found = [];
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    for (const each of violations)
      found.push(`${where}, ${colorScheme}: ${each.id}: ${each.nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`);
  }
  await page.emulateMedia({ colorScheme: "light" });
  return found;
}

for (const locale of ["en-US", "de-DE"])
  it(`axe-core finds nothing in any state (${locale})`, { timeout: 300_000 }, async () => {
    const desk = await start_desk("--pictures", 8);
    desk.set({ choices: { Department: ["Sales", "IT"] } });
    const context = await browser.context({ locale });
    const found = [];
    const look = async (page, where) => found.push(...(await complaints(page, where)));
    try {
      desk.set({ phase: "preparing", encoded: 3, facts_complete: false });
      const page = await open_ticket(context, desk);
      assert.equal(await page.evaluate(() => document.documentElement.lang), locale.slice(0, 2));
      await look(page, "preparing");
      desk.set({ phase: "reviewing", encoded: 8, facts_complete: true, fail_picture: 6, why: "The picture is damaged." });
      await page.locator("#send:enabled").waitFor();
      await page.locator("#facts summary").click();
      await page.locator("#included").uncheck();
      await page.locator("#send").click();
      await look(page, "reviewing, facts open, one out, one failed, no message");
      await page.locator("#zoom").click();
      await look(page, "actual size");
      for (let i = 0; i < 2; ++i) await page.locator("#previous").click(); // the one between has failed
      await page.locator("#black").press("Enter");
      await page.keyboard.press("Enter");
      await page.locator("#areas .area button").waitFor();
      await look(page, "blacking out");
      await page.keyboard.press("Escape");
      await page.locator("#discard").click();
      await look(page, "question");
      await page.keyboard.press("Escape");
      desk.set({ phase: "sending", sent_bytes: 900000 });
      await in_state(page, "sending");
      await look(page, "sending");
      desk.set({ phase: "waiting", detail: "No answer.", technical: "connect: timed out" });
      await in_state(page, "waiting");
      await page.locator("#notice summary").click();
      await look(page, "waiting");
      desk.set({ phase: "refused", detail: "Too large.", technical: "413" });
      await in_state(page, "refused");
      await look(page, "refused");
      desk.set({ phase: "sent", number: "1042", url: "https://help.example/1042" });
      await in_state(page, "sent");
      await look(page, "sent");
      desk.set({ phase: "discarded" });
      await in_state(page, "discarded");
      await look(page, "discarded");
      desk.set({ phase: "reviewing" });
      const newer = await open_ticket(context, desk);
      const newest = await open_ticket(context, desk);
      await in_state(newer, "replaced");
      await look(newer, "replaced");
      desk.order({ do: "close" });
      await in_state(newest, "closed");
      await look(newest, "closed");
      const last = await open_ticket(context, desk);
      const lonely = await context.newPage();
      await lonely.goto(desk.origin);
      await lonely.locator("#reopen").waitFor();
      await look(lonely, "reopen");
      await desk.stop();
      await in_state(last, "lost");
      await look(last, "lost");
      const empty = await start_desk("--pictures", 0);
      const without = await open_ticket(context, empty);
      await look(without, "no pictures");
      await empty.stop();
      assert.deepEqual([...page.problems, ...newer.problems], []);
    } finally {
      await context.close();
      await desk.stop();
    }
    assert.deepEqual(found, []);
  });

it("the helper's own sentences have a German one, each as it stands in the program", async () => {
  const root = path.join(path.dirname(new URL(import.meta.url).pathname), "..", "..");
  const sources = ["actors", "platform"].flatMap((folder) => readdirSync(path.join(root, folder), { recursive: true })
    .filter((name) => name.endsWith(".cpp")).map((name) => readFileSync(path.join(root, folder, name), "utf8")));
  const spoken = sources.map((text) => text.replace(/"\s*\n\s*"/g, "")).join("\n"); // literals that stand beside each other are one
  const sentences = JSON.parse(readFileSync(path.join(root, "actors/consent/page/said.de.json"), "utf8"));
  for (const each of Object.keys(sentences)) assert.ok(spoken.includes(`"${each}"`), each);
  const desk = await start_desk("--pictures", 1);
  const context = await browser.context({ locale: "de-DE" });
  const page = await open_ticket(context, desk);
  const sentence = "There is no connection to the helpdesk at the moment. Your ticket is kept here and sent when there is.";
  desk.set({ phase: "waiting", detail: sentence });
  await page.locator("#notice-text").getByText(sentences[sentence]).waitFor();
  desk.set({ phase: "waiting", detail: "Something new." });
  await page.locator("#notice-text").getByText("Something new.").waitFor();
  await context.close();
  await desk.stop();
});

it("both languages have every text that the page uses, with the same places to fill", () => {
  const folder = path.join(path.dirname(new URL(import.meta.url).pathname), "..", "..", "actors", "consent", "page");
  const read = (name) => readFileSync(path.join(process.env.TICKET_PAGE ?? folder, name), "utf8");
  const english = JSON.parse(read("messages.en.json"));
  const german = JSON.parse(read("messages.de.json"));
  assert.deepEqual(Object.keys(german), Object.keys(english));
  const places = (text) => [...new Set(JSON.stringify(text).match(/\{\w+\}/g) ?? [])].sort();
  for (const key of Object.keys(english)) assert.deepEqual(places(german[key]), places(english[key]), key);
  const source = readdirSync(folder).filter((name) => /\.(html|js)$/.test(name)).map(read).join("\n");
  const used = [...source.matchAll(/data-l10n(?:-\w+)?="([\w.]+)"|\bt\("([\w.]+)"/g)].map((match) => match[1] ?? match[2]);
  assert.ok(used.length > 50);
  for (const key of used) assert.ok(Object.hasOwn(english, key), `${key} is missing`);
  // No word of the page stands in its HTML.
  const words = ["index.html", "reopen.html"].flatMap((name) =>
    read(name).replace(/<(title|svg)[^>]*>.*?<\/\1>/gs, "").replace(/<[^>]*>/g, "").split("\n").map((line) => line.trim())
      .filter((line) => /[a-z]/i.test(line) && !line.startsWith("{{")));
  assert.deepEqual(words, []);
});
