// What root's own programs say to the service over its local link, and what it says to nobody else.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import net from "node:net";
import test from "node:test";
import { commanded_machine, eventually, forge, sh } from "./command-support.mjs";
import { programs } from "./support.mjs";

/** A program's end: code, what it said, and that as JSON. */
function tool(one, program, words, { file = programs[program], ...options } = {}) {
  const ended = spawnSync(file, words, { env: one.environment, encoding: "utf8", timeout: 30_000, ...options });
  return { code: ended.status, out: ended.stdout, err: ended.stderr, get json() { return JSON.parse(this.out); } };
}
const alert = (one, ...words) => tool(one, "alert", ["--config", one.at("agent.toml"), ...words]);
const status = (one, ...words) => tool(one, "ctl", ["status", "--config", one.at("agent.toml"), ...words]);
const scripts = (one) => one.commands.alerts.filter((each) => each.source !== "keystore");

test("an alert of a script comes to the cloud with all that it said, and who said it", async (t) => {
  const one = await commanded_machine(t);
  const sent = alert(one, "--severity", "error", "--title", "Backup failed: ünïcode", "--body-file", "-", "--source", "backup.sh", "--key", "backup",
    "--label", "host=a", "--label", "empty=", "--json");
  assert.equal(sent.code, 0, sent.err);
  assert.deepEqual(sent.json, { outcome: "kept" });
  await eventually("the alert", () => scripts(one).length === 1);
  const [got] = scripts(one);
  assert.match(got.id, /^[0-9a-f-]{36}$/);
  delete got.id;
  delete got.at;
  assert.deepEqual(got, { type: "alert", severity: "error", source: "backup.sh", title: "Backup failed: ünïcode", body: "",
    labels: { empty: "", host: "a", reported_by: "root" }, dedupe_key: "backup", suppressed: 0 });
});

test("of one key and severity one is sent, whatever it is about otherwise; what gets worse, or well again, is sent, too", async (t) => {
  const one = await commanded_machine(t);
  const ways = ["warning", "warning", "critical", "info", "warning"].map((severity) =>
    alert(one, "--severity", severity, "--title", "Disk", "--key", "disk", "--json").json.outcome);
  assert.deepEqual(ways, ["kept", "held_back", "kept", "kept", "held_back"]);
  const held = alert(one, "--title", "Disk", "--key", "disk");
  assert.match(held.out, /^Held back: .*counted/);
  assert.equal(held.code, 0);
  await eventually("three alerts", () => scripts(one).length === 3);
  assert.deepEqual(scripts(one).map((each) => each.severity), ["warning", "critical", "info"]);
  const { actors } = status(one, "--json").json;
  const counters = actors.find((each) => each.name === "alerting").counters;
  assert.equal(counters.held_back, 3);
  assert.equal(counters.of_other_programs, 6);
});

test("a script that makes up keys without end does not hold back the service's own alerts", async (t) => {
  const one = await commanded_machine(t);
  await Promise.all(Array.from({ length: 8 }, (_, worker) => flood(one, worker * 200, 200)));
  await forge(one);
  await eventually("the alert of the forged command", () => one.commands.alerts.some((each) => each.dedupe_key === "bad_signature"));
});

/** Alerts over one connection, each answered before the next. */
function flood(one, from, count) {
  return new Promise((done, fail) => {
    const socket = net.connect(one.at("run/helper.sock"));
    let said = 0, answered = 0, buffered = Buffer.alloc(0);
    const next = () => {
      const text = Buffer.from(JSON.stringify({ type: "alert", id: crypto.randomUUID(), severity: "info", source: "flood", title: `t${from + said++}`,
        body: "", at: new Date().toISOString(), labels: {}, dedupe_key: "", suppressed: 0 }));
      const head = Buffer.alloc(8);
      head.writeUInt32BE(text.length);
      socket.write(Buffer.concat([head, text]));
    };
    socket.on("error", fail).on("close", () => fail(new Error("the service hung up"))).on("connect", next).on("data", (bytes) => {
      buffered = Buffer.concat([buffered, bytes]);
      while (buffered.length >= 8 && buffered.length >= 8 + buffered.readUInt32BE()) {
        const size = 8 + buffered.readUInt32BE();
        const message = JSON.parse(buffered.subarray(8, size));
        buffered = buffered.subarray(size);
        if (message.type !== "alert_answer") continue;
        if (++answered === count) return socket.removeAllListeners("close").end(done);
        next();
      }
    });
  });
}

