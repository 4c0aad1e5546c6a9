// The real service and its runner under commands of an independent signer, carried by an independent cloud.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, copyFileSync } from "node:fs";
import { test } from "node:test";
import { commanded_machine, eventually, sh } from "./command-support.mjs";

const alive = (pid) => existsSync(`/proc/${pid}`);
const resident_kib = (pid) => Number(readFileSync(`/proc/${pid}/status`, "utf8").match(/VmRSS:\s+(\d+)/)[1]);

test("a signed command runs; its output comes whole and in order, then its exit", async (t) => {
  const one = await commanded_machine(t);
  const got = await one.run(sh("echo grüße; echo trouble >&2; printf '%s-%s' \"$1\" \"$NAME\"; exit 7", { args: ["first"], env: { NAME: "value" } }));
  assert.equal(got.accepted, 1);
  assert.equal(got.stdout, "grüße\nfirst-value");
  assert.equal(got.stderr, "trouble\n");
  assert.equal(got.exit.reason, "finished");
  assert.equal(got.exit.code, 7);
  assert.deepEqual(got.exit.bytes, { stdout: Buffer.byteLength("grüße\nfirst-value"), stderr: 8 });
  const exec = await one.run({ run: { shell: "exec", argv: ["/bin/echo", "$HOME", "a b"], as: "system" } });
  assert.equal(exec.stdout, "$HOME a b\n");
  const input = await one.run(sh("cat; pwd", { stdin: "from the integrator", cwd: "/usr" }));
  assert.equal(input.stdout, "from the integrator/usr\n");
  const missing = await one.run({ run: { shell: "exec", argv: ["/no/such/program"], as: "system" } });
  assert.equal(missing.exit.reason, "spawn_failed");
  assert.match(missing.exit.detail, /could not be started: No such file/);
  assert.deepEqual(readdirSync(one.at("run/scripts")), [], "scripts are gone afterwards");
});

test("nobody's own key, another audience, a late one and a repeated one do not run", async (t) => {
  const one = await commanded_machine(t);
  const now = Math.floor(Date.now() / 1000);
  const refused = async (cmd, claims) => (await one.run(cmd, claims)).rejected[0]?.reason;
  assert.equal(await refused(sh("true"), { aud: "00000000-0000-4000-8000-000000000000" }), "wrong_audience");
  assert.equal(await refused(sh("true"), { iat: now - 7200, exp: now - 3600 }), "expired");
  assert.equal(await refused(sh("true"), { exp: now + 86400 * 2 }), "lifetime_too_long");
  assert.equal(await refused(sh("true"), { more: 1 }), "malformed_claims");
  assert.equal(await refused({ install_pack: { name: "x" } }), "unsupported_command");
  assert.equal(await refused(sh("true", { as: "user" })), "no_session");
  const posted = await one.post(sh(`echo ran >> ${one.at("ran")}`));
  await eventually("its end", () => posted.got.exit);
  one.commands.post(posted);
  await eventually("the second answer", () => posted.got.accepted === 2 && posted.got.exits.length === 2);
  assert.equal(readFileSync(one.at("ran"), "utf8"), "ran\n");
  const forged = { ...posted, jti: "forged", jws: posted.jws.slice(0, -10) + "AAAAAAAAAA" };
  const got = one.commands.post(forged);
  await eventually("the refusal", () => got.rejected.length > 0);
  assert.equal(got.rejected[0].reason, "bad_signature");
  await eventually("the alert", () => one.commands.alerts.length > 0);
  assert.match(one.commands.alerts[0].title, /bad signature/);
  assert.match(readFileSync(one.at("service/refusals.log"), "utf8"), /"event":"rejected".*bad_signature/);
});

test("a service that was killed says interrupted, once, and nothing of the command lives on", async (t) => {
  const one = await commanded_machine(t);
  const posted = await one.post(sh("setsid sleep 4711 & echo $!; sleep 4712"));
  await eventually("its output", () => posted.got.stdout.includes("\n"));
  const pid = Number(posted.got.stdout);
  assert.ok(alive(pid));
  one.commands.expect_links(3);
  await one.service.stop("SIGKILL");
  await eventually("the command's processes to be gone", () => !alive(pid));
  await one.start_service();
  await eventually("the exit", () => posted.got.exit);
  assert.equal(posted.got.exit.reason, "interrupted");
  one.commands.post(posted);
  await eventually("the answer to the repetition", () => posted.got.accepted === 2);
  assert.equal(posted.got.stdout, `${pid}\n`);
  await one.service.stop();
  const exits = posted.got.exits.length;
  await one.start_service();
  await eventually("a new link", () => one.cloud.hellos() >= 3);
  const after = await one.run(sh("echo on"));
  assert.equal(after.stdout, "on\n");
  assert.equal(posted.got.exits.length, exits, "an acknowledged exit is not said again");
});

