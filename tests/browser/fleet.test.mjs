// Machines, commands and alerts in the console, with agents that speak for real and a signer that signs for real.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { look, openBrowser, patience, startCloud } from "./console-support.mjs";
import { complaints, ctl_program, eventually, startAgent } from "./fleet-support.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let cloud;
let browser;
let first;
let second;
let connection;

before(async () => {
  cloud = await startCloud();
  browser = await openBrowser();
});
after(async () => {
  first?.stop();
  second?.stop();
  await browser?.close();
  assert.equal(await cloud?.stop(), 0);
});

const rows = (page) => page.locator("#list tbody tr:not(.loading)");
const settled = (page) => page.locator("#list tbody tr:not(.loading), .empty").first().waitFor(patience);

/** Signs and sends with tier2ctl; gives the command's id. */
function send(audience, script) {
  writeFileSync(cloud.file("script"), script);
  return execFileSync(ctl_program, ["send", ...connection, "--key", cloud.file("command.pem"), ...audience.flatMap((one) => ["--aud", one]),
    "--as", "system", "--run-sh", cloud.file("script")], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
}

test("without machines, commands and alerts the pages say what will be here", async () => {
  const { page, problems } = await browser.page(cloud.url);
  for (const [address, title] of [["machines", "No machines yet"], ["commands", "No commands yet"], ["alerts", "No alerts"]]) {
    await page.goto(`${cloud.url}/${address}`);
    await page.getByRole("heading", { name: title }).waitFor();
    assert.equal(await page.locator("nav a[aria-current=page]").getAttribute("href"), `/${address}`);
    assert.deepEqual(await complaints(page, axe), []);
  }
  assert.deepEqual(problems, []);
});

test("machines are found by name, group and whether they are there; one can be shut out and let in again", async () => {
  first = await startAgent(cloud, "pc-17", { groups: ["accounts"] });
  second = await startAgent(cloud, "evil\u001b<b>\u202e", { groups: ["lab"] });
  const third = await startAgent(cloud, "pc-18");
  third.stop();
  const { page, problems } = await browser.page(cloud.url);
  await page.goto(`${cloud.url}/machines`);
  await settled(page);
  assert.equal(await rows(page).count(), 3);
  assert.equal(await page.locator("#list b").count(), 0);
  assert.match(await page.locator("#list").textContent(), /evilU\+001B<b>U\+202E/);
  await look(page, "machines-light");
  await page.locator("#search").fill("pc-1");
  await page.waitForURL(/q=pc-1/);
  await eventually("two machines", async () => await rows(page).count() === 2);
  await page.getByLabel("Only connected").check();
  await page.waitForURL(/connected=true/);
  await eventually("one machine", async () => { await page.reload(); await settled(page); return await rows(page).count() === 1; });
  await page.goto(`${cloud.url}/machines?group=accounts`);
  await settled(page);
  assert.equal(await rows(page).count(), 1);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/machines/${first.id}`);
  await page.getByRole("cell", { name: "command" }).waitFor();
  await look(page, "machine-light");
  assert.deepEqual(await complaints(page, axe), []);
  await page.goto(`${cloud.url}/machines/${third.id}`);
  await page.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await page.getByText("It is approved:").waitFor();
  await page.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await page.getByText("It is shut out:").waitFor();
  await page.getByRole("button", { name: "Approve" }).click();
  await page.getByText("It is approved:").waitFor();
  // The question, too, shows what hides in a name.
  await page.goto(`${cloud.url}/machines/${second.id}`);
  await page.getByRole("button", { name: "Revoke" }).click();
  await page.getByText("Shut evilU+001B<b>U+202E out?").waitFor();
  await page.keyboard.press("Escape");
  assert.match(await page.title(), /^evil\[U\+001B\]<b>\[U\+202E\] –/);
  assert.deepEqual(problems, []);
});

test("a command's output is shown as it comes, stderr apart from stdout, and control bytes as text", async () => {
  const token = cloud.tool(["api-token", "create", "--name", "test", "--scope", "commands:write", "--scope", "commands:read"]).split("\n").at(-1);
  writeFileSync(cloud.file("api-token"), `${token}\n`, { mode: 0o600 });
  execFileSync(ctl_program, ["keygen", "--out", cloud.file("command.pem")], { stdio: "ignore" });
  connection = ["--cloud", cloud.url, "--ca", cloud.file("cert.pem"), "--token-file", cloud.file("api-token")];
  const id = send([first.id, second.id], "echo hello # the first line\necho more\n");
  const { page, problems } = await browser.page(cloud.url);
  await page.goto(`${cloud.url}/commands/${id}`);
  const folds = page.locator("details.fold");
  await folds.nth(1).waitFor();
  const mine = folds.filter({ hasText: "pc-17" });
  const command = await first.command();
  first.accept(command);
  await mine.getByText("is running").waitFor();
  first.write(command, "stdout", "hello\n\u001b[31mred\u001b[0m <script>alert(1)</script>\u202e\n");
  first.write(command, "stderr", "oh\n");
  await mine.locator(".line").nth(2).waitFor();
  assert.match(await mine.locator(".line").nth(1).textContent(), /U\+001B\[31mredU\+001B\[0m <script>alert\(1\)<\/script>U\+202E/);
  assert.equal(await mine.locator(".line.err .stream").textContent(), "err");
  assert.equal(await page.locator("main script").count(), 0);
  first.write(command, "stdout", "no end");
  first.exit(command, 3);
  await mine.getByText("ended with code 3 after 1.2 s").waitFor();
  await mine.getByText("no end").waitFor();
  const theirs = folds.filter({ hasText: "evil" });
  second.reject(await second.command(), "unknown_key", "This build has another key.");
  await theirs.getByText("refused: its key is not in the machine's build").waitFor();
  await look(page, "command-light");
  assert.deepEqual(await complaints(page, axe), []);
  const raw = await page.context().request.get(cloud.url + await mine.getByText("All of stdout").getAttribute("href"));
  assert.equal((await raw.body()).toString(), "hello\n\u001b[31mred\u001b[0m <script>alert(1)</script>\u202e\nno end");
  assert.deepEqual(problems, []);
  await page.goto(`${cloud.url}/commands?state=ended`);
  await settled(page);
  assert.match(await rows(page).first().textContent(), /echo hello/);
  await look(page, "commands-light");
  await page.goto(`${cloud.url}/commands?state=open`);
  await page.getByRole("heading", { name: "No command fits" }).waitFor();
});

test("a group that a machine says later is shown as a claim, and counts once somebody has confirmed it", async () => {
  const claiming = await startAgent(cloud, "pc-claims", { groups: ["lab"] });
  const { page, problems } = await browser.page(cloud.url);
  await page.goto(`${cloud.url}/machines/${claiming.id}`);
  await page.locator(".columns").waitFor();
  assert.equal(await page.getByRole("heading", { name: "Groups it claims" }).count(), 0);
  claiming.hello(["lab", "payroll"]);
  await eventually("the claim", async () => {
    await page.reload();
    await page.locator(".columns").waitFor();
    return await page.getByRole("heading", { name: "Groups it claims" }).count() === 1;
  });
  await look(page, "machine-claims-light");
  assert.deepEqual(await complaints(page, axe), []);
  await page.getByRole("button", { name: "Confirm groups" }).click();
  await page.getByText("Send commands for these groups to this machine from now on: payroll?").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Confirm groups" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Confirm groups" }).click();
  await eventually("no claim any more", async () => await page.getByRole("heading", { name: "Groups it claims" }).count() === 0);
  await page.locator(".facts .tag", { hasText: "payroll" }).waitFor();
  assert.deepEqual(problems, []);
  claiming.stop();
});

test("of very much output only the newest 5,000 lines are in the page, and it says so", async () => {
  const count = first.commands.length;
  const id = send([first.id], "seq 12000\n");
  const { page } = await browser.page(cloud.url);
  await page.goto(`${cloud.url}/commands/${id}`);
  const command = await first.command(count);
  first.accept(command);
  first.write(command, "stdout", `${Array.from({ length: 12000 }, (_, i) => i + 1).join("\n")}\n${"x".repeat(50_000)}\n`);
  first.exit(command);
  await page.getByText("done after 1.2 s").waitFor();
  await page.getByText(/older lines are not shown/).waitFor();
  const lines = page.locator(".lines .line");
  await eventually("the last line", async () => /^7,025 /.test(await page.getByText(/older lines are not shown/).textContent()));
  assert.match(await lines.last().textContent(), /xxx/);
  assert.equal(await lines.count(), 5000);
});

test("output made to freeze the page costs as little as any other, and its characters are bounded too", async () => {
  const count = first.commands.length;
  const id = send([first.id], "hostile\n");
  const { page, problems } = await browser.page(cloud.url);
  await page.goto(`${cloud.url}/commands/${id}`);
  const command = await first.command(count);
  first.accept(command);
  const marks = page.locator(".lines mark");
  first.write(command, "stdout", `${"\u0007".repeat(200_000)}\n`); // a run is one mark a line of 2,000
  await eventually("the run", async () => await marks.count() === 100);
  assert.equal(await marks.first().textContent(), "U+0007 ×2000");
  first.write(command, "stdout", `${"a\u200b".repeat(500_000)}\nlast\n`); // no runs: what is kept is less
  first.exit(command);
  await page.getByText("done after 1.2 s").waitFor();
  const lines = page.locator(".lines .line");
  await eventually("the last line", async () => (await lines.last().textContent()).includes("last"));
  const found = await marks.count();
  assert.ok(found > 1000 && found < 50_000, String(found));
  await page.getByText(/older lines are not shown/).waitFor();
  assert.deepEqual(problems, []);
});

test("a text that follows half a character does not swallow it; the stream is closed when all has ended", async () => {
  const count = first.commands.length;
  const id = send([first.id], "halves\n");
  const { page } = await browser.page(cloud.url);
  await page.addInitScript(() => {
    const real = EventSource;
    globalThis.streams = [];
    globalThis.EventSource = class extends real { constructor(...all) { super(...all); globalThis.streams.push(this); } };
  });
  const event = (seq, stream, offset, more) => `id: ${seq}-1\nevent: output\ndata: ${JSON.stringify({ agent: first.id, stream, offset, ...more })}\n\n`;
  let played = 0;
  await page.route("**/output", (route) => (played++ > 0 ? route.abort() : route.fulfill({ status: 200, contentType: "text/event-stream",
    body: event(1, "stdout", 0, { base64: Buffer.from([0x61, 0xe2, 0x82]).toString("base64") }) + event(2, "stdout", 3, { text: "b\n" }) +
      event(3, "stderr", 0, { base64: Buffer.from([0xf0, 0x9f]).toString("base64") }) +
      `id: 4-3\nevent: state\ndata: ${JSON.stringify({ agent: first.id, hostname: "pc-17", state: "exited", received: { stdout: 5, stderr: 2 },
        exit: { reason: "finished", code: 0, duration_ms: 1, bytes: { stdout: 5, stderr: 2 }, truncated: false, output_lost: false, detail: "" } })}\n\n` +
      "id: 4-3\nevent: end\ndata: {}\n\n" })));
  await page.goto(`${cloud.url}/commands/${id}`);
  await page.getByText("done after 0.0 s").waitFor();
  await page.locator(".lines .line").nth(1).waitFor();
  assert.deepEqual(await page.locator(".lines .text").allTextContents(), ["a\ufffdb", "\ufffd"]);
  await eventually("the stream to be closed", () => page.evaluate(() => streams.length === 1 && streams[0].readyState === EventSource.CLOSED));
  assert.equal(played, 1);
  const command = await first.command(count);
  first.accept(command);
  first.exit(command);
});

test("who was signed out while a command runs comes to the sign-in page, and back after it", async () => {
  const count = first.commands.length;
  const id = send([first.id], "sleep 1\n");
  const { page, context } = await browser.page(cloud.url);
  let cut;
  const over = new Promise((done) => { cut = done; });
  let asked = 0;
  await page.route("**/output", async (route) => {
    if (asked++ > 0) return route.continue();
    await over; // the cloud ends the streams of a session that is over
    return route.fulfill({ status: 200, contentType: "text/event-stream", body: "retry: 10\n\n" });
  });
  await page.goto(`${cloud.url}/commands/${id}`);
  await page.locator("details.fold").waitFor();
  assert.equal((await context.request.delete(`${cloud.url}/api/v1/session`, { data: {}, headers: { Origin: cloud.url } })).status(), 204);
  cut();
  await page.waitForURL(`**/sign-in?to=${encodeURIComponent(`/commands/${id}`)}`);
  const command = await first.command(count);
  first.accept(command);
  first.exit(command);
});

test("who did what is on the page of the audit, newest first, in words, page by page", async () => {
  const { page, problems, context } = await browser.page(cloud.url);
  await page.goto(`${cloud.url}/machines`);
  await settled(page);
  await page.getByRole("link", { name: "Audit" }).click();
  await page.waitForURL("**/audit");
  await settled(page);
  assert.equal(await page.locator("nav a[aria-current=page]").getAttribute("href"), "/audit");
  // What the machines did last may still be on its way into it.
  await eventually("the page to have what the audit has", async () => {
    await page.reload();
    await settled(page);
    const { items } = await (await context.request.get(`${cloud.url}/api/v1/audit?limit=100`)).json();
    return (await rows(page).locator("td.number").allTextContents()).join() === items.map((one) => one.seq).join();
  });
  const text = await page.locator("#list").textContent();
  for (const words of ["Command sent", "Token test", "Machine shut out", "Machine approved", "olga", "Machine enrolled", "On the server itself",
    "Command refused by a machine", "unknown_key", "Command ended on a machine"]) assert.ok(text.includes(words), words);
  assert.match(text, /evilU\+001B<b>U\+202E/);
  const titles = await page.locator("#list td.what > :first-child").allTextContents();
  assert.deepEqual(titles.filter((one) => /^[a-z]/.test(one)), [], "events as they are written down, not in words");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/(commands|machines)\/[0-9a-f-]{36}$/);
  await page.locator(".columns").waitFor();
  // A longer one comes in pages.
  await page.route("**/api/v1/audit?*", async (route) => {
    const before = Number(new URL(route.request().url()).searchParams.get("before") ?? 251);
    const items = Array.from({ length: Math.min(100, before - 1) }, (_, i) => ({ seq: before - 1 - i, at: "2026-01-02T03:04:05.678Z", who: "olga",
      event: "something <i>new</i>", subject: "", detail: "", hash: "0".repeat(64) }));
    await route.fulfill({ json: items.at(-1).seq > 1 ? { items, next: String(items.at(-1).seq) } : { items } });
  });
  await page.goto(`${cloud.url}/audit`);
  await page.getByText("The newest 100 rows").waitFor();
  for (const shown of [200, 250]) {
    await page.getByRole("button", { name: "Show more" }).click();
    await eventually(`${shown} rows`, async () => await rows(page).count() === shown);
  }
  await page.getByText("250 rows").waitFor();
  assert.match(await rows(page).first().textContent(), /something <i>new<\/i>/);
  assert.deepEqual(problems, []);
});

test("the keys that are offered work on that page", async () => {
  const { page } = await browser.page(cloud.url);
  for (const [address, searched] of [["machines", true], ["commands/new", true], ["commands", false], ["alerts", true], ["audit", false]]) {
    await page.goto(`${cloud.url}/${address}`);
    await page.locator("dialog#keys").waitFor({ state: "attached" });
    await page.getByRole("button", { name: "Keys" }).click();
    const keys = await page.getByRole("dialog").locator("kbd").allTextContents();
    assert.equal(keys.includes("/"), searched, address);
    assert.equal(await page.locator("#search").count() > 0, searched, address);
  }
});

test("tier2ctl follows the real cloud, through to the exit code", async () => {
  const count = first.commands.length;
  const followed = new Promise((done) => execFile(ctl_program, ["send", ...connection, "--key", cloud.file("command.pem"), "--aud", first.id, "--as", "system",
    "--follow", "--exec", "--", "/bin/echo"], { encoding: "utf8" }, (why, stdout, stderr) => done({ code: why ? why.code : 0, stdout, stderr })));
  const command = await first.command(count);
  first.accept(command);
  first.write(command, "stdout", "one\n");
  first.write(command, "stderr", "two\n");
  first.exit(command, 7);
  const { code, stdout, stderr } = await followed;
  assert.equal(stdout, "one\n");
  assert.match(stderr, /two\n.*pc-17 ended with code 7/s);
  assert.equal(code, 1);
});

test("what a machine noticed is among the alerts", async () => {
  first.alert({ severity: "critical", source: "command", title: "A command was forged <i>", body: "Its signature is wrong.\nLook.", labels: { reason: "bad_signature" } });
  const { page, problems } = await browser.page(cloud.url);
  await eventually("the alert", async () => { await page.goto(`${cloud.url}/alerts`); await settled(page); return await rows(page).count() === 1; });
  assert.match(await rows(page).first().textContent(), /A command was forged <i>.*Critical.*pc-17.*Acknowledge/s);
  await look(page, "alerts-light");
  assert.deepEqual(await complaints(page, axe), []);
  assert.deepEqual(problems, []);
});

test("a new command says in words what will happen, and what is missing", async () => {
  const { page, problems } = await browser.page(cloud.url);
  await page.goto(`${cloud.url}/commands`);
  await settled(page);
  await page.keyboard.press("n");
  await page.waitForURL("**/commands/new");
  await page.getByText("Choose at least one machine.").waitFor();
  await page.getByLabel("Find machines").fill("pc-17");
  await page.getByRole("checkbox", { name: "pc-17" }).check();
  await page.getByText("Write the script.").waitFor();
  await page.getByLabel("With", { exact: true }).selectOption("exec");
  await page.getByLabel("Program and arguments").fill("/usr/bin/apt\nupdate");
  await page.getByText("Say as whom it runs.").waitFor();
  await page.getByLabel("As the user").check();
  await page.getByLabel("Time limit in minutes").fill("5");
  await page.getByText("/usr/bin/apt runs as the signed-in user on pc-17, for at most 5 minutes.").waitFor();
  await page.getByRole("button", { name: "Take pc-17 out" }).click();
  await page.getByRole("button", { name: "Hand to the signer" }).click();
  await page.getByRole("alert").getByText("Choose at least one machine.").waitFor();
  await page.getByLabel("A group").check();
  await page.getByLabel("Group", { exact: true }).fill("accounts");
  await page.getByText("on every machine of the group accounts").waitFor();
  await look(page, "new-command-group");
  assert.deepEqual(problems, []);
});

test("after sign-in one comes to these pages too", async () => {
  const { page } = await browser.page(cloud.url, { signedIn: false });
  for (const address of ["/machines", `/machines/${first.id}`, "/commands", "/commands/new", "/alerts", "/audit"]) {
    await page.goto(cloud.url + address);
    assert.equal(new URL(page.url()).searchParams.get("to"), address);
  }
});

for (const colorScheme of ["light", "dark"]) {
  for (const [name, width, locale] of [["wide", 1280, "en-GB"], ["narrow", 390, "de-DE"], ["zoomed", 320, "en-GB"]]) {
    test(`machines, commands and alerts are accessible and whole: ${colorScheme}, ${name}`, async () => {
      const { items: [newest] } = await (await (await browser.page(cloud.url)).context.request.get(`${cloud.url}/api/v1/commands?limit=1`)).json();
      const wanted = ["machines", `machines/${first.id}`, "commands", `commands/${newest.id}`, "commands/new", "alerts", "audit"];
      for (const address of wanted) {
        const { page, problems, context } = await browser.page(cloud.url, { width, height: 720, colorScheme, locale });
        await page.goto(`${cloud.url}/${address}`);
        await page.locator("#list tbody tr:not(.loading), .columns, #found li").first().waitFor(patience);
        await look(page, `${address.replaceAll("/", "-").slice(0, 20)}-${colorScheme}-${name}`);
        assert.deepEqual(await complaints(page, axe), [], address);
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(wider <= 0, `${address} scrolls sideways by ${wider} px`);
        assert.deepEqual(problems, []);
        await context.close();
      }
    });
  }
}

test("these pages use no text that is missing", () => {
  const pages = new URL("../../tools/cloud/pages/", import.meta.url);
  const file = (name) => readFileSync(new URL(name, pages), "utf8");
  const en = JSON.parse(file("en.json"));
  const used = ["machines", "machine", "commands", "command", "new_command", "alerts", "audit"].flatMap((name) => [`${name}.html`, `${name}.js`])
    .concat("frame.html", "paged.js", "fleet.js", "output.js", "shell.js", "acknowledge.js", "receivers.js", "machine_words.js")
    .flatMap((name) => [...file(name).matchAll(/(?:\bt\(|data-l10n(?:-\w+)?=|, )"([a-z_]+\.[a-z_0-9]+)"/g)].map((found) => found[1]));
  assert.ok(used.length > 100);
  assert.deepEqual(used.filter((key) => !(key in en)), []);
});
