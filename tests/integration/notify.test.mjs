// Alerts told by webhook and by mail, to real receivers that behave badly: a HTTPS server of node's, Debian's aiosmtpd.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import https from "node:https";
import { createRequire } from "node:module";
import net from "node:net";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { eventually, free_port, machine, programs } from "./support.mjs";

const require = createRequire(new URL("../../tools/demo/package.json", import.meta.url));
const { WebSocket } = require("ws");
const base64url = (bytes) => Buffer.from(bytes).toString("base64url");
const digest = (bytes) => execFileSync("b2sum", ["-l", "256"], { input: bytes, encoding: "utf8" }).slice(0, 64);
const smtp_program = fileURLToPath(new URL("smtp.py", import.meta.url));

const key = randomBytes(32);
const secret = `whsec_${key.toString("base64")}`;

/** A cloud that tells the receivers of `sections`, and an agent that raises alerts. */
class telling {
  constructor(t) {
    this.t = t;
    this.machine = new machine(t);
    this.machine.certificates();
    this.machine.write("secret", `${secret}\n`);
    this.machine.write("password", "a pass\u00e4word\n");
    this.agent = randomUUID();
    this.key = randomBytes(32);
  }
  certificate(name = "certificates") {
    return { key: readFileSync(this.machine.at(`${name}/server.key`)), cert: readFileSync(this.machine.at(`${name}/server.pem`)) };
  }
  configure(sections) {
    const file = this.machine.write_cloud({});
    this.machine.write("cloud.toml", `${readFileSync(file, "utf8")}\n${sections}\n`);
  }
  hook(name, port, more = "") {
    return `[[notify.webhook]]\nname = "${name}"\nurl = "https://127.0.0.1:${port}/hook?a=b"\nsecret_file = "${this.machine.at("secret")}"
ca_file = "${this.machine.at("certificates/ca.pem")}"\n${more}\n`;
  }
  mail(name, port, more = "") {
    return `[[notify.mail]]\nname = "${name}"\nserver = "127.0.0.1"\nport = ${port}\nfrom = "tier2@example.org"\nto = ["anna@example.org", "olga@example.org"]
ca_file = "${this.machine.at("certificates/ca.pem")}"\n${more}\n`;
  }
  async start() {
    this.port = await this.machine.start_cloud();
    const ca = readFileSync(this.machine.at("certificates/ca.pem"));
    const open = async (authorization) => {
      const link = new WebSocket(`wss://127.0.0.1:${this.port}/agent/v1`, "tier2.v1", { ca, perMessageDeflate: false,
        headers: { Authorization: authorization, "Tier2-Agent": this.agent } });
      link.heard = [];
      link.on("message", (bytes) => link.heard.push(JSON.parse(bytes)));
      await new Promise((done, fail) => link.once("open", done).once("error", fail));
      this.t.after(() => link.terminate());
      return link;
    };
    if (!this.enrolled) {
      const first = await open(`Enroll ${this.machine.cloud_tool("token", "create").trim()}`);
      first.send(JSON.stringify({ type: "enroll", key_digest: digest(this.key), hostname: "pc-1", os: "Debian 12", arch: "x86_64", version: "0.1.0" }));
      await eventually("the enrolment", () => first.heard.some((one) => one.type === "enrolled"));
      this.enrolled = true;
    }
    this.link = await open(`Bearer ${base64url(this.key)}`);
    this.link.send(JSON.stringify({ type: "hello", protocol: 1, version: "0.1.0", os: "Debian 12", hostname: "pc-1", boot_id: randomUUID(), groups: [], capabilities: [] }));
  }
  /** The ids of these alerts; all are acknowledged, that is committed. */
  async raise(...titles) {
    const ids = titles.map((title) => {
      const id = randomUUID();
      const alert = typeof title === "string" ? { title } : title;
      this.link.send(JSON.stringify({ type: "alert", id, severity: "error", source: "disk", body: "", at: new Date().toISOString(), labels: {}, dedupe_key: "",
        suppressed: 0, ...alert }));
      return id;
    });
    await eventually("the acknowledgements", () => ids.every((id) => this.link.heard.some((one) => one.type === "ack" && one.id === id)));
    return ids;
  }
  /** How it stands with the receivers, by name. */
  async receivers() {
    const token = this.token ??= this.machine.cloud_tool("api-token", "create", "--name", "look", "--scope", "alerts:read").trim();
    const origin = this.machine.cloud.log.match(/console is at (https:\/\/127\.0\.0\.1:\d+)/)[1];
    const ca = readFileSync(this.machine.at("certificates/ca.pem"));
    const text = await new Promise((done, fail) => https.get(`${origin}/api/v1/alerts/receivers`, { ca, headers: { Authorization: `Bearer ${token}` } }, (answer) => {
      let all = "";
      answer.on("data", (piece) => { all += piece; });
      answer.on("end", () => done(all));
    }).on("error", fail));
    return Object.fromEntries(JSON.parse(text).items.map((one) => [one.name, one]));
  }
}

