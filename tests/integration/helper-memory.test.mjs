// The helper's memory, where the pictures are: it gets onto no disk by a crash, and other programs of the same user cannot read it.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { files_below } from "./noise-support.mjs";
import { eventually, machine, pictures, programs } from "./support.mjs";

const allow_cores = ["sh", "-c", 'ulimit -c unlimited && exec "$0" "$@"'];

/** ELF's e_ident and the type ET_CORE. */
const is_core = (name) => {
  const head = readFileSync(name).subarray(0, 20);
  return head.subarray(0, 4).equals(Buffer.from("\x7fELF", "latin1")) && head[16] === 4;
};
const cores = (one) => [...files_below(one.state)].filter(is_core);

test("a helper that crashes with a ticket open leaves no core, even where cores are allowed", async (t) => {
  const one = new machine(t);
  one.certificates();
  one.write_agent();
  await one.start_display();
  for (const signal of ["SIGSEGV", "SIGABRT"]) {
    one.helper = one.start("buttonhelper", allow_cores[0], [...allow_cores.slice(1), programs.helper, "--config", one.at("agent.toml")]);
    await one.helper.said("The hotkey is ");
    one.click(300, 300);
    await one.open_by_command();
    const page = await one.page();
    assert.equal(await pictures(page), 1);
    one.helper.child.kill(signal);
    await page.locator('#state[data-state="lost"]').waitFor();
    await one.helper.over;
    assert.deepEqual(cores(one), [], signal);
    await page.close();
  }
  // Any other program does leave one there, where the system keeps them in the working directory.
  const other = one.start("sleep", allow_cores[0], [...allow_cores.slice(1), "sleep", "100"]);
  await eventually("sleep to run", () => readFileSync(`/proc/${other.child.pid}/comm`, "utf8") === "sleep\n");
  await other.stop("SIGSEGV");
  if (/^core/.test(readFileSync("/proc/sys/kernel/core_pattern", "utf8"))) assert.equal(cores(one).length, 1);
  else t.diagnostic("cores do not go into the working directory here");
});

const skip = process.getuid() !== 0 && "only root can be somebody else";
const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"];
const as_nobody = (script) => spawnSync(nobody[0], [...nobody.slice(1), "sh", "-c", script], { encoding: "utf8", cwd: "/", env: { PATH: process.env.PATH } });

test("other programs of the user who runs the helper cannot look into it", { skip }, async (t) => {
  const one = new machine(t);
  one.certificates();
  one.write_agent();
  execFileSync("chown", ["-R", "65534:65534", one.state]);
  const session = { DISPLAY: undefined, WAYLAND_DISPLAY: "wayland-0" }; // without a screen: it is the process that counts
  one.helper = one.start("buttonhelper", nobody[0], [...nobody.slice(1), programs.helper, "--config", one.at("agent.toml")], session);
  await one.helper.said("Wayland");
  await eventually("its lock", () => [...files_below(one.at("run"))].some((name) => name.endsWith(".lock")));
  const { pid } = one.helper.child;
  const other = one.start("sleep", nobody[0], [...nobody.slice(1), "sleep", "100"]);
  await eventually("it to be that user's", () => statSync(`/proc/${other.child.pid}/environ`).uid === 65534);
  const attempts = (of) => [`cat /proc/${of}/environ`, `cat /proc/${of}/maps`, `head -c 1 /proc/${of}/mem`, `ls /proc/${of}/fd/`,
    `timeout 5 strace -o /dev/null -p ${of}`]; // what gcore does, too: PTRACE_ATTACH
  assert.equal(as_nobody(attempts(other.child.pid)[0]).status, 0, "of a program like any other he sees everything");
  assert.equal(as_nobody(attempts(other.child.pid)[3]).status, 0);
  for (const script of attempts(pid)) {
    const ended = as_nobody(script);
    assert.notEqual(ended.status, 0, `${script}: ${ended.stdout}`);
    assert.match(ended.stderr, /Permission denied|not permitted/, script);
  }
  assert.match(readFileSync(`/proc/${pid}/limits`, "utf8"), /Max core file size +0 +0 /);
  assert.ok(one.helper.running && path.basename(programs.helper) === readFileSync(`/proc/${pid}/comm`, "utf8").trim());
});
