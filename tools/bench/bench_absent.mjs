// The service's memory while a program prints `yes` and the cloud is away. See README.md.
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { eventually, memory_kib, stand } from "./stand.mjs";

const { values: given } = parseArgs({ options: { seconds: { type: "string", default: "60" } } });
const one = new stand();
try {
  await one.start_cloud();
  await one.start_service();
  const before = memory_kib(one.service.pid);
  const signed = await one.sign({ run: { shell: "exec", argv: ["yes"], as: "system", max_output_bytes: 1 << 30, timeout_s: 3600 } });
  await one.post(signed);
  await eventually("output", async () => (await one.ask("GET", `commands/${signed.jti}`)).json.deliveries[0].received.stdout > 0);
  one.cloud.kill("SIGKILL");
  await one.cloud.over;
  let most = 0;
  for (let i = 0; i < Number(given.seconds); ++i) {
    await pause(1000);
    most = Math.max(most, memory_kib(one.service.pid));
  }
  console.log(`the service's memory: ${(before / 1024).toFixed(1)} MiB before, at most ${(most / 1024).toFixed(1)} MiB in ${given.seconds} s of "yes" without a cloud (its window is 8 MiB)`);
} finally {
  await one.end();
}
