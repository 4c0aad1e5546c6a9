// tier2ctl ticket: lists and shows tickets, writes them into files that need no server, and deletes them for good.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { look, openBrowser, patience, startCloud } from "./console-support.mjs";
import { complaints, ctl_program } from "./fleet-support.mjs";

let cloud;
let browser;
let hostile;
let plain;
let long;
let connection;

before(async () => {
  cloud = await startCloud();
  browser = await openBrowser();
  [hostile, plain] = cloud.seed(2);
  [long] = cloud.seed(1, "long");
  connection = using("reader", "tickets:read");
});
after(async () => {
  await browser?.close();
  assert.equal(await cloud?.stop(), 0);
});

/** Options that reach the cloud with a token of these scopes. */
function using(name, ...scopes) {
  writeFileSync(cloud.file(name), `${cloud.tool(["api-token", "create", "--name", name, "--scope", ...scopes])}\n`, { mode: 0o600 });
  return ["--cloud", cloud.url, "--ca", cloud.file("cert.pem"), "--token-file", cloud.file(name)];
}

function ctl(...words) {
  return new Promise((done) => execFile(ctl_program, ["ticket", ...words.map(String)], { maxBuffer: 64 << 20 },
    (why, stdout, stderr) => done({ code: why ? why.code : 0, stdout, stderr })));
}

async function well(...words) {
  const ended = await ctl(...words);
  assert.equal(ended.code, 0, ended.stderr);
  return ended.stdout;
}

/** A page that has no network, opened from the disk; `asked` collects whatever it asks for beside itself. */
async function opened(file, options = {}) {
  const { page, problems, context } = await browser.page("", { signedIn: false, ...options });
  await context.setOffline(true);
  const asked = [];
  page.on("request", (request) => { if (!/^(file|data|blob):/.test(request.url())) asked.push(request.url()); });
  await page.goto(pathToFileURL(file).href);
  await page.locator("canvas[data-step='1']").waitFor({ ...patience, state: "attached" });
  return { page, problems, asked, context };
}

test("the list is narrowed by agent, user and time, as a table and as JSON", async () => {
  const rows = JSON.parse(await well("list", "--json", ...connection));
  assert.deepEqual(rows.map((one) => one.number), [long, plain, hostile]);
  assert.deepEqual(JSON.parse(await well("list", "--json", "--limit", 1, ...connection)).map((one) => one.number), [long]);
  assert.equal(JSON.parse(await well("list", "--json", "--user", "anna", "--since", "1h", ...connection)).length, 3);
  assert.equal(JSON.parse(await well("list", "--json", "--user", "anna&x=é", ...connection)).length, 0);
  const { machine: { agent } } = JSON.parse(await well("show", plain, "--json", ...connection));
  assert.equal(JSON.parse(await well("list", "--json", "--agent", agent, ...connection)).length, 2);
  assert.match((await ctl("list", "--since", "2126-01-01", ...connection)).stderr, /No ticket fits/);
  assert.equal((await ctl("list", "--since", "yesterday", ...connection)).code, 2);
  const table = await well("list", ...connection);
  assert.match(table, /^NUMBER +RECEIVED \(UTC\) +URGENCY +USER +MACHINE +PICTURES +WHAT\n/);
  assert.match(table, /The invoice list stays empty/);
});

test("a ticket is shown as text, whatever stands in it", async () => {
  const text = await well("show", long, ...connection);
  assert.match(text, /Printing hangs[^]*Printer: 2nd floor[^]*User: anna \(account 1000, session 1\)[^]*unchecked:\n {2}User: somebody/);
  assert.match(text, /click_left at 300,250 {2}"Print – \\u202etxt\.fdp" \(evince\)/);
  assert.match(text, /\n {2}201 {2}3000 bytes {2}application\/octet-stream {2}photo\\u202egpj\.exe\n/);
  assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\x7f\u202e]/);
  assert.match(await well("show", hostile, ...connection), /<script>globalThis\.hacked=1<\/script>/);
  assert.match((await ctl("show", 999, ...connection)).stderr, /There is no ticket 999/);
});

