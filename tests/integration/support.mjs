// One machine for a test: a directory, certificates, the real programs, a display, a browser. Everything that is started
// ends with the test, by its id.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { attach, eventually, ticket_page } from "../../tools/demo/chromium.mjs";

export { eventually };

const root = fileURLToPath(new URL("../..", import.meta.url));
export const build = process.env.TIER2_BUILD ?? path.join(root, "build");
export const programs = {
  cloud: path.join(build, "tools/cloud/tier2-cloud"),
  service: path.join(build, "tools/service/tier2-service"),
  helper: path.join(build, "tools/buttonhelper/buttonhelper"),
  runner: path.join(build, "tools/runner/tier2-runner"),
  ctl: path.join(build, "tools/ctl/tier2ctl"),
  alert: path.join(build, "tools/alert/tier2-alert"),
};

/** A port of loopback that is free now. */
export async function free_port() {
  const server = net.createServer();
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** A running program; `said` waits for a text in what it says, `ended` for its end. */
class program {
  constructor(name, file, words, options) {
    this.name = name;
    this.log = "";
    this.child = spawn(file, words.map(String), { stdio: ["ignore", "pipe", "pipe"], ...options });
    this.over = new Promise((done) => this.child.on("exit", (code, signal) => done({ code, signal })));
    this.child.on("error", (why) => { this.log += String(why); });
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on("data", (bytes) => { this.log += bytes; });
  }
  get running() { return this.child.exitCode === null && this.child.signalCode === null && this.child.pid !== undefined; }
  async said(text, times = 1) {
    try {
      await eventually(`${this.name} to say "${text}"`, () => this.log.split(text).length > times || !this.running);
    } catch (why) {
      throw new Error(`${why.message}; it said:\n${this.log}`);
    }
    assert.ok(this.log.split(text).length > times, `${this.name} ended without saying "${text}"; it said:\n${this.log}`);
  }
  /** Its exit code; the log is complete then. */
  async ended() {
    const late = setTimeout(() => this.child.kill("SIGKILL"), 30_000);
    const { code, signal } = await this.over;
    clearTimeout(late);
    await new Promise((done) => setTimeout(done, 50)); // what it said last may come after its end
    assert.equal(signal, null, `${this.name} did not end by itself; it said:\n${this.log}`);
    return code;
  }
  async stop(signal = "SIGTERM") {
    if (!this.running) return;
    this.child.kill(signal);
    const late = setTimeout(() => this.child.kill("SIGKILL"), 10_000);
    await this.over;
    clearTimeout(late);
  }
}

/** Why no file system can be mounted in a namespace of its own, as in a chroot; false when it can. */
export const no_mounts = (() => {
  if (process.getuid() !== 0) return "only root can mount a file system";
  try {
    execFileSync("unshare", ["--mount", "mount", "-t", "tmpfs", "none", "/mnt"], { stdio: "ignore" });
    return false;
  } catch {
    return "no file system can be mounted here";
  }
})();

export class machine {
  constructor(t) {
    // Short, for the sake of socket paths; the tests' own TMPDIR if it has room.
    const base = tmpdir().length < 30 ? tmpdir() : "/tmp";
    this.state = mkdtempSync(path.join(base, "t2-"));
    this.programs = [];
    for (const each of ["run", "log", "home", "tmp", "browser"]) mkdirSync(path.join(this.state, each), { mode: 0o700 });
    this.environment = {
      PATH: process.env.PATH, LANG: "C.UTF-8", HOME: this.at("home"), TMPDIR: this.at("tmp"), XDG_RUNTIME_DIR: this.at("run"),
      XDG_CONFIG_HOME: this.at("home/config"), XDG_CACHE_HOME: this.at("home/cache"), XDG_DATA_HOME: this.at("home/data"),
    };
    t.after(() => this.erase());
  }

  at(name) { return path.join(this.state, name); }

  start(name, file, words, environment = {}) {
    const started = new program(name, file, words, { env: { ...this.environment, ...environment }, cwd: this.at("home") });
    this.programs.push(started);
    return started;
  }

  async erase() {
    const pid = this.browser_pid();
    if (pid) {
      try { process.kill(pid, "SIGTERM"); } catch { /* it has ended */ }
      await eventually("the browser to end", () => this.browser_pid() === undefined);
    }
    for (const each of this.programs.reverse()) await each.stop();
    // The browser's other processes may still be writing for a moment.
    await eventually("the directory to be gone", () => {
      try {
        rmSync(this.state, { recursive: true, force: true });
        return true;
      } catch {
        return false;
      }
    });
  }

  browser_pid() {
    try {
      const pid = Number(readFileSync(this.at("run/browser.pid"), "utf8"));
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(this.state) ? pid : undefined;
    } catch {
      return undefined;
    }
  }

  certificates(name = "certificates", names = "DNS:localhost,IP:127.0.0.1") {
    execFileSync(path.join(root, "tools/development/certificates"), [this.at(name), names]);
  }

  async start_display(size = "1280x800x24") {
    const xvfb = new program("Xvfb", "Xvfb", ["-noreset", "-nolisten", "tcp", "-displayfd", "3", "-screen", "0", size],
      { stdio: ["ignore", "pipe", "pipe", "pipe"], env: this.environment });
    this.programs.push(xvfb);
    let number = "";
    xvfb.child.stdio[3].on("data", (bytes) => { number += bytes; });
    await eventually("a display", () => number.includes("\n"));
    this.environment.DISPLAY = `:${number.trim()}`;
  }

  /** As a user does: `words` of xdotool. */
  xdotool(...words) {
    return execFileSync("xdotool", words.map(String), { env: this.environment, encoding: "utf8", timeout: 60_000 });
  }

  write(name, text) {
    writeFileSync(this.at(name), text, { mode: 0o600 });
    return this.at(name);
  }

  write_cloud({ agents = 0, console_port = 0, certificates = "certificates" } = {}) {
    const pair = `certificate = "${this.at(`${certificates}/server.pem`)}"\nkey = "${this.at(`${certificates}/server.key`)}"\n`;
    return this.write("cloud.toml", `[agents]\naddress = "127.0.0.1"\nport = ${agents}\n${pair}
[operators]\naddress = "127.0.0.1"\nport = ${console_port}\n${pair}\n[storage]\ndirectory = "${this.at("cloud")}"\n`);
  }

  write_agent({ port = 1, more = "", host = "127.0.0.1", socket = this.at("run/helper.sock"),
                runtime = this.at("run"), commands = "" } = {}) {
    return this.write("agent.toml", `[organisation]\nname = "Example IT"
[browser]\ncommand = ["${path.join(root, "tools/demo/browser")}", "--headless", "${this.state}", "{}"]
[paths]\nsocket = "${socket}"\nstate = "${this.at("service")}"\nruntime = "${runtime}"
scripts = "${this.at("run/scripts")}"
[commands]\nrunner = "${programs.runner}"\n${commands}
[keystore]\nprotections = ["hardware"]\n[cloud]\nhost = "${host}"\nport = ${port}\nca_file = "${this.at("certificates/ca.pem")}"\n${more}`);
  }

  cloud_tool(...words) {
    return execFileSync(programs.cloud, ["--config", this.at("cloud.toml"), ...words], { env: this.environment, encoding: "utf8" });
  }

  /** Runs the cloud; gives the port for agents. */
  async start_cloud() {
    this.cloud = this.start("tier2-cloud", programs.cloud, ["--config", this.at("cloud.toml"), "serve"]);
    await this.cloud.said("the console is at https://");
    return Number(this.cloud.log.match(/connect to port (\d+)/)[1]);
  }

  enrol() {
    mkdirSync(this.at("service"), { recursive: true, mode: 0o700 });
    this.write("service/enrolment-token", this.cloud_tool("token", "create"));
  }

  /** `under`: a program and its words that it is started with, such as strace. */
  async start_service(under = []) {
    const [file, ...words] = [...under, programs.service, "--config", this.at("agent.toml")];
    this.service = this.start("tier2-service", file, words);
    await this.service.said("Listening for helpers at");
  }

  async start_helper(environment = {}) {
    this.helper = this.start("buttonhelper", programs.helper, ["--config", this.at("agent.toml")], environment);
    if (this.environment.DISPLAY && !("DISPLAY" in environment)) await this.helper.said("The hotkey is ");
  }

  /** A click, and the time that its picture takes: one that is not finished when help is asked for is no part of the ticket. */
  click(x, y) { this.xdotool("mousemove", x, y, "click", 1, "sleep", 0.7); }

  /** A second start that tells the first to open; its exit code must be 0. */
  async open_by_command(environment = {}) {
    const second = this.start("buttonhelper --open", programs.helper, ["--config", this.at("agent.toml"), "--open"], environment);
    assert.equal(await second.ended(), 0, second.log);
    return second;
  }

  /** The page of the ticket that was just opened. */
  async page() {
    try {
      // A browser ends with its last page, and the next page is another browser's.
      if (!this.browser?.isConnected()) this.browser = await attach(this.at("browser/user"));
      return await ticket_page(this.browser);
    } catch (why) {
      throw new Error(`${why.message}\nThe helper said:\n${this.helper?.log}`);
    }
  }

  tickets() { return JSON.parse(this.cloud_tool("ticket", "list", "--json")).tickets; }
}

/** Everything runs: cloud, enrolled service, display, helper; `without` names what does not. */
export async function whole_machine(t, { without = [], more = "" } = {}) {
  const one = new machine(t);
  one.certificates();
  const port = await free_port();
  one.write_cloud({ agents: port });
  one.write_agent({ port, more });
  one.enrol();
  if (!without.includes("cloud")) await one.start_cloud();
  if (!without.includes("service")) await one.start_service();
  await one.start_display();
  await one.start_helper();
  return one;
}

export const message = "The printer prints only the first page.";

/** Writes a message and presses Send as soon as that is allowed. */
export async function press_send(page) {
  await page.getByLabel("What happened?").fill(message);
  const send = page.getByRole("button", { name: "Send", exact: true });
  await eventually("Send to be allowed", () => send.isEnabled(), 60);
  await send.click();
}

export async function discard(page) {
  await page.getByRole("button", { name: "Discard" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Discard" }).click();
  await page.getByRole("heading", { name: "The ticket is discarded" }).waitFor();
  await page.close(); // An open one would show the next ticket until that has a page of its own.
}

/** `seconds` beyond a minute: for a service that may have been without its cloud, and waits longer from time to time. */
export async function sent_number(page, seconds = 60) {
  const title = page.getByRole("heading", { name: /^Sent: ticket \d+$/ });
  await title.waitFor({ timeout: seconds * 1000 });
  return Number((await title.textContent()).match(/\d+/)[0]);
}

export const waits = (page) => page.locator('#state[data-state="waiting"]').waitFor();

/** Pictures on the page. */
export const pictures = (page) => page.getByRole("list", { name: "Pictures of your screen" }).getByRole("listitem").count();

/** Watches a process's resident memory; `most()` is its greatest so far beyond that of the beginning, in bytes. */
export function watch_memory(t, pid) {
  const status = () => { try { return readFileSync(`/proc/${pid}/status`, "utf8"); } catch { return ""; } };
  const now = () => 1024 * (status().match(/VmRSS:\s+(\d+) kB/)?.[1] ?? 0); // 0: it ended
  const began = now();
  let most = began;
  const look = () => { most = Math.max(most, now()); };
  const timer = setInterval(look, 20);
  t.after(() => clearInterval(timer));
  return { most: () => { look(); return most - began; } };
}