/** A receiver whose `behave(request, response, body)` decides; keeps what came. */
async function receiver(t, certificate, behave = (request, response) => response.end()) {
  const came = [];
  const open = new Set();
  const server = https.createServer(certificate, (request, response) => {
    let body = "";
    request.on("data", (piece) => { body += piece; });
    request.on("end", () => {
      came.push({ headers: request.headers, url: request.url, body, json: JSON.parse(body) });
      behave(request, response, came.length);
    });
  });
  server.on("connection", (socket) => { open.add(socket); socket.on("close", () => open.delete(socket)); socket.on("error", () => {}); });
  server.on("tlsClientError", () => {});
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const close = () => { server.close(); for (const socket of open) socket.destroy(); };
  t.after(close);
  return { came, port: server.address().port, close, titles: () => came.map((one) => one.json.data.title) };
}

/** A mail server of Debian's aiosmtpd: says each mail it took as a line of JSON. */
async function mail_server(on, mode = "starttls", login = "", port = undefined) {
  port ??= await free_port();
  const started = on.machine.start("smtp", "/usr/bin/python3", [smtp_program, port, mode, on.machine.at("certificates/server.pem"),
    on.machine.at("certificates/server.key"), login]);
  await started.said("ready\n");
  const lines = () => started.log.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  return { port, started, mails: () => lines().filter((one) => one.text !== undefined), logins: () => lines().filter((one) => one.login !== undefined) };
}

function check_signature({ headers, body }) {
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  assert.equal(headers["webhook-signature"], `v1,${createHmac("sha256", key).update(signed).digest("base64")}`);
  assert.ok(Math.abs(Date.now() / 1000 - Number(headers["webhook-timestamp"])) < 300);
}

test("a webhook hears of each alert that weighs enough, once, signed as Standard Webhooks has it", { timeout: 120_000 }, async (t) => {
  const on = new telling(t);
  const chat = await receiver(t, on.certificate());
  on.configure(on.hook("chat", chat.port, 'severity = "warning"'));
  await on.start();
  const [, first] = await on.raise({ title: "too little", severity: "info" }, { title: "one <b>\u202e", severity: "warning", body: "text", labels: { a: "b" } }, "two");
  await eventually("two messages", () => chat.came.length === 2);
  chat.came.forEach(check_signature);
  assert.deepEqual(chat.titles(), ["one <b>\u202e", "two"]);
  const { url, json, headers } = chat.came[0];
  assert.equal(url, "/hook?a=b");
  assert.equal(headers["content-type"], "application/json");
  assert.equal(headers["webhook-id"], `alert_${on.agent}_${first}`);
  assert.equal(json.type, "alert.raised");
  assert.deepEqual(json.data.labels, { a: "b" });
  assert.equal(json.data.hostname, "pc-1");
  assert.match(json.data.url, new RegExp(`^https://127.0.0.1:\\d+/machines/${on.agent}$`));
  await eventually("nothing to wait", async () => (await on.receivers()).chat.waiting === 0);
  const { chat: state } = await on.receivers();
  assert.deepEqual([state.sent, state.dropped, state.given_up, state.problem, state.failing_since], [2, 0, 0, "", null]);
  assert.equal(chat.came.length, 2);
});

