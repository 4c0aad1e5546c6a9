// What the console asks of alerts, with two thousand of them and with a million. See README.md.
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { quantile, stand } from "./stand.mjs";

const { values: given } = parseArgs({ options: { alerts: { type: "string", default: "1000000" }, rounds: { type: "string", default: "21" } } });
const questions = ["alerts?limit=100", "alerts?limit=100&severity=critical", "alerts?limit=100&open=true&severity=error", "alerts/count?severity=error",
  "alerts?limit=100&q=no+such+words"];

/** Written behind the cloud's back, as posting a million takes an hour; one of ten is open. */
const fill = `
import sqlite3, sys, uuid
db = sqlite3.connect(sys.argv[1])
agent = db.execute("SELECT id FROM agents").fetchone()[0]
names = ["info", "warning", "error", "critical"]
first = db.execute("SELECT COALESCE(MAX(seq), 0) + 1 FROM alerts").fetchone()[0]
rows = ((agent, str(uuid.uuid4()), first + i, 1790000000000 + i, names[i % 4], "bench", "Alert %d" % i, "x" * 100, 1790000000000 + i, "{}", "k%d" % i, 0,
         "" if i % 10 == 0 else "olga", i % 4, 1 if i % 10 == 0 else 0, 0, "") for i in range(int(sys.argv[2])))
db.executemany("INSERT INTO alerts (agent, id, seq, received, severity, source, title, body, at, labels, dedupe_key, suppressed, acknowledged_by, "
               "gravity, is_open, acknowledged_at, note) VALUES (" + ",".join("?" * 17) + ")", rows)
db.commit()
`;

async function end(child) {
  child.kill("SIGTERM");
  await child.over;
}

const one = new stand();
async function times(count) {
  await end(one.cloud);
  execFileSync("python3", ["-c", fill, one.database(), String(count)]);
  await one.restart_cloud();
  const all = new Map();
  for (const each of questions) {
    const took = [];
    for (let i = 0; i < Number(given.rounds); ++i) {
      const began = performance.now();
      const { status } = await one.ask("GET", each);
      if (status !== 200) throw new Error(`${each}: ${status}`);
      took.push(performance.now() - began);
    }
    all.set(each, quantile(took, 0.5));
  }
  return all;
}

try {
  await one.start_cloud();
  await one.start_service();
  await end(one.service);
  const few = await times(2000);
  const many = await times(Number(given.alerts));
  console.log(`${"median ms of GET /api/v1/…".padEnd(48)}${"2000".padStart(9)}${given.alerts.padStart(10)}`);
  for (const [each, ms] of many) console.log(`${each.padEnd(48)}${few.get(each).toFixed(1).padStart(9)}${ms.toFixed(1).padStart(10)}${(ms / few.get(each)).toFixed(1).padStart(8)}x`);
} finally {
  await one.end();
}