test("an exported page replays the ticket without a network, by keyboard, with exact times", async () => {
  const file = cloud.file("long.html");
  await well("export", long, "--html", file, ...connection);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const { page, problems, asked, context } = await opened(file);
  await page.keyboard.press("ArrowRight");
  await page.locator("canvas[data-step='2']").waitFor({ ...patience, state: "attached" });
  assert.match(await page.locator("figcaption .caption").innerText(), /\d{1,2} \w+ \d{4}, \d\d:\d\d:\d\d[^]*Clicked in “Print – U\+202Etxt\.fdp”[^]*on HDMI-2/);
  await page.keyboard.press("End");
  await page.locator("canvas[data-step='200']").waitFor({ ...patience, state: "attached" });
  const colours = await page.locator(".shot canvas").evaluate((canvas) => [...canvas.getContext("2d").getImageData(2000, 500, 1, 1).data]);
  assert.deepEqual(colours.slice(1), [120, 60, 255], "the pixels of the second monitor");
  await page.keyboard.press("Home");
  await page.keyboard.press(" ");
  await page.waitForFunction(() => Number(document.querySelector(".shot canvas").dataset.step) >= 3, null, patience); // some stay for a moment only
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("list", { name: "Unusual" }).getByText("The disk / is nearly full").waitFor();
  assert.equal(await page.getByText(/\bago\b|yesterday/).count(), 0);
  await page.getByText(/Exported on .* with tier2ctl .*time zone/).waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "one-line.txt" }).click()]);
  assert.equal(statSync(await download.path()).size, 10 << 20);
  await look(page, "export-light");
  assert.deepEqual(asked, []);
  assert.deepEqual(problems, []);
  await context.close();
});

test("a hostile ticket runs nothing in the exported page, which could not even if it got in", async () => {
  const file = cloud.file("hostile.html");
  await well("export", hostile, "--html", file, ...connection);
  const { page, problems, asked, context } = await opened(file, { colorScheme: "dark" });
  assert.match(await page.locator(".message").innerText(), /<script>globalThis\.hacked=1<\/script>/);
  await page.keyboard.press("ArrowRight");
  await page.getByText("not a PNG or JPEG").waitFor();
  for (const details of await page.locator("details > summary").all()) await details.click();
  assert.deepEqual(await complaints(page), []);
  await look(page, "export-hostile-dark");
  assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
  assert.deepEqual(problems, []);
  assert.deepEqual(asked, []);
  const refused = await page.evaluate(() => new Promise((done) => {
    const directives = new Set();
    document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
      directives.add(effectiveDirective);
      if (directives.size === 4) done([...directives].sort());
    });
    const script = document.createElement("script");
    script.textContent = "globalThis.hacked = 2";
    document.body.append(script);
    const image = document.createElement("img");
    image.setAttribute("onerror", "globalThis.hacked = 3");
    image.src = "https://127.0.0.1:1/x.png";
    document.body.append(image);
    fetch("https://127.0.0.1:1/").catch(() => {});
  }));
  assert.deepEqual(refused, ["connect-src", "img-src", "script-src-attr", "script-src-elem"]);
  assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
  await context.close();
});

test("an exported page speaks German to a German browser, and is whole on a narrow screen", async () => {
  const file = cloud.file("plain.html");
  await well("export", plain, "--html", file, ...connection);
  const { page, problems } = await opened(file, { locale: "de-DE", width: 360, height: 800 });
  await page.getByText("Geklickt in „Invoices – Calc“").waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth));
  assert.deepEqual(await complaints(page), []);
  await look(page, "export-german-narrow");
  assert.deepEqual(problems, []);
});

