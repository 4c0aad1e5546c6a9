// One ticket, and others who know of it: the same program again, another account, pages and programs that are no part of it.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, mkdirSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import test from "node:test";
import { stored_tickets } from "./listening-support.mjs";
import { free_port, machine, message, press_send, sent_number } from "./support.mjs";
import { as_nobody, local_client } from "./ticket-support.mjs";

const skip = process.getuid() !== 0 && "only root can be somebody else";

/** Everything runs; the service's socket lies where every user comes to, as on a real machine, and the rest does not. */
async function open_to_all(t) {
  const one = new machine(t);
  one.certificates();
  const port = await free_port();
  one.write_cloud({ agents: port });
  mkdirSync(one.at("public"));
  for (const each of [one.state, one.at("public")]) chmodSync(each, 0o755);
  one.socket = one.at("public/helper.sock");
  one.write_agent({ port, socket: one.socket });
  one.enrol();
  await one.start_cloud();
  await one.start_service();
  await one.start_display();
  await one.start_helper();
  await one.service.said("Connected to the cloud at");
  return one;
}

test("the same ticket sent twice is one; with other content it is refused", async (t) => {
  const one = await open_to_all(t);
  const ticket = randomUUID();
  const parts = [Buffer.alloc(300_000, "a"), Buffer.from("facts")];
  const link = await local_client(t, one);
  assert.equal((await link.whole(ticket, parts)).number, "1");
  assert.equal((await link.whole(ticket, parts)).number, "1");
  const again = await local_client(t, one);
  assert.equal((await again.whole(ticket, parts)).number, "1");
  assert.match((await again.whole(ticket, [Buffer.from("other")])).error, /^conflict: This ticket was sent before with other content/);
  const all = stored_tickets(one);
  assert.deepEqual(all.map(({ number, wrong }) => [number, wrong]), [[1, []]]);
});

test("another account that knows a ticket's id can neither join nor change it, and has one of its own under that id", { skip }, async (t) => {
  const one = await open_to_all(t);
  const ticket = randomUUID();
  const parts = [Buffer.alloc(600_000, "a"), Buffer.from("mine")];
  const mine = await local_client(t, one);
  const other = await local_client(t, one, { who: as_nobody });
  const { manifest, digest } = mine.made(ticket, parts);
  assert.equal((await mine.begin(ticket, manifest)).error, undefined);
  // While it is on its way.
  assert.equal((await other.begin(ticket, manifest)).error, "This ticket belongs to another user.");
  for (const part of [0, 1]) other.say({ type: "ticket_part", ticket, part, offset: 0 }, Buffer.from("wrong"));
  other.say({ type: "ticket_end", ticket, consent_digest: digest });
  assert.match((await other.begin(ticket, Buffer.from("{}"))).error, /./); // all of it was dealt with
  await mine.parts(ticket, parts);
  assert.equal((await mine.end(ticket, digest)).number, "1");
  // Once it is stored: the id says nothing to others.
  assert.equal((await other.whole(ticket, [Buffer.from("theirs")], "two")).number, "2");
  assert.equal((await mine.whole(ticket, parts)).number, "1");
  const all = stored_tickets(one);
  assert.deepEqual(all.map(({ number, account, ticket: id, wrong }) => [number, account, id, wrong]),
    [[1, "0", ticket, []], [2, "65534", ticket, []]]);
  assert.equal(all[0].manifest, manifest.toString());
});

/** An open ticket and, of its page, the origin. */
async function open_ticket(one) {
  one.click(300, 300);
  await one.open_by_command();
  const page = await one.page();
  await page.getByLabel("What happened?").fill(message);
  await page.getByLabel("Name").focus();
  return { page, origin: new URL(page.url()).origin };
}

/** The ticket was left alone: its page is there, with what was written, and it can be sent. */
async function untouched(one, page) {
  assert.equal(await page.locator("#state").getAttribute("data-state"), "nothing");
  assert.equal(await page.getByLabel("What happened?").inputValue(), message);
  await press_send(page);
  assert.equal(await sent_number(page), 1);
  assert.deepEqual(one.tickets().map((each) => [each.message, each.pictures]), [[message, 1]]);
}