test("what cannot be sent is said in a sentence, with exit code 2, before anything is sent", async (t) => {
  const one = await commanded_machine(t);
  for (const [words, says] of [
    [["--title", ""], /--title must not be empty/],
    [["--title", "a\nb"], /--title must be one line/],
    [["--title", "\x1b[2J"], /--title must be one line/],
    [["--title", "x".repeat(256)], /--title has 256 bytes; at most 255/],
    [["--title", "x", "--severity", "fatal"], /--severity fatal is not known: info, warning, error or critical/],
    [["--title", "x", "--label", "a"], /--label a is not of the form NAME=VALUE/],
    [["--title", "x", "--label", "a=1", "--label", "a=2"], /--label a is there twice/],
    [["--title", "x", ...Array.from({ length: 31 }, (_, i) => ["--label", `n${i}=`]).flat()], /31 times --label; at most 30/],
    [["--title", "x", "--body", "a", "--body-file", "-"], /either --body or --body-file/],
    [["--title", "x", "--body-file", "/nonexistent"], /--body-file \/nonexistent cannot be read: No such file/],
    [["--body", "x"], /--title is required/],
  ]) {
    const ended = alert(one, ...words);
    assert.equal(ended.code, 2, words.join(" "));
    assert.match(ended.err, says);
  }
  assert.deepEqual(scripts(one), []);
});

test("of a long body the end is sent, and how much was left out", async (t) => {
  const one = await commanded_machine(t);
  const input = "ä".repeat(200_000) + "the end\n";
  const sent = alert(one, "--title", "long", "--body-file", "-"); // an empty body first: it ends
  assert.equal(sent.code, 0);
  const cut = tool(one, "alert", ["--config", one.at("agent.toml"), "--title", "longer", "--body-file", "-"], { input });
  assert.equal(cut.code, 0, cut.err);
  assert.match(cut.err, /first 395912 bytes were left out/);
  await eventually("the alerts", () => scripts(one).length === 2);
  const got = scripts(one)[1];
  assert.ok(got.body.endsWith("äthe end") && Buffer.byteLength(got.body) <= 4096, got.body.slice(-20));
  assert.equal(got.body.replaceAll("ä", "").replace("the end", ""), "");
  assert.equal(got.labels.body_left_out_bytes, "395912");
});

test("an alert that the cloud does not have yet is kept over a kill of the service", async (t) => {
  const one = await commanded_machine(t);
  one.commands.acknowledges_alerts = false;
  assert.equal(alert(one, "--title", "kept").code, 0);
  await eventually("the alert", () => scripts(one).length === 1);
  await one.service.stop("SIGKILL");
  one.commands.expect_links(1);
  await one.start_service();
  await eventually("the alert again", () => scripts(one).filter((each) => each.title === "kept").length === 2);
  assert.equal(new Set(scripts(one).map((each) => each.id)).size, 1);
});

