// The console's page of one ticket: the replay, what is said of who asked, and what hostile or very large tickets cannot do.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { look, openBrowser, patience, startCloud } from "./console-support.mjs";
import { complaints } from "./fleet-support.mjs";

let cloud;
let browser;
let hostile;
let plain;
let long;

before(async () => {
  cloud = await startCloud();
  browser = await openBrowser();
  [hostile, plain] = cloud.seed(2);
  [long] = cloud.seed(1, "long");
});
after(async () => {
  await browser?.close();
  assert.equal(await cloud?.stop(), 0);
});

const shows = (page, step) => page.locator(`canvas[data-step='${step}']`).waitFor({ ...patience, state: "attached" });
const caption = (page) => page.locator("figcaption .caption").innerText();

async function open(number, options = {}) {
  const opened = await browser.page(cloud.url, options);
  await opened.page.goto(`${cloud.url}/tickets/${number}`);
  await shows(opened.page, 1);
  return opened;
}

/** Where the mark is in the picture, as shares of it. */
const marked = (page) => page.evaluate(() => {
  const shot = document.querySelector(".shot canvas").getBoundingClientRect();
  const marker = document.querySelector(".marker").getBoundingClientRect();
  return [(marker.x + marker.width / 2 - shot.x) / shot.width, (marker.y + marker.height / 2 - shot.y) / shot.height];
});
const near = (found, wanted) => assert.ok(found.every((one, i) => Math.abs(one - wanted[i]) < 0.01), `${found} is not ${wanted}`);

test("steps are walked with the keys; each says when, what, where, and how much was blacked out", async () => {
  const { page, problems } = await open(plain);
  near(await marked(page), [300 / 1280, 250 / 720]);
  assert.match(await caption(page), /Clicked in “Invoices – Calc”/);
  assert.match(await caption(page), /\d{1,2} \w+ \d{4}, \d\d:\d\d:\d\d/);
  assert.match(await caption(page), /0:40 before the ticket was opened/);
  assert.match(await caption(page), /calc/);
  await page.keyboard.press("ArrowRight");
  await shows(page, 2);
  assert.match(await caption(page), /Pressed Return in “Invoices – Calc”/);
  assert.equal(await page.locator(".marker:not([hidden])").count(), 0);
  await page.keyboard.press("End");
  await shows(page, 4);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowLeft");
  await shows(page, 3);
  assert.match(await caption(page), /1 place blacked out/);
  await page.keyboard.press("Home");
  await shows(page, 1);
  await page.keyboard.press("?");
  await page.getByText("Play or pause").waitFor();
  assert.deepEqual(problems, []);
});

test("the replay starts only when asked, goes to its end, and is paused, hastened and begun again by keys", async () => {
  const { page, problems } = await open(plain);
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 60_000); // from here on time stands still unless the test moves it
  await page.clock.runFor(60_000);
  await shows(page, 1);
  await page.keyboard.press(" ");
  await page.getByRole("button", { name: "Pause" }).waitFor();
  await page.clock.runFor(2_900); // really 10 s: kept to 3
  await shows(page, 1);
  await page.clock.runFor(200);
  await shows(page, 2);
  await page.keyboard.press(" ");
  await page.clock.runFor(60_000);
  await shows(page, 2);
  await page.keyboard.press("+");
  await page.keyboard.press("+");
  assert.equal(await page.getByLabel("Speed").inputValue(), "4");
  await page.keyboard.press(" ");
  await page.clock.runFor(800); // 3 s at four times the speed
  await shows(page, 3);
  await page.clock.runFor(800);
  await shows(page, 4);
  await page.getByRole("button", { name: "Play" }).waitFor(); // it has come to its end
  await page.getByRole("button", { name: "Play" }).click();
  await shows(page, 1);
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByLabel("Step", { exact: true }).focus();
  await page.keyboard.press("ArrowRight");
  await shows(page, 2);
  assert.match(await page.getByLabel("Step", { exact: true }).getAttribute("aria-valuetext"), /Picture 2: Pressed Return/);
  assert.deepEqual(problems, []);
});

test("with several monitors one can look at all of the desktop, at one, or at that of each click", async () => {
  const { page, problems } = await open(long);
  assert.match(await caption(page), /on DP-1/);
  const size = () => page.evaluate(() => [document.querySelector(".shot canvas").width, document.querySelector(".shot canvas").height]);
  assert.deepEqual(await size(), [2560, 720]);
  near(await marked(page), [300 / 2560, 250 / 720]);
  await page.getByLabel("Show").selectOption({ label: "HDMI-2" });
  assert.deepEqual(await size(), [1280, 720]);
  assert.match(await caption(page), /The click was on another monitor/);
  assert.equal(await page.locator(".marker:not([hidden])").count(), 0);
  await page.getByLabel("Show").selectOption({ label: "The monitor of the click" });
  near(await marked(page), [300 / 1280, 250 / 720]);
  await page.getByRole("button", { name: "Next picture" }).click();
  await shows(page, 2);
  assert.match(await caption(page), /on HDMI-2/);
  near(await marked(page), [320 / 1280, 250 / 720]);
  await look(page, "ticket-one-monitor");
  await page.keyboard.press("z");
  assert.equal(await page.locator(".stage").getAttribute("tabindex"), "0");
  await page.keyboard.press("m");
  assert.deepEqual(await size(), [1280, 720]);
  assert.deepEqual(problems, []);
});

