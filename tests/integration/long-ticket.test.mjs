// A ticket of many pictures of a 4K screen: the helper's memory stays bounded, and the page can be used while it loads.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import test from "node:test";
import { overheard_machine, stored_tickets } from "./listening-support.mjs";
import { start_noise } from "./noise-support.mjs";
import { eventually, message, pictures, press_send } from "./support.mjs";

// TIER2_PICTURES=200 is a ticket as long as they get; with fewer it is quick enough for every day.
const wanted = Number(process.env.TIER2_PICTURES ?? 60);
const mebibyte = 1 << 20;
const ring = 64 * mebibyte;
const frame = 3840 * 2160 * 4;
const workers = Math.min(4, cpus().length);
// The bound of tools/buttonhelper/README.md, and 64 MiB for the program itself.
const most = 2 * ring + 64 * mebibyte + (5 + 4 * workers) * frame + 64 * mebibyte;

function memory(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return ["VmRSS", "VmHWM"].map((name) => Number(status.match(new RegExp(`${name}:\\s+(\\d+)`))[1]) * 1024);
}

test(`${wanted} pictures of a 4K screen: memory stays bounded, the page is usable while it loads, the ticket arrives`, async (t) => {
  const one = await overheard_machine(t, { size: "3840x2160x24", more: `[recording]\nframes = ${wanted}\nbytes = ${ring}\n` });
  const noise = await start_noise(t, one);
  const pid = one.helper.child.pid;
  const took = [];
  const lap = async (what, work) => { const began = Date.now(); const value = await work(); took.push(`${what} ${((Date.now() - began) / 1000).toFixed(1)} s`); return value; };
  await noise.say("plain 0");
  await lap("clicks", async () => {
    // Clicks that come too fast share a picture; there are more than enough.
    const clicking = spawn("xdotool", ["mousemove", "500", "500", "click", "--repeat", String(wanted * 5), "--delay", "35", "1"], { env: one.environment, stdio: "ignore" });
    for (let seed = 1; clicking.exitCode === null; ++seed) await noise.say(`patch ${seed} ${(seed % 40) * 90} ${(seed % 5) * 400}`);
  });
  const recording = memory(pid);
  await one.open_by_command();
  const page = await lap("page", () => one.page());
  const count = await pictures(page);
  assert.ok(count > wanted / 2 && count <= wanted, `${count} pictures`); // on a slow machine more of them share one
  // While pictures are still being made: a picture is looked at in full size, and what is written is kept.
  await lap("first full picture", async () => {
    await page.locator(".thumb").nth(count - 3).click();
    await page.waitForFunction(() => document.getElementById("large").width === 3840);
  });
  const early = await page.getByRole("button", { name: "Send", exact: true }).isEnabled();
  await lap("writing", async () => {
    await page.getByLabel("What happened?").fill(message);
    await page.getByLabel("Name").focus();
  });
  await lap("ready to send", () => eventually("Send to be allowed", () => page.getByRole("button", { name: "Send", exact: true }).isEnabled(), 300));
  await lap("sending", async () => { await press_send(page); await page.locator('#state[data-state="sent"]').waitFor({ timeout: 300_000 }); });
  const [, peak] = memory(pid);
  t.diagnostic(`${took.join(", ")}; the page was ${early ? "loaded" : "loading"} at the first picture, ${count} pictures`);
  t.diagnostic(`memory: ${recording[0] / mebibyte | 0} MiB while recording, ${peak / mebibyte | 0} MiB at most, allowed ${most / mebibyte | 0} MiB`);
  assert.ok(peak < most, `${peak} bytes`);
  const [stored] = stored_tickets(one);
  assert.equal(stored.parts, count + 1);
  assert.deepEqual(stored.wrong, []);
});
