// tier2ctl and a cloud that keeps the contract: what is sent, what is printed, and what each exit code means.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { an_id, ctl, delivery, event, exited, first, json, on_terminal, operator, output, run_true, second, taking, token } from "./ctl-support.mjs";

test("a command is signed and posted with the token; its id is all that is printed", async (t) => {
  const one = await operator(t, taking([delivery(first, "pc-1")], () => {}));
  const sent = await ctl(one, run_true(one));
  assert.equal(sent.code, 0, sent.stderr);
  const [posted] = one.cloud.requests;
  assert.equal(posted.headers.authorization, `Bearer ${token}`);
  assert.equal(posted.headers["content-type"], "application/json");
  const { jws } = JSON.parse(posted.body);
  const claims = JSON.parse(Buffer.from(jws.split(".")[1], "base64url"));
  assert.deepEqual(claims.cmd, { run: { shell: "exec", argv: ["/bin/true"], as: "system" } });
  assert.equal(sent.stdout, `${claims.jti}\n`);
  one.here.write("command.jws", jws);
  const checked = await ctl(one, ["verify", "--key", one.public, "--agent", first, one.here.at("command.jws")]);
  assert.equal(checked.stdout, "valid\n", checked.stderr);
  const again = await ctl(one, ["send", ...one.connection, "--json", one.here.at("command.jws")]);
  assert.equal(JSON.parse(again.stdout).id, claims.jti);
  assert.equal(JSON.parse(one.cloud.requests[1].body).jws, jws, "a file is posted as it was signed");
});

test("what a machine writes goes to our own streams, byte for byte, and its end decides the exit code", async (t) => {
  const raw = "\x1b[31mred\x00\xc3\xa9";
  const text = Buffer.from(raw, "latin1").toString("utf8");
  const plays = (code) => taking([delivery(first, "pc-1")], (last, response) => response.end(
    ": hello\n\n" + output("1-1", first, "stdout", 0, text) + output("2-1", first, "stderr", 0, "oh\n") +
    event("3-1", "output", { agent: first, stream: "stdout", offset: Buffer.byteLength(text), base64: Buffer.from([0xff, 0xfe]).toString("base64") }) +
    event("4-3", "state", exited(first, "pc-1", code)) + event("4-3", "end", {})));
  const one = await operator(t, plays(0));
  const good = await ctl(one, run_true(one, ["--follow"]));
  assert.equal(good.stdout, `${raw}\xff\xfe`);
  assert.match(good.stderr, /^oh$/m);
  assert.match(good.stderr, /pc-1 ended with code 0 after 1\.2 s/);
  assert.equal(good.code, 0);
  one.cloud.answer = plays(3);
  const bad = await ctl(one, ["tail", ...one.connection, an_id()]);
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /ended with code 3/);
});

test("a broken stream is taken up where it was, without loss or repetition", async (t) => {
  const heard = [];
  const one = await operator(t, taking([delivery(first, "pc-1")], (last, response) => {
    heard.push(last);
    if (heard.length === 1) {
      response.write(output("1-4", first, "stdout", 0, "one\n"));
      return setTimeout(() => response.destroy(), 50); // in the middle of the answer
    }
    response.end(output("1-4", first, "stdout", 0, "one\n") + output("2-4", first, "stdout", 4, "two\n") +
      event("3-3", "state", exited(first, "pc-1")) + event("3-3", "end", {}));
  }));
  const followed = await ctl(one, ["tail", ...one.connection, an_id()]);
  assert.deepEqual(heard, [undefined, "1-4"]);
  assert.equal(followed.stdout, "one\ntwo\n");
  assert.equal(followed.code, 0, followed.stderr);
});

test("of two runs of keygen with the same names one makes a whole key, the other nothing", async (t) => {
  const one = await operator(t, () => {});
  for (let round = 0; round < 10; ++round) {
    const [key, half] = [one.here.at(`race-${round}.pem`), one.here.at(`race-${round}.pub`)];
    const runs = await Promise.all(Array.from({ length: 4 }, () => ctl(one, ["keygen", "--out", key, "--public", half])));
    assert.deepEqual(runs.map((run) => run.code).sort(), [0, 2, 2, 2], runs.map((run) => run.stderr).join(""));
    const made = execFileSync("openssl", ["pkey", "-in", key, "-pubout"], { encoding: "utf8" });
    assert.equal(readFileSync(half, "utf8"), made);
  }
  const taken = one.here.write("taken.pub", "");
  const none = await ctl(one, ["keygen", "--out", one.here.at("none.pem"), "--public", `${taken}/half`]);
  assert.equal(none.code, 2);
  assert.equal(existsSync(one.here.at("none.pem")), false, "no private half without its public half");
});

