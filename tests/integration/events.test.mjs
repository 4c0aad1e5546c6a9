// What the service tells of its machine and of itself: a disk that fills up, its own disk full, a part that crashes, the
// cloud's certificate and revocation list about to end.
import assert from "node:assert/strict";
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import https from "node:https";
import path from "node:path";
import test from "node:test";
import { authority, machine_with_token, scripted_cloud } from "./channel-support.mjs";
import { commanded_machine, eventually } from "./command-support.mjs";
import { machine, no_mounts } from "./support.mjs";

const often = "\n[thresholds]\ninterval_s = 1\ndisk_lasts_s = 0\n";

/** The real cloud and the service, in whose view `small` is a file system of so many bytes; `inside` is where we see it. */
async function machine_with_small_disk(t, small, size, more) {
  const one = new machine(t);
  one.certificates();
  one.write_cloud();
  const port = await one.start_cloud();
  const token = one.cloud_tool("api-token", "create", "--name", "events", "--scope", "alerts:read").trim();
  one.write("token", one.cloud_tool("token", "create"));
  one.write_agent({ port, more: `enrolment_token_file = "${one.at("token")}"\n${more(one)}` });
  await one.start_service(["unshare", "--mount", "sh", "-c",
    'mkdir -p "$0" && mount -t tmpfs -o "size=$1,mode=0700" none "$0" && shift && exec "$@"', one.at(small), size]);
  await one.service.said("Connected to the cloud");
  one.inside = (name) => path.join(`/proc/${one.service.child.pid}/root`, one.at(small), name);
  const console_port = Number(one.cloud.log.match(/console is at https:\/\/127\.0\.0\.1:(\d+)/)[1]);
  /** The alerts about one path that the cloud has, oldest first. */
  one.alerts = (about) => new Promise((done, fail) => {
    https.get(`https://127.0.0.1:${console_port}/api/v1/alerts`,
      { ca: readFileSync(one.at("certificates/ca.pem")), headers: { Authorization: `Bearer ${token}` } }, (answer) => {
        let body = "";
        answer.on("data", (bytes) => { body += bytes; });
        answer.on("end", () => done(JSON.parse(body).items.filter((each) => each.labels.path === about)
          .sort((a, b) => a.at.localeCompare(b.at))));
      }).on("error", fail);
  });
  /** Waits for so many of them; gives the last. */
  one.told = async (about, count) => {
    let all = [];
    try {
      await eventually(`${count} alerts about ${about}`, async () => (all = await one.alerts(about)).length >= count);
    } catch (why) {
      throw new Error(`${why.message}; the service said:\n${one.service.log}`);
    }
    assert.equal(all.length, count, JSON.stringify(all));
    return all.at(-1);
  };
  return one;
}

/** Fills a file system but for so many bytes; the service does not look before that is done. */
function fill(one, but) {
  one.service.child.kill("SIGSTOP");
  try { fill_now(one, but); } finally { one.service.child.kill("SIGCONT"); }
}

function fill_now(one, but) {
  const file = one.inside("filling");
  rmSync(file, { force: true });
  writeFileSync(one.inside("probe"), "");
  const chunk = Buffer.alloc(4096, "x");
  try {
    for (;;) writeFileSync(file, chunk, { flag: "a" });
  } catch (why) {
    assert.equal(why.code, "ENOSPC");
  }
  rmSync(one.inside("probe"));
  if (but > 0) {
    const { size } = statSync(file);
    rmSync(file);
    writeFileSync(file, Buffer.alloc(size - but, "x"));
  }
}

test("a disk that fills up is told, gets worse, and is well again, in the cloud, with its numbers", { skip: no_mounts }, async (t) => {
  const one = await machine_with_small_disk(t, "small", 4 << 20, (one) => `${often}disk_also = ["${one.at("small")}"]\n`);
  fill(one, 256 << 10);
  const warning = await one.told(one.at("small"), 1);
  assert.equal(warning.severity, "warning");
  assert.equal(warning.title, `${one.at("small")} has little room left`);
  assert.match(warning.body, /has 2\d\d KiB \([56] %\) free of 4\.0 MiB\./);
  assert.equal(warning.labels.path, one.at("small"));
  assert.equal(warning.labels.level, "warning");
  fill(one, 0);
  const critical = await one.told(one.at("small"), 2);
  assert.equal(critical.severity, "critical");
  assert.equal(critical.labels.available_bytes, "0");
  rmSync(one.inside("filling"));
  const well = await one.told(one.at("small"), 3);
  assert.equal(well.severity, "info");
  assert.equal(well.labels.level, "well");
});

test("the agent's own disk is full: the alert about just that gets through, and its end, too", { skip: no_mounts }, async (t) => {
  const one = await machine_with_small_disk(t, "service", 2 << 20, () => often);
  fill(one, 0);
  const full = await one.told(one.at("service"), 1);
  assert.equal(full.severity, "critical");
  assert.match(full.body, /^0 bytes of 2\.0 MiB are free for .*\/service\..* Make room there/);
  rmSync(one.inside("filling"));
  assert.equal((await one.told(one.at("service"), 2)).severity, "info");
  assert.ok(one.service.running);
});

test("a part of the service that crashes is told, with its error, once it runs again", async (t) => {
  const one = await commanded_machine(t);
  const key = one.at("service/machine.key");
  const crashes = () => one.commands.alerts.filter((each) => each.dedupe_key === "actor:keystore");
  await one.run({ restart_actor: { program: "tier2-service", name: "keystore" } });
  assert.deepEqual(crashes(), [], "who is asked to restart has not crashed");
  chmodSync(key, 0o644);
  await one.post({ restart_actor: { program: "tier2-service", name: "keystore" } });
  await one.service.said("keystore went down");
  chmodSync(key, 0o600);
  await eventually("the alert", () => crashes().length > 0);
  assert.equal(crashes()[0].severity, "warning");
  assert.match(crashes()[0].body, /^"keystore" ended with: permission_denied: .*It was started again/);
  assert.equal(crashes()[0].labels.actor, "keystore");
  assert.ok(one.service.running);
});

test("a certificate of five days and a list of one are told at each connection, and that they were renewed", async (t) => {
  const one = machine_with_token(t);
  const ca = new authority(one.at("authority"));
  one.trust(ca);
  const list = one.write("lists.pem", ca.list(["-crlhours", "24"]));
  one.cloud = new scripted_cloud(t, ca.issue("server", { times: ["-days", "5"] }));
  const port = await one.cloud.listen();
  one.write_agent({ port, more: `crl_file = "${list}"\n` });
  await one.start_service();
  const told = (key) => one.cloud.heard.filter((each) => each.type === "alert" && each.dedupe_key === key);
  await eventually("both alerts", () => told("certificate").length > 0 && told("revocation_list").length > 0);
  const [certificate] = told("certificate");
  assert.equal(certificate.severity, "warning");
  assert.match(certificate.body, /^The certificate of 127\.0\.0\.1 ends on \d{4}-.* Renew it on the server/);
  assert.equal(certificate.labels.host, "127.0.0.1");
  assert.match(told("revocation_list")[0].body, /^The list of 'Test Authority' in .*lists\.pem is to be replaced by/);
  // Both are renewed.
  writeFileSync(list, ca.list());
  const renewed = ca.issue("renewed");
  one.cloud.server.setSecureContext({ cert: readFileSync(renewed.certificate), key: readFileSync(renewed.key) });
  one.cloud.link.close(1001);
  await eventually("the end of both", () => ["certificate", "revocation_list"].every((key) => told(key).some((each) => each.severity === "info")));
});
