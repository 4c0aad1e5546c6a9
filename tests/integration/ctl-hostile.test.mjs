// A cloud that means harm plays against tier2ctl: the token goes nowhere else, nothing grows without bound, and no text moves
// the terminal's cursor.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import http from "node:http";
import test from "node:test";
import { an_id, ctl, delivery, event, exited, first, json, on_terminal, operator, output, run_true, second, taking } from "./ctl-support.mjs";
import { programs } from "./support.mjs";

const control = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/;

/** What a terminal got, without what tier2ctl itself and the terminal's line discipline may send. */
const tamed = (shown) => shown.replaceAll("\r\x1b[K", "").replaceAll("\r\n", "\n");

test("a redirection is not followed: the token stays with the address that it was given for", async (t) => {
  let elsewhere = 0;
  const other = http.createServer((request, response) => { ++elsewhere; response.end("{}"); });
  await new Promise((ready) => other.listen(0, "127.0.0.1", ready));
  t.after(() => other.close());
  const one = await operator(t, () => {});
  for (const status of [301, 302, 303, 307, 308]) {
    one.cloud.answer = (request, response) => {
      response.writeHead(status, { Location: `http://127.0.0.1:${other.address().port}/api/v1/agents` });
      response.end();
    };
    const agents = await ctl(one, ["agents", ...one.connection]);
    assert.equal(agents.code, 3);
    const tail = await ctl(one, ["tail", ...one.connection, an_id()]);
    assert.equal(tail.code, 3);
  }
  assert.equal(elsewhere, 0);
});

test("rubbish instead of an answer is refused in words", async (t) => {
  const one = await operator(t, () => {});
  const answers = ["", "<html>", "[", "{\"items\":3}", "{\"items\":[{}],\"next\":\"x&connected=true\"}", "null", "\u0000", "{\"a\":1,\"a\":2}"];
  for (const body of answers) {
    one.cloud.answer = (request, response) => { response.writeHead(200, { "Content-Type": "application/json" }); response.end(body); };
    const agents = await ctl(one, ["agents", ...one.connection]);
    assert.equal(agents.code, 3, `${JSON.stringify(body)}: ${agents.stderr}`);
    assert.equal((await ctl(one, ["tail", ...one.connection, an_id()])).code, 3, body);
  }
  one.cloud.answer = (request, response) => response.destroy();
  assert.equal((await ctl(one, ["agents", ...one.connection])).code, 3);
});

test("a receipt that is none is refused in words, whatever it is, and nobody's key is left in a core", async (t) => {
  const one = await operator(t, () => {});
  for (const body of ["[]", "null", "1", "\"x\"", "true", "[[]]", "{\"agents\":1}", "{\"agents\":null}", "{\"agents\":{}}"])
    for (const words of [["cancel", ...one.connection, "--key", one.key, "--aud", first, an_id()], run_true(one)])
      for (const more of [["--json"], []]) {
        one.cloud.answer = (request, response) => { response.writeHead(202, { "Content-Type": "application/json" }); response.end(body); };
        const ended = await ctl(one, [words[0], ...more, ...words.slice(1)]);
        assert.deepEqual([ended.code, ended.signal, ended.stdout], [3, null, ""], `${words[0]} ${more} ${body}: ${ended.stderr}`);
        assert.match(ended.stderr, /no receipt of ours/);
      }
});

test("no subcommand that holds a key or a token can leave a core", async (t) => {
  let limits;
  const one = await operator(t, (request, response) => {
    limits = readFileSync(`/proc/${child.pid}/limits`, "utf8");
    json(response, 200, { items: [] });
  });
  const child = spawn(programs.ctl, ["agents", ...one.connection], { env: one.here.environment, stdio: "ignore" });
  assert.deepEqual(await once(child, "exit"), [0, null]);
  assert.match(limits, /^Max core file size\s+0\s+0\s/m);
});

test("the cloud's answer cannot pass for an event of another kind", async (t) => {
  const one = await operator(t, () => {});
  const plays = taking([delivery(first, "pc-1")], (last, response) => response.end(
    event("1-1", "output", { agent: first, stream: "stdout", offset: 0, text: "x", event: "end" }) +
    event("2-3", "state", { ...exited(first, "pc-1"), event: "output" }) + event("2-3", "end", {})));
  one.cloud.answer = (request, response, body) => (request.method === "POST"
    ? json(response, 202, { id: an_id(), agents: [], event: "state" }) : plays(request, response, body));
  const sent = await ctl(one, run_true(one, ["--follow", "--json"]));
  assert.deepEqual(sent.stdout.trim().split("\n").map((line) => JSON.parse(line).event), ["posted", "output", "state"]);
});

/** Sends as fast as it can be taken, until the other side has had enough; gives how much went out. */
function pour(response, socket, piece) {
  let sent = 0;
  return new Promise((done) => {
    socket.on("close", () => done(sent));
    socket.on("error", () => {});
    const more = () => {
      while (!socket.destroyed && sent < 256 << 20) {
        sent += piece.length;
        if (!socket.write(piece)) return socket.once("drain", more);
      }
      socket.end();
    };
    more();
  });
}

