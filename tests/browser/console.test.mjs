// The console in a real browser: what operators see, the keys they use, and what hostile tickets cannot do.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { look, openBrowser, password, patience, startCloud } from "./console-support.mjs";
import { complaints } from "./fleet-support.mjs";

let cloud;
let browser;
let numbers;

before(async () => {
  cloud = await startCloud();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  assert.equal(await cloud?.stop(), 0);
});

const rows = (page) => page.locator("#list tbody tr:not(.loading)");
const ready = {
  tickets: (page) => page.locator("#list tbody tr:not(.loading), .empty").first().waitFor(patience),
  ticket: (page) => page.locator("canvas[data-step='1']").waitFor({ ...patience, state: "attached" }),
};

test("a console without tickets says what will be here", async () => {
  const { page, problems } = await browser.page(cloud.url);
  await page.goto(`${cloud.url}/tickets`);
  await page.getByRole("heading", { name: "No tickets yet" }).waitFor();
  await look(page, "empty");
  assert.deepEqual(await complaints(page), []);
  assert.deepEqual(problems, []);
  numbers = cloud.seed(12);
  assert.equal(numbers.length, 12);
});

test("somebody who is not signed in signs in, comes where they wanted to go, and can sign out", async () => {
  const { page } = await browser.page(cloud.url, { signedIn: false });
  await page.goto(`${cloud.url}/tickets/${numbers[1]}`);
  assert.equal(new URL(page.url()).pathname, "/sign-in");
  await page.getByLabel("Name").fill("olga");
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("do not fit together").waitFor();
  await look(page, "sign-in-wrong");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`**/tickets/${numbers[1]}`);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL("**/sign-in");
  await page.goto(`${cloud.url}/tickets`);
  assert.equal(new URL(page.url()).pathname, "/sign-in");
});

test("a server whose database does not answer says that, and not that too many sign in", async () => {
  const { page } = await browser.page(cloud.url, { signedIn: false });
  const answers = [[503, { error: "unavailable", message: "x" }, /cannot answer at this moment/], [429, { error: "busy", message: "x" }, /cannot check the password/],
    [429, { error: "too_many", message: "Try again in 7 minutes." }, /in 7 minutes/]];
  for (const [status, json, said] of answers) {
    await page.route("**/api/v1/session", (route) => route.fulfill({ status, json }));
    await page.goto(`${cloud.url}/sign-in`);
    await page.getByLabel("Name").fill("olga");
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText(said).waitFor();
    await page.unroute("**/api/v1/session");
  }
});

test("a password never gets into an address, even when the page's script does not come", async () => {
  const { page } = await browser.page(cloud.url, { signedIn: false });
  await page.route("**/assets/sign_in.js", (route) => route.abort());
  await page.goto(`${cloud.url}/sign-in`);
  await page.getByLabel("Name").fill("olga");
  await page.getByLabel("Password").fill(password);
  await page.keyboard.press("Enter");
  await page.evaluate(() => document.querySelector("#sign-in").submit()).catch(() => {});
  await page.getByText("There is no such page here").waitFor();
  assert.equal(page.url(), `${cloud.url}/sign-in`);
});

test("after sign-in nobody is sent to another site", async () => {
  for (const to of ["https://evil.example/", "//evil.example/tickets", "/tickets/../../x", "javascript:alert(1)"]) {
    const { page, problems, context } = await browser.page(cloud.url, { signedIn: false });
    await page.goto(`${cloud.url}/sign-in?to=${encodeURIComponent(to)}`);
    await page.getByLabel("Name").fill("olga");
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(`${cloud.url}/tickets`);
    assert.ok(!problems.some((one) => one.startsWith("dialog")), String(problems));
    await context.close();
  }
});

test("the text of a hostile ticket is shown as text and runs nothing", async () => {
  const { page, problems } = await browser.page(cloud.url);
  await page.goto(`${cloud.url}/tickets?q=${encodeURIComponent("hostile")}`);
  await ready.tickets(page);
  assert.equal(await rows(page).count(), 1);
  assert.match(await rows(page).first().innerText(), /<img src=x onerror=/);
  await page.goto(`${cloud.url}/tickets/${numbers[0]}`);
  await ready.ticket(page);
  assert.match(await page.locator(".message").innerText(), /<script>globalThis\.hacked=1<\/script>/);
  await page.keyboard.press("ArrowRight"); // a "picture" that is SVG with a script
  await page.locator(".stage .note").waitFor();
  await page.getByText("All 3 facts").waitFor();
  for (const details of await page.locator("details > summary").all()) await details.click();
  await page.getByText("<b>3.1</b> of 7.6 GiB in use").waitFor();
  await page.getByText("this user may not read it").first().waitFor();
  assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
  assert.equal(await page.locator("main script, main img[onerror], main svg, a[href^='javascript']").count(), 0);
  assert.deepEqual(problems, []);
  await look(page, "hostile");
});

