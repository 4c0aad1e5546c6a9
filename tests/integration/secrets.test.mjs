// The machine's key: nobody finds it where it is not. And what another user of the machine gets when he tries.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync, readSync, readdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { commanded_machine, eventually, forge, sh } from "./command-support.mjs";
import { programs } from "./support.mjs";

/** The key as it may look somewhere: raw, hexadecimal, and base64 at each of the three places in a group. */
function looks_of(key) {
  const looks = [["raw", key], ["hex", Buffer.from(key.toString("hex"))], ["HEX", Buffer.from(key.toString("hex").toUpperCase())]];
  for (const kind of ["base64", "base64url"]) {
    for (const before of [0, 1, 2]) {
      const text = Buffer.concat([Buffer.alloc(before), key]).toString(kind);
      // The characters that the bytes before and behind it have no part in.
      looks.push([`${kind} +${before}`, Buffer.from(text.slice(before === 0 ? 0 : before + 1, text.length - 4))]);
    }
  }
  return looks;
}
const found_in = (bytes, looks) => looks.filter(([, look]) => bytes.includes(look)).map(([name]) => name);

function* files_below(directory) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const name = path.join(directory, entry.name);
    if (entry.isDirectory()) yield* files_below(name);
    else if (entry.isFile()) yield name;
  }
}
function search(directory, looks) {
  const hits = [];
  for (const name of files_below(directory)) for (const look of found_in(readFileSync(name), looks)) hits.push(`${path.relative(directory, name)}: ${look}`);
  return hits;
}

const key_of = (one) => Buffer.from(one.cloud.upgrades.at(-1).headers.authorization.match(/^Bearer (\S+)$/)[1], "base64url");
const ctl = (one, ...words) => spawnSync(programs.ctl, words, { env: one.environment, encoding: "latin1" });
const alert = (one, ...words) => spawnSync(programs.alert, ["--config", one.at("agent.toml"), ...words], { env: one.environment, encoding: "latin1" });

test("a whole run leaves the key in no file, log, message, argument or environment; the search finds it where it was put", async (t) => {
  const one = await commanded_machine(t);
  const key = key_of(one);
  assert.equal(key.length, 32);
  const looks = looks_of(key);
  const heard = [];
  one.commands.link.on("message", (bytes) => heard.push(bytes));

  // All that the service does: commands, one that fails, a forged one, alerts, status, notes, a fault, a kill and a new start.
  await one.run(sh("env; cat /proc/self/environ; cat /proc/$PPID/cmdline; ls -l /proc/self/fd; cat /proc/mounts"));
  await one.run(sh("echo wrong >&2; exit 3", { max_output_bytes: 100 }));
  await one.run({ notify: { title: "a", body: "b" } });
  await one.run({ restart_actor: { program: "tier2-service", name: "keystore" } });
  await forge(one);
  assert.equal(alert(one, "--title", "one").status, 0);
  const said = ["--json", undefined].map((each) => ctl(one, "status", "--config", one.at("agent.toml"), ...(each ? [each] : [])).stdout);
  const proc = `/proc/${one.service.child.pid}`;
  const about = [readFileSync(`${proc}/cmdline`), readFileSync(`${proc}/environ`), readFileSync(`${proc}/comm`)];
  await one.service.stop("SIGKILL");
  one.commands.expect_links(1);
  await one.start_service();
  await eventually("the new link", () => one.cloud.hellos() >= 2);
  assert.deepEqual(key_of(one), key);
  await one.run(sh("true"));
  one.service.child.kill("SIGTERM");
  await one.service.ended();

  assert.deepEqual(search(one.state, looks), []);
  for (const [what, bytes] of [["its log", Buffer.from(one.programs.map((each) => each.log).join("\n"), "latin1")], ["its messages", Buffer.concat(heard)],
    ["what its tools said", Buffer.from(said.join("\n"), "latin1")], ["its arguments and environment", Buffer.concat(about)],
    ["the outputs", Buffer.concat([...one.commands.deliveries.values()].flatMap((each) => Object.values(each.output)))]]) {
    assert.ok(bytes.length > 10, what);
    assert.deepEqual(found_in(bytes, looks), [], what);
  }

  // The same search finds each look of it, inside other bytes, however it is placed.
  for (const [i, text] of [key, key.toString("hex"), key.toString("hex").toUpperCase(), ...[0, 1, 2].flatMap((n) =>
    ["base64", "base64url"].map((kind) => Buffer.concat([Buffer.alloc(n, 7), key, Buffer.alloc(5, 9)]).toString(kind)))].entries())
    writeFileSync(one.at(`service/planted-${i}`), Buffer.concat([Buffer.from("x".repeat(i)), Buffer.from(text), Buffer.from("y")]));
  const hits = search(one.state, looks);
  for (let i = 0; i < 9; ++i) assert.ok(hits.some((each) => each.startsWith(`service/planted-${i}: `)), `planted-${i} in ${hits}`);
});

/** A script of another user without any rights; what it wrote, and how each step ended. */
function as_other(script) {
  const ended = spawnSync("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", "sh", "-c", script],
    { encoding: "utf8", cwd: "/", env: { PATH: process.env.PATH } });
  return { code: ended.status, out: ended.stdout, err: ended.stderr };
}