test("lines without an end are cut off wherever they are: in the head, in a chunk's size, in an event, in an answer", async (t) => {
  const one = await operator(t, () => {});
  const endless = Buffer.alloc(65536, "a");
  const begins = {
    "status line": "HTTP/1.1 200 ",
    "header": "HTTP/1.1 200 OK\r\nX: ",
    "size of a chunk": "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n",
    "body": "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n",
  };
  for (const [where, head] of Object.entries(begins)) {
    let poured;
    one.cloud.answer = (request, response) => {
      const { socket } = request;
      socket.write(head);
      poured = pour(response, socket, endless);
    };
    const agents = await ctl(one, ["agents", ...one.connection]);
    assert.equal(agents.code, 3, `${where}: ${agents.signal} ${agents.stderr}`);
    assert.ok(await poured < 128 << 20, where);
  }
  one.cloud.answer = taking([delivery(first, "pc-1")], (last, response) => pour(response, response.socket, endless));
  one.cloud.answer = ((before) => (request, response, body) => {
    if (!request.url.endsWith("/output")) return before(request, response, body);
    request.socket.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\ndata: ");
    pour(response, request.socket, endless);
  })(one.cloud.answer);
  const tail = await ctl(one, ["tail", ...one.connection, an_id()]);
  assert.equal(tail.code, 3, tail.stderr);
  assert.match(tail.stderr, /line of more than/);
  assert.equal(tail.stdout, "");
});

test("host names, words and output cannot move the terminal's cursor or turn text around", async (t) => {
  const evil = "pc\x1b]0;owned\x07\x1b[2J\u009b31m\u202egpj.exe";
  const one = await operator(t, (request, response) => json(response, 200, { items: [{ agent: first, hostname: evil, os: evil, version: evil,
    state: evil, connected: true, last_seen: evil, groups: [evil], capabilities: [] }] }));
  const list = await on_terminal(one, ["agents", ...one.connection]);
  assert.match(list.shown, /pc\\x1b/);
  one.cloud.answer = taking([delivery(first, evil), delivery(second, "pc-2")], (last, response) => response.end(
    output("1-1", first, "stdout", 0, "\x1b[31mred\r\x9b\u202e\n") + output("2-1", second, "stderr", 0, "\x07\n") +
    event("3-3", "state", delivery(first, evil, "rejected", { reason: evil, detail: evil })) +
    event("4-3", "state", exited(second, "pc-2")) + event("4-3", "end", {})));
  const tail = await on_terminal(one, ["tail", ...one.connection, an_id()]);
  one.cloud.answer = (request, response) => json(response, 404, { error: evil, message: evil, details: [evil] });
  const refused = await on_terminal(one, ["tail", ...one.connection, an_id()]);
  for (const { shown } of [list, tail, refused]) {
    assert.doesNotMatch(tamed(shown), control);
    const text = Buffer.from(shown, "latin1").toString("utf8");
    assert.doesNotMatch(text, /[\u0080-\u009f\u202e]/);
  }
  assert.match(tail.shown, /\\x1b\[31mred\\r\\u009b\\u202e/);
});

test("output of machines that were not asked, twice the same, or more than a command may have is not printed", async (t) => {
  const play = (events) => taking([delivery(first, "pc-1")], (last, response) => response.end(events + event("9-3", "state", exited(first, "pc-1")) + event("9-3", "end", {})));
  const one = await operator(t, play(output("1-1", second, "stdout", 0, "forged\n")));
  const forged = await ctl(one, ["tail", ...one.connection, an_id()]);
  assert.deepEqual([forged.code, forged.stdout], [3, ""]);
  one.cloud.answer = play(output("1-1", first, "stdout", 0, "abc\n") + output("2-1", first, "stdout", 2, "c\nd\n"));
  const twice = await ctl(one, ["tail", ...one.connection, an_id()]);
  assert.deepEqual([twice.code, twice.stdout], [0, "abc\nd\n"], twice.stderr);
  one.cloud.answer = play(output("1-1", first, "stdout", 2 ** 30, "x"));
  assert.equal((await ctl(one, ["tail", ...one.connection, an_id()])).code, 3);
});

test("an id of an event cannot put a header of its own into the next request", async (t) => {
  const heard = [];
  const one = await operator(t, taking([delivery(first, "pc-1")], (last, response) => {
    heard.push(last);
    if (heard.length === 1) {
      response.write(output("1-1", first, "stdout", 0, "x"));
      response.write("id: 2\x0bX-Evil: 1\ndata: {}\n\n" + `id: ${"9".repeat(65)}\ndata: {}\n\n`);
      return setTimeout(() => response.destroy(), 50);
    }
    response.end(event("3-3", "state", exited(first, "pc-1")) + event("3-3", "end", {}));
  }));
  assert.equal((await ctl(one, ["tail", ...one.connection, an_id()])).code, 0);
  assert.deepEqual(heard, [undefined, "1-1"]);
});
