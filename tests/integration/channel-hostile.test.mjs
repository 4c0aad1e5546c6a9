// A cloud that breaks the protocol, by npm's `ws` and bytes of the test's own: the service stays up, says why, and is back as
// soon as the cloud behaves.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connected_machine, eventually, listen_to } from "./channel-support.mjs";

const mebibyte = 1 << 20;

/** A frame (RFC 6455, 5.2) with this first byte, as a server may not all send it; `length` is what it declares. */
function frame(first, payload = "", { length = Buffer.byteLength(payload), form, mask = false } = {}) {
  const body = Buffer.from(payload);
  const kind = form ?? (length < 126 ? 7 : length < 65536 ? 16 : 64);
  const head = Buffer.alloc(kind === 7 ? 2 : kind === 16 ? 4 : 10);
  head[0] = first;
  head[1] = (mask ? 0x80 : 0) | (kind === 7 ? length : kind === 16 ? 126 : 127);
  if (kind === 16) head.writeUInt16BE(length, 2);
  if (kind === 64) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, Buffer.alloc(mask ? 4 : 0), body]);
}
const text = (value) => frame(0x81, typeof value === "string" ? value : JSON.stringify(value));
const times = (count, each) => Buffer.concat(Array.from({ length: count }, (_, i) => each(i)));
const deep = (depth) => `{"type":"notice","x":${"[".repeat(depth)}${"]".repeat(depth)}}`;

/** One machine for all; each `case_` puts a part on, and the cloud behaves well after it. */
async function with_machine(t, run) {
  const one = await connected_machine(t);
  const pid = one.service.child.pid;
  await run(async (name, part, why) => {
    await t.test(name, async () => {
      const says = listen_to(one.service);
      const hellos = one.cloud.hellos();
      let played = false;
      const mark = () => { played = true; };
      const { hello, upgrade } = part;
      one.cloud.next({ ...part,
        ...(hello && { hello: (...of) => { mark(); hello(...of); } }),
        ...(upgrade && { upgrade: (...of) => { mark(); upgrade(...of); } }) });
      one.cloud.link.close(1001); // comes back, and meets the part
      if (why) await says.until(why);
      await eventually("the service to be back", () => played && one.cloud.hellos() > hellos + (hello ? 1 : 0))
        .catch((error) => { throw new Error(`${error.message}; the service said:\n${says.all()}`); });
      const then = listen_to(one.service);
      one.cloud.link.send('{"type":"notice","text":"well behaved"}');
      await then.until(/The cloud says: well behaved/);
      assert.ok(one.service.running);
      assert.equal(one.service.child.pid, pid);
      assert.doesNotMatch(says.all(), /crash|restart/i, "an actor died of it");
    });
  });
}

const protocol = /No connection to the cloud: 127\.0\.0\.1:\d+ does not speak our protocol: /;
const lost = /No connection to the cloud: The connection with 127\.0\.0\.1:\d+ was lost without a farewell/;
const closed = /No connection to the cloud: The cloud closed the connection \(1001\)/;
const then_closes = (...messages) => ({ hello: (link) => { messages.forEach((each) => link.send(each)); link.close(1001); } });
const sends = (...frames) => ({ hello: (link, socket) => socket.write(Buffer.concat(frames)) });

test("frames that RFC 6455 forbids", async (t) => with_machine(t, async (case_) => {
  const fragment = frame(0x01, "a");
  for (const [name, ...frames] of [
    ["a compressed frame, which nobody agreed on", frame(0xc1, "\xcaH\xcd\xc9\xc9\x07")],
    ["reserved bit 2", frame(0xa1, "hi")],
    ["reserved bit 3", frame(0x91, "hi")],
    ["a reserved opcode of data", frame(0x83, "hi")],
    ["a reserved opcode of control", frame(0x8b, "hi")],
    ["a fragmented ping", frame(0x09, "hi")],
    ["a fragmented close", frame(0x08, "\x03\xe8")],
    ["a ping of 126 bytes", frame(0x89, "p".repeat(126))],
    ["a masked frame", frame(0x81, "hi", { mask: true })],
    ["a continuation of nothing", frame(0x80, "hi")],
    ["a message inside a message", fragment, frame(0x81, "b")],
    ["a length that is longer than it needs to be", frame(0x81, "hi", { form: 16 })],
    ["a 64-bit length that is longer than it needs to be", frame(0x81, "hi", { form: 64 })],
    ["a compressed continuation", fragment, frame(0xc0, "b")],
    ["a close frame of one byte", frame(0x88, "\x03")],
    ["a close code that must not be on the wire", frame(0x88, Buffer.from([0x03, 0xed]))],
    ["a close code that nobody has", frame(0x88, Buffer.from([0x00, 0x01]))],
  ])
    await case_(name, sends(...frames), protocol);
}));

