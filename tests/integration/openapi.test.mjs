// openapi.json held against the running server: each documented operation answers, and each answer, success or error, is
// one that the document allows.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import https from "node:https";
import { createRequire } from "node:module";
import test from "node:test";
import { eventually, machine } from "./support.mjs";

const require = createRequire(new URL("../../tools/demo/package.json", import.meta.url));
const Ajv = require("ajv/dist/2020").default;
const add_formats = require("ajv-formats");
const { WebSocket } = require("ws");

/** BLAKE2b-256, which Node does not have. */
const digest = (bytes) => execFileSync("b2sum", ["-l", "256"], { input: bytes, encoding: "utf8" }).slice(0, 64);
const base64url = (bytes) => Buffer.from(bytes).toString("base64url");

/** A command as any integrator makes one; the server does not look at the signature. */
function command_for(agent, more = {}) {
  const now = Math.floor(Date.now() / 1000);
  const claims = { aud: agent, iat: now, exp: now + 600, jti: randomUUID(),
    cmd: { run: { shell: "sh", script: "echo hello", as: "system" } }, ...more };
  const parts = [JSON.stringify({ alg: "ES256", typ: "tier2-command+jwt", kid: "k" }), JSON.stringify(claims), randomBytes(64)];
  return { jti: claims.jti, jws: parts.map(base64url).join(".") };
}

/** An agent as the protocol has it. */
class agent_link {
  heard = [];
  constructor(port, ca, headers) {
    this.link = new WebSocket(`wss://127.0.0.1:${port}/agent/v1`, "tier2.v1", { ca, headers, perMessageDeflate: false });
    this.link.on("message", (bytes) => this.heard.push(JSON.parse(bytes)));
    this.open = new Promise((done, fail) => this.link.once("open", done).once("error", fail));
  }
  say(message) { this.link.send(JSON.stringify(message)); }
  frame(kind, id, part, bytes) {
    const head = Buffer.alloc(29);
    head[0] = kind;
    Buffer.from(id.replaceAll("-", ""), "hex").copy(head, 1);
    head.writeUInt32BE(part, 17);
    this.link.send(Buffer.concat([head, bytes]));
  }
  async hear(fits) {
    await eventually("a message from the cloud", () => this.heard.some(fits));
    return this.heard.find(fits);
  }
}