test("lines of several machines begin with their names; one that refused makes the whole a failure", async (t) => {
  const one = await operator(t, taking([delivery(first, "pc-1"), delivery(second, "pc-1")], (last, response) => response.end(
    output("1-1", first, "stdout", 0, "a") + output("2-1", second, "stdout", 0, "b\nc") + output("3-1", first, "stdout", 1, "A\n") +
    event("4-3", "state", exited(first, "pc-1")) +
    event("5-3", "state", delivery(second, "pc-1", "rejected", { reason: "unknown_key", detail: "Not ours." })) + event("5-3", "end", {}))));
  const followed = await ctl(one, ["tail", ...one.connection, an_id()]);
  assert.equal(followed.stdout, `${second} "pc-1": b\n${first} "pc-1": aA\n${second} "pc-1": c\n`);
  assert.match(followed.stderr, new RegExp(`${second} "pc-1" refused it: unknown_key\\. Not ours\\.`));
  assert.equal(followed.code, 1);
});

test("--wait ends with 4 when a machine still runs, and --json prints every event as one object", async (t) => {
  const one = await operator(t, taking([delivery(first, "pc-1")], (last, response) => {
    response.write(output("1-1", first, "stdout", 0, "\u009b31m") + event("2-3", "state", delivery(first, "pc-1", "accepted")));
  }));
  const late = await ctl(one, ["tail", ...one.connection, "--json", "--wait", "5s", an_id()]);
  assert.equal(late.code, 4, late.stderr);
  const lines = late.stdout.trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.map((line) => line.event), ["output", "state"]);
  assert.equal(lines[0].text, "\u009b31m");
  assert.match(late.stdout, /^[\n -~]*$/, "nothing but printable ASCII");
});

test("a command is cancelled by another one for the same machines", async (t) => {
  const one = await operator(t, taking([delivery(first, "pc-1")], () => {}));
  const id = an_id();
  const cancelled = await ctl(one, ["cancel", ...one.connection, "--key", one.key, id]);
  assert.equal(cancelled.code, 0, cancelled.stderr);
  const { jws } = JSON.parse(one.cloud.requests.at(-1).body);
  const claims = JSON.parse(Buffer.from(jws.split(".")[1], "base64url"));
  assert.deepEqual(claims.cmd, { cancel: { jti: id } });
  assert.equal(claims.aud, first);
  assert.equal(cancelled.stdout, `${claims.jti}\n`);
});

test("the machines are a table for people and an array for programs, over all pages", async (t) => {
  const machine = (agent, hostname) => ({ agent, hostname, os: "debian 12", version: "0.1.0", state: "approved", connected: true,
    last_seen: "2026-01-02T03:04:05.678Z", groups: ["accounts"], capabilities: [] });
  const one = await operator(t, (request, response) => {
    const query = new URL(request.url, "https://x").searchParams;
    json(response, 200, query.has("before") ? { items: [machine(second, "pc-2")] } : { items: [machine(first, "pc-1")], next: first });
  });
  const table = await ctl(one, ["agents", ...one.connection, "--group", "accounts", "--connected"]);
  assert.equal(table.code, 0, table.stderr);
  assert.deepEqual(table.stdout.split("\n").map((line) => line.split(/\s{2,}/)[1]), ["HOST", "pc-1", "pc-2", undefined]);
  assert.equal(one.cloud.requests[0].url, "/api/v1/agents?limit=200&group=accounts&connected=true");
  assert.equal(one.cloud.requests[1].url, `/api/v1/agents?limit=200&group=accounts&connected=true&before=${first}`);
  const array = await ctl(one, ["agents", ...one.connection, "--json"]);
  assert.deepEqual(JSON.parse(array.stdout).map((each) => each.agent), [first, second]);
  const { shown } = await on_terminal(one, ["agents", ...one.connection]);
  for (const line of shown.split(/\r?\n/).filter((each) => each.includes("pc-"))) assert.ok([...line].length <= 110, line);
});

