// What this machine has to tell comes to the cloud once, whatever dies on the way.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import test from "node:test";
import { commanded_machine, eventually, forge, sh } from "./command-support.mjs";

const forged = (one) => one.commands.alerts.filter((each) => each.dedupe_key === "bad_signature");

/** What strace has started would outlive it. */
function kill_traced(strace) {
  const children = readFileSync(`/proc/${strace}/task/${strace}/children`, "utf8").split(" ").filter(Boolean);
  if (readFileSync(`/proc/${strace}/comm`, "utf8").startsWith("strace")) for (const each of children) {
    try { process.kill(Number(each), "SIGKILL"); } catch { /* it has ended */ }
  }
}

async function restart(one, how) {
  one.commands.expect_links(1);
  const hellos = one.cloud.hellos();
  if (one.service.running) kill_traced(one.service.child.pid);
  if (one.service.running) await one.service.stop(how);
  await one.start_service();
  await eventually("a new link", () => one.cloud.hellos() > hellos);
}

test("an alert that nobody acknowledged comes again after a kill, with the same id, and no more once it was", async (t) => {
  const one = await commanded_machine(t);
  one.commands.acknowledges_alerts = false;
  await forge(one);
  await eventually("the alert", () => forged(one).length === 1);
  const outbox = readFileSync(one.at("service/alerts.outbox"));
  for (const word of ["bad_signature", "signature", "command", forged(one)[0].id]) assert.ok(!outbox.includes(word), `"${word}" is readable on the disk`);
  await restart(one, "SIGKILL");
  await eventually("the alert again", () => forged(one).length === 2);
  assert.deepEqual(forged(one)[1], forged(one)[0]);
  one.commands.acknowledges_alerts = true;
  one.commands.say({ type: "ack", of: "alert", id: forged(one)[0].id });
  await one.run(sh("true")); // whatever was said before has been heard
  await restart(one, "SIGKILL");
  await one.run(sh("true"));
  assert.equal(forged(one).length, 2);
});

test("killed at any step of writing an alert down, the outbox is whole and what was sent was written", async (t) => {
  const one = await commanded_machine(t);
  one.commands.acknowledges_alerts = false;
  const outbox = one.at("service/alerts.outbox");
  for (const [call, when] of [["write", 1], ["fdatasync", 1], ["rename", 1], ["fsync", 1], ["write", 2], ["fdatasync", 2]]) {
    one.commands.expect_links(2);
    await one.service.stop("SIGKILL");
    const before = forged(one).map((each) => each.id);
    const hellos = one.cloud.hellos();
    await one.start_service(["strace", "-f", "-o", "/dev/null", "-P", outbox, "-P", `${outbox}.new`, "-e", `trace=${call}`, "-e", `inject=${call}:signal=SIGKILL:when=${when}`]).catch(() => {});
    if (one.service.running) {
      await eventually("a link or the end", () => one.cloud.hellos() > hellos || !one.service.running);
      if (one.service.running) await forge(one);
      await eventually("an alert or the end", () => forged(one).length > before.length || !one.service.running);
    }
    const sent = forged(one).map((each) => each.id);
    await restart(one, "SIGKILL");
    await one.run(sh("true"));
    // All that the cloud was ever told, and never acknowledged, is there again.
    for (const id of new Set(sent)) await eventually(`alert ${id} after a kill at ${call} ${when}`, () => forged(one).slice(sent.length).some((each) => each.id === id));
    assert.ok(!existsSync(`${outbox}.damaged`), `${call} ${when}`);
    assert.ok(!one.service.log.includes("could not all be read"), one.service.log);
  }
});