test("a receiver that fails is told again until it takes it, with the same id; what it says is bounded and no redirect is followed", { timeout: 180_000 }, async (t) => {
  const on = new telling(t);
  const elsewhere = await receiver(t, on.certificate());
  const ways = [
    (request, response) => { response.statusCode = 500; response.end("x"); },
    (request) => request.socket.destroy(),
    (request, response) => { response.writeHead(200, { "Content-Length": 1000 }); response.write("half"); request.socket.end(); },
    (request, response) => { response.writeHead(302, { Location: `https://127.0.0.1:${elsewhere.port}/` }); response.end(); },
    (request, response) => { // without end
      response.writeHead(200);
      const more = () => { while (!response.destroyed && response.write("x".repeat(65536))); };
      response.on("drain", more);
      more();
    },
  ];
  const shaky = await receiver(t, on.certificate(), (request, response, count) => ways[count - 1](request, response));
  on.configure(on.hook("shaky", shaky.port));
  await on.start();
  await on.raise("one");
  await eventually("five attempts", () => shaky.came.length === 5, 90);
  await eventually("it counts as told", async () => (await on.receivers()).shaky.sent === 1);
  assert.equal(new Set(shaky.came.map((one) => one.headers["webhook-id"])).size, 1);
  shaky.came.forEach(check_signature);
  assert.equal(elsewhere.came.length, 0);
  for (const words of ["answered 500", "closed the connection", "answered 302. Redirects are not followed"]) assert.ok(on.machine.cloud.log.includes(words), `${words}\n${on.machine.cloud.log}`);
});

test("a receiver that is away, hangs, or has a wrong certificate holds up neither the other one nor the agent", { timeout: 180_000 }, async (t) => {
  const on = new telling(t);
  on.machine.certificates("strangers");
  const good = await receiver(t, on.certificate());
  const hanging = await receiver(t, on.certificate(), () => {});
  const stranger = await receiver(t, on.certificate("strangers"));
  const away = await free_port();
  on.configure(on.hook("away", away) + on.hook("hanging", hanging.port) + on.hook("stranger", stranger.port) + on.hook("good", good.port));
  await on.start();
  await on.raise("one", "two", "three"); // acknowledged
  await eventually("all three", () => good.came.length === 3);
  await eventually("the others to have failed", async () => {
    const all = await on.receivers();
    return all.away.problem.includes("Nothing answers") && all.stranger.problem.includes("is not one that is trusted here") && hanging.came.length > 0;
  });
  assert.equal(stranger.came.length, 0);
  const state = (await on.receivers()).away;
  assert.equal(state.waiting, 3);
  assert.ok(state.failing_since);
  await on.machine.cloud.stop(); // within its time, whatever hangs
  assert.equal(on.machine.cloud.child.exitCode, 0, on.machine.cloud.log);
});

test("killed between the commit and the sending, the cloud tells it after its restart", { timeout: 120_000 }, async (t) => {
  const on = new telling(t);
  const port = await free_port();
  on.configure(on.hook("late", port));
  await on.start();
  await on.raise("one", "two"); // committed; nobody listens at that port
  await on.machine.cloud.stop("SIGKILL");
  const came = [];
  const server = https.createServer(on.certificate(), (request, response) => {
    let body = "";
    request.on("data", (piece) => { body += piece; });
    request.on("end", () => { came.push(JSON.parse(body).data.title); response.end(); });
  });
  await new Promise((done) => server.listen(port, "127.0.0.1", done));
  t.after(() => { server.close(); server.closeAllConnections?.(); });
  await on.start();
  await eventually("both", () => new Set(came).size === 2, 60);
  assert.deepEqual([...new Set(came)].sort(), ["one", "two"]);
});

