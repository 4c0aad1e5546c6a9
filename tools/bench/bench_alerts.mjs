// Alerts through the durable outbox: handed over on the local link, answered when they are on the disk; beside dd writing
// as many pieces of that size, each synchronously. See README.md.
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import net from "node:net";
import { parseArgs } from "node:util";
import { eventually, stand } from "./stand.mjs";

const { values: given } = parseArgs({ options: { alerts: { type: "string", default: "960" }, connections: { type: "string", default: "8" } } });
const one = new stand();
const total = Number(given.alerts); // of one kind one passes in ten minutes, and 1024 kinds are known
const connections = Number(given.connections);
const record_bytes = 450; // about what one takes in the outbox

function hand_over(from, count) {
  return new Promise((done, failed) => {
    const socket = net.connect(one.at("run/helper.sock"));
    let sent = 0;
    let answered = 0;
    let rest = Buffer.alloc(0);
    const next = () => {
      const text = Buffer.from(JSON.stringify({ type: "alert", id: randomUUID(), severity: "warning", source: "bench", title: `Alert ${from + sent++}`,
        body: "x".repeat(100), at: new Date().toISOString(), labels: {}, dedupe_key: "", suppressed: 0 }));
      const head = Buffer.alloc(8);
      head.writeUInt32BE(text.length);
      socket.write(Buffer.concat([head, text]));
    };
    socket.on("error", failed).on("connect", next).on("data", (bytes) => {
      rest = Buffer.concat([rest, bytes]);
      while (rest.length >= 8 && rest.length >= 8 + rest.readUInt32BE()) {
        const size = 8 + rest.readUInt32BE();
        const message = JSON.parse(rest.subarray(8, size));
        rest = rest.subarray(size);
        if (message.type !== "alert_answer") continue;
        if (message.outcome !== "kept") return failed(new Error(`an alert was ${message.outcome}`));
        if (++answered === count) return socket.end(done);
        next();
      }
    });
  });
}

async function stored() {
  let count = 0;
  let before = "";
  do {
    const { json } = await one.ask("GET", `alerts?limit=200${before}`);
    count += json.items.filter((each) => each.source === "bench").length;
    before = json.next ? `&before=${json.next}` : "";
  } while (before);
  return count;
}

try {
  await one.start_cloud();
  await one.start_service();
  const each = total / connections;
  let began = performance.now();
  await Promise.all(Array.from({ length: connections }, (_, i) => hand_over(i * each, each)));
  const kept = performance.now() - began;
  await eventually("all in the cloud", async () => (await stored()) === total, 120);
  const there = performance.now() - began;
  began = performance.now();
  const dd = spawnSync("dd", ["if=/dev/zero", `of=${one.at("service/dd")}`, `bs=${record_bytes}`, `count=${total}`, "oflag=dsync", "status=none"]);
  if (dd.status !== 0) throw new Error(dd.stderr.toString());
  const peer = performance.now() - began;
  const rate = (ms) => Math.round((total * 1000) / ms);
  console.log(`${total} alerts over ${connections} connections:`);
  console.log(`  on the disk and answered    ${String(rate(kept)).padStart(7)} a second   ${(peer / kept).toFixed(2)}x of dd`);
  console.log(`  stored in the cloud         ${String(rate(there)).padStart(7)} a second`);
  console.log(`  dd oflag=dsync bs=${record_bytes}       ${String(rate(peer)).padStart(7)} a second   1.00x`);
} finally {
  await one.end();
}