test("a zip has pictures, facts and files under harmless names, and what the user agreed to, byte for byte", async () => {
  const file = cloud.file("hostile.zip");
  await well("export", hostile, "--zip", file, ...connection);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const names = execFileSync("python3", ["-c",
    "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print('\\n'.join(z.namelist())); z.extractall(sys.argv[2])",
    file, cloud.file("unpacked")], { encoding: "utf8" }).trim().split("\n");
  const folder = `ticket-${hostile}/`;
  assert.deepEqual(names, ["ticket.json", "manifest.json", "0000-step-0.png", "0001-step-1.png", "0002-step-2.png", "0003-step-3.png",
    "0004-system.json", "0005-_script_alert_1__script_.html"].map((name) => folder + name));
  const unpacked = (name) => readFileSync(cloud.file(`unpacked/${folder}${name}`));
  const digest = (bytes) => execFileSync("b2sum", ["-l", "256"], { input: bytes, encoding: "utf8" }).slice(0, 64);
  const ticket = JSON.parse(unpacked("ticket.json"));
  assert.equal(digest(unpacked("manifest.json")), ticket.consent.digest);
  assert.equal(digest(unpacked("0002-step-2.png")), ticket.parts[2].blake2b);
  assert.equal(JSON.parse(unpacked("0004-system.json")).facts[0].id, "os");
});

test("a large file comes whole through a zip", async () => {
  const file = cloud.file("long.zip");
  await well("export", long, "--zip", file, ...connection);
  const sum = execFileSync("python3", ["-c",
    "import sys, zipfile, hashlib; z = zipfile.ZipFile(sys.argv[1]); n = [x for x in z.namelist() if 'one-line' in x]; print(hashlib.sha256(z.read(n[0])).hexdigest())", file], { encoding: "utf8" }).trim();
  assert.equal(sum, createHash("sha256").update("y".repeat(10 << 20)).digest("hex"));
});

test("nothing is overwritten without --force, and what fails leaves no file", async () => {
  const file = cloud.file("taken.html");
  writeFileSync(file, "mine");
  const refused = await ctl("export", plain, "--html", file, ...connection);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /already there/);
  assert.equal(readFileSync(file, "utf8"), "mine");
  await well("export", plain, "--html", file, "--force", ...connection);
  assert.match(readFileSync(file, "utf8"), /^<!doctype html>/);
  const absent = cloud.file("absent.zip");
  assert.equal((await ctl("export", 999, "--zip", absent, ...connection)).code, 1);
  assert.equal(existsSync(absent), false);
  assert.deepEqual(readdirSync(cloud.file(".")).filter((name) => /\.(html|zip)\./.test(name)), []);
  assert.equal((await ctl("export", plain, ...connection)).code, 2);
  assert.equal((await ctl("export", plain, "--html", cloud.file("no/such/x.html"), ...connection)).code, 2);
});

test("a token without the right deletes nothing; with it the ticket is gone, and the console says so", async () => {
  const [doomed] = cloud.seed(1);
  const refused = await ctl("delete", doomed, ...connection);
  assert.equal(refused.code, 3);
  assert.match(refused.stderr, /tickets:write/);
  const writer = using("writer", "tickets:write");
  assert.match(await well("delete", doomed, ...writer), new RegExp(`Ticket ${doomed} was deleted at .* by token:writer`));
  assert.match((await ctl("show", doomed, ...connection)).stderr, /was deleted at .* by token:writer; nothing of it is left/);
  const { page, problems } = await browser.page(cloud.url);
  await page.goto(`${cloud.url}/tickets/${doomed}`);
  await page.getByRole("heading", { name: `Ticket #${doomed} is deleted` }).waitFor();
  await page.getByText("Token writer deleted it on").waitFor();
  await look(page, "ticket-deleted");
  assert.deepEqual(await complaints(page), []);
  assert.ok(problems.every((one) => /410/.test(one)), String(problems));
});

test("an operator deletes a ticket after a question; the audit has who and which", async () => {
  const [doomed] = cloud.seed(1);
  const { page } = await browser.page(cloud.url);
  await page.goto(`${cloud.url}/tickets/${doomed}`);
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByText(`Delete ticket ${doomed} for ever?`).waitFor();
  await look(page, "ticket-delete");
  assert.deepEqual(await complaints(page), []);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("olga deleted it on").waitFor();
  await page.goto(`${cloud.url}/audit`);
  const row = page.locator("#list tbody tr").first();
  await row.getByRole("link", { name: "Ticket deleted" }).waitFor();
  assert.match(await row.innerText(), new RegExp(`${doomed}[^]*olga`));
});
