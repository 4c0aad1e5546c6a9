// A screen of noise: no 64 bytes of it stand anywhere by chance. And a search for its pixels, and for pieces of files,
// wherever they may have been left: files, what has a descriptor but no name, what strace saw written.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, createReadStream, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, statSync,
  writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { build, eventually, pictures } from "./support.mjs";

export const finder = path.join(build, "tests/support/find_runs");
const painter = path.join(build, "tests/x11/paint_noise");

/** A window of noise in front of all others; `say` resolves when it is on the screen. */
export async function start_noise(t, one) {
  const child = spawn(painter, [], { env: one.environment, stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => child.kill());
  let done = 0, asked = 0;
  createInterface({ input: child.stdout }).on("line", () => { done += 1; });
  const say = async (line) => {
    asked += 1;
    child.stdin.write(`${line}\n`);
    await eventually(`the screen to show ${line}`, () => done === asked || child.exitCode !== null);
    if (done !== asked) throw new Error(`paint_noise ended at "${line}"`);
  };
  return { say, stop: () => child.kill() };
}

/** Clicks at that noise, once for each seed, slowly enough for a picture each. */
export async function click_at_noise(one, noise, seeds) {
  for (const seed of seeds) {
    await noise.say(`noise ${seed}`);
    one.click(100 + 10 * seed, 200);
  }
}

/** Looks at each picture in full size, as a careful user does, and writes; gives how many pictures there are. */
export async function look_and_write(page, text, width) {
  const count = await pictures(page);
  for (let at = 0; at < count; ++at) {
    await page.locator(".thumb").nth(at).click();
    await page.waitForFunction((wanted) => document.getElementById("large").width === wanted, width);
  }
  await page.getByLabel("What happened?").fill(text);
  await page.getByLabel("Name").focus();
  await eventually("Send to be allowed", () => page.getByRole("button", { name: "Send", exact: true }).isEnabled(), 60);
  return count;
}

export function* files_below(directory) {
  let entries = [];
  try { entries = readdirSync(directory, { withFileTypes: true }); } catch { /* gone meanwhile */ }
  for (const entry of entries) {
    const name = path.join(directory, entry.name);
    if (entry.isDirectory()) yield* files_below(name);
    else if (entry.isFile()) yield name;
  }
}

/** Where copies of what was found are kept until they are searched: outside of all that is looked at. */
export class evidence {
  constructor(t, one) {
    this.one = one;
    this.directory = mkdtempSync(path.join(tmpdir(), "t2-evidence-"));
    t.after(() => rmSync(this.directory, { recursive: true, force: true }));
    this.descriptors = [];
    this.count = 0;
  }
  at(name) { return path.join(this.directory, name); }

  keep(stage, name) {
    const to = this.at(path.join(stage, `${this.count++}${name.replaceAll("/", "!")}`.slice(0, 200)));
    mkdirSync(path.dirname(to), { recursive: true });
    try {
      cpSync(name, to, { dereference: true });
      return to;
    } catch {
      return undefined; // gone meanwhile
    }
  }

  /** Every file of the machine, and of /dev/shm; `but` are directories whose content may be there. */
  files(stage, but = []) {
    let count = 0;
    for (const base of [this.one.state, "/dev/shm"])
      for (const name of files_below(base)) {
        if (but.some((each) => name.startsWith(each + path.sep))) continue;
        if (this.keep(stage, name)) count += 1;
      }
    return count;
  }

  /** What a process has open that is a file, with or without a name, memfds too; of a browser not its shared memory. */
  open_files(stage, pid, { browser = false } = {}) {
    let all = [];
    try { all = readdirSync(`/proc/${pid}/fd`); } catch { return; } // it has ended
    for (const fd of all) {
      const name = `/proc/${pid}/fd/${fd}`;
      try {
        const target = readlinkSync(name);
        if (!statSync(name).isFile()) continue;
        if (browser && (target.startsWith("/memfd:") || target.startsWith("/dev/shm/"))) continue;
        if (/\/(tier2-|buttonhelper|chromium\/)[^ ]*$/.test(target) && !target.includes(this.one.state)) continue; // programs
        const copy = this.keep(stage, name);
        if (copy) this.descriptors.push({ stage, pid, target, copy });
      } catch { /* closed meanwhile */ }
    }
  }

  browser_processes() {
    return readdirSync("/proc").filter((pid) => /^\d+$/.test(pid)).filter((pid) => {
      try { return readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(this.one.at("browser/user")); } catch { return false; }
    });
  }

  /** What there is at this moment. */
  look(stage, but = []) {
    this.files(stage, but);
    for (const each of ["helper", "service", ...(but.length === 0 ? ["cloud"] : [])]) this.open_files(stage, this.one[each].child.pid);
    for (const pid of this.browser_processes()) this.open_files(stage, pid, { browser: true });
  }

  /** The words to start a program with, so that what it and its children write to files is recorded. With -D it is a child of
   *  ours all the same. */
  strace(name) {
    return ["strace", "-D", "-f", "--seccomp-bpf", "-qq", "-y", "-xx", "-s", String(1 << 28), "-e", "signal=none", "-o", this.at(`${name}.strace`),
      "-e", "trace=write,pwrite64,writev,pwritev,pwritev2,sendfile,copy_file_range,splice,mmap"];
  }

  /** Of what strace recorded: the bytes that went to each file, kept to be searched. Gives names of files, and what is not seen:
   *  files that were mapped to be written, and bytes that the kernel copied. */
  async written(name) {
    const bytes = new Map();
    const unseen = new Set();
    for await (const line of createInterface({ input: createReadStream(this.at(`${name}.strace`), "latin1"), crlfDelay: Infinity })) {
      const call = line.match(/^\d+ +(\w+)\(/)?.[1];
      if (call === undefined) continue;
      const file = (match) => (match === null ? undefined : decoded(match[1]).toString());
      if (call === "mmap") {
        const to = /PROT_WRITE/.test(line) && /MAP_SHARED/.test(line) ? file(line.match(/, \d+<([^>]*)>/)) : undefined;
        if (to?.startsWith("/")) unseen.add(to);
      } else if (/^(sendfile|copy_file_range|splice)$/.test(call)) {
        const to = file(line.match(/\(.*?\d+<[^>]*>.*?\d+<([^>]*)>/));
        if (to?.startsWith("/")) unseen.add(to);
      } else {
        const to = file(line.match(/\(\d+<([^>]*)>/));
        if (!to?.startsWith("/") || to.startsWith("/dev/null")) continue;
        if (!bytes.has(to)) bytes.set(to, []);
        for (const [, text] of line.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)) bytes.get(to).push(decoded(text));
      }
    }
    mkdirSync(this.at(`${name}-written`), { recursive: true });
    for (const [to, all] of bytes) writeFileSync(this.at(`${name}-written/${this.count++}${to.replaceAll("/", "!")}`.slice(0, 250)), Buffer.concat(all));
    return { files: [...bytes.keys()], unseen: [...unseen] };
  }
}

const decoded = (text) => Buffer.from(text.replaceAll("\\x", ""), "hex");

/** `needles`: words of find_runs; gives each find as {needle, file, at, bytes}. */
export function find(needles, names) {
  const ended = spawnSync(finder, needles, { input: [...names].join("\n"), encoding: "utf8", maxBuffer: 1 << 28 });
  if (ended.status !== 0) throw new Error(`find_runs: ${ended.stderr}`);
  return ended.stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

export const frame_needles = (seeds, [width, height]) => seeds.flatMap((seed) => ["--frame", `${seed}:${width}x${height}`]);

/** The pictures that the cloud has. */
export function stored_pictures(one) {
  const png = Buffer.from("89504e470d0a1a0a", "hex");
  return [...files_below(one.at("cloud/content"))].filter((name) => readFileSync(name).subarray(0, 8).equals(png));
}
