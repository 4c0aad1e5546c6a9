import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { open_ticket, sharp, start_browser, with_desk_in } from "./ticket-page-support.mjs";

let browser;
before(async () => { browser = await start_browser(); });
after(() => browser.stop());
const with_desk = (...what) => with_desk_in(browser, ...what);

const size = ["--width", 960, "--height", 540];
const black_outs = (desk) => desk.asked().filter((line) => line.type === "black_out");
const areas = (page) => page.locator("#areas .area").count();

/** Drags over a part of the picture, given as parts of its sides. */
async function drag(page, from, to) {
  const box = await page.locator("#frame").boundingBox();
  const at = ([x, y]) => [box.x + box.width * x, box.y + box.height * y];
  await page.mouse.move(...at(from));
  await page.mouse.down();
  await page.mouse.move(...at([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2]));
  await page.mouse.move(...at(to));
  await page.mouse.up();
}

/** The colour of the canvas at a place of the picture, "r,g,b". */
const colour = (page, x, y) => page.evaluate(([left, top]) => {
  const canvas = document.getElementById("large");
  return [...canvas.getContext("2d").getImageData(left, top, 1, 1).data].slice(0, 3).join();
}, [x, y]);

describe("blacking out", () => {
  it("by mouse: the area is black at once, the helper is told whole pixels that hold all of it", () =>
    with_desk(["--pictures", 3, ...size], async (desk, context) => {
      const page = await open_ticket(context, desk);
      await sharp(page, 960);
      await drag(page, [0.2, 0.2], [0.4, 0.4]);
      assert.deepEqual(black_outs(desk), [], "nothing is drawn before it is asked for");
      await page.getByRole("button", { name: "Black out" }).click();
      assert.equal(await page.locator("#black-help").isVisible(), true);
      await drag(page, [0.25, 0.5], [0.5, 0.75]);
      const { id, regions } = await desk.until((line) => line.type === "black_out");
      assert.equal(id, 3);
      const [[x, y, width, height]] = regions;
      assert.ok(x <= 240 && x >= 237 && y <= 270 && y >= 267, String(regions));
      assert.ok(x + width >= 480 && x + width <= 483 && y + height >= 405 && y + height <= 408, String(regions));
      assert.equal(await areas(page), 1);
      const shown = await page.locator("#areas .area").evaluate((node) => getComputedStyle(node).backgroundColor);
      assert.equal(shown, "rgb(0, 0, 0)");
      await drag(page, [0.3, 0.1], [0.301, 0.1]);
      assert.equal(black_outs(desk).length, 1, "a click is no area");
      assert.deepEqual(page.problems, []);
    }));

  it("is told from any corner, is kept inside of the picture, and is not lost when another picture is shown", () =>
    with_desk(["--pictures", 3, ...size], async (desk, context) => {
      const page = await open_ticket(context, desk);
      await sharp(page, 960);
      await page.locator("#black").click();
      await drag(page, [0.9, 0.9], [1.4, 1.3]);
      assert.deepEqual((await desk.until((line) => line.type === "black_out")).regions.map(([x, y, w, h]) => [x + w, y + h]), [[960, 540]]);
      await drag(page, [0.2, 0.2], [0.1, 0.1]);
      await desk.until((line) => line.type === "black_out" && line.regions.length === 2);
      await page.getByRole("button", { name: "Previous picture" }).click();
      assert.equal(await areas(page), 0);
      await page.getByRole("button", { name: "Next picture" }).click();
      assert.equal(await areas(page), 2);
      // What comes from the helper has it in its pixels.
      await page.waitForFunction(() => {
        const [r, g, b] = document.getElementById("large").getContext("2d").getImageData(950, 530, 1, 1).data;
        return r + g + b === 0;
      });
    }));

  it("by keyboard alone: place, size, black out, take back", () =>
    with_desk(["--pictures", 2, ...size], async (desk, context) => {
      const page = await open_ticket(context, desk);
      await sharp(page, 960);
      await page.locator("#black").focus();
      await page.keyboard.press("Enter");
      const cursor = page.locator("#cursor");
      assert.equal(await cursor.evaluate((node) => node === document.activeElement), true);
      const before = await cursor.getAttribute("aria-label");
      assert.match(before, /^Frame at \d+, \d+, \d+ wide, \d+ high\. Return blacks it out\.$/);
      for (let i = 0; i < 60; ++i) await page.keyboard.press("ArrowLeft");
      for (let i = 0; i < 60; ++i) await page.keyboard.press("ArrowUp");
      for (let i = 0; i < 60; ++i) await page.keyboard.press("Shift+ArrowLeft");
      for (let i = 0; i < 60; ++i) await page.keyboard.press("Shift+ArrowUp");
      await page.keyboard.press("Shift+ArrowRight");
      await page.keyboard.press("Shift+ArrowDown");
      await page.keyboard.press("Control+Shift+ArrowDown");
      assert.match(await cursor.getAttribute("aria-label"), /^Frame at 0, 0, 12 wide, 13 high/);
      await page.keyboard.press("Enter");
      assert.deepEqual((await desk.until((line) => line.type === "black_out")).regions, [[0, 0, 12, 13]]);
      assert.equal(await page.locator("#announce").textContent(), "Blacked out. This picture has 1 black area.");
      assert.match(await page.locator("#large").getAttribute("aria-label"), /, 1 black area$/);
      assert.match(await page.locator(".thumb[aria-current]").getAttribute("aria-label"), /, 1 black area$/);
      await page.keyboard.press("Escape");
      assert.equal(await page.evaluate(() => document.activeElement.id), "black");
      assert.equal(await page.locator("#black").getAttribute("aria-pressed"), "false");
      await page.getByRole("button", { name: "Remove black area 1 of 1" }).focus();
      await page.keyboard.press("Enter");
      await desk.until((line) => line.type === "black_out" && line.regions.length === 0);
      assert.equal(await areas(page), 0);
      assert.equal(await page.evaluate(() => document.activeElement.id), "black");
    }));

  it("is undone step by step, as taking out is, and what was under it comes back", () =>
    with_desk(["--pictures", 3, ...size], async (desk, context) => {
      const page = await open_ticket(context, desk);
      await sharp(page, 960);
      const undo = page.getByRole("button", { name: "Undo" });
      assert.equal(await undo.isDisabled(), true);
      const before = await colour(page, 480, 270);
      assert.notEqual(before, "0,0,0");
      await page.locator("#black").click();
      await drag(page, [0.4, 0.4], [0.6, 0.6]);
      await desk.until((line) => line.type === "black_out");
      await page.locator("#black").click();
      await page.getByRole("button", { name: "Previous picture" }).click();
      await page.getByLabel("Send this picture").uncheck();
      await page.getByRole("button", { name: "Take all out" }).click();
      await page.locator("#summary").getByText("no pictures").waitFor();
      await undo.click();
      await page.locator("#summary").getByText("2 pictures").waitFor();
      await undo.click();
      await page.locator("#summary").getByText("3 pictures").waitFor();
      await page.locator("#black").focus();
      await page.keyboard.press("Control+z");
      assert.equal(await page.locator("#where").textContent(), "3 / 3", "what is undone is shown");
      await desk.until((line) => line.type === "black_out" && line.regions.length === 0);
      assert.equal(await areas(page), 0);
      await page.waitForFunction((was) => {
        const data = document.getElementById("large").getContext("2d").getImageData(480, 270, 1, 1).data;
        return document.getElementById("large").width === 960 && [...data].slice(0, 3).join() === was;
      }, before);
      assert.equal(await undo.isDisabled(), true);
    }));

  it("an area smaller than its button covers nothing else, and its window's title is not told", () =>
    with_desk(["--pictures", 1, ...size], async (desk, context) => {
      const page = await open_ticket(context, desk);
      await sharp(page, 960);
      assert.match(await page.locator("#what").textContent(), /in “Mail - Inbox”$/);
      await page.locator("#black").click();
      await drag(page, [0.3, 0.5], [0.4, 0.51]);
      await desk.until((line) => line.type === "black_out");
      await page.mouse.move(2, 2);
      const area = await page.locator("#areas .area").boundingBox();
      const button = await page.locator("#areas button").evaluate((node) => ({
        left: node.getBoundingClientRect().left, background: getComputedStyle(node).backgroundColor }));
      assert.ok(button.left >= area.x + area.width, "it lies beside the area");
      assert.equal(button.background, "rgba(0, 0, 0, 0)", "and hides nothing there");
      assert.equal(await page.locator("#what").textContent(), "clicked");
    }));

  it("an answer that is older than an undo is not taken for the picture", () =>
    with_desk(["--pictures", 3, ...size], async (desk, context) => {
      const page = await open_ticket(context, desk);
      await sharp(page, 960);
      const before = await colour(page, 480, 270);
      await page.locator("#black").click();
      await drag(page, [0.4, 0.4], [0.6, 0.6]);
      await desk.until((line) => line.type === "black_out");
      await page.locator("#black").click();
      desk.set({ hold: true }); // the answers to show_picture
      await page.locator("#previous").click();
      await page.locator("#next").click();
      await page.locator("#previous").click();
      await page.locator("#next").click();
      await page.locator("#undo").click();
      await desk.until((line) => line.type === "black_out" && line.regions.length === 0);
      desk.set({ hold: false });
      await page.waitForFunction((was) => {
        const large = document.getElementById("large");
        return large.width === 960 && [...large.getContext("2d").getImageData(480, 270, 1, 1).data].slice(0, 3).join() === was;
      }, before);
    }));

  it("Send waits until the helper has made the picture anew, and says why without moving the picture", () =>
    with_desk(["--pictures", 2, ...size], async (desk, context) => {
      const page = await open_ticket(context, desk);
      await sharp(page, 960);
      await page.locator("#send:enabled").waitFor();
      const place = () => page.locator("#frame").boundingBox();
      await page.locator("#black").click();
      const before = await place();
      desk.set({ slow: true });
      await drag(page, [0.4, 0.4], [0.6, 0.6]);
      await page.locator("#send:disabled").waitFor();
      assert.match(await page.locator("#reason").textContent(), /1 of 2 pictures are ready/);
      assert.deepEqual(await place(), before);
      desk.set({ encoded: 2 });
      await page.locator("#send:enabled").waitFor();
      assert.deepEqual(await place(), before);
    }));

  it("a reload shows what was black before", () =>
    with_desk(["--pictures", 2, ...size], async (desk, context) => {
      const page = await open_ticket(context, desk);
      await sharp(page, 960);
      await page.locator("#black").click();
      await drag(page, [0.4, 0.4], [0.6, 0.6]);
      await desk.until((line) => line.type === "black_out");
      const anew = await open_ticket(context, desk);
      assert.equal(await areas(anew), 1);
      desk.set({ phase: "sending" });
      await anew.locator('#state[data-state="sending"]').waitFor();
      assert.equal(await anew.locator("#areas button").count(), 0, "what was said yes to stands");
      assert.equal(await anew.locator("#black").isVisible(), false);
    }));
});