test("killed while a receiver has the message and has not answered, the cloud sends it again as the same one", { timeout: 120_000 }, async (t) => {
  const on = new telling(t);
  let answers = false;
  const holding = await receiver(t, on.certificate(), (request, response) => { if (answers) response.end(); });
  on.configure(on.hook("holding", holding.port));
  await on.start();
  await on.raise("only once");
  await eventually("it to arrive", () => holding.came.length === 1);
  await on.machine.cloud.stop("SIGKILL");
  answers = true;
  await on.start();
  await eventually("it to arrive again", () => holding.came.length === 2, 60);
  assert.equal(holding.came[1].headers["webhook-id"], holding.came[0].headers["webhook-id"]);
  for (const each of holding.came) check_signature(each);
  await eventually("nothing to wait", async () => (await on.receivers()).holding.waiting === 0);
});

test("a mail server that hangs up in the middle of a mail gets it whole at the next attempt", { timeout: 120_000 }, async (t) => {
  const on = new telling(t);
  let broken = 0;
  const rude = net.createServer((socket) => { // plain SMTP up to the first bytes of the mail
    socket.on("error", () => {});
    socket.write("220 rude\r\n");
    socket.on("data", (bytes) => {
      const word = bytes.toString().slice(0, 4).toUpperCase();
      if (word === "EHLO" || word === "MAIL" || word === "RCPT") return socket.write("250 OK\r\n");
      if (word === "DATA") return socket.write("354 go\r\n");
      ++broken;
      socket.destroy();
    });
  });
  await new Promise((done) => rude.listen(0, "127.0.0.1", done));
  const { port } = rude.address();
  on.configure(on.mail("desk", port, 'tls = "none"'));
  await on.start();
  await on.raise("whole");
  await eventually("a broken attempt", () => broken === 1);
  await new Promise((done) => rude.close(done));
  const server = await mail_server(on, "plain", "", port);
  await eventually("the mail", () => server.mails().length === 1, 60);
  assert.match(server.mails()[0].subject, /whole/);
});

test("a mail goes by STARTTLS with a password, and no title makes a header", { timeout: 120_000 }, async (t) => {
  const on = new telling(t);
  const server = await mail_server(on, "starttls", "tier2:a pass\u00e4word");
  on.configure(on.mail("desk", server.port, `user = "tier2"\npassword_file = "${on.machine.at("password")}"`));
  await on.start();
  await on.raise({ title: "Full\r\nBcc: evil@example.org\r\n\r\nHello =?UTF-8?B?eA==?= \u00e4\u65e5\u{1f4a5}\u202e", severity: "critical", body: "line 1\r\n.\r\nline 2" });
  await eventually("a mail", () => server.mails().length === 1);
  const [mail] = server.mails();
  assert.deepEqual(mail.to, ["anna@example.org", "olga@example.org"]);
  assert.equal(mail.from, "tier2@example.org");
  assert.equal(mail.tls, true);
  assert.deepEqual(server.logins().at(-1), { login: "tier2", good: true });
  assert.deepEqual(mail.headers.map(([name]) => name).filter((name) => !name.startsWith("X-")), ["Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Content-Type",
    "Content-Transfer-Encoding", "Auto-Submitted"]);
  assert.equal(mail.subject, "[critical] pc-1: Full  Bcc: evil@example.org    Hello =?UTF-8?B?eA==?= \u00e4\u65e5\u{1f4a5}?");
  assert.equal(mail.type, "text/plain; charset=utf-8");
  assert.match(mail.text, /^critical, .*\n {4}pc-1: Full {2}Bcc: evil/);
  assert.match(mail.text, /\n {4}line 1 \n {4}\. \n {4}line 2\n/);
  assert.ok(!on.machine.cloud.log.includes("pass"), "no password in the log");
});