test("a step that had other monitors is shown on those, and says how many windows were hidden", async () => {
  const { page, problems } = await open(long);
  await page.getByLabel("Show").selectOption({ label: "HDMI-2" });
  await page.keyboard.press("End");
  await shows(page, 200);
  assert.equal(await page.locator(".shot canvas").evaluate((canvas) => canvas.width), 2560);
  assert.equal(await page.getByLabel("Show").isVisible(), false, "it is one screen");
  assert.match(await caption(page), /2 windows hidden by the organisation's rules/);
  await page.keyboard.press("Home");
  await shows(page, 1);
  assert.equal(await page.getByLabel("Show").isVisible(), true);
  assert.deepEqual(problems, []);
});

test("a flat picture costs as little as any, a wider one than any of ours is not decoded", async () => {
  const { page } = await open(plain);
  const seen = await page.evaluate(async () => {
    const { gallery } = await import("/assets/gallery.js");
    const drawn = (width, height) => {
      const canvas = new OffscreenCanvas(width, height);
      canvas.getContext("2d").fillRect(0, 0, width, height);
      return canvas.convertToBlob();
    };
    const beginning = new DataView(new ArrayBuffer(24)); // of a PNG of 65535x1
    [0x89504e47, 0x0d0a1a0a, 13, 0x49484452, 65_535, 1].forEach((word, at) => beginning.setUint32(at * 4, word));
    const blobs = [await drawn(16_000, 1), new Blob([beginning]), await drawn(2, 16_000)];
    const shelf = gallery(async (part) => blobs[part]);
    const size = (part) => shelf.small(part, 56, () => true).then(({ width, height }) => `${width}x${height}`, (why) => why.code);
    return [await size(0), await size(1), await size(2)];
  });
  assert.deepEqual(seen, ["1024x1", "huge", "1x56"]);
});

test("two hundred pictures are fetched and decoded as they come into view, one at a time", async () => {
  const { page, problems } = await browser.page(cloud.url);
  const fetched = new Set();
  page.on("request", (request) => { if (request.url().includes("/parts/")) fetched.add(request.url()); });
  await page.addInitScript(() => {
    const decode = createImageBitmap;
    globalThis.decoding = { now: 0, most: 0, all: 0 };
    globalThis.createImageBitmap = async (...given) => {
      decoding.most = Math.max(decoding.most, ++decoding.now);
      ++decoding.all;
      try { return await decode(...given); } finally { --decoding.now; }
    };
  });
  await page.goto(`${cloud.url}/tickets/${long}`);
  await shows(page, 1);
  await page.locator(".thumb.drawn").nth(5).waitFor(patience);
  await page.waitForLoadState("networkidle");
  assert.ok(fetched.size < 20, `${fetched.size} parts were fetched`);
  await page.keyboard.press("End");
  await shows(page, 200);
  await page.locator(".thumb").last().and(page.locator(".drawn")).waitFor(patience);
  for (let i = 0; i < 30; ++i) await page.keyboard.press("ArrowLeft"); // faster than pictures come
  await shows(page, 170);
  assert.ok(fetched.size < 120, `${fetched.size} parts were fetched`);
  const { most } = await page.evaluate(() => decoding);
  assert.ok(most <= 2, `${most} pictures were decoded at once`);
  assert.deepEqual(problems, []);
});

test("what is unusual about the machine stands above the other facts", async () => {
  const { page, problems } = await open(long);
  await page.getByRole("list", { name: "Unusual" }).waitFor(); // facts come by a way of their own
  const said = await page.getByRole("list", { name: "Unusual" }).getByRole("listitem").allInnerTexts();
  assert.match(said[0], /disk \/ is nearly full: 401\.3 MiB of 48\.9 GiB free/);
  assert.match(said[1], /Little memory/);
  assert.match(said[2], /1 line of errors/);
  assert.match(said[3], /Started 4 minutes before/);
  assert.equal(said.length, 4);
  assert.match(await page.getByRole("list", { name: "Not found out" }).innerText(), /Network: The system did not list/);
  await page.getByText("1 line of errors").click();
  assert.match(await page.locator(".unusual pre").innerText(), /U\+001B\[31mno paper/);
  await page.goto(`${cloud.url}/tickets/${plain}`);
  await page.getByText("Nothing unusual was noticed.").waitFor();
  assert.deepEqual(problems, []);
});

test("what the kernel says and what the user's program says are apart; the consent says what it covers", async () => {
  const { page } = await open(long);
  const section = (name) => page.locator("aside section").filter({ has: page.getByRole("heading", { name }) });
  assert.match(await section("Who asks").innerText(), /User\s+anna\s[^]*Account id\s+1000/);
  assert.doesNotMatch(await section("Who asks").innerText(), /somebody/);
  assert.match(await section("What the user's program says").innerText(), /not what the operating system says[^]*somebody/);
  const agent = await section("Who asks").locator("code").innerText();
  assert.equal(await section("Who asks").getByRole("link").getAttribute("href"), `/machines/${agent}`);
  const consent = section("Consent");
  assert.match(await consent.innerText(), /saw everything[^]*203 files, 12 MB[^]*0 pictures[^]*Verified\.[^]*each of the 203 files/);
  assert.equal(await consent.locator("code:visible").count(), 0);
  await consent.getByText("Digests").click();
  assert.equal(await consent.locator("code:visible").count(), 204);
  for (const digest of await consent.locator("code").allInnerTexts()) assert.match(digest, /^[0-9a-f]{64}$/);
});

test("a file is saved under its name, with the characters that turn text around shown for what they are", async () => {
  const { page } = await open(long);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /gpj\.exe/ }).click()]);
  assert.doesNotMatch(download.suggestedFilename(), /[\u202e/\\]/);
  assert.match(await page.locator(".files").innerText(), /photoU\+202Egpj\.exe 3 kB/);
});