test("more than a message may be", async (t) => with_machine(t, async (case_) => {
  await case_("a frame that declares a byte more than 1 MiB, and sends none", sends(frame(0x82, "", { length: mebibyte + 1 })),
    protocol);
  await case_("a frame that declares 2^62 bytes", sends(frame(0x81, "", { length: 2n ** 62n, form: 64 })), protocol);
  await case_("a frame that declares 2^63 bytes", sends(frame(0x81, "", { length: 2n ** 63n, form: 64 })), protocol);
  await case_("fragments that make more than 1 MiB",
    sends(frame(0x02, "x"), times(32, () => frame(0x00, "y".repeat(mebibyte / 32)))), protocol);
  await case_("a million empty fragments, and then the end of the link",
    { hello: (link, socket) => socket.end(Buffer.concat([frame(0x01), Buffer.alloc(2_000_000)])) }, lost);
  await case_("fifty thousand small messages, and then the end of the link",
    { hello: (link, socket) => socket.end(times(50_000, () => text({ type: "nothing" }))) }, lost);
  await case_("ten thousand pings, and then the end of the link",
    { hello: (link, socket) => socket.end(times(10_000, () => frame(0x89, "p".repeat(125)))) }, lost);
}));

test("text that is not UTF-8", async (t) => with_machine(t, async (case_) => {
  for (const [name, ...frames] of [
    ["a stray continuation byte", frame(0x81, Buffer.from([0x22, 0x80, 0x22]))],
    ["an overlong form", frame(0x81, Buffer.from([0xc0, 0xaf]))],
    ["a surrogate", frame(0x81, Buffer.from([0xed, 0xa0, 0x80]))],
    ["cut off by the message's end", frame(0x01, Buffer.from([0x22, 0xc3])), frame(0x80)],
    ["in the reason of a close", frame(0x88, Buffer.from([0x03, 0xe8, 0xc3, 0x28]))],
  ])
    await case_(name, sends(...frames), protocol);
}));

test("messages that are none", async (t) => with_machine(t, async (case_) => {
  const refused = /No connection to the cloud: /;
  await case_("no JSON", sends(text("hello")), refused);
  await case_("JSON, a hundred thousand arrays deep", sends(text(deep(100_000))), refused);
  await case_("JSON, one array deeper than allowed", sends(text(deep(32))), refused);
  await case_("no object", sends(text("[]")), refused);
  await case_("two types", sends(text('{"type":"notice","type":"notice","text":"a"}')), refused);
  await case_("a notice without text", sends(text({ type: "notice" })), refused);
  await case_("an escape sequence for terminals, which is not passed on",
    then_closes('{"type":"notice","text":"\\u001b[31mred"}'), /The cloud says: [^\x1b]*red/);
  await case_("types that nobody knows, which are passed over",
    then_closes(...["", "hello ", "x".repeat(255)].map((type) => JSON.stringify({ type }))), closed);
  await case_("messages that only an agent sends",
    then_closes('{"type":"enrolled","state":"approved"}', '{"type":"open"}'), closed);
  for (const command of [{}, { ref: 1, jws: {} }, { ref: "", jws: "" }, { ref: "a", jws: "a.b.c" },
    { ref: "a", jws: "x".repeat(900_000) }, { ref: "\u0000", jws: "e30.e30." }])
    await case_(`rubbish instead of a command: ${JSON.stringify(command).slice(0, 40)}`,
      then_closes(JSON.stringify({ type: "command", ...command })), refused);
  await case_("binary frames of nobody's kind",
    then_closes(...[0, 1, 28, 29, 30, mebibyte].map((bytes) => Buffer.alloc(bytes, 0xff))), closed);
}));

