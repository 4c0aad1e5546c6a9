// Machines for the cloud of console-support.mjs: agents of node's own, who do what a test tells them; and the signer.
import { execFileSync, spawn } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import WebSocket from "ws";

const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const build = process.env.TIER2_BUILD ?? path.join(here, "..", "..", "build");
export const ctl_program = path.join(build, "tools", "ctl", "tier2ctl");

const axe_core = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** axe-core's complaints; it runs in a world of its own, past the page's content security policy. */
export async function complaints(page, axe = axe_core) {
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send("Page.getFrameTree");
  const { executionContextId } = await session.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id });
  await session.send("Runtime.evaluate", { contextId: executionContextId, expression: axe });
  const { result, exceptionDetails } = await session.send("Runtime.evaluate", {
    contextId: executionContextId, awaitPromise: true, returnByValue: true,
    expression: "axe.run(document).then((found) => found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target + ' ' + n.failureSummary).join('; ')}`))",
  });
  if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
  return result.value;
}

export async function eventually(what, look, seconds = 30) {
  for (const end = Date.now() + seconds * 1000; ;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`in vain we waited for this: ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

const blake2b = (bytes) => execFileSync("python3", ["-c", "import hashlib,sys;print(hashlib.blake2b(bytes.fromhex(sys.argv[1]),digest_size=32).hexdigest())", bytes.toString("hex")], { encoding: "utf8" }).trim();

/** An enrolled, approved and connected machine. */
export async function startAgent(cloud, hostname, { groups = [], os = "debian 12", hardware } = {}) {
  const id = randomUUID();
  const secret = randomBytes(32);
  const key = secret.toString("base64url");
  const ca = readFileSync(cloud.file("cert.pem"));
  const agent = { id, commands: [], said: [] };
  const connect = (authorization) => new Promise((ready, fail) => {
    const socket = new WebSocket(`wss://127.0.0.1:${cloud.agents}/agent/v1`, ["tier2.v1"],
      { ca, perMessageDeflate: false, headers: { Authorization: authorization, "Tier2-Agent": id } });
    socket.on("message", (data, binary) => {
      if (binary) return;
      const message = JSON.parse(data);
      agent.said.push(message);
      if (message.type === "command") agent.commands.push({ ...message, claims: JSON.parse(Buffer.from(message.jws.split(".")[1], "base64url")) });
    });
    socket.on("open", () => ready(socket));
    socket.on("error", fail);
  });
  const say = (socket, message) => socket.send(JSON.stringify(message));
  const first = await connect(`Enroll ${cloud.tool(["token", "create"])}`);
  say(first, { type: "enroll", key_digest: blake2b(secret), hostname, os, arch: "x86_64", version: "0.1.0",
    ...(hardware ? { board_digest: blake2b(Buffer.from(hardware)), disk_digest: blake2b(Buffer.from(hardware)) } : {}) });
  await eventually("the enrolment", () => agent.said.some((one) => one.type === "enrolled"));
  first.close();
  if (agent.said.find((one) => one.type === "enrolled").state === "pending") cloud.tool(["agent", "approve", id]);
  const socket = await connect(`Bearer ${key}`);
  const hello = (names, boot = randomUUID()) => say(socket, { type: "hello", protocol: 1, version: "0.1.0", os, hostname, boot_id: boot, groups: names, capabilities: ["run", "tickets"], running: [] });
  hello(groups);
  say(socket, { type: "heartbeat", at: new Date().toISOString(), actors: [{ program: "tier2-service", session: "", name: "command", state: "up", restarts: 0,
    mailbox: 0, handled: 42, last_error: "", idle_s: 1, p50_us: 120, p99_us: 900, counters: {} }] });
  const bulk = (jti, part, offset, bytes) => {
    const head = Buffer.alloc(29);
    head.writeUInt8(1, 0);
    Buffer.from(jti.replaceAll("-", ""), "hex").copy(head, 1);
    head.writeUInt32BE(part, 17);
    head.writeBigUInt64BE(BigInt(offset), 21);
    socket.send(Buffer.concat([head, bytes]));
  };
  const written = {};
  return Object.assign(agent, {
    command: (at = 0) => eventually("a command", () => agent.commands[at]),
    accept: ({ ref, claims }) => say(socket, { type: "accepted", ref, jti: claims.jti }),
    reject: ({ ref, claims }, reason, detail) => say(socket, { type: "rejected", ref, jti: claims.jti, reason, detail }),
    write({ claims }, stream, text) {
      const part = stream === "stderr" ? 2 : 1;
      const bytes = Buffer.from(text);
      const at = `${claims.jti} ${part}`;
      for (let from = 0; from < bytes.length; from += 200_000) {
        const piece = bytes.subarray(from, from + 200_000);
        bulk(claims.jti, part, written[at] ?? 0, piece);
        written[at] = (written[at] ?? 0) + piece.length;
      }
    },
    exit({ claims }, code = 0) {
      say(socket, { type: "exit", jti: claims.jti, reason: "finished", code, signal: 0, duration_ms: 1234,
        bytes: { stdout: written[`${claims.jti} 1`] ?? 0, stderr: written[`${claims.jti} 2`] ?? 0 }, truncated: false, output_lost: false, detail: "" });
    },
    alert: (message) => say(socket, { type: "alert", id: randomUUID(), at: new Date().toISOString(), labels: {}, dedupe_key: "", suppressed: 0, ...message }),
    hello,
    stop: () => socket.terminate(),
  });
}

/** A signer with a key of its own; `file` waits for the next file that it wants opened in the browser. */
export async function startSigner(cloud, { url = cloud.url, ca = cloud.file("cert.pem"), token, port = 0 } = {}) {
  const place = cloud.file(`signer-${randomUUID()}`);
  mkdirSync(place, { mode: 0o700 });
  const at = (name) => path.join(place, name);
  execFileSync(ctl_program, ["keygen", "--out", at("key.pem"), "--public", at("key.pub")], { stdio: "ignore" });
  const secret = token ?? cloud.tool(["api-token", "create", "--name", `signer-${randomUUID().slice(0, 8)}`, "--scope", "commands:write",
    "--scope", "agents:read"]).split("\n").at(-1);
  writeFileSync(at("token"), `${secret}\n`, { mode: 0o600 });
  const child = spawn(ctl_program, ["signer", "--key", at("key.pem"), "--cloud", url, "--ca", ca, "--token-file", at("token"), "--port", String(port), "--print-file"],
    { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, XDG_RUNTIME_DIR: place, XDG_CONFIG_HOME: place } });
  let said = "";
  let files = "";
  child.stderr.on("data", (bytes) => { said += bytes; });
  child.stdout.on("data", (bytes) => { files += bytes; });
  const ended = new Promise((done) => child.once("exit", done));
  const address = await eventually(`the signer to start; it said: ${said}`, () => child.exitCode === null && said.match(/http:\/\/127\.0\.0\.1:\d+/)?.[0]);
  let opened = 0;
  return {
    address,
    public: at("key.pub"),
    file: async () => {
      const wanted = opened++;
      return eventually("a file to open", () => files.split("\n").slice(0, -1)[wanted]);
    },
    said: () => said,
    async stop() {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

export const fragment = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
