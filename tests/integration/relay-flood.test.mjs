// Programs of one user that begin tickets over and over while the cloud reads nothing: the service's memory stays bounded, and
// the cloud hears each beginning once.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import net from "node:net";
import { test } from "node:test";
import { connected_machine, eventually } from "./channel-support.mjs";
import { watch_memory } from "./support.mjs";

const mebibyte = 1 << 20;
const rounds = 60;
const manifest = Buffer.alloc(700_000, 0x20);

const blake2b_256 = (bytes) => execFileSync("python3",
  ["-c", "import hashlib, sys; print(hashlib.blake2b(sys.stdin.buffer.read(), digest_size=32).hexdigest())"], { input: bytes })
  .toString().trim();

const begin = (ticket, bytes, digest) => ({ type: "ticket_begin", ticket, manifest: bytes.toString("base64url"),
  consent: { mode: "asked", at: "2024-01-01T00:00:00Z", digest } });

/** One connection to the local link. */
class local_link {
  heard = [];
  constructor(path) {
    let rest = Buffer.alloc(0);
    this.socket = net.connect(path);
    this.socket.on("error", () => {}).on("data", (bytes) => {
      rest = Buffer.concat([rest, bytes]);
      for (let end; rest.length >= 8 && rest.length >= (end = 8 + rest.readUInt32BE(0) + rest.readUInt32BE(4)); rest = rest.subarray(end))
        this.heard.push(JSON.parse(rest.subarray(8, 8 + rest.readUInt32BE(0))));
    });
  }
  async ready() {
    await eventually("the cloud to be there", () => this.heard.some((each) => each.type === "status" && each.connected));
    return this;
  }
  say(message) {
    const text = Buffer.from(JSON.stringify(message));
    const head = Buffer.alloc(8);
    head.writeUInt32BE(text.length, 0);
    return new Promise((done) => this.socket.write(Buffer.concat([head, text]), done));
  }
  /** All that was said before was dealt with. */
  async caught_up() {
    const ticket = randomUUID();
    await this.say(begin(ticket, Buffer.from("{}"), "0".repeat(64)));
    await eventually("an answer", () => this.heard.some((each) => each.ticket === ticket && each.error));
  }
  gone() { return new Promise((done) => this.socket.on("close", done).end()); }
}

async function silent_cloud(t) {
  const one = await connected_machine(t);
  one.digest = blake2b_256(manifest);
  one.connect = () => new local_link(one.at("run/helper.sock")).ready();
  one.begins = () => one.cloud.heard.filter((each) => each.type === "ticket_begin").length;
  const first = await one.connect();
  one.cloud.link.pause();
  one.memory = watch_memory(t, one.service.child.pid);
  t.after(() => first.socket.destroy());
  one.finish = async (count) => {
    await first.caught_up();
    t.diagnostic(`${one.memory.most() >> 10} KiB more than before`);
    assert.ok(one.memory.most() < 24 * mebibyte, `${one.memory.most()} bytes more than before`);
    one.cloud.link.resume();
    await eventually("the beginnings at the cloud", () => one.begins() >= count);
    one.cloud.link.send("{\"type\":\"notice\",\"text\":\"enough\"}");
    await one.service.said("The cloud says: enough");
    assert.equal(one.begins(), count);
  };
  return one;
}

test("two connections of one user begin the same ticket in turns", async (t) => {
  const one = await silent_cloud(t);
  const links = [await one.connect(), await one.connect()];
  t.after(() => links.forEach((each) => each.socket.destroy()));
  const ticket = randomUUID();
  for (let i = 0; i < rounds; ++i) await links[i % 2].say(begin(ticket, manifest, one.digest));
  for (const each of links) await each.caught_up();
  await one.finish(1);
  // The answer goes to the connection that began last.
  one.cloud.link.send(JSON.stringify({ type: "ticket_state", ticket, have: [] }));
  await eventually("the answer", () => links[1].heard.some((each) => each.ticket === ticket));
  assert.ok(!links[0].heard.some((each) => each.ticket === ticket));
});

test("a program comes, begins its ticket and goes, over and over", async (t) => {
  const one = await silent_cloud(t);
  for (const ticket of [randomUUID(), randomUUID()])
    for (let i = 0; i < rounds / 2; ++i) {
      const link = await one.connect();
      await link.say(begin(ticket, manifest, one.digest));
      await link.caught_up();
      await link.gone();
    }
  // Of a third ticket nothing goes on: it is to be begun again later.
  const third = randomUUID();
  const link = await one.connect();
  t.after(() => link.socket.destroy());
  await link.say(begin(third, manifest, one.digest));
  await eventually("to be put off", () => link.heard.some((each) => each.ticket === third && each.retry_after_s > 0));
  await one.finish(2);
});