test("the status says who this machine is, what keeps its key, how the link is, and how its parts are", async (t) => {
  const one = await commanded_machine(t);
  const now = status(one, "--json");
  assert.equal(now.code, 0, now.err + now.out);
  const all = now.json;
  assert.equal(all.agent, one.agent);
  assert.equal(all.enrolled, true);
  assert.equal(all.protection, "hardware");
  assert.deepEqual([all.cloud.host, all.cloud.connected], ["127.0.0.1", true]);
  assert.deepEqual([all.packs, all.running, all.complaints], [[], [], []]);
  const names = all.actors.map((each) => each.name).sort();
  for (const each of ["alerting", "channel", "command", "keystore", "relay", "runner"]) assert.ok(names.includes(each), names.join());
  assert.ok(all.actors.every((each) => each.state === "up"), now.out);
  const text = status(one);
  assert.equal(text.code, 0);
  for (const line of [/^Agent +[0-9a-f-]{36}, enrolled$/m, /^Key +hardware: derived from the serial numbers/m, /^Cloud +127\.0\.0\.1, connected for /m,
    /^Alerts +0 wait for the cloud$/m, /^ {2}keystore +up +0 /m]) assert.match(text.out, line);

  // A command that runs, alerts that wait, a link that is gone: all to be seen, and the exit code tells a script.
  const posted = await one.post(sh("sleep 100"));
  await eventually("it to be accepted", () => posted.got.accepted === 1);
  await eventually("it to be seen", () => status(one, "--json").json.running.includes(posted.jti));
  one.cloud.next({ upgrade: (request, socket) => socket.destroy() });
  for (let i = 0; i < 40; ++i) one.cloud.next({ upgrade: (request, socket) => socket.destroy() });
  one.commands.link.terminate();
  await eventually("the link to be seen as gone", () => status(one, "--json").json.cloud.connected === false);
  assert.equal(alert(one, "--title", "waits").code, 0);
  const alone = status(one, "--json");
  assert.equal(alone.code, 1);
  assert.deepEqual(alone.json.complaints, ["There is no connection to the cloud."]);
  assert.equal(alone.json.outbox.waiting, 1);
  assert.match(status(one).out, /^! There is no connection to the cloud\.$/m);
  await one.service.stop();
  const gone = status(one);
  assert.equal(gone.code, 3);
  assert.match(gone.err, /Is tier2-service running\?/);
});

test("another user learns nothing of the service and raises no alert", async (t) => {
  if (process.getuid() !== 0) return t.skip("only root can be somebody else");
  const one = await commanded_machine(t);
  execFileSync("chmod", ["755", one.state, one.at("run")]);
  execFileSync("chmod", ["644", one.at("agent.toml")]);
  /** A copy where he may run it: the build may lie in somebody's home. */
  const as_other = (program) => {
    const file = one.at(`run/${program}`);
    copyFileSync(programs[program], file);
    return { uid: 65534, gid: 65534, cwd: "/", file };
  };
  for (const ended of [tool(one, "ctl", ["status", "--config", one.at("agent.toml")], as_other("ctl")),
    tool(one, "alert", ["--config", one.at("agent.toml"), "--title", "x"], as_other("alert"))]) {
    assert.equal(ended.code, 1, ended.err);
    assert.equal(ended.out, "");
    assert.match(ended.err, /Only root may/);
  }
  assert.deepEqual(scripts(one), []);
  const relay = status(one, "--json").json.actors.find((each) => each.name === "relay");
  assert.equal(relay.counters.not_trusted, 2);
});

test("whoever asks for the status is nobody's desktop: a command as the user finds none", async (t) => {
  const one = await commanded_machine(t);
  const asks = spawn(process.execPath, ["-e", `const s = require("net").connect(${JSON.stringify(one.at("run/helper.sock"))});
    const text = Buffer.from('{"type":"get_status"}'), head = Buffer.alloc(8); head.writeUInt32BE(text.length);
    s.write(Buffer.concat([head, text])); let all = ""; s.on("data", (b) => { all += b; if (all.includes("machine_status")) console.log("answered"); });`],
    { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => asks.kill());
  await new Promise((answered) => asks.stdout.once("data", answered));
  const posted = await one.post(sh("id", { as: "user" }));
  await eventually("the refusal", () => posted.got.rejected.length === 1);
  assert.equal(posted.got.rejected[0].reason, "no_session");
});
