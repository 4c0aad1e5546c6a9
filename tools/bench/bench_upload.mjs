// A ticket goes up a link of 100 Mbit/s: how much of it the upload uses, and how much later a small message on the same link
// comes meanwhile. See README.md.
import net from "node:net";
import { parseArgs } from "node:util";
import { clicked_desk, marked } from "./clicked_desk.mjs";
import { quantile, stand } from "./stand.mjs";

const { values: given } = parseArgs({ options: { mbit: { type: "string", default: "100" }, pictures: { type: "string", default: "40" } } });
const bytes_a_ms = Number(given.mbit) * 1000 / 8;
const count = Number(given.pictures);

const late_ms = 4; // what timers come too late by is made up for, so that the link has the rate that it says

/** Hands bytes on no faster than the link; what it may hold back is a quarter of what TCP would. */
function shape(from, to) {
  let free_at = 0;
  from.on("data", (bytes) => {
    const now = performance.now();
    free_at = Math.max(free_at, now - late_ms) + bytes.length / bytes_a_ms;
    from.pause();
    setTimeout(() => {
      to.write(bytes);
      from.resume();
    }, Math.max(0, free_at - now));
  });
  from.on("close", () => to.destroy());
  from.on("error", () => to.destroy());
}
async function shaped_link(port) {
  const server = net.createServer({ noDelay: true, highWaterMark: 16384 }, (near) => {
    const far = net.connect({ port, host: "127.0.0.1", noDelay: true });
    shape(near, far);
    shape(far, near);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return server;
}

const one = new stand();
const sockets = [];
let desk;
try {
  await one.start_cloud();
  const link = await shaped_link(one.agents_port);
  link.on("connection", (each) => sockets.push(each));
  one.agents_port = link.address().port;
  await one.start_service();
  desk = new clicked_desk(one, "1920x1080", count);
  await desk.start();
  await desk.click(150);
  const trip = async () => {
    const signed = await one.sign({ run: { shell: "exec", argv: ["/bin/true"], as: "system" } });
    const began = performance.now();
    await one.post(signed);
    await one.follow(signed.jti, () => {});
    return performance.now() - began;
  };
  const { page } = await desk.ask_for_help();
  await marked(page, "ready");
  const idle = [];
  for (let i = 0; i < 200; ++i) idle.push(await trip());
  await page.getByLabel("What happened?").fill("A benchmark.");
  const megabytes = Number((await page.locator("#summary").textContent()).match(/([\d.,]+) MB/)[1].replace(",", ""));
  const began = performance.now();
  await page.locator("#send").click();
  let took = 0;
  const sent = page.locator('#state[data-state="sent"]').waitFor({ timeout: 600_000 }).then(() => { took = performance.now() - began; });
  const busy = [];
  while (took === 0) busy.push(await trip());
  await sent;
  const line = (name, all) => console.log(`  ${name.padEnd(22)} p50 ${quantile(all, 0.5).toFixed(1).padStart(7)} ms   p99 ${quantile(all, 0.99).toFixed(1).padStart(7)} ms   (${all.length} commands)`);
  console.log(`a ticket of ${megabytes} MB up a link of ${given.mbit} Mbit/s: ${(took / 1000).toFixed(1)} s, ${(megabytes * 8000 / took).toFixed(0)} Mbit/s, ${(megabytes * 8000 / took / Number(given.mbit)).toFixed(2)}x the link`);
  line("idle", idle);
  line("while it goes up", busy);
  console.log(`  a command's way there and back is ${(quantile(busy, 0.5) - quantile(idle, 0.5)).toFixed(1)} ms longer in the median, ${(quantile(busy, 0.99) - quantile(idle, 0.99)).toFixed(1)} ms at p99`);
  link.close();
} finally {
  await desk?.end_browser();
  for (const each of sockets) each.destroy();
  await one.end();
}