test("a token that others may read is refused, and so is a wrong option: nothing is asked of the cloud", async (t) => {
  const one = await operator(t, taking([delivery(first, "pc-1")], () => {}));
  chmodSync(one.here.at("token"), 0o644);
  const open = await ctl(one, ["agents", ...one.connection]);
  assert.equal(open.code, 2);
  assert.match(open.stderr, /permission|chmod|600/i);
  chmodSync(one.here.at("token"), 0o600);
  for (const words of [["agents", ...one.connection, "--cloud", "http://127.0.0.1:1"], ["agents", "--token", token],
    ["send", ...one.connection], ["tail", ...one.connection, "not-an-id"]])
    assert.equal((await ctl(one, words)).code, 2, words.join(" "));
  assert.equal(one.cloud.requests.length, 0);
});

test("what is not on the command line comes from tier2ctl.toml, and a key that it does not know is an error", async (t) => {
  const one = await operator(t, taking([delivery(first, "pc-1")], () => {}));
  mkdirSync(one.here.at("home/config"), { recursive: true });
  const settings = `cloud = "${one.cloud.url}"\nca_file = "${one.here.at("certificates/ca.pem")}"\ntoken_file = "${one.here.at("token")}"\nkey_file = "${one.key}"\n`;
  one.here.write("home/config/tier2ctl.toml", settings);
  const sent = await ctl(one, ["send", "--aud", first, "--as", "system", "--exec", "--", "/bin/true"]);
  assert.equal(sent.code, 0, sent.stderr);
  one.here.write("home/config/tier2ctl.toml", `${settings}token = "x"\n`);
  const wrong = await ctl(one, ["agents"]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /no setting "token"/);
});

test("an audit log that was changed is found out, and one that was not holds", async (t) => {
  const one = await operator(t, () => {});
  one.here.write("audit.log", "");
  const empty = await ctl(one, ["audit", "check", one.here.at("audit.log")]);
  assert.equal(empty.code, 0, empty.stderr);
  one.here.write("audit.log", "{}\n");
  const broken = await ctl(one, ["audit", "check", "--json", one.here.at("audit.log")]);
  assert.equal(broken.code, 1);
  assert.equal(JSON.parse(broken.stdout).holds, false);
  assert.equal((await ctl(one, ["audit", "check", one.here.at("missing")])).code, 2);
});

test("who does not have the right certificate learns nothing", async (t) => {
  const one = await operator(t, taking([delivery(first, "pc-1")], () => {}));
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", one.here.at("other.key"),
    "-out", one.here.at("other.pem"), "-days", "2", "-subj", "/CN=other"], { stdio: "ignore" });
  const stranger = await ctl(one, ["agents", "--cloud", one.cloud.url, "--ca", one.here.at("other.pem"), "--token-file", one.here.at("token")]);
  assert.equal(stranger.code, 3);
  assert.match(stranger.stderr, /certificate/);
  const system = await ctl(one, ["agents", "--cloud", one.cloud.url, "--token-file", one.here.at("token")]);
  assert.equal(system.code, 3);
  assert.equal(one.cloud.requests.length, 0, "no request and no token came");
});

test("a token without the right, a command that is refused, and a cloud that is away have exit codes of their own", async (t) => {
  const one = await operator(t, (request, response) => json(response, 403, { error: "forbidden", message: "This token lacks the scope commands:write." }));
  const forbidden = await ctl(one, run_true(one));
  assert.equal(forbidden.code, 3);
  assert.match(forbidden.stderr, /lacks the scope commands:write/);
  one.cloud.answer = (request, response) => json(response, 404, { error: "no_such_agent", message: "Nobody.", details: [first] });
  const unknown = await ctl(one, run_true(one));
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, new RegExp(first));
  const away = await ctl(one, ["agents", "--cloud", "https://127.0.0.1:1", "--token-file", one.here.at("token")]);
  assert.equal(away.code, 3);
});
