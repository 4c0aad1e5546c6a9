// What a hostile cloud, or a second service, can do to this machine's memory of commands: nothing.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import test from "node:test";
import { commanded_machine, eventually, sh } from "./command-support.mjs";
import { programs } from "./support.mjs";

test("acknowledgements without end do not make the journal grow, and those of what runs do not lose its exit", async (t) => {
  const one = await commanded_machine(t);
  const over = await one.run(sh("echo over"));
  const running = await one.post(sh("echo up; sleep 4721"));
  await eventually("its output", () => running.got.stdout === "up\n");
  const bytes = () => statSync(one.at("service/commands.journal")).size;
  const before = bytes();
  for (let i = 0; i < 20_000; ++i)
    for (const id of [over.exit.jti, running.jti, randomUUID()]) one.commands.say({ type: "ack", of: "exit", id });
  const last = await one.run(sh("echo after all of them"));
  assert.equal(last.stdout, "after all of them\n");
  assert.ok(bytes() - before < 16 * 1024, `${before} bytes became ${bytes()}`);
  one.commands.expect_links(1);
  await one.service.stop("SIGKILL");
  await one.start_service();
  await eventually("the exit of what ran", () => running.got.exit);
  assert.equal(running.got.exit.reason, "interrupted");
});

test("a second service on the same state ends at once, and a command still runs once", async (t) => {
  const one = await commanded_machine(t);
  const hellos = one.cloud.hellos();
  const second = one.start("second service", programs.service, ["--config", one.at("agent.toml")]);
  assert.notEqual(await second.ended(), 0);
  assert.match(second.log, /already running/);
  assert.equal(one.cloud.hellos(), hellos, "it never spoke with the cloud");
  const posted = await one.post(sh(`echo ran >> ${one.at("ran")}; cat ${one.at("ran")}`));
  one.commands.post(posted);
  await eventually("the exit", () => posted.got.exit);
  assert.equal(posted.got.stdout, "ran\n");
  one.commands.expect_links(1);
  await one.service.stop();
  await one.start_service();
  await eventually("a new link", () => one.cloud.hellos() > hellos);
  const accepted = posted.got.accepted;
  one.commands.post(posted);
  await eventually("the answer to the repetition", () => posted.got.accepted > accepted);
  assert.equal(posted.got.stdout, "ran\n");
});
