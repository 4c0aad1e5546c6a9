// From the start of the service's program to a link that the cloud has let in, beside OpenSSL's own client doing a
// handshake with the same server. See README.md.
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { quantile, stand } from "./stand.mjs";

const { values: given } = parseArgs({ options: { rounds: { type: "string", default: "30" }, protection: { type: "string", default: "hardware" } } });
const one = new stand();

function ready(child, text) {
  return new Promise((done, failed) => {
    const look = () => { if (child.log.includes(text)) done(); };
    child.stdout.on("data", look);
    child.stderr.on("data", look);
    child.on("exit", () => failed(new Error(child.log)));
  });
}

try {
  await one.start_cloud();
  await one.start_service("", given.protection);
  const kept_by = one.service.log.match(/its key is kept by "(\w+)"/)[1];
  const ours = [];
  const theirs = [];
  for (let i = 0; i < Number(given.rounds); ++i) {
    one.service.kill("SIGTERM");
    await one.service.over;
    let began = performance.now();
    one.service = one.start_program();
    await ready(one.service, "Connected to the cloud");
    ours.push(performance.now() - began);
    began = performance.now();
    const peer = spawnSync("openssl", ["s_client", "-connect", `127.0.0.1:${one.agents_port}`, "-CAfile", one.at("certificates/ca.pem"), "-verify_return_error", "-brief"], { input: "" });
    if (peer.status !== 0) throw new Error(peer.stderr.toString());
    theirs.push(performance.now() - began);
  }
  const row = (name, all) => console.log(`${name.padEnd(40)}${quantile(all, 0.5).toFixed(1).padStart(9)}${quantile(all, 0.95).toFixed(1).padStart(9)}${(quantile(all, 0.5) / quantile(theirs, 0.5)).toFixed(2).padStart(8)}x`);
  console.log(`${"ms".padEnd(40)}${"median".padStart(9)}${"p95".padStart(9)}${"".padStart(9)}`);
  row(`start to authenticated link (key: ${kept_by})`, ours);
  row("openssl s_client, start to handshake", theirs);
} finally {
  await one.end();
}