test("links that end badly", async (t) => with_machine(t, async (case_) => {
  await case_("half closed without a word", { hello: (link, socket) => socket.end() }, lost);
  await case_("in the middle of a frame", { hello: (link, socket) => socket.end(frame(0x81, "half", { length: 100 })) }, lost);
  await case_("reset", { hello: (link, socket) => socket.destroy() }, lost);
  await case_("closed with a code of the cloud's own", { hello: (link) => link.close(4999, "for reasons") },
    /The cloud closed the connection \(4999\): for reasons/);
}));

const says_http = (answer) => ({ upgrade: (request, socket) => socket.end(answer) });

test("answers to the upgrade", async (t) => with_machine(t, async (case_) => {
  await case_("headers that a proxy adds are tolerated", { hello: (link) => link.close(4001, "that was all"), headers:
    ["Via: 1.1 corporate", "X-Cache: MISS", "X-Cache: MISS", "Set-Cookie: a=b", "Server:", `X-Long: ${"x".repeat(4000)}`] },
    /The cloud closed the connection \(4001\): that was all/);
  for (const [status, why] of [
    ["401 Unauthorized", /The cloud does not accept this machine's key\. It is not enrolled anew by itself/],
    ["403 Forbidden", /An operator has revoked this machine's access to the cloud/],
    ["404 Not Found", /HTTP status 404: .*there is no such path: check that this is the right server/],
    ["500 Internal Server Error", /HTTP status 500: .*try again later/],
    ["302 Found\r\nLocation: https://127.0.0.1/elsewhere", /HTTP status 302: .*redirects are not followed/],
    ["200 OK", /HTTP status 200/],
  ])
    await case_(`status ${status.split("\r")[0]}`, says_http(`HTTP/1.1 ${status}\r\nContent-Length: 4\r\n\r\nbody`), why);
  await case_("not HTTP at all", says_http("SSH-2.0-OpenSSH_9.2\r\n\r\n"), protocol);
  await case_("nothing, and the end", { upgrade: (request, socket) => socket.end() }, lost);
  await case_("a header without end", says_http(`HTTP/1.1 101 Yes\r\nX: ${"x".repeat(mebibyte)}`), protocol);
  await case_("agreement with another key", says_http("HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\nSec-WebSocket-Protocol: tier2.v1\r\n\r\n"), protocol);
  for (const [name, lines] of [
    ["an extension that was not offered", ["Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=15"]],
    ["an extension that is none", ["Sec-WebSocket-Extensions: ;=,"]],
  ])
    await case_(name, { headers: lines, upgrade: (request, socket, accept) => accept() }, protocol);
}));

test("a cloud that never answers the upgrade is given up, and tried again", async (t) => {
  const one = await connected_machine(t);
  const says = listen_to(one.service);
  one.cloud.next({ upgrade: () => {} });
  one.cloud.link.close(1001);
  await says.until(/within \d+\.\d seconds: no answer while waiting for the answer to the WebSocket upgrade/, 60);
  await eventually("the service to be back", () => one.cloud.hellos() === 2);
});

test("a cloud that answers no ping is taken for dead, and tried again; one that does is kept", async (t) => {
  const one = await connected_machine(t, () => "ping_interval_s = 1\ndead_after_s = 3\n");
  let pings = 0;
  one.cloud.link.on("ping", () => { pings += 1; });
  await eventually("pings that were answered, for longer than a silent cloud is borne", () => pings >= 5);
  assert.equal(one.cloud.hellos(), 1);
  const says = listen_to(one.service);
  one.cloud.next({ options: { autoPong: false } });
  one.cloud.link.close(1001);
  await says.until(/Nothing was heard from 127\.0\.0\.1:\d+ for 3 seconds, so the connection is taken for dead/);
  await eventually("the service to be back", () => one.cloud.hellos() === 3);
});
