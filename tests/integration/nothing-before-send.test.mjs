// What leaves the helper, and what leaves the machine, between the hotkey and Send: each frame of the local link and each message
// to the cloud is taken apart and searched for the ticket. After Send the same search finds it; after Discard never.
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import test from "node:test";
import { eventually, listen_in_tls, overheard_machine } from "./listening-support.mjs";
import { click_at_noise, find, frame_needles, look_and_write, start_noise, stored_pictures } from "./noise-support.mjs";
import { discard, sent_number } from "./support.mjs";

const size = [640, 400];
const seeds = [1, 2, 3];
const title = "Gehaltsliste-Quarz-7731";
const written = "Der Drucker druckt nur die erste Seite, Zeichen 48151623.";

/** What can be read in a message: its text, what its strings hold as base64url, its bytes. */
function readable({ json, bulk, opcode, payload }) {
  const message = json ?? (opcode === 1 ? JSON.parse(payload) : undefined);
  const found = [bulk ?? payload];
  const walk = (value) => {
    if (typeof value === "string") found.push(Buffer.from(value), Buffer.from(value, "base64url"));
    else if (value !== null && typeof value === "object") Object.entries(value).forEach((each) => each.forEach(walk));
  };
  walk(message ?? "");
  return Buffer.concat(found);
}

/** Which of these texts and pictures are in the messages. */
function traces(one, messages, texts, needles) {
  const bytes = messages.map(readable);
  const found = Object.entries(texts).filter(([, text]) => bytes.some((each) => each.includes(text))).map(([name]) => name);
  const name = one.at("heard");
  writeFileSync(name, Buffer.concat(messages.map((each) => (each.json ? each.bulk : each.opcode === 2 ? each.payload.subarray(29) : readable(each)))));
  const pictures = find(needles, [name]).map(({ needle }) => needle);
  rmSync(name);
  return [...found, ...pictures].sort();
}

const local_kinds = (frames) => [...new Set(frames.map(({ json }) => json.type))];
const wire_kinds = (messages) => [...new Set(messages.map(({ opcode, payload }) =>
  (opcode === 1 ? JSON.parse(payload).type : { [-1]: "upgrade", 2: "bulk", 8: "close", 9: "ping", 10: "pong" }[opcode])))];
const before_send = ["alert", "close", "enroll", "heartbeat", "hello", "ping", "pong", "upgrade"];

/** An open ticket with pictures, a title and a text, and everything heard so far. */
async function overheard_ticket(t) {
  const one = await overheard_machine(t, { between: listen_in_tls, locally: true, size: `${size.join("x")}x24` });
  const noise = await start_noise(t, one);
  await noise.say(`title ${title}`);
  await click_at_noise(one, noise, seeds);
  one.xdotool("key", "ctrl+shift+F12");
  const page = await one.page();
  const pictures = await look_and_write(page, written, size[0]);
  await page.getByText(title).first().waitFor(); // the page knows it
  await eventually("a word about health", () => one.local.heard.length > 0);
  await eventually("the service's greeting", () => wire_kinds(one.wire.heard).includes("hello"));
  return { one, page, pictures };
}

/** Each byte of the local link was part of a frame, and each frame was about health. */
function only_health(one, frames) {
  assert.deepEqual(local_kinds(frames), ["health"]);
  for (const { json, bulk } of frames) {
    assert.equal(bulk.length, 0);
    assert.deepEqual(Object.keys(json).sort(), ["actors", "session", "type"]);
  }
}

test("between hotkey and Send nothing of the ticket leaves the helper; after Send it does", async (t) => {
  const { one, page, pictures } = await overheard_ticket(t);
  const before = { local: [...one.local.heard], wire: [...one.wire.heard] };
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await sent_number(page);
  only_health(one, before.local);
  assert.deepEqual(wire_kinds(before.wire).filter((each) => !before_send.includes(each)), []);

  const ticket = one.helper.log.match(/The user said yes to ticket (\S+)\./)[1];
  const id = Buffer.from(ticket.replaceAll("-", ""), "hex");
  const texts = { title: Buffer.from(title), written: Buffer.from(written), ticket: Buffer.from(ticket), "its id's bytes": id };
  const sent = stored_pictures(one);
  assert.equal(sent.length, pictures);
  const needles = [...frame_needles(seeds, size), ...sent.flatMap((name, at) => ["--file", `picture ${at + 1}=${name}`])];
  const names = sent.map((_, at) => `picture ${at + 1}`);
  assert.deepEqual(traces(one, before.local, texts, needles), []);
  assert.deepEqual(traces(one, before.wire, texts, needles), []);
  // Noise goes into a PNG as it is, so that its pixels may be found in the files, too.
  const found = (messages) => traces(one, messages, texts, needles).filter((each) => !each.startsWith("frame "));
  assert.deepEqual(found(one.local.heard), ["title", "written", "ticket", ...names].sort());
  // On the wire the parts' frames begin with the id's bytes.
  assert.deepEqual(found(one.wire.heard), ["title", "written", "ticket", ...names, "its id's bytes"].sort());
});

test("after Discard nothing of the ticket has ever left the helper", async (t) => {
  const { one, page } = await overheard_ticket(t);
  await discard(page);
  const ticket = one.helper.log.match(/Ticket (\S+) was discarded\./)[1];
  await one.helper.stop();
  await one.service.stop();
  only_health(one, one.local.heard);
  assert.deepEqual(wire_kinds(one.wire.heard).filter((each) => !before_send.includes(each)), []);
  const texts = { title: Buffer.from(title), written: Buffer.from(written), ticket: Buffer.from(ticket) };
  assert.deepEqual(traces(one, one.local.heard, texts, frame_needles(seeds, size)), []);
  assert.deepEqual(traces(one, one.wire.heard, texts, frame_needles(seeds, size)), []);
  assert.deepEqual(one.tickets(), []);
});