test("killed at the very sync of its record, a command has not run and never will; it is interrupted, once", async (t) => {
  const one = await commanded_machine(t);
  one.commands.expect_links(2);
  await one.service.stop();
  // The journal is begun with fsync; the first fdatasync is that of the record. strace kills the service when it is called.
  const hellos = one.cloud.hellos();
  await one.start_service(["strace", "-f", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", "inject=fdatasync:signal=SIGKILL:when=1"]);
  await eventually("the link", () => one.cloud.hellos() > hellos);
  const posted = await one.post(sh(`echo ran >> ${one.at("ran")}`));
  await one.service.over;
  assert.equal(posted.got.accepted, 0, "it was not on the disk yet, so it was not accepted");
  await one.start_service();
  await eventually("the exit", () => posted.got.exit);
  assert.equal(posted.got.exit.reason, "interrupted");
  one.commands.post(posted);
  await eventually("the answer to the repetition", () => posted.got.accepted === 1);
  assert.ok(!existsSync(one.at("ran")));
});

test("a memory of commands that was lost or brought back from a backup refuses what may have run", async (t) => {
  const one = await commanded_machine(t);
  const posted = await one.post(sh(`echo ran >> ${one.at("ran")}`));
  await eventually("its end", () => posted.got.exit);
  const journal = one.at("service/commands.journal");
  for (const how of ["lost", "restored", "damaged"]) {
    one.commands.expect_links(1);
    await one.service.stop();
    if (how === "lost") rmSync(journal);
    if (how === "restored") {
      copyFileSync(journal, `${journal}.backup`);
      renameSync(`${journal}.backup`, journal);
    }
    if (how === "damaged") execFileSync("sh", ["-c", `printf X | dd of="${journal}" bs=1 seek=40 conv=notrunc 2>/dev/null`]);
    const hellos = one.cloud.hellos();
    await one.start_service();
    await eventually("the link", () => one.cloud.hellos() > hellos);
    const before = posted.got.rejected.length;
    const accepted = posted.got.accepted;
    one.commands.post(posted);
    await eventually(`an answer after it was ${how}`, () => posted.got.rejected.length > before || posted.got.accepted > accepted);
    assert.match(one.service.log, /memory of commands/);
  }
  assert.equal(readFileSync(one.at("ran"), "utf8"), "ran\n", "it ran once, whatever happened");
});

test("time-out, cancel and overflow end the whole tree; truncation counts what was written", async (t) => {
  const one = await commanded_machine(t, "kill_after_ms = 500\n");
  const late = await one.run(sh("trap '' TERM; setsid sleep 4713 & echo $!; sleep 4714", { timeout_s: 1 }));
  assert.equal(late.exit.reason, "timed_out");
  assert.ok(!alive(Number(late.stdout)));
  const posted = await one.post(sh("echo up; sleep 4715"));
  await eventually("its output", () => posted.got.stdout === "up\n");
  const cancel = await one.run({ cancel: { jti: posted.jti } });
  assert.equal(cancel.exit.code, 0);
  await eventually("its end", () => posted.got.exit);
  assert.equal(posted.got.exit.reason, "cancelled");
  const cut = await one.run(sh("head -c 300000 /dev/zero", { max_output_bytes: 1000 }));
  assert.equal(cut.exit.reason, "finished");
  assert.equal(cut.exit.truncated, true);
  assert.equal(cut.exit.bytes.stdout, 300000);
  assert.equal(cut.stdout.length, 1000);
  const killed = await one.run(sh("yes", { max_output_bytes: 1000, on_overflow: "kill" }));
  assert.equal(killed.exit.reason, "overflow");
});

test("while the cloud takes nothing, a child that writes without end waits and memory does not grow", async (t) => {
  const one = await commanded_machine(t, "window_bytes = 1048576\n");
  one.commands.acknowledges = false;
  const posted = await one.post(sh("yes", { max_output_bytes: 1 << 30, timeout_s: 600 }));
  const total = () => posted.got.output[1].length;
  await eventually("what may be under way", () => total() >= 512 * 1024);
  const before = resident_kib(one.service.child.pid);
  one.commands.expect_links(1);
  one.commands.link.terminate();
  await eventually("the output to come again on a new link", () => posted.got.frames.filter((each) => each.part === 1 && each.offset === 0).length === 2);
  assert.equal(total(), 512 * 1024, "no more than that without an acknowledgement");
  assert.ok(resident_kib(one.service.child.pid) - before < 16 * 1024);
  one.commands.acknowledges = true;
  one.commands.acknowledge(posted.jti);
  await eventually("the output to go on", () => total() > 4 << 20);
  assert.equal(posted.got.output[1].compare(Buffer.from("y\n".repeat(total() / 2 + 1)).subarray(0, total())), 0, "whole and in order");
  await one.run({ cancel: { jti: posted.jti } });
  await eventually("its end", () => posted.got.exit);
});

test("as the user: really that user, with its groups and nothing of root's", async (t) => {
  if (process.getuid() !== 0) return t.skip("only root can be somebody else");
  const one = await commanded_machine(t);
  execFileSync("chmod", ["755", one.state, one.at("run")]);
  // What connects is the user's by the kernel's word; a helper would need that user's display.
  const user = spawn("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", process.execPath, "-e",
    `require("net").connect(${JSON.stringify(one.at("run/helper.sock"))}).once("data", () => console.log("here"))`], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => user.kill());
  await new Promise((here) => user.stdout.once("data", here));
  const got = await one.run(sh("id -u; id -G; cat /proc/self/status | grep -E '^(Cap(Eff|Prm)|Uid)'; ls -l /proc/self/fd | wc -l; env | grep -c TIER2_SECRET", { as: "user" }));
  const lines = got.stdout.split("\n");
  assert.equal(lines[0], "65534");
  assert.ok(!lines[1].split(" ").includes("0"), lines[1]);
  assert.match(got.stdout, /Uid:\t65534\t65534\t65534\t65534/);
  assert.match(got.stdout, /CapEff:\t0{16}/);
});
