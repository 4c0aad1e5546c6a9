// A cloud that says more than the service can deal with, or does not read what it is answered: the service's memory stays
// bounded, and it goes on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connected_machine, eventually, listen_to } from "./channel-support.mjs";
import { sh, sign } from "./command-support.mjs";
import { watch_memory } from "./support.mjs";

const mebibyte = 1 << 20;

/** A command whose signature does not fit; all the checks before the signature hold. */
async function forged(agent) {
  const { jws } = await sign(agent, sh(`true ${"#".repeat(1500)}`));
  const at = jws.lastIndexOf(".") + 1;
  return jws.slice(0, at) + (jws[at] === "A" ? "B" : "A") + jws.slice(at + 1);
}

/** Says them as fast as the link takes them, until `enough` or its end; gives how many were said. */
async function pour(link, message, enough) {
  let said = 0;
  for (let ended; !ended && !enough(said); ++said) {
    const text = JSON.stringify(message(said));
    if (said % 64 !== 0) link.send(text, () => {});
    else ended = await Promise.race([new Promise((done) => link.send(text, done)), new Promise((done) => setTimeout(done, 100))]);
  }
  return said;
}

async function flooded_machine(t) {
  const one = await connected_machine(t);
  one.jws = await forged(one.cloud.upgrades.at(-1).headers["tier2-agent"]);
  one.memory = watch_memory(t, one.service.child.pid);
  return one;
}

test("forged commands come faster than their signatures can be looked at", async (t) => {
  const one = await flooded_machine(t);
  const count = 30_000;
  await pour(one.cloud.link, (i) => ({ type: "command", ref: `r${i}`, jws: one.jws }), (said) => said === count);
  await eventually("all to be refused", () => one.cloud.heard.filter((each) => each.type === "rejected").length === count, 240);
  t.diagnostic(`${one.memory.most() >> 10} KiB more than before`);
  assert.ok(one.memory.most() < 24 * mebibyte, `${one.memory.most()} bytes more than before`);
  assert.equal(one.cloud.heard.findLast((each) => each.type === "rejected").reason, "bad_signature");
});

test("a cloud that does not read its answers loses the link, and gets the service back", async (t) => {
  const one = await flooded_machine(t);
  const says = listen_to(one.service);
  const link = one.cloud.link;
  link.pause();
  const lost = /No connection to the cloud: \S+ does not take what it is sent: more than 8388608 bytes were waiting/;
  const ref = "r".repeat(64);
  await pour(link, () => ({ type: "command", ref, jws: one.jws.replace(/^[^.]*/, "e30") }), (said) => said === 400_000 || lost.test(says.all()));
  await says.until(lost);
  link.terminate();
  await eventually("the service to be back", () => one.cloud.hellos() === 2);
  t.diagnostic(`${one.memory.most() >> 10} KiB more than before`);
  assert.ok(one.memory.most() < 48 * mebibyte, `${one.memory.most()} bytes more than before`);
  one.cloud.link.send('{"type":"notice","text":"well behaved"}');
  await says.until(/The cloud says: well behaved/);
});
