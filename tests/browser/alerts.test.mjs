// Alerts in the console: found, acknowledged one by one and all at once, counted beside the navigation.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { look, openBrowser, patience, startCloud } from "./console-support.mjs";
import { complaints, eventually, startAgent } from "./fleet-support.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let cloud;
let browser;
let office;
let store;

before(async () => {
  cloud = await startCloud();
  browser = await openBrowser();
  office = await startAgent(cloud, "office-1");
  store = await startAgent(cloud, "store-2");
});
after(async () => {
  office?.stop();
  store?.stop();
  await browser?.close();
  assert.equal(await cloud?.stop(), 0);
});

const rows = (page) => page.locator("#list tbody tr:not(.loading)");
const settled = (page) => page.locator("#list tbody tr:not(.loading), .empty").first().waitFor(patience);
const shows = (page, count) => eventually(`${count} rows`, async () => await page.locator("tr.loading").count() === 0 && await rows(page).count() === count);

/** Raises an alert and waits until the cloud has it. */
async function raise(agent, severity, title, body = "") {
  const before = agent.said.filter((one) => one.type === "ack").length;
  agent.alert({ severity, source: "disk", title, body });
  await eventually("the acknowledgement", () => agent.said.filter((one) => one.type === "ack").length > before);
}

test("alerts are narrowed by severity, words, machine and whether they are open, and the address says so", async () => {
  await raise(office, "info", "Started");
  await raise(office, "error", "The disk <b>is full</b>", "/var has no room.\nRemove something.");
  await raise(store, "critical", "The disk breaks\u202e", "Sector 7");
  await raise(store, "warning", "Slow network");
  const { page, problems } = await browser.page(cloud.url);
  await page.goto(`${cloud.url}/alerts`);
  await settled(page);
  await shows(page, 4);
  assert.match(await page.locator("#list").textContent(), /The disk <b>is full<\/b>.*|The disk breaksU\+202E/);
  const badge = page.locator("#open-alerts");
  await eventually("the count", async () => await badge.textContent() === "2");
  assert.equal(await badge.getAttribute("aria-label"), "2 open alerts, error or critical");
  await look(page, "alerts-open-light");
  await page.getByLabel("Least severity").selectOption("error");
  await page.waitForURL(/severity=error/);
  await shows(page, 2);
  await page.locator("#search").fill("sector");
  await page.waitForURL(/q=sector/);
  await shows(page, 1);
  await page.goto(`${cloud.url}/machines/${office.id}`);
  await page.getByRole("heading", { name: "Open alerts" }).waitFor();
  await look(page, "machine-alerts-light");
  await page.getByRole("link", { name: "All alerts of this machine" }).click();
  await page.waitForURL(new RegExp(`agent=${office.id}`));
  await shows(page, 2);
  await page.getByText("Machine: office-1").waitFor();
  await page.getByRole("button", { name: "Show all machines" }).click();
  await shows(page, 4);
  await page.locator("#search").fill("nowhere");
  await page.getByRole("heading", { name: "No alert fits" }).waitFor();
  await page.getByRole("button", { name: "Show all alerts" }).click();
  await shows(page, 4);
  assert.deepEqual(problems, []);
});

