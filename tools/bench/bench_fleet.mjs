// One cloud with many connected agents (of npm's ws, in worker processes): memory an agent, and the time for one command to
// reach all and all answers to be stored. See README.md.
import { execFileSync, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { eventually, memory_kib, require_demo, stand } from "./stand.mjs";

const { values: given } = parseArgs({ options: { agents: { type: "string", default: "5000" }, worker: { type: "string" } } });

/** A worker's part of the fleet: enrols each, stays connected, answers commands at once. */
async function be_agents({ port, ca, token, count }) {
  const { WebSocket } = require_demo("ws");
  const keys = keys_with_digests(count);
  const where = `wss://127.0.0.1:${port}/agent/v1`;
  const connect = (headers) => new WebSocket(where, "tier2.v1", { ca, headers, perMessageDeflate: false });
  const enrol = (agent, key) => new Promise((done, failed) => {
    const link = connect({ authorization: `Enroll ${token}`, "tier2-agent": agent });
    link.on("open", () => link.send(JSON.stringify({ type: "enroll", key_digest: key.digest, hostname: `pc-${agent.slice(0, 8)}`, os: "bench", arch: "x86_64", version: "0" })));
    link.on("message", () => link.close());
    link.on("close", done).on("error", failed);
  });
  const stay = (agent, key) => new Promise((done, failed) => {
    const link = connect({ authorization: `Bearer ${key.bytes.toString("base64url")}`, "tier2-agent": agent });
    link.on("open", () => {
      link.send(JSON.stringify({ type: "hello", protocol: 1, version: "0", os: "bench", hostname: `pc-${agent.slice(0, 8)}`, boot_id: randomUUID(), groups: [], capabilities: ["commands"] }));
      done();
    });
    link.on("error", failed).on("message", (text) => {
      const message = JSON.parse(text);
      if (message.type !== "command") return;
      const { jti } = JSON.parse(Buffer.from(message.jws.split(".")[1], "base64url"));
      link.send(JSON.stringify({ type: "accepted", ref: message.ref, jti }));
      link.send(JSON.stringify({ type: "exit", jti, reason: "finished", code: 0, duration_ms: 1, bytes: { stdout: 0, stderr: 0 }, truncated: false, output_lost: false }));
    });
  });
  let made = 0;
  const one = async () => {
    while (made < count) {
      ++made;
      const agent = randomUUID();
      const key = keys.pop();
      await enrol(agent, key);
      await stay(agent, key);
    }
  };
  await Promise.all(Array.from({ length: 16 }, one));
  process.send("connected");
}

/** Node has no BLAKE2b of 256 bits, Python has. */
function keys_with_digests(count) {
  const text = execFileSync("python3", ["-c", `import os, hashlib
for _ in range(${count}):
    key = os.urandom(32)
    print(key.hex(), hashlib.blake2b(key, digest_size=32).hexdigest())`], { encoding: "utf8", maxBuffer: 1 << 26 });
  return text.trim().split("\n").map((line) => ({ bytes: Buffer.from(line.slice(0, 64), "hex"), digest: line.slice(65) }));
}

async function main() {
  const one = new stand();
  const workers = [];
  try {
    await one.start_cloud();
    const agents = Number(given.agents);
    const token = one.cloud_tool("token", "create", "--uses", String(agents + 10));
    const before = memory_kib(one.cloud.pid);
    const parts = 4;
    let connected = 0;
    const began = Date.now();
    for (let i = 0; i < parts; ++i) {
      const worker = fork(fileURLToPath(import.meta.url), ["--worker", JSON.stringify({ port: one.agents_port, ca: one.ca.toString(), token, count: Math.ceil(agents / parts) })]);
      worker.on("message", () => { ++connected; });
      workers.push(worker);
    }
    await eventually("all agents", () => connected === parts || workers.some((each) => each.exitCode !== null), 1200);
    if (connected !== parts) throw new Error("a part of the fleet failed");
    const total = Math.ceil(agents / parts) * parts;
    console.log(`${total} agents enrolled and connected in ${((Date.now() - began) / 1000).toFixed(0)} s`);
    const after = memory_kib(one.cloud.pid);
    console.log(`  the cloud's memory: ${(before / 1024).toFixed(0)} MiB before, ${(after / 1024).toFixed(0)} MiB with all: ${((after - before) / total).toFixed(1)} KiB an agent`);
    const signed = await one.sign({ run: { shell: "exec", argv: ["true"], as: "system" } }, await one.fleet());
    const started = Date.now();
    const posted = await one.post(signed);
    const taken = Date.now() - started;
    await eventually("all answers", async () => {
      const { json } = await one.ask("GET", `commands?limit=1`);
      return json.items[0].counts.exited === total;
    }, 600);
    console.log(`  one command to ${posted.agents.length} agents: taken after ${taken} ms, all exits stored after ${Date.now() - started} ms`);
  } finally {
    for (const each of workers) each.kill();
    await one.end();
  }
}

if (given.worker) await be_agents(JSON.parse(given.worker));
else await main();
