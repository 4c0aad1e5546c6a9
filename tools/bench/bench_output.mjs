// Output of a command, from the program to the bytes stored in the cloud, beside `ssh localhost cat` and a bare echo over a
// TLS WebSocket of npm's ws, in the same run. See README.md.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import https from "node:https";
import { parseArgs } from "node:util";
import { eventually, require_demo, stand } from "./stand.mjs";

const { values: given } = parseArgs({ options: { mebibytes: { type: "string", default: "200" }, runs: { type: "string", default: "3" } } });
const mebibytes = Number(given.mebibytes);
const runs = Number(given.runs);
const { WebSocket, WebSocketServer } = require_demo("ws");
const one = new stand();
const seconds = async (work) => {
  const began = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - began) / 1e9;
};

async function ours() {
  const signed = await one.sign({ run: { shell: "exec", argv: ["/bin/cat", one.at("data")], as: "system", max_output_bytes: 1 << 30, timeout_s: 3600 } });
  return seconds(async () => {
    await one.post(signed);
    await eventually("the end", async () => (await one.ask("GET", `commands/${signed.jti}`)).json.deliveries[0].state === "exited", 3600);
  });
}

function start_sshd() {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", one.at("host")]);
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", one.at("user")]);
  one.write("authorized", readFileSync(one.at("user.pub")));
  const port = 20000 + (process.pid % 20000);
  one.write("sshd_config", `Port ${port}\nListenAddress 127.0.0.1\nHostKey ${one.at("host")}\nAuthorizedKeysFile ${one.at("authorized")}\nStrictModes no\nPidFile none\nUsePAM no\nPermitRootLogin yes\n`);
  execFileSync("mkdir", ["-p", "/run/sshd"]);
  one.start("sshd", "/usr/sbin/sshd", ["-D", "-f", one.at("sshd_config")]);
  const words = ["-q", "-p", String(port), "-i", one.at("user"), "-o", "StrictHostKeyChecking=no", "-o", `UserKnownHostsFile=${one.at("known")}`, "127.0.0.1"];
  return { words, ready: () => eventually("sshd", () => spawnSync("ssh", [...words, "true"]).status === 0) };
}

async function start_echo() {
  const server = https.createServer({ cert: readFileSync(one.at("certificates/server.pem")), key: readFileSync(one.at("certificates/server.key")) });
  new WebSocketServer({ server, perMessageDeflate: false, maxPayload: 1 << 20 }).on("connection", (link) => link.on("message", (bytes) => link.send(bytes)));
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return server;
}
function echo(server) {
  const chunk = Buffer.alloc(64 << 10, "x");
  const total = mebibytes * 16;
  return seconds(() => new Promise((done, failed) => {
    const link = new WebSocket(`wss://127.0.0.1:${server.address().port}`, { ca: one.ca, perMessageDeflate: false });
    let sent = 0;
    let back = 0;
    const more = () => { while (sent < total && sent - back < 8) { link.send(chunk); ++sent; } };
    link.on("open", more).on("error", failed).on("message", () => {
      if (++back === total) { link.close(); done(); } else more();
    });
  }));
}

try {
  const file = openSync(one.at("data"), "w");
  const mebibyte = execFileSync("head", ["-c", String(1 << 20), "/dev/urandom"]);
  for (let i = 0; i < mebibytes; ++i) writeSync(file, mebibyte);
  closeSync(file);
  await one.start_cloud();
  await one.start_service();
  const ssh = start_sshd();
  await ssh.ready();
  const server = await start_echo();
  const best = {};
  for (let i = 0; i < runs; ++i) {
    const keep = (name, took) => { best[name] = Math.min(best[name] ?? Infinity, took); };
    keep("ours, stored in the cloud", await ours());
    keep("ssh localhost cat", await seconds(() => new Promise((done) => {
      const child = spawn("ssh", [...ssh.words, "cat", one.at("data")], { stdio: ["ignore", "pipe", "ignore"] });
      child.stdout.resume();
      child.on("close", done);
    })));
    keep("ws echo over TLS (both ways)", await echo(server));
  }
  server.close();
  console.log(`${mebibytes} MiB, the best of ${runs}`);
  const mine = best["ours, stored in the cloud"];
  for (const [name, took] of Object.entries(best))
    console.log(`  ${name.padEnd(30)} ${(mebibytes / took).toFixed(0).padStart(5)} MiB/s   ${(took / mine).toFixed(2)}x our time`);
} finally {
  await one.end();
}