test("one alert is acknowledged by keyboard alone, with a note, and everybody sees by whom", async () => {
  const { page, problems } = await browser.page(cloud.url);
  await page.goto(`${cloud.url}/alerts?severity=error`);
  await settled(page);
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  await page.keyboard.press("a");
  const dialog = page.getByRole("dialog");
  await dialog.getByText("The disk breaksU+202E").waitFor();
  assert.deepEqual(await complaints(page, axe), []);
  await look(page, "alert-acknowledge-light");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.equal(await page.locator("td.seen").getByRole("button").count(), 2);
  await rows(page).first().focus();
  await page.keyboard.press("a");
  await page.keyboard.type("A new disk is ordered <i>");
  await page.keyboard.press("Enter");
  await page.locator("dialog:not(#keys)").waitFor({ state: "detached" }); // removed, not only closed: then the row is new
  assert.match(await rows(page).first().textContent(), /olga, now.*A new disk is ordered <i>/);
  assert.equal(await page.evaluate(() => document.activeElement.closest("tr")?.rowIndex), 1, "the focus stays at the row");
  await eventually("the count", async () => await page.locator("#open-alerts").textContent() === "1");
  await look(page, "alerts-acknowledged-light");
  assert.deepEqual(await complaints(page, axe), []);
  await page.goto(`${cloud.url}/alerts?open=true&severity=error`);
  await shows(page, 1);
  await page.goto(`${cloud.url}/machines/${office.id}`);
  await page.getByRole("listitem").filter({ hasText: "The disk <b>is full" }).getByRole("button", { name: "Acknowledge" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Acknowledge" }).click();
  await eventually("one less", async () => await page.getByText("The disk <b>is full").count() === 0);
  await page.locator("#open-alerts").waitFor({ ...patience, state: "hidden" });
  assert.deepEqual(problems, []);
});

test("all that are shown, or all that fit, are acknowledged at once, and what comes meanwhile stays open", async () => {
  for (let i = 0; i < 103; ++i) await raise(store, "warning", `Storm ${i}`);
  const { page, problems } = await browser.page(cloud.url);
  await page.goto(`${cloud.url}/alerts?open=true&q=Storm`);
  await settled(page);
  await shows(page, 100);
  await raise(store, "warning", "Storm that came later");
  await page.getByRole("button", { name: "Acknowledge all" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Only the 100 open alerts that are shown").waitFor();
  assert.deepEqual(await complaints(page, axe), []);
  await look(page, "alerts-acknowledge-all-light");
  await dialog.getByRole("button", { name: "Acknowledge" }).click();
  await page.getByText("100 alerts are acknowledged.").waitFor();
  await shows(page, 4); // three older ones, and that which came later
  await page.keyboard.press("A");
  await page.getByRole("dialog").getByText("Acknowledge the 4 open alerts that are shown?").waitFor();
  await page.keyboard.press("Escape");
  // More than is shown.
  await page.goto(`${cloud.url}/alerts?q=Storm`);
  await shows(page, 100);
  await page.keyboard.press("A");
  await page.getByLabel("All open alerts that fit").check();
  await page.getByLabel("Note for the others").fill("one storm");
  await page.getByRole("dialog").getByRole("button", { name: "Acknowledge" }).click();
  await page.getByText("4 alerts are acknowledged.").waitFor();
  await page.goto(`${cloud.url}/alerts?open=true`);
  await shows(page, 2); // of the other test, no storm
  await page.goto(`${cloud.url}/audit`);
  await settled(page);
  await page.getByText("Alerts acknowledged").first().waitFor();
  assert.match(await page.locator("#list").textContent(), /4 alerts of at least info.*one storm/);
  assert.deepEqual(problems, []);
});

test("what the server refuses is said in the dialog, which stays open", async () => {
  await raise(office, "error", "Again");
  const { page } = await browser.page(cloud.url);
  await page.goto(`${cloud.url}/alerts?open=true&severity=error`);
  await settled(page);
  await page.route("**/acknowledge", (route) => route.fulfill({ status: 503, json: { error: "io_failed", message: "The disk of the database is full." } }));
  await rows(page).first().getByRole("button", { name: "Acknowledge" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Acknowledge" }).click();
  await page.getByRole("dialog").getByText("The disk of the database is full.").waitFor();
  await page.unroute("**/acknowledge");
  await page.getByRole("dialog").getByRole("button", { name: "Acknowledge" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
});

test("a search that has looked through a part only says so and goes on", async () => {
  const { page, problems } = await browser.page(cloud.url);
  await page.route("**/api/v1/alerts?*", (route) => (new URL(route.request().url()).searchParams.has("before")
    ? route.continue() : route.fulfill({ json: { items: [], next: "1000000" } })));
  await page.goto(`${cloud.url}/alerts?q=breaks`);
  await page.getByText("there is more").waitFor();
  await page.getByRole("button", { name: "Show more" }).click();
  await shows(page, 1);
  assert.equal(await page.getByText("there is more").count(), 0);
  assert.deepEqual(problems, []);
});

test("who is told of alerts is below the list, and whose messages do not arrive stands out", async () => {
  const { page, problems } = await browser.page(cloud.url);
  await page.goto(`${cloud.url}/alerts`);
  await settled(page);
  assert.equal(await page.locator("#receivers").isVisible(), false); // nobody is, here
  const one = { name: "chat", kind: "webhook", severity: "error", waiting: 0, sent: 3, dropped: 0, given_up: 0, last_sent: new Date().toISOString(), failing_since: null, problem: "" };
  await page.route("**/alerts/receivers", (route) => route.fulfill({ json: { items: [one,
    { ...one, name: "desk", kind: "mail", waiting: 7, dropped: 2, given_up: 1, failing_since: new Date().toISOString(), problem: "Nothing answers at <b>mail.example.org:587." }] } }));
  await page.reload();
  await settled(page);
  const desk = page.locator("#receivers tbody tr").nth(1);
  await page.getByText("Alerts do not reach desk.").waitFor();
  await desk.waitFor();
  assert.match(await desk.textContent(), /desk.*Cannot be reached since.*Nothing answers at <b>mail.*7.*3/);
  assert.deepEqual(await complaints(page, axe), []);
  await look(page, "alerts-receivers-light");
  assert.deepEqual(problems, []);
});

test("a machine is named, noted and labelled, and found by that", async () => {
  const { page, problems } = await browser.page(cloud.url);
  await page.goto(`${cloud.url}/machines/${office.id}`);
  await page.getByRole("button", { name: "Change" }).click();
  await page.getByText("No command goes by them").waitFor();
  await page.getByLabel("Display name").fill("Front <b>desk");
  await page.getByLabel("Labels, with commas between").fill("till, Berlin , till");
  await page.getByLabel("Note", { exact: true }).fill("Under the table.\nCall Anna.");
  await look(page, "machine-words-dialog-light");
  assert.deepEqual(await complaints(page, axe), []);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: "Front <b>desk" }).waitFor();
  await page.getByText("Call Anna.").waitFor();
  await look(page, "machine-words-light");
  await page.getByRole("link", { name: "Berlin" }).click();
  await page.waitForURL("**/machines?label=Berlin");
  await shows(page, 1);
  assert.match(await rows(page).first().textContent(), /Front <b>desk.*office-1.*new.*Berlin.*till/);
  await page.goto(`${cloud.url}/machines?q=front`);
  await shows(page, 1);
  await page.goto(`${cloud.url}/audit`);
  await page.getByText("Machine noted or labelled").first().waitFor();
  assert.deepEqual(problems, []);
});

test("a machine that was copied is suspicious until somebody says that it is settled", async () => {
  const copied = await startAgent(cloud, "copied-3", { hardware: "one board" });
  const twin = await startAgent(cloud, "twin-4", { hardware: "one board" });
  const boots = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"];
  for (const boot of [...boots, boots[0]]) {
    copied.hello([], boot);
    await raise(copied, "info", "between"); // so that the next hello is another transaction's
  }
  const { page, problems } = await browser.page(cloud.url);
  await page.goto(`${cloud.url}/machines`);
  await settled(page);
  await page.getByLabel("State").selectOption("suspicious");
  await page.waitForURL(/state=suspicious/);
  await shows(page, 1);
  assert.match(await rows(page).first().textContent(), /copied-3.*suspicious: two machines use its key/);
  await look(page, "machines-suspicious-light");
  await page.getByRole("link", { name: "copied-3" }).click();
  await page.getByText("It came back to a boot that it had left").waitFor();
  await page.getByText("Two machines use the key of this one").waitFor(); // the cloud's own alert
  await page.getByRole("link", { name: "twin-4" }).waitFor();
  assert.deepEqual(await complaints(page, axe), []);
  await look(page, "machine-suspicious-light");
  await page.getByRole("button", { name: "It is settled" }).click();
  await eventually("no suspicion", async () => await page.getByText("It came back to a boot that it had left").count() === 0);
  await page.goto(`${cloud.url}/machines?state=suspicious`);
  await page.getByRole("heading", { name: "No machine fits" }).waitFor();
  assert.deepEqual(problems, []);
  copied.stop();
  twin.stop();
});

for (const colorScheme of ["light", "dark"]) {
  for (const [name, width, locale] of [["wide", 1280, "en-GB"], ["narrow", 390, "de-DE"], ["zoomed", 320, "en-GB"]]) {
    test(`alerts are accessible and whole: ${colorScheme}, ${name}`, async () => {
      const { page, problems, context } = await browser.page(cloud.url, { width, height: 720, colorScheme, locale });
      for (const address of ["alerts?severity=error", `alerts?agent=${office.id}`, `machines/${office.id}`, "machines"]) {
        await page.goto(`${cloud.url}/${address}`);
        await page.locator("#list tbody tr:not(.loading), .columns").first().waitFor(patience);
        await look(page, `alerts-${address.slice(0, 12).replaceAll(/[/?=]/g, "-")}-${colorScheme}-${name}`);
        assert.deepEqual(await complaints(page, axe), [], address);
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(wider <= 0, `${address} scrolls sideways by ${wider} px`);
      }
      assert.deepEqual(problems, []);
      await context.close();
    });
  }
}