test("another user: the state, the process and its memory are closed to him", async (t) => {
  if (process.getuid() !== 0) return t.skip("only root can be somebody else");
  const one = await commanded_machine(t);
  execFileSync("chmod", ["755", one.state, one.at("run")]);
  const pid = one.service.child.pid;
  assert.equal(as_other("true").code, 0);
  assert.match(as_other(`cat ${one.at("run/../run")}/nothing`).err, /No such file/, "he comes as far as the directory");
  for (const [script, why] of [
    [`ls ${one.at("service")}`, /Permission denied/],
    [`cat ${one.at("service/machine.key")}`, /Permission denied/],
    [`: > ${one.at("service/machine.key")}`, /Permission denied|cannot create/],
    [`mv ${one.at("service")} ${one.at("service2")}`, /Permission denied/],
    [`ln -s /etc/passwd ${one.at("service/x")}`, /Permission denied/],
    [`rm -f ${one.at("run/helper.sock")}`, /Permission denied/],
    [`cat /proc/${pid}/environ`, /Permission denied/],
    [`cat /proc/${pid}/maps`, /Permission denied/],
    [`cat /proc/${pid}/mem`, /Permission denied/],
    [`ls /proc/${pid}/fd`, /Permission denied/],
    [`cat /proc/${pid}/auxv`, /Permission denied/],
    [`kill -0 ${pid}`, /not permitted/],
    [`strace -p ${pid}`, /Operation not permitted/],
  ]) {
    const ended = as_other(script);
    assert.notEqual(ended.code, 0, `${script}: ${ended.out}`);
    assert.match(ended.err, why, script);
  }
  // What each may see of every process says nothing.
  assert.ok(!/Enroll|Bearer|token=/.test(as_other(`tr '\\0' ' ' < /proc/${pid}/cmdline; cat /proc/${pid}/status`).out));
});

test("a crash of the service leaves no core", async (t) => {
  const one = await commanded_machine(t);
  assert.match(readFileSync(`/proc/${one.service.child.pid}/limits`, "utf8"), /Max core file size +0 +0 /);
  one.service.child.kill("SIGSEGV");
  await one.service.over;
  assert.deepEqual([...files_below(one.state)].filter((each) => /(^|\/)core(\.\d+)?$/.test(each)), []);
});

test("even a program of the very account that the service runs as cannot look into it: it is not dumpable", async (t) => {
  if (process.getuid() !== 0) return t.skip("only root can be somebody else");
  const one = await commanded_machine(t);
  await one.service.stop();
  execFileSync("chown", ["-R", "65534:65534", one.state]);
  const user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"];
  one.commands.expect_links(1);
  await one.start_service(user);
  await eventually("its link", () => one.cloud.hellos() >= 2);
  const pid = one.service.child.pid;
  assert.match(readFileSync(`/proc/${pid}/status`, "utf8"), /^Uid:\t65534\t65534\t/m);
  const other = one.start("sleep", "setpriv", [...user.slice(1), "sleep", "100"]);
  await eventually("it to be that user's", () => statSync(`/proc/${other.child.pid}/environ`).uid === 65534);
  assert.equal(as_other(`cat /proc/${other.child.pid}/environ`).code, 0, "of a program like any other he sees everything");
  for (const script of [`cat /proc/${pid}/environ`, `cat /proc/${pid}/maps`, `cat /proc/${pid}/mem`, `ls /proc/${pid}/fd`, `strace -p ${pid}`]) {
    const ended = as_other(script);
    assert.notEqual(ended.code, 0, script);
    assert.match(ended.err, /Permission denied|Operation not permitted/, script);
  }
});

/** Each part of a process's memory that may be read and written, in pieces. */
function* memory_of(pid) {
  const mem = openSync(`/proc/${pid}/mem`, "r");
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, "utf8").split("\n")) {
      const [, from, to, mode] = line.match(/^([0-9a-f]+)-([0-9a-f]+) (....)/) ?? [];
      if (!mode?.startsWith("rw")) continue;
      const size = Number.parseInt(to, 16) - Number.parseInt(from, 16);
      const bytes = Buffer.alloc(size);
      let got = 0;
      try { got = readSync(mem, bytes, 0, size, Number.parseInt(from, 16)); } catch { continue; }
      yield { from, bytes: bytes.subarray(0, got), line };
    }
  } finally {
    closeSync(mem);
  }
}

test("the key lies in no memory that can be read, in no form, but in its guarded page while it is used", async (t) => {
  const one = await commanded_machine(t);
  const looks = looks_of(key_of(one));
  await one.run(sh("true"));
  let total = 0;
  const hits = [];
  for (const { from, bytes, line } of memory_of(one.service.child.pid)) {
    total += bytes.length;
    for (const look of found_in(bytes, looks)) hits.push(`${from} ${line}: ${look}`);
  }
  assert.ok(total > 1 << 20, `only ${total} bytes were read`);
  // What the service does hold in its memory is found there by the same search.
  const held = Buffer.from(one.agent);
  assert.ok([...memory_of(one.service.child.pid)].some(({ bytes }) => bytes.includes(held)), "its agent's id");
  assert.deepEqual(hits, []);
  assert.equal(statSync(one.at("service")).mode & 0o777, 0o700);
  assert.equal(statSync(one.at("service/machine.key")).mode & 0o777, 0o600);
});