describe("looking closely", () => {
  it("enlarges in steps, by button, key and wheel, and areas lie where they should at each", () =>
    with_desk(["--pictures", 2, ...size], async (desk, context) => {
      const page = await open_ticket(context, desk);
      await sharp(page, 960);
      const zoom = page.locator("#zoom");
      const width = async () => (await page.locator("#frame").boundingBox()).width;
      await zoom.click();
      assert.equal(await zoom.textContent(), "100 %");
      assert.equal(await width(), 960);
      await page.getByRole("button", { name: "Larger" }).click();
      assert.equal(await width(), 1920);
      await page.locator("#view").focus();
      await page.keyboard.press("+");
      assert.equal(await width(), 3840);
      await page.keyboard.press("-");
      assert.equal(await width(), 1920);
      await page.locator("#black").click();
      await page.locator("#view").evaluate((view) => view.scrollTo(300, 200));
      const view = await page.locator("#view").boundingBox();
      await page.mouse.move(view.x + 50, view.y + 40);
      await page.mouse.down();
      await page.mouse.move(view.x + 150, view.y + 90);
      await page.mouse.up();
      const { regions } = await desk.until((line) => line.type === "black_out");
      const [[x, y, width_of, height_of]] = regions;
      assert.ok(Math.abs(x - 175) <= 1 && Math.abs(y - 120) <= 1 && Math.abs(width_of - 50) <= 1 && Math.abs(height_of - 25) <= 1, String(regions));
      await page.locator("#black").click();
      await page.keyboard.press("0");
      assert.equal(await zoom.textContent(), "Fit");
      await page.mouse.move(view.x + 100, view.y + 100);
      await page.keyboard.down("Control");
      await page.mouse.wheel(0, -100);
      await page.keyboard.up("Control");
      assert.match(await zoom.textContent(), /^\d+ %$/);
    }));

  it("shows one screen at a time where there are several, and an area lies where it was drawn", () =>
    with_desk(["--pictures", 2, ...size, "--two-screens"], async (desk, context) => {
      const page = await open_ticket(context, desk);
      await sharp(page, 960);
      const screen = page.getByLabel("Which screen");
      const options = await screen.locator("option").allTextContents();
      assert.deepEqual(options, ["All screens", "Screen 1 (480 × 540)", "Screen 2 (480 × 540)"]);
      const whole = await colour(page, 479, 270);
      await screen.selectOption({ label: "Screen 2 (480 × 540)" }); // left of the first: the picture's left half
      assert.equal(await page.locator("#large").evaluate((canvas) => canvas.width), 480);
      assert.equal(await colour(page, 479, 270), whole);
      await page.locator("#black").click();
      await drag(page, [0.5, 0.5], [1.3, 0.75]);
      const { regions } = await desk.until((line) => line.type === "black_out");
      const [[x, y, width, height]] = regions;
      assert.ok(Math.abs(x - 240) <= 2 && Math.abs(y - 270) <= 2 && x + width === 480 && Math.abs(y + height - 405) <= 2,
        `the screen's edge is an end: ${regions}`);
      await screen.selectOption({ label: "Screen 1 (480 × 540)" });
      assert.equal(await page.locator("#areas .area").isVisible(), false, "the area is on the other screen");
      await screen.selectOption({ label: "All screens" });
      assert.equal(await page.locator("#large").evaluate((canvas) => canvas.width), 960);
    }));

  it("shows only the picture when that is wanted, and Escape comes back", () =>
    with_desk(["--pictures", 2, ...size], async (desk, context) => {
      const page = await open_ticket(context, desk);
      const width = async () => (await page.locator("#view").boundingBox()).width;
      const before = await width();
      await page.getByRole("button", { name: "Only the picture, large" }).click();
      assert.ok(await width() > before * 1.3);
      assert.equal(await page.locator("#send").isVisible(), true);
      await page.keyboard.press("Escape");
      assert.equal(await width(), before);
    }));
});

describe("the organisation's own questions", () => {
  it("are asked and answered", () =>
    with_desk(["--pictures", 1], async (desk, context) => {
      desk.set({ choices: { Department: ["Sales", "<b>IT</b>"], Floor: ["1", "2"] } });
      const page = await open_ticket(context, desk);
      await page.getByLabel("Department").selectOption("<b>IT</b>");
      await desk.until((line) => line.type === "write_form" && line.form.choices.Department === "<b>IT</b>");
      await page.getByLabel("Floor").selectOption("2");
      await page.getByLabel("Department").selectOption({ label: "Not said" });
      const { form } = await desk.until((line) => line.type === "write_form" && line.form.choices.Floor === "2" && !line.form.choices.Department);
      assert.deepEqual(form.choices, { Floor: "2" });
      const anew = await open_ticket(context, desk);
      assert.equal(await anew.getByLabel("Floor").inputValue(), "2");
    }));
});