test("characters of a ticket that cannot be seen or turn text around are marked wherever they are shown", async () => {
  const evil = "a\u202eb\u3000c";
  const shown = /aU\+202EbU\+3000c/;
  const { page, problems } = await browser.page(cloud.url);
  const change = (address, how) => page.route(address, async (route) => {
    const answer = await route.fetch();
    return route.fulfill({ response: answer, json: how(await answer.json()) });
  });
  await change("**/api/v1/tickets?*", (list) => ({ ...list, tickets: list.tickets.map((one) => ({ ...one, message: evil, name: evil, user: `${evil}x`, machine: evil })) }));
  await change(`**/api/v1/tickets/${numbers[2]}`, (one) => ({ ...one, form: { ...one.form, message: evil, name: evil, choices: { [evil]: evil } },
    machine: { ...one.machine, host: evil, os: evil }, steps: one.steps.map((step) => ({ ...step, window: evil })), parts: one.parts.map((part) => ({ ...part, name: evil })) }));
  await page.goto(`${cloud.url}/tickets`);
  await ready.tickets(page);
  const cells = await rows(page).first().locator("td").allTextContents();
  assert.equal(cells.filter((cell) => shown.test(cell)).length, 3, String(cells));
  await page.goto(`${cloud.url}/tickets/${numbers[2]}`);
  await ready.ticket(page);
  for (const place of [".message", "figcaption .caption", "aside", ".files, details"]) assert.match(await page.locator(place).first().textContent(), shown, place);
  assert.match(await page.locator("aside dt").allTextContents().then((all) => all.join()), shown);
  assert.doesNotMatch(await page.evaluate(() => document.body.textContent + document.title +
    [...document.querySelectorAll("[alt], [title]")].map((one) => one.getAttribute("alt") + one.title).join()), /[\u202e\u3000]/);
  assert.deepEqual(problems, []);
});