test("a ticket that lies about its pictures, facts and sizes shows the rest of itself", async () => {
  const { page, problems } = await browser.page(cloud.url);
  const bomb = Buffer.alloc(64);
  Buffer.from("89504e470d0a1a0a0000000d4948445200ffffff00ffffff", "hex").copy(bomb);
  await page.route(`**/api/v1/tickets/${plain}/parts/0`, (route) => route.fulfill({ body: bomb, contentType: "image/png" }));
  await page.route(`**/api/v1/tickets/${plain}/parts/1`, (route) => route.fulfill({ body: "<svg onload='hacked=1'/>", contentType: "image/svg+xml" }));
  await page.route(`**/api/v1/tickets/${plain}/parts/4`, (route) => route.fulfill({ body: `{"facts": [{"id": "os", "text": "${"x".repeat(1_900_000)}"}]}` }));
  await page.goto(`${cloud.url}/tickets/${plain}`);
  await page.getByText("larger than any screen").waitFor();
  await page.keyboard.press("ArrowRight");
  await page.getByText("not a PNG or JPEG").waitFor();
  await page.keyboard.press("ArrowRight");
  await shows(page, 3);
  assert.equal(await page.locator(".stage .note:visible").count(), 0);
  await page.getByText("1 fact").click();
  assert.ok((await page.locator(".facts pre").innerText()).length < 21_000);
  assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
  assert.deepEqual(problems, []);
});

test("a fact full of hidden characters is cut before it costs the page thousands of marks, and says so", async () => {
  const { page, problems } = await browser.page(cloud.url);
  const few = "a\u202e".repeat(900), many = "a\u202e".repeat(9000);
  await page.route(`**/api/v1/tickets/${plain}/parts/4`, (route) => route.fulfill({ body: JSON.stringify({ facts: [{ id: "few", text: few }, { id: "many", text: many }] }) }));
  await page.goto(`${cloud.url}/tickets/${plain}`);
  await page.getByText("2 facts").click();
  const texts = page.locator(".facts pre");
  await texts.nth(1).waitFor();
  const marks = await texts.evaluateAll((all) => all.map((one) => one.querySelectorAll("mark").length));
  assert.deepEqual(marks, [900, 500]); // half of the 1000 characters that are left
  assert.deepEqual(await texts.evaluateAll((all) => all.map((one) => one.querySelector(".muted") !== null)), [false, true]);
  assert.deepEqual(problems, []);
});

test("members that a newer helper adds, and steps of a kind that this page does not know, do no harm", async () => {
  const { page, problems } = await browser.page(cloud.url);
  await page.route(`**/api/v1/tickets/${plain}`, async (route) => {
    const answer = await route.fetch();
    const ticket = await answer.json();
    return route.fulfill({ response: answer, json: { ...ticket, later: { than: "this" }, steps: ticket.steps.map((step) => ({ ...step, trigger: "pen_tap", covered: [1] })) } });
  });
  await page.goto(`${cloud.url}/tickets/${plain}`);
  await shows(page, 1);
  assert.match(await caption(page), /pen_tap in “Invoices – Calc”/);
  assert.deepEqual(problems, []);
});

for (const colorScheme of ["light", "dark"]) {
  for (const [name, width, height] of [["wide", 1280, 720], ["narrow", 320, 800]]) {
    test(`the page of a ticket is accessible and whole: ${colorScheme}, ${name}`, async () => {
      for (const [what, number] of [["long", long], ["hostile", hostile]]) {
        const { page, problems, context } = await open(number, { width, height, colorScheme });
        await page.waitForLoadState("networkidle");
        await look(page, `ticket-${what}-${colorScheme}-${name}`);
        for (const details of await page.locator("details > summary").all()) await details.click();
        assert.deepEqual(await complaints(page), []);
        await look(page, `ticket-${what}-${colorScheme}-${name}-open`);
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(wider <= 0, `it scrolls sideways by ${wider} px`);
        assert.deepEqual(problems, []);
        await context.close();
      }
    });
  }
}
