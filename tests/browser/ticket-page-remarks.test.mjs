import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, it } from "node:test";
import { open_ticket, sharp, start_browser, with_desk_in } from "./ticket-page-support.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let browser;
before(async () => { browser = await start_browser(); });
after(() => browser.stop());
const with_desk = (...what) => with_desk_in(browser, ...what);

const size = ["--width", 960, "--height", 540];
const with_text = (page, id, text) => page.locator(`#${id}`, { hasText: text }).waitFor();

async function complaints(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  return violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.html).join(" ")}`);
}

describe("what is said beside a picture", () => {
  it("how many windows were hidden in it, and which rule asked for that", () =>
    with_desk(["--pictures", 3, ...size], async (desk, context) => {
      const page = await open_ticket(context, desk);
      await sharp(page, 960);
      assert.equal(await page.locator("#remark").isVisible(), false);
      desk.set({ remark_on: 2, hidden: 1, hidden_by: ["*KeePass*"] });
      await with_text(page, "remark", "1 window was hidden: your organisation excludes “KeePass”.");
      desk.set({ remark_on: 2, hidden: 3, hidden_by: ["<b>*Bank*", "Lohn"] });
      await with_text(page, "remark", "3 windows were hidden: your organisation excludes “<b>*Bank”, “Lohn”.");
      desk.set({ remark_on: 2, hidden: 1, hidden_by: [] });
      await with_text(page, "remark", "1 window was hidden, because we could not tell what it was.");
      assert.deepEqual(await complaints(page), []);
      await page.getByRole("button", { name: "Previous picture" }).click();
      assert.equal(await page.locator("#remark").isVisible(), false);
      assert.deepEqual(page.problems, []);
    }));

  it("why it shows nothing; it can be sent all the same", () =>
    with_desk(["--pictures", 2, ...size], async (desk, context) => {
      const page = await open_ticket(context, desk);
      desk.set({ remark_on: 1, note: "locked" });
      await with_text(page, "remark", "The picture shows nothing: the screen was locked.");
      assert.equal(await page.getByLabel("Send this picture").isEnabled(), true);
    }));

  it("why there is none: a plain sentence, the technical line in the details, no pixels of another", () =>
    with_desk(["--pictures", 3, ...size], async (desk, context) => {
      const page = await open_ticket(context, desk);
      await sharp(page, 960);
      desk.set({ remark_on: 1, note: "lost_resizing", why: "The screen has changed its size." });
      await page.locator("#summary").getByText(": 2 pictures, ").waitFor(); // then the page knows
      await page.getByRole("button", { name: "Previous picture" }).click();
      await with_text(page, "badge", "We could not take a picture: the screen was being reconfigured.");
      assert.equal(await page.locator("#large").evaluate((canvas) => canvas.width), 1);
      assert.equal(await page.getByLabel("Send this picture").isDisabled(), true);
      await page.locator("#lost summary").click();
      assert.equal(await page.locator("#lost pre").textContent(), "The screen has changed its size.");
      assert.match(await page.locator("#summary").textContent(), /: 2 pictures, /);
      assert.deepEqual(await complaints(page), []);
      await page.getByRole("button", { name: "Previous picture" }).click(); // the next one is asked for at once
      await desk.until((line) => line.type === "show_picture" && line.id === 1);
      assert.deepEqual(desk.said.filter((line) => line.type === "show_picture" && line.id === 2), []);
      assert.deepEqual(page.problems, []);
    }));

  it("in German too", () =>
    with_desk(["--pictures", 2, "--language", "de", ...size], async (desk, context) => {
      const page = await open_ticket(context, desk);
      desk.set({ remark_on: 1, hidden: 1, hidden_by: ["KeePass*"] });
      await with_text(page, "remark", "1 Fenster wurde verdeckt: Ihre Organisation schließt „KeePass“ aus.");
    }));
});