test("opened by its address, a hostile file is a download and no page", async () => {
  const { page } = await browser.page(cloud.url);
  const started = page.waitForEvent("download");
  await page.goto(`${cloud.url}/api/v1/tickets/${numbers[0]}/parts/5`).catch(() => {});
  const download = await started;
  assert.doesNotMatch(download.suggestedFilename(), /[<>"/\\]/);
});

test("the list is walked with j and k and opened with Enter; ? shows the keys; / goes to the search", async () => {
  const { page, problems } = await browser.page(cloud.url);
  await page.goto(`${cloud.url}/tickets`);
  await ready.tickets(page);
  const focused = () => page.evaluate(() => document.activeElement.closest("tr")?.rowIndex ?? 0);
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  assert.equal(await focused(), 2);
  await look(page, "list-walked");
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await look(page, "keys");
  assert.deepEqual(await complaints(page), []);
  await page.keyboard.press("Escape");
  assert.equal(await focused(), 2);
  await page.keyboard.press("/");
  await page.keyboard.type("jjkk?");
  assert.equal(await page.locator("#search").inputValue(), "jjkk?");
  await page.getByRole("heading", { name: "No ticket fits" }).waitFor();
  await look(page, "none-fits");
  await page.getByRole("button", { name: "Show all tickets" }).click();
  await ready.tickets(page);
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/tickets/${numbers.at(-2)}`);
  assert.deepEqual(problems, []);
});

test("what is typed into the search and not searched for yet goes along with the next filter, and does not come back", async () => {
  const { page } = await browser.page(cloud.url);
  await page.goto(`${cloud.url}/tickets`);
  await ready.tickets(page);
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 60_000); // the search waits until the test lets time go on
  await page.locator("#search").fill("nowhere");
  assert.equal(new URL(page.url()).search, "");
  await page.getByLabel("Urgency").selectOption("high");
  assert.equal(new URL(page.url()).searchParams.get("q"), "nowhere");
  assert.equal(new URL(page.url()).searchParams.get("urgency"), "high");
  await page.getByRole("heading", { name: "No ticket fits" }).waitFor();
  await page.locator("#search").fill("invoice");
  await page.getByRole("button", { name: "Show all tickets" }).click();
  await page.clock.runFor(1000);
  assert.equal(new URL(page.url()).search, "");
  await ready.tickets(page);
});

test("search, filter and order are in the address and come back with it", async () => {
  const { page } = await browser.page(cloud.url);
  await page.goto(`${cloud.url}/tickets`);
  await ready.tickets(page);
  await page.getByLabel("Urgency").selectOption("high");
  await page.waitForURL(/urgency=high/);
  await page.getByRole("button", { name: "Number" }).click();
  await page.waitForURL(/sort=number/);
  await page.getByRole("button", { name: "Number" }).click();
  await page.waitForURL(/order=asc/);
  await page.locator("#search").fill("invoice");
  await page.waitForURL(/q=invoice/);
  const wanted = numbers.slice(1).filter((_, i) => (i + 1) % 3 === 0).map(String);
  const shown = async (on) => {
    await on.waitForFunction((n) => document.querySelectorAll("#list tbody tr:not(.loading)").length === n, wanted.length);
    return on.locator("#list tbody td.number:first-child").allInnerTexts();
  };
  assert.deepEqual(await shown(page), wanted);
  const again = await page.context().newPage();
  await again.goto(page.url());
  assert.deepEqual(await shown(again), wanted);
  assert.equal(await again.locator("#search").inputValue(), "invoice");
  await page.goBack();
  await page.waitForURL((url) => !url.search.includes("order=asc"));
});

test("the console speaks German to a German browser", async () => {
  const { page } = await browser.page(cloud.url, { locale: "de-DE" });
  await page.goto(`${cloud.url}/tickets/${numbers[2]}`);
  await page.getByText("Geklickt in „Invoices – Calc“").waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
  await page.goto(`${cloud.url}/tickets`);
  await page.getByRole("button", { name: "Abmelden" }).waitFor();
});

test("both languages have the same texts, and the pages use none that is missing", () => {
  const pages = new URL("../../tools/cloud/pages/", import.meta.url);
  const file = (name) => readFileSync(new URL(name, pages), "utf8");
  const [en, de] = ["en.json", "de.json"].map((name) => JSON.parse(file(name)));
  assert.deepEqual(Object.keys(de), Object.keys(en));
  const used = ["sign_in.html", "tickets.html", "ticket.html", "shell.js", "sign_in.js", "tickets.js", "ticket.js", "ticket_view.js", "ticket_facts.js", "replay.js", "strip.js", "keys.js"]
    .flatMap((name) => [...file(name).matchAll(/(?:\bt\(|data-l10n(?:-\w+)?=|, )"([a-z_]+\.[a-z_]+)"/g)].map((found) => found[1]));
  assert.ok(used.length > 50);
  assert.deepEqual(used.filter((key) => !(key in en)), []);
});

test("a ticket that is not there, and a server that is gone, are said in words", async () => {
  const { page } = await browser.page(cloud.url);
  await page.goto(`${cloud.url}/tickets/999999`);
  await page.getByText("There is nothing here").waitFor();
  await look(page, "not-found");
  await page.goto(`${cloud.url}/tickets`);
  await ready.tickets(page);
  await page.context().setOffline(true);
  await page.getByLabel("Urgency").selectOption("low");
  await page.getByText("The server does not answer").waitFor();
  await look(page, "offline");
  assert.deepEqual(await complaints(page), []);
  await page.context().setOffline(false);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("heading", { name: "No ticket fits" }).waitFor();
});

for (const colorScheme of ["light", "dark"]) {
  for (const [name, width, height] of [["wide", 1280, 720], ["narrow", 320, 800]]) {
    test(`every page is accessible and whole: ${colorScheme}, ${name}`, async () => {
      const wanted = [["sign-in", false, "/sign-in", (page) => page.getByLabel("Password").waitFor()],
        ["tickets", true, "/tickets", ready.tickets], ["ticket", true, `/tickets/${numbers[0]}`, ready.ticket]];
      for (const [what, signedIn, address, until] of wanted) {
        const { page, problems, context } = await browser.page(cloud.url, { width, height, colorScheme, signedIn });
        await page.goto(cloud.url + address);
        await until(page);
        for (const details of await page.locator("details > summary").all()) await details.click();
        await page.waitForLoadState("networkidle");
        await look(page, `${what}-${colorScheme}-${name}`);
        assert.deepEqual(await complaints(page), [], `${what} ${colorScheme} ${name}`);
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(wider <= 0, `${what} scrolls sideways by ${wider} px`);
        assert.deepEqual(problems, []);
        await context.close();
      }
    });
  }
}
