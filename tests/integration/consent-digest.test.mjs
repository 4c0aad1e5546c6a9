// The user's yes is a digest of exact bytes. Python says, too, that it is; who changes a byte on the way is found out, by the
// service, by the cloud, and the user is told.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { blake2b_256, listen_in_tls, overheard_machine, stored_tickets } from "./listening-support.mjs";
import { local_client } from "./ticket-support.mjs";
import { eventually, press_send, sent_number, whole_machine } from "./support.mjs";

const vector = (name) => readFileSync(fileURLToPath(new URL(`../vectors/consent/${name}`, import.meta.url)));
const flipped = (bytes, at) => { const made = Buffer.from(bytes); made[at] ^= 1; return made; };

/** A machine whose ticket is sent with one picture; `page` says how it ended. */
async function sent_through(t, prepare) {
  const one = await overheard_machine(t, { between: listen_in_tls, locally: true, size: "320x200x24" });
  prepare(one);
  one.click(100, 100);
  await one.open_by_command();
  const page = await one.page();
  await press_send(page);
  return { one, page };
}
async function refusal(page) {
  await page.locator('#state[data-state="refused"]').waitFor();
  await page.locator("#notice summary").click();
  return page.locator("#notice").textContent();
}

test("the digest that a helper sends is the one that Python finds of the manifest's bytes, and of each part's", async (t) => {
  const { one, page } = await sent_through(t, () => {});
  await sent_number(page);
  const begin = one.local.heard.find(({ json }) => json.type === "ticket_begin").json;
  const manifest = Buffer.from(begin.manifest, "base64url");
  assert.equal(begin.consent.digest, blake2b_256(manifest));
  assert.equal(one.local.heard.find(({ json }) => json.type === "ticket_end").json.consent_digest, begin.consent.digest);
  const { parts } = JSON.parse(manifest);
  for (const { part, bytes, blake2b } of parts) {
    const sent = Buffer.concat(one.local.heard.filter(({ json }) => json.type === "ticket_part" && json.part === part).map(({ bulk }) => bulk));
    assert.equal(sent.length, bytes);
    assert.equal(blake2b_256(sent), blake2b);
  }
  const [stored] = stored_tickets(one);
  assert.equal(stored.manifest, manifest.toString());
  assert.deepEqual([stored.digest_holds, stored.wrong, stored.parts], [true, [], parts.length]);
});

test("the vector is what Python makes of its bytes; with any byte of it changed the service refuses, and says why", async (t) => {
  const manifest = vector("manifest.json");
  const digest = vector("manifest.blake2b").toString().trim();
  assert.equal(blake2b_256(manifest), digest);
  const one = await whole_machine(t);
  await one.service.said("Connected to the cloud at");
  const link = await local_client(t, one);
  const ticket = JSON.parse(manifest).ticket;
  const begin = (bytes, consented = digest) => ({ type: "ticket_begin", ticket, manifest: bytes.toString("base64url"),
    consent: { mode: "asked", at: "2026-01-02T03:04:06.000Z", digest: consented } });
  for (let at = 0; at < manifest.length; ++at) link.say(begin(flipped(manifest, at)));
  for (let at = 0; at < 32; ++at) link.say(begin(manifest, flipped(Buffer.from(digest, "hex"), at).toString("hex")));
  await eventually("every answer", () => link.states(ticket).length === manifest.length + 32);
  assert.deepEqual([...new Set(link.states(ticket).map(({ error }) => error))], ["The consent is not about this ticket's content."]);
  // As it is, it is taken, whole.
  assert.deepEqual(await link.ask(begin(manifest)), { type: "ticket_state", ticket });
  await link.parts(ticket, [vector("system.json"), vector("picture-001.png")]);
  assert.equal((await link.end(ticket, digest)).number, "1");
  const [stored] = stored_tickets(one);
  assert.equal(stored.manifest, manifest.toString());
  assert.deepEqual([stored.digest_holds, stored.wrong], [true, []]);
});

for (const [who, where, why] of [
  ["between helper and service", (one) => { one.local.change = (frame) => (frame.json.type !== "ticket_begin" ? frame : changed_local(frame)); },
    /The consent is not about this ticket's content\./],
  ["between service and cloud", (one) => { one.wire.change = change_begin; }, /crypto_failed: The consent is not to this manifest: their digests differ\./],
  ["in a picture, between helper and service", (one) => { one.local.change = (frame) => (frame.json.type !== "ticket_part" || frame.json.part !== 1 ? frame
    : { ...frame, bulk: flipped(frame.bulk, frame.bulk.length >> 1) }); }, /crypto_failed: Part 1 is not what the manifest says/],
  ["in a picture, between service and cloud", (one) => { one.wire.change = (message) => (message.opcode !== 2 || message.payload.readUInt32BE(17) !== 1 ? message
    : { ...message, payload: flipped(message.payload, message.payload.length - 1) }); }, /crypto_failed: Part 1 is not what the manifest says/],
])
  test(`a byte that is changed ${who}: nothing is kept, and the page says so`, async (t) => {
    const { one, page } = await sent_through(t, where);
    assert.match(await refusal(page), why);
    assert.deepEqual(stored_tickets(one), []);
  });

const change_manifest = (json) => {
  const manifest = Buffer.from(json.manifest, "base64url");
  return { ...json, manifest: flipped(manifest, manifest.indexOf("printer")).toString("base64url") };
};
function changed_local(frame) { return { ...frame, json: change_manifest(frame.json) }; }
function change_begin(message) {
  if (message.opcode !== 1) return message;
  const json = JSON.parse(message.payload);
  return json.type !== "ticket_begin" ? message : { ...message, payload: Buffer.from(JSON.stringify(change_manifest(json))) };
}

test("an end that is about another consent than the beginning is refused", async (t) => {
  const one = await whole_machine(t);
  await one.service.said("Connected to the cloud at");
  const link = await local_client(t, one);
  const ticket = randomUUID();
  const { manifest, digest } = link.made(ticket, [Buffer.from("one")]);
  await link.begin(ticket, manifest);
  await link.parts(ticket, [Buffer.from("one")]);
  assert.match((await link.end(ticket, flipped(Buffer.from(digest, "hex"), 3).toString("hex"))).error, /^crypto_failed: The consent at the end is not the one/);
  await eventually("nothing to be stored", () => stored_tickets(one).length === 0);
});
