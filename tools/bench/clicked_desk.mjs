// A user for benchmarks: a display of their own with a terminal whose text changes, clicks, the hotkey, a headless browser.
import { execFileSync, spawn } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { attach, ticket_page } from "../demo/chromium.mjs";
import { build, eventually, root } from "./stand.mjs";

export class clicked_desk {
  /** `stand` has a service already; its agent.toml gets the browser and a ring for so many pictures. */
  constructor(stand, size, pictures) {
    Object.assign(this, { stand, size, pictures });
    for (const each of ["browser", "log"]) mkdirSync(stand.at(each), { recursive: true, mode: 0o700 });
    appendFileSync(stand.at("agent.toml"), `[browser]\ncommand = ["${path.join(root, "tools/demo/browser")}", "--headless", "${stand.state}", "{}"]
[recording]\nframes = ${pictures}\nbytes = ${8 * 1024 ** 3}\n`);
  }
  /** A child that ends with the stand. */
  spawn(file, words, options = {}) {
    const child = spawn(file, words, { stdio: "ignore", env: this.environment, ...options });
    child.over = new Promise((done) => child.on("exit", done));
    this.stand.children.push(child);
    return child;
  }
  async start() {
    this.environment = { ...process.env, HOME: this.stand.at("home"), XDG_RUNTIME_DIR: this.stand.at("run") };
    const xvfb = this.spawn("Xvfb", ["-noreset", "-nolisten", "tcp", "-displayfd", "3", "-screen", "0", `${this.size}x24`],
      { stdio: ["ignore", "ignore", "ignore", "pipe"] });
    let number = "";
    xvfb.stdio[3].on("data", (bytes) => { number += bytes; });
    await eventually("a display", () => number.includes("\n"));
    this.environment.DISPLAY = `:${number.trim()}`;
    this.spawn("xterm", ["-fn", "5x7", "-geometry", "900x400+0+0", "-e", "while :; do head -c 30000 /dev/urandom | base64 -w 0; sleep 0.05; done"]);
    await this.start_helper();
  }
  async start_helper() {
    this.helper = this.stand.start("buttonhelper", path.join(build, "tools/buttonhelper/buttonhelper"), ["--config", this.stand.at("agent.toml")],
      { DISPLAY: this.environment.DISPLAY });
    await this.helper.said("The hotkey is ");
  }
  xdotool(...words) { execFileSync("xdotool", words.map(String), { env: this.environment }); }
  /** So many clicks, so far apart that none shares a picture with another. */
  async click(pause_ms) {
    for (let i = 0; i < this.pictures; ++i) {
      this.xdotool("mousemove", 50 + (i * 37) % 900, 50 + (i * 53) % 600, "click", 1);
      await pause(pause_ms);
    }
  }
  /** Presses the hotkey; gives the page, and when it was pressed in ms since 1970. A browser that is looked into tells every
   *  picture to who looks, which no user's does: so that comes when the helper has nothing to do any more. */
  async ask_for_help() {
    const pressed = Date.now();
    this.xdotool("key", "ctrl+shift+F12");
    await eventually("the browser", () => this.browser_pid() !== undefined);
    await pause(1000);
    for (let before = -1, now = processor_ticks(this.helper.pid); now - before > 2; now = processor_ticks(this.helper.pid)) {
      before = now;
      await pause(1000);
    }
    if (!this.browser?.isConnected()) this.browser = await attach(this.stand.at("browser/user"));
    return { pressed, page: await ticket_page(this.browser) };
  }
  browser_pid() {
    try {
      const pid = Number(readFileSync(this.stand.at("run/browser.pid"), "utf8"));
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(this.stand.state) ? pid : undefined;
    } catch {
      return undefined;
    }
  }
  async end_browser() {
    const pid = this.browser_pid();
    if (pid === undefined) return;
    process.kill(pid, "SIGTERM");
    await eventually("the browser to end", () => this.browser_pid() === undefined);
    // The next one has a profile of its own; processes of this one may still be writing into theirs for a moment.
    rmSync(this.stand.at("run/browser.pid"));
    this.ended = (this.ended ?? 0) + 1;
    renameSync(this.stand.at("browser/user"), this.stand.at(`browser/ended-${this.ended}`));
  }
}

const processor_ticks = (pid) => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ").slice(11, 13).reduce((sum, each) => sum + Number(each), 0);

/** When the page set this mark, in ms since 1970; waits for it. */
export async function marked(page, name, seconds = 300) {
  await page.waitForFunction((wanted) => performance.getEntriesByName(wanted).length > 0, name, { timeout: seconds * 1000 });
  return page.evaluate((wanted) => performance.timeOrigin + performance.getEntriesByName(wanted)[0].startTime, name);
}
