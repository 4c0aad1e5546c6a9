// From posting a signed command to reading its exit, through the real cloud and service: idle, and while the helper of the
// same machine takes pictures at a rate and a ticket is open. See README.md.
import { execFileSync, spawn } from "node:child_process";
import path from "node:path";
import { parseArgs } from "node:util";
import { build, eventually, quantile, stand } from "./stand.mjs";

const { values: given } = parseArgs({ options: { commands: { type: "string", default: "200" }, rate: { type: "string", default: "50" } } });
const count = Number(given.commands);
const rate = Number(given.rate);
const one = new stand();

async function round_trip() {
  const signed = await one.sign({ run: { shell: "exec", argv: ["/bin/true"], as: "system" } });
  const began = process.hrtime.bigint();
  await one.post(signed);
  await one.follow(signed.jti, () => {});
  return Number(process.hrtime.bigint() - began) / 1e6;
}
async function measure(name) {
  for (let i = 0; i < 10; ++i) await round_trip();
  const all = [];
  for (let i = 0; i < count; ++i) all.push(await round_trip());
  console.log(`  ${name.padEnd(34)} p50 ${quantile(all, 0.5).toFixed(1).padStart(7)} ms   p99 ${quantile(all, 0.99).toFixed(1).padStart(7)} ms`);
  return all;
}

/** xdotool clicks at the rate, on another terminal's text each time; ended by its id. */
function start_clicking(environment) {
  const child = spawn("xdotool", ["-"], { stdio: ["pipe", "ignore", "ignore"], env: environment });
  let at = 0;
  let over = false;
  child.stdin.on("error", (why) => { if (!over) throw why; });
  const timer = setInterval(() => child.stdin.write(`mousemove ${50 + (at++ * 37) % 900} ${50 + (at * 53) % 600} click 1\n`), 1000 / rate);
  return () => {
    over = true;
    clearInterval(timer);
    child.kill();
  };
}

try {
  await one.start_cloud();
  await one.start_service();
  console.log(`${count} commands "exec /bin/true", one after the other, from POST to the end of its event stream`);
  const idle = await measure("idle");

  const xvfb = spawn("Xvfb", ["-noreset", "-nolisten", "tcp", "-displayfd", "3", "-screen", "0", "1920x1080x24"], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  one.children.push(Object.assign(xvfb, { over: new Promise((done) => xvfb.on("exit", done)) }));
  let number = "";
  xvfb.stdio[3].on("data", (bytes) => { number += bytes; });
  await eventually("a display", () => number.includes("\n"));
  const display = { ...process.env, DISPLAY: `:${number.trim()}` };
  const terminal = spawn("xterm", ["-geometry", "200x60+0+0", "-e", "while :; do head -c 3000 /dev/urandom | base64; sleep 0.02; done"], { stdio: "ignore", env: display });
  one.children.push(Object.assign(terminal, { over: new Promise((done) => terminal.on("exit", done)) }));
  // The desktop itself works, too: what it costs without us is measured apart.
  let stop = start_clicking(display);
  const desktop = await measure(`a desktop with ${rate} clicks a second`);
  stop();
  const helper = one.start("buttonhelper", path.join(build, "tools/buttonhelper/buttonhelper"), ["--config", one.at("agent.toml")], { DISPLAY: display.DISPLAY });
  await helper.said("The hotkey is ");
  stop = start_clicking(display);
  const busy = await measure("the same, each click pictured");
  stop();
  execFileSync(path.join(build, "tools/buttonhelper/buttonhelper"), ["--config", one.at("agent.toml"), "--open"], { env: { ...display, HOME: one.at("home"), XDG_RUNTIME_DIR: one.at("run") }, stdio: "ignore" });
  stop = start_clicking(display);
  const encoding = await measure("the same, a ticket being encoded");
  stop();
  const moved = (all, from) => `${((quantile(all, 0.99) / quantile(from, 0.99) - 1) * 100).toFixed(0)} %`;
  console.log(`  by the pictures the p99 moved by ${moved(busy, desktop)}, by the encoding by ${moved(encoding, desktop)}; by all of it, from idle, by ${moved(busy, idle)} and ${moved(encoding, idle)}`);
} finally {
  await one.end();
}
