// A ticket of 200 pictures of a 4K screen: the helper's memory stays bounded, and the page can be used while it loads.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import test from "node:test";
import { overheard_machine, stored_tickets } from "./listening-support.mjs";
import { start_noise } from "./noise-support.mjs";
import { eventually, message, pictures, press_send, sent_number } from "./support.mjs";

const wanted = 200;
const mebibyte = 1 << 20;
const frame = 3840 * 2160 * 4;
// What README.md promises: the ring (nearly nothing here: the screen is mostly plain), the files of the ticket, 64 MiB of
// thumbnails, the segment, and of each frame in work (one a core, at most four) its pixels, a filtered copy and its file, each of
// which glibc may keep for another thread.
const most = 64 * mebibyte + 6 * frame + 2 * Math.min(4, navigator_cores()) * 2 * frame;
function navigator_cores() { return Math.max(1, readFileSync("/proc/cpuinfo", "utf8").match(/^processor/gm).length); }

function memory(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return ["VmRSS", "VmHWM"].map((name) => Number(status.match(new RegExp(`${name}:\\s+(\\d+)`))[1]) * 1024);
}

test(`${wanted} pictures of a 4K screen: memory stays bounded, the page is usable while it loads, the ticket arrives`, async (t) => {
  const one = await overheard_machine(t, { size: "3840x2160x24", more: `[recording]\nframes = ${wanted}\n` });
  const noise = await start_noise(t, one);
  const pid = one.helper.child.pid;
  const took = [];
  const lap = async (what, work) => { const began = Date.now(); const value = await work(); took.push(`${what} ${((Date.now() - began) / 1000).toFixed(1)} s`); return value; };
  await noise.say("plain 0");
  await lap("clicks", async () => {
    // Clicks that come too fast share a picture; there are more than enough.
    const clicking = spawn("xdotool", ["mousemove", "500", "500", "click", "--repeat", "700", "--delay", "35", "1"], { env: one.environment, stdio: "ignore" });
    for (let seed = 1; clicking.exitCode === null; ++seed) await noise.say(`patch ${seed} ${(seed * 131) % 3700} ${(seed * 71) % 2000}`);
  });
  const recording = memory(pid);
  await one.open_by_command();
  const page = await lap("page", () => one.page());
  assert.equal(await pictures(page), wanted);
  // While pictures are still being made: a picture is looked at in full size, and what is written is kept.
  await lap("first full picture", async () => {
    await page.locator(".thumb").nth(wanted - 3).click();
    await page.waitForFunction(() => document.getElementById("large").width === 3840);
  });
  const early = await page.getByRole("button", { name: "Send", exact: true }).isEnabled();
  await lap("writing", async () => {
    await page.getByLabel("What happened?").fill(message);
    await page.getByLabel("Name").focus();
  });
  await lap("ready to send", () => eventually("Send to be allowed", () => page.getByRole("button", { name: "Send", exact: true }).isEnabled(), 120));
  await lap("sending", async () => { await press_send(page); await sent_number(page); });
  const [, peak] = memory(pid);
  t.diagnostic(`${took.join(", ")}; the page was ${early ? "loaded" : "loading"} at the first picture`);
  t.diagnostic(`memory: ${recording[0] / mebibyte | 0} MiB while recording, ${peak / mebibyte | 0} MiB at most, allowed ${most / mebibyte | 0} MiB`);
  assert.ok(peak < most, `${peak} bytes`);
  const [stored] = stored_tickets(one);
  assert.equal(stored.parts, wanted + 1);
  assert.deepEqual(stored.wrong, []);
});