test("every documented operation answers, and every answer fits the document", { timeout: 300_000 }, async (t) => {
  const one = new machine(t);
  one.certificates();
  one.write_cloud({});
  one.write("password", "a long password\n");
  one.cloud_tool("operator", "add", "olga", "--password-file", one.at("password"));
  const all = ["commands:write", "commands:read", "agents:read", "tickets:read", "tickets:write", "alerts:read", "alerts:write", "audit:read"];
  const token = one.cloud_tool("api-token", "create", "--name", "all", "--scope", ...all).trim();
  const weak = one.cloud_tool("api-token", "create", "--name", "weak", "--scope", "alerts:read").trim();
  const weaker = one.cloud_tool("api-token", "create", "--name", "weaker", "--scope", "audit:read").trim();
  const enrolment = one.cloud_tool("token", "create").trim();
  const agents_port = await one.start_cloud();
  const console_port = Number(one.cloud.log.match(/console is at https:\/\/127\.0\.0\.1:(\d+)/)[1]);
  const origin = `https://127.0.0.1:${console_port}`;
  const ca = readFileSync(one.at("certificates/ca.pem"));

  /** One request; an event stream is read to its end. */
  const raw = (method, target, headers = {}, body) => new Promise((done, fail) => {
    const sent = https.request(`${origin}${target}`, { method, headers, ca }, (answer) => {
      const pieces = [];
      answer.on("data", (piece) => pieces.push(piece));
      answer.on("end", () => done({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(pieces) }));
    });
    sent.on("error", fail);
    if (body !== undefined) sent.setHeader("Content-Length", Buffer.byteLength(body));
    sent.end(body);
  });

  const document = JSON.parse((await raw("GET", "/api/v1/openapi.json")).body);
  const ajv = new Ajv({ strict: true, allErrors: true, allowUnionTypes: true, strictRequired: false });
  add_formats(ajv);
  ajv.addKeyword("components");
  ajv.addSchema({ $id: "document", components: document.components });
  const absolute = (schema) => JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"document#/components'));
  const check = (schema, value, where) => {
    const fits = ajv.compile(absolute(schema));
    assert.ok(fits(value), `${where}: ${ajv.errorsText(fits.errors)}\n${JSON.stringify(value)}`);
  };
  for (const [name, schema] of Object.entries(document.components.schemas)) assert.ok(ajv.compile(absolute(schema)), name);

  const seen = new Map(); // "method path" -> statuses
  async function ask(method, template, { values = {}, query = "", headers = {}, body, status } = {}) {
    const operation = document.paths[template][method];
    let target = template;
    for (const [name, value] of Object.entries(values)) target = target.replace(`{${name}}`, value);
    const answer = await raw(method.toUpperCase(), target + query, headers, body);
    const where = `${method} ${target}${query}: ${answer.status} ${answer.body.subarray(0, 500)}`;
    const documented = operation.responses[String(answer.status)];
    assert.ok(documented, `not documented: ${where}`);
    if (status !== undefined) assert.equal(answer.status, status, where);
    const key = `${method} ${template}`;
    seen.set(key, (seen.get(key) ?? new Set()).add(answer.status));
    if (!documented.content) return assert.equal(answer.body.length, 0, where), answer;
    const type = answer.headers["content-type"].split(";")[0];
    assert.ok(type in documented.content, `${type} is not documented: ${where}`);
    if (type === "application/json") {
      answer.json = JSON.parse(answer.body);
      check(documented.content[type].schema, answer.json, where);
    }
    for (const name of Object.keys(documented.headers ?? {})) assert.ok(name.toLowerCase() in answer.headers, where);
    return answer;
  }

  // An agent, a ticket, an alert and a command that has run.
  const agent = randomUUID();
  const key = randomBytes(32);
  const enrolling = new agent_link(agents_port, ca, { Authorization: `Enroll ${enrolment}`, "Tier2-Agent": agent });
  await enrolling.open;
  enrolling.say({ type: "enroll", key_digest: digest(key), hostname: "pc-1", os: "Debian 12", arch: "x86_64", version: "0.1.0" });
  await enrolling.hear((message) => message.type === "enrolled");
  const link = new agent_link(agents_port, ca, { Authorization: `Bearer ${base64url(key)}`, "Tier2-Agent": agent });
  await link.open;
  t.after(() => { enrolling.link.terminate(); link.link.terminate(); });
  link.say({ type: "hello", protocol: 1, version: "0.1.0", os: "Debian 12", hostname: "pc-1", boot_id: randomUUID(), groups: ["all"], capabilities: ["run"] });
  link.say({ type: "heartbeat", at: new Date().toISOString(), actors: [{ program: "tier2-service", session: "", name: "link", state: "up",
    restarts: 0, mailbox: 0, handled: 1, last_error: "", idle_s: 0, p50_us: 1, p99_us: 2, counters: { busy: 1 } }] });
  const alert = randomUUID();
  link.say({ type: "alert", id: alert, severity: "warning", source: "command", title: "t", body: "b", at: new Date().toISOString(),
    labels: { kid: "k" }, dedupe_key: "", suppressed: 0 });
  await link.hear((message) => message.type === "ack" && message.id === alert);
  const ticket = randomUUID();
  const at = new Date().toISOString();
  const picture = Buffer.from("no real picture");
  const manifest = Buffer.from(JSON.stringify({ ticket, opened_at: at, host: "h", user: "u", session: "1",
    form: { name: "", email: "", phone: "", business: "", message: "m", urgency: "", choices: { a: "b" } },
    monitors: [{ name: "DP-1", x: 0, y: 0, width: 100, height: 100, scale: 1 }],
    steps: [{ part: 0, at, trigger: "click_left", x: 1, y: 2, window: "w", application: "a", redactions: 0 }],
    parts: [{ part: 0, name: "a.png", media_type: "image/png", bytes: picture.length, blake2b: digest(picture) }], left_out: 0 }));
  link.say({ type: "ticket_begin", ticket, manifest: base64url(manifest), consent: { mode: "asked", at, digest: digest(manifest) },
    origin: { uid: "1000", user: "u", session: "1" } });
  link.frame(2, ticket, 0, picture);
  link.say({ type: "ticket_end", ticket, consent_digest: digest(manifest) });
  const stored = await link.hear((message) => message.type === "ticket_state" && (message.number || message.error));
  assert.equal(stored.number, "1", stored.error);

  const by = (text) => ({ Authorization: `Bearer ${text}`, "Content-Type": "application/json" });
  const page = { Origin: origin, "Content-Type": "application/json" };
  const session = await ask("post", "/api/v1/session", { headers: page, body: JSON.stringify({ name: "olga", password: "a long password" }), status: 200 });
  const cookie = { Cookie: session.headers["set-cookie"][0].split(";")[0] };
  const command = command_for(agent);
  const id = { id: command.jti };
  const post = (body, headers = by(token)) => ask("post", "/api/v1/commands", { headers, body });
  assert.equal((await post(JSON.stringify({ jws: command.jws }))).status, 202);
  assert.equal((await post(JSON.stringify({ jws: command.jws }))).status, 200);
  await link.hear((message) => message.type === "command");
  link.say({ type: "accepted", ref: command.jti, jti: command.jti });
  link.frame(1, command.jti, 1, Buffer.from("hello\n"));
  link.frame(1, command.jti, 2, Buffer.from([0xff, 0]));
  link.say({ type: "exit", jti: command.jti, reason: "finished", code: 0, duration_ms: 5, bytes: { stdout: 6, stderr: 2 }, truncated: false, output_lost: false });
  await link.hear((message) => message.type === "ack" && message.of === "exit");
  const second = command_for([agent, randomUUID()]);
  await post(JSON.stringify({ jws: second.jws }));
  await link.hear((message) => message.ref === second.jti);
  link.say({ type: "rejected", ref: second.jti, jti: second.jti, reason: "busy", detail: "" });
  const killed = command_for(agent);
  await post(JSON.stringify({ jws: killed.jws }));
  await link.hear((message) => message.ref === killed.jti);
  link.say({ type: "exit", jti: killed.jti, reason: "timed_out", code: 0, signal: 9, duration_ms: 5, bytes: { stdout: 0, stderr: 0 }, truncated: true, output_lost: true });
  await link.hear((message) => message.type === "ack" && message.id === killed.jti);

  // What succeeds, by session and by token.
  for (const headers of [cookie, by(token)]) {
    await ask("get", "/api/v1/tickets", { headers, query: "?q=m&sort=number&order=asc&limit=5&offset=0", status: 200 });
    await ask("get", "/api/v1/tickets/{number}", { headers, values: { number: 1 }, status: 200 });
    await ask("get", "/api/v1/tickets/{number}/parts/{part}", { headers, values: { number: 1, part: 0 }, status: 200 });
    await ask("get", "/api/v1/tickets/{number}/manifest", { headers, values: { number: 1 }, status: 200 });
    await ask("get", "/api/v1/tickets", { headers, query: `?agent=${agent}&user=anna&since=2026-01-01T00:00:00Z`, status: 200 });
    await ask("get", "/api/v1/commands", { headers, query: `?limit=1&agent=${agent}&state=ended`, status: 200 });
    for (const each of [command, second, killed]) await ask("get", "/api/v1/commands/{id}", { headers, values: { id: each.jti }, status: 200 });
    for (const stream of ["stdout", "stderr"])
      await ask("get", "/api/v1/commands/{id}/agents/{agent}/{stream}", { headers, values: { ...id, agent, stream }, status: 200 });
    await ask("get", "/api/v1/agents", { headers, query: "?q=pc&group=all&state=approved&connected=true&limit=1", status: 200 });
    const machine_now = await ask("get", "/api/v1/agents/{id}", { headers, values: { id: agent }, status: 200 });
    assert.equal(machine_now.json.actors.length, 1);
    const alerts = await ask("get", "/api/v1/alerts", { headers, query: `?severity=warning&agent=${agent}&q=t&limit=5`, status: 200 });
    const changes = headers === cookie ? { ...cookie, ...page } : headers;
    await ask("get", "/api/v1/alerts/receivers", { headers, status: 200 });
    await ask("get", "/api/v1/alerts/count", { headers, query: `?severity=error&agent=${agent}`, status: 200 });
    await ask("post", "/api/v1/alerts/{agent}/{id}/acknowledge", { headers: changes, values: { agent, id: alert }, body: JSON.stringify({ note: "seen" }), status: 200 });
    await ask("post", "/api/v1/alerts/acknowledge", { headers: changes, body: JSON.stringify({ until: alerts.json.items[0].seq, from: 1, severity: "info", q: "t", agent }), status: 200 });
    await ask("get", "/api/v1/audit", { headers, query: "?limit=2", status: 200 });
    await ask("get", "/api/v1/retention", { headers, status: 200 });
    assert.equal((await ask("get", "/api/v1/retention", { headers, query: "?label=till&days=30", status: 200 })).json.deletes, 0);
    const stream = await ask("get", "/api/v1/commands/{id}/output", { headers, values: id, status: 200 });
    const events = stream.body.toString().split("\n\n").filter((text) => text.startsWith("id: ")).map((text) => ({
      name: text.match(/^event: (.*)$/m)[1], data: JSON.parse(text.match(/^data: (.*)$/m)[1]) }));
    const kinds = { output: "output_event", state: "delivery" };
    for (const { name, data } of events)
      if (name !== "end") check({ $ref: `#/components/schemas/${kinds[name]}` }, data, name);
    assert.deepEqual(events.map(({ name }) => name), ["state", "state", "output", "output", "state", "end"]);
  }
  await ask("get", "/api/v1/session", { headers: cookie, status: 200 });
  await ask("get", "/api/v1/openapi.json", { status: 200 });
  await ask("post", "/api/v1/commands/{id}/withdraw", { headers: by(token), values: id, body: "{}", status: 200 });
  link.say({ type: "hello", protocol: 1, version: "0.1.0", os: "Debian 12", hostname: "pc-1", boot_id: randomUUID(), groups: ["all", "later"], capabilities: ["run"] });
  const mark = randomUUID();
  link.say({ type: "alert", id: mark, severity: "info", source: "s", title: "t", body: "b", at, labels: {}, dedupe_key: "", suppressed: 0 });
  await link.hear((message) => message.type === "ack" && message.id === mark);
  assert.equal(one.cloud_tool("agent", "groups", agent), "all\tconfirmed\nlater\tclaimed\n");
  const confirm = (groups, status) => ask("post", "/api/v1/agents/{id}/groups", { headers: { ...cookie, ...page }, values: { id: agent }, body: JSON.stringify({ groups }), status });
  assert.deepEqual((await confirm(["later"], 200)).json.claimed_groups, []);
  await confirm(["other"], 409);
  await confirm([], 400);
  const describe = (body, status) => ask("post", "/api/v1/agents/{id}/about", { headers: { ...cookie, ...page }, values: { id: agent }, body: JSON.stringify(body), status });
  const described = (await describe({ display_name: "Front desk", note: "n", labels: ["till"] }, 200)).json;
  assert.deepEqual([described.display_name, described.labels], ["Front desk", ["till"]]);
  await describe({ labels: "till" }, 400);
  const keep = (body, status) => ask("post", "/api/v1/retention", { headers: { ...cookie, ...page }, body: JSON.stringify(body), status });
  await keep({ label: "till", days: 30 }, 200);
  assert.deepEqual((await keep({ days: 365 }, 200)).json, { days: 365, labels: [{ label: "till", days: 30 }] });
  for (const wrong of [{}, { days: -1 }, { days: 3651 }, { days: "30" }, { days: 1.5 }, { days: 1, label: "" }, { days: 1, label: "a,b" }, { days: 1, other: 2 }, [30]])
    await keep(wrong, 400);
  const forget = (query, status) => ask("delete", "/api/v1/retention", { headers: { ...cookie, ...page }, query, status });
  assert.equal((await ask("get", "/api/v1/retention", { headers: by(token), query: "?label=till", status: 200 })).json.deletes, 0);
  assert.deepEqual((await forget("?label=till", 200)).json, { days: 365, labels: [] });
  await forget("?label=till", 404);
  await ask("get", "/api/v1/agents", { headers: by(token), query: "?label=till&state=approved", status: 200 });
  for (const boot of [randomUUID(), randomUUID()].flatMap((one, i, both) => (i === 0 ? [one, both[1], one] : []))) {
    link.say({ type: "hello", protocol: 1, version: "0.1.0", os: "Debian 12", hostname: "pc-1", boot_id: boot, groups: ["all", "later"], capabilities: ["run"] });
    const between = randomUUID();
    link.say({ type: "alert", id: between, severity: "info", source: "s", title: "t", body: "b", at, labels: {}, dedupe_key: "", suppressed: 0 });
    await link.hear((message) => message.type === "ack" && message.id === between);
  }
  const suspected = await ask("get", "/api/v1/agents/{id}", { headers: by(token), values: { id: agent }, status: 200 });
  assert.equal(suspected.json.suspicion.reason, "boot_ids");
  await ask("post", "/api/v1/agents/{id}/dismiss", { headers: { ...cookie, ...page }, values: { id: agent }, body: "{}", status: 200 });
  assert.equal(one.cloud_tool("agent", "groups", agent, "--confirm"), "all\tconfirmed\nlater\tconfirmed\n");
  for (const way of ["revoke", "approve"])
    await ask("post", `/api/v1/agents/{id}/${way}`, { headers: { ...cookie, ...page }, values: { id: agent }, body: "{}", status: 200 });

  // What is refused.
  const nothing = randomUUID();
  const values = { id: nothing, agent, number: 999, part: 0, stream: "stdout" };
  for (const [template, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const has = (status) => String(status) in operation.responses;
      const body = method === "post" ? "{}" : undefined;
      const type = { "Content-Type": "application/json" };
      const only_session = !operation.security.some((way) => "token" in way);
      if (has(401) && operation.security.length !== 0) await ask(method, template, { values, headers: type, body, status: 401 });
      if (has(403) && operation.security.length !== 0) {
        const needs = operation.security.flatMap((way) => way.token ?? []);
        await ask(method, template, { values, headers: by(needs.includes("alerts:read") ? weaker : weak), body, status: 403 });
      }
      if (has(403) && operation.security.length === 0) await ask(method, template, { headers: { ...type, Origin: "https://evil.example" }, body, status: 403 });
      if (has(404) && template !== "/api/v1/commands")
        await ask(method, template, { values, headers: only_session ? { ...cookie, ...page } : by(token), body, status: 404 });
      if (has(415)) await ask(method, template, { values, headers: { ...cookie, Origin: origin, "Content-Type": "text/plain" }, body, status: 415 });
      if (has(400) && method === "get") {
        const there = { ...values, ...id, number: 1 };
        const query = ["limit", "before", "last_event_id", "offset", "severity", "days"].find((name) => operation.parameters.some((each) => each.name === name));
        await ask(method, template, { values: there, headers: by(token), query: `?${query}=x`, status: 400 });
      }
    }
  }
  await ask("post", "/api/v1/session", { headers: page, body: "{}", status: 400 });
  await ask("post", "/api/v1/session", { headers: page, body: JSON.stringify({ name: "olga", password: "wrong wrong" }), status: 401 });
  assert.equal((await post("{}")).status, 400);
  await ask("post", "/api/v1/alerts/acknowledge", { headers: by(token), body: "{}", status: 400 });
  await ask("post", "/api/v1/alerts/{agent}/{id}/acknowledge", { headers: by(token), values: { agent, id: alert }, body: "[]", status: 400 });
  const soon = Math.floor(Date.now() / 1000);
  assert.equal((await post(JSON.stringify({ jws: command_for(agent, { iat: soon, exp: soon + 86401 }).jws }))).json.error, "lifetime_too_long");
  assert.equal((await post(JSON.stringify({ jws: command_for(nothing).jws }))).status, 404);
  assert.equal((await post(JSON.stringify({ jws: command_for(agent, { iat: 1000, exp: 2000 }).jws }))).status, 410);
  assert.equal((await post(JSON.stringify({ jws: command_for(agent, { jti: command.jti, cmd: { run: { shell: "sh", script: "echo goodbye", as: "system" } } }).jws }))).status, 409);
  const gone = await ask("delete", "/api/v1/tickets/{number}", { headers: by(token), values: { number: 1 }, status: 200 });
  assert.equal(gone.json.by, "token:all");
  for (const below of ["", "/manifest", "/parts/{part}"])
    await ask("get", `/api/v1/tickets/{number}${below}`, { headers: by(token), values: { number: 1, part: 0 }, status: 410 });
  await ask("delete", "/api/v1/session", { headers: { ...cookie, ...page }, status: 204 });
  await ask("get", "/api/v1/session", { headers: cookie, status: 401 });

  // The command line beside the running server.
  assert.match(one.cloud_tool("audit", "verify"), /^\d+ rows fit together\. Last hash: [0-9a-f]{64}\n$/);
  assert.equal(JSON.parse(one.cloud_tool("agent", "list", "--json"))[0].agent, agent);
  assert.match(one.cloud_tool("api-token", "list"), /^all\tvalid\t.*\nweak\tvalid\talerts:read\t/);
  one.cloud_tool("api-token", "revoke", "weak");
  assert.equal((await raw("GET", "/api/v1/alerts", by(weak))).status, 401);
  const again = new agent_link(agents_port, ca, { Authorization: `Bearer ${base64url(key)}`, "Tier2-Agent": agent });
  await again.open;
  const over = new Promise((done) => again.link.once("close", done));
  one.cloud_tool("agent", "revoke", agent);
  assert.equal(await over, 4403);

  // Nothing documented was left out, but for what takes a broken or an overloaded server.
  const out_of_reach = new Set(["422", "429", "503"]);
  for (const [template, operations] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(operations))
      for (const status of Object.keys(operation.responses))
        if (!out_of_reach.has(status))
          assert.ok(seen.get(`${method} ${template}`)?.has(Number(status)), `${method} ${template} was never seen to answer ${status}`);
});