test("a storm makes one mail a minute at most: the rest is gathered into the next", { timeout: 240_000 }, async (t) => {
  const on = new telling(t);
  const server = await mail_server(on, "tls");
  on.configure(on.mail("desk", server.port, 'tls = "tls"'));
  await on.start();
  await on.raise("first");
  await eventually("a mail", () => server.mails().length === 1);
  await on.raise(...Array.from({ length: 60 }, (_, i) => `storm ${i}`));
  await eventually("the first to count as told", async () => (await on.receivers()).desk.waiting === 60);
  await eventually("the digest", () => server.mails().length === 2, 90);
  const [one, digest_mail] = server.mails();
  assert.ok(Date.parse(digest_mail.date) - Date.parse(one.date) >= 59_000, "a minute is between them");
  assert.match(digest_mail.subject, /^\[error\] 60 alerts, such as storm/);
  for (const words of ["storm 0\n", "storm 49\n", "And 10 more"]) assert.ok(digest_mail.text.includes(words), digest_mail.text);
  await eventually("nothing to wait", async () => (await on.receivers()).desk.waiting === 0);
});

test("\"notify test\" sends to each receiver and says in words what is wrong", { timeout: 120_000 }, async (t) => {
  const on = new telling(t);
  on.machine.certificates("strangers");
  const good = await receiver(t, on.certificate());
  const stranger = await receiver(t, on.certificate("strangers"));
  const angry = await receiver(t, on.certificate(), (request, response) => { response.statusCode = 403; response.end(); });
  const plain = await mail_server(on, "plain");
  const guarded = await mail_server(on, "starttls", "tier2:another");
  const away = await free_port();
  const run = () => new Promise((done) => { // not in this thread, where the receivers are
    execFile(programs.cloud, ["--config", on.machine.at("cloud.toml"), "notify", "test"], { encoding: "utf8" },
      (why, stdout, stderr) => done({ code: why ? why.code : 0, said: `${stdout}${stderr}` }));
  });
  on.configure("");
  assert.match((await run()).said, /Nobody is told of alerts/);
  on.configure(on.hook("good", good.port));
  assert.deepEqual(await run(), { code: 0, said: "good (webhook): sent\n" });
  check_signature(good.came[0]);
  assert.equal(good.came[0].json.type, "test");
  on.configure(on.hook("good", good.port) + on.hook("away", away) + on.hook("stranger", stranger.port) + on.hook("angry", angry.port) +
    on.mail("no-tls", plain.port) + on.mail("no-password", guarded.port, `user = "tier2"\npassword_file = "${on.machine.at("password")}"`) + on.mail("loopback", plain.port, 'tls = "none"'));
  const { code, said } = await run();
  assert.equal(code, 1);
  for (const words of ["good (webhook): sent\n", "away (webhook): Nothing answers at 127.0.0.1:", "stranger (webhook): The certificate of 127.0.0.1:", "angry (webhook): The receiver 127.0.0.1:",
    "answered 403", "no-tls (mail): The mail server 127.0.0.1:", "offers no STARTTLS", "no-password (mail): The mail server 127.0.0.1:", "refused the user and password", "loopback (mail): sent\n",
    "5 of 7 receivers could not be told"]) assert.ok(said.includes(words), `${words}\n${said}`);
  assert.equal(plain.mails().length, 1);
  assert.match(plain.mails()[0].subject, /a test of loopback/);
});

test("a secret that others may read, or that is none, keeps the cloud from starting, in words", async (t) => {
  const on = new telling(t);
  on.machine.write("secret", "hello\n");
  on.configure(on.hook("chat", 1));
  const run = () => {
    try {
      execFileSync(programs.cloud, ["--config", on.machine.at("cloud.toml"), "serve"], { encoding: "utf8", timeout: 20_000, stdio: ["ignore", "pipe", "pipe"] });
      return "";
    } catch (why) {
      return why.stderr;
    }
  };
  assert.match(run(), /must hold "whsec_" and the base64 of 24 to 64 bytes/);
  execFileSync("chmod", ["644", on.machine.at("secret")]);
  assert.match(run(), /chmod/);
});