test("a page from elsewhere in the same browser gets nothing of the ticket page and changes nothing", async (t) => {
  const one = await open_to_all(t);
  const { page, origin } = await open_ticket(one);
  const stranger = http.createServer((_, answer) => answer.writeHead(200, { "content-type": "text/html" }).end("<p>hello"));
  await new Promise((ready) => stranger.listen(0, "127.0.0.1", ready));
  t.after(() => stranger.close());
  const elsewhere = await page.context().newPage();
  await elsewhere.goto(`http://localhost:${stranger.address().port}/`);
  const got = await elsewhere.evaluate(async (target) => {
    const read = (path, how) => fetch(target + path, how).then((answer) => answer.text(), () => "refused");
    const socket = new WebSocket(`${target.replace("http", "ws")}/page`);
    const connection = await new Promise((done) => { socket.onopen = () => done("open"); socket.onerror = () => done("refused"); });
    const frame = document.createElement("iframe");
    frame.src = `${target}/`;
    await new Promise((done) => { frame.onload = done; document.body.append(frame); });
    let framed = "closed";
    try { framed = frame.contentDocument?.body?.textContent || "closed"; } catch { /* it is another origin */ }
    return { connection, framed, page: await read("/"), reopen: await read("/reopen", { method: "POST" }),
      token: await read("/open", { method: "POST", body: new URLSearchParams({ token: "a".repeat(43) }) }),
      style: await read("/page.css"), blind: await fetch(`${target}/`, { mode: "no-cors" }).then((answer) => answer.type, () => "refused") };
  }, origin);
  assert.deepEqual(got, { connection: "refused", framed: "closed", page: "refused", reopen: "refused", token: "refused", style: "refused",
    blind: "refused" });
  await elsewhere.close();
  await untouched(one, page);
});

test("another user's programs get nothing from the page's port, the helper's socket and the service's", { skip }, async (t) => {
  const one = await open_to_all(t);
  const { page, origin } = await open_ticket(one);
  const { host, port } = new URL(origin);
  const run = (script, ...words) => spawnSync(as_nobody[0], [...as_nobody.slice(1), "/usr/bin/python3", "-c", script, ...words], { encoding: "utf8", cwd: "/" });
  const ask = `
import http.client, sys
def ask(method, path, headers={}, body=None):
    link = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=10)
    link.request(method, path, body, {"Host": sys.argv[2], **headers})
    answer = link.getresponse()
    return answer.status, answer.read().decode()
ours = {"Origin": "http://" + sys.argv[2]}
socket = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg=="}
status, text = ask("GET", "/")
print(status, "ticket" if "<meta name=\\"secret\\"" in text or "Ask for help" in text and "message" in text else "nothing")
print(ask("POST", "/open", {"Origin": "null", "Content-Type": "application/x-www-form-urlencoded"}, "token=" + "a" * 43)[0])
print(ask("GET", "/page", socket)[0])
`;
  const tried = run(ask, port, host);
  assert.equal(tried.status, 0, tried.stderr);
  const [start, token, foreign] = tried.stdout.trim().split("\n");
  assert.equal(start, "200 nothing", "who has no token is asked to go through the helper");
  assert.match(token, /^4\d\d$/);
  assert.match(foreign, /^403$/);
  // With the right Origin it is let in, and out again at the first word that is no secret.
  const claimed = await new Promise((done) => {
    const socket = net.connect(port, "127.0.0.1", () => {
      socket.write(`GET /page HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${origin}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n");
      const claim = Buffer.from('{"type":"send"}');
      socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | claim.length, 0, 0, 0, 0]), claim]));
    });
    let heard = Buffer.alloc(0);
    socket.on("data", (bytes) => { heard = Buffer.concat([heard, bytes]); }).on("error", () => {}).on("close", () => done(heard));
  });
  const frames = claimed.subarray(claimed.indexOf("\r\n\r\n") + 4);
  assert.deepEqual([frames[0], frames.readUInt16BE(2)], [0x88, 4401], "nothing but the refusal");

  const connect = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])";
  const own = execFileSync("sh", ["-c", `ls ${one.at("run")}/buttonhelper*.sock`], { encoding: "utf8" }).trim();
  assert.match(run(connect, own).stderr, /Permission denied/, "the helper's own socket");
  assert.equal(run(connect, one.socket).status, 0, "the service is there for everybody");
  const link = await local_client(t, one, { who: as_nobody });
  link.say({ type: "get_status" });
  const { error } = await link.begin(randomUUID(), Buffer.from("{}"));
  assert.match(error, /./);
  assert.ok(link.heard.some((each) => each.type === "notice" && /Only root/.test(each.text)));
  assert.ok(!link.heard.some((each) => each.type === "machine_status"));
  await untouched(one, page);
});
