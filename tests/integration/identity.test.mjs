// Which machine this is, when its disk is another one or was copied: the real service on a kernel whose word for the disk's
// serial number is ours, in a mount namespace of its own.
import assert from "node:assert/strict";
import { cpSync, existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import https from "node:https";
import path from "node:path";
import test from "node:test";
import { eventually, machine, no_mounts, programs } from "./support.mjs";

/** Where the kernel tells the serial number of the virtual disk that holds /; nothing on other machines. */
function serial_file() {
  const { dev } = statSync("/");
  const where = `/sys/dev/block/${(dev >> 8) & 0xfff}:${(dev & 0xff) | ((dev >> 12) & 0xfff00)}`;
  if (!existsSync(where)) return undefined;
  let disk = realpathSync(where);
  if (existsSync(path.join(disk, "partition"))) disk = path.dirname(disk);
  return existsSync(path.join(disk, "serial")) ? path.join(disk, "serial") : undefined;
}
const skip = no_mounts ? no_mounts : serial_file() ? false : "this machine's disk is no virtual one";

/** Words under which a program sees another serial number. */
function with_disk(one, serial) {
  one.write(`serial-${serial}`, `${serial}\n`);
  return ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" "$1" && shift && exec "$@"', one.at(`serial-${serial}`), serial_file()];
}
const agents = (one) => one.cloud_tool("agent", "list").trim().split("\n").map((line) => ({ id: line.split("\t")[0], state: line.split("\t")[1] }));

async function enrolled_machine(t) {
  const one = new machine(t);
  one.certificates();
  one.write_cloud();
  one.port = await one.start_cloud();
  one.write_agent({ port: one.port });
  one.enrol();
  await one.start_service(with_disk(one, "DISK-A"));
  await one.service.said("Connected to the cloud");
  return one;
}

test("a machine with another disk has a new key, proves whose place it takes, and is the only one afterwards", { skip }, async (t) => {
  const one = await enrolled_machine(t);
  const [first] = agents(one);
  assert.equal(first.state, "approved");
  await one.service.stop();
  await one.start_service(with_disk(one, "DISK-A"));
  await one.service.said("Connected to the cloud");
  assert.deepEqual(agents(one), [first], "the same disk is the same machine");
  await one.service.stop();
  await one.start_service(with_disk(one, "DISK-B"));
  await one.service.said("Connected to the cloud");
  const now = agents(one);
  assert.equal(now.length, 2);
  assert.equal(now.find((each) => each.id === first.id).state, "revoked");
  const second = now.find((each) => each.id !== first.id);
  assert.equal(second.state, "approved");
  assert.ok(one.service.log.includes(second.id));
  assert.match(one.service.log, /hardware is another one/);
  await one.service.stop();
  await one.start_service(with_disk(one, "DISK-B"));
  await one.service.said("Connected to the cloud");
  assert.equal(agents(one).length, 2);
});

test("of two machines with one disk's content the copy waits for an operator, and the first goes on", { skip }, async (t) => {
  const one = await enrolled_machine(t);
  const [first] = agents(one);
  cpSync(one.at("service"), one.at("copy"), { recursive: true, preserveTimestamps: true });
  const configuration = readFileSync(one.at("agent.toml"), "utf8").replace(one.at("service"), one.at("copy")).replace("helper.sock", "copy.sock");
  one.write("copy.toml", configuration);
  const copy = one.start("the copy", "unshare", [...with_disk(one, "DISK-C").slice(1), programs.service, "--config", one.at("copy.toml")]);
  await eventually("the copy to ask", () => agents(one).length === 2);
  const other = agents(one).find((each) => each.id !== first.id);
  assert.equal(other.state, "pending");
  assert.equal(agents(one).find((each) => each.id === first.id).state, "approved");
  assert.ok(one.service.running && !one.service.log.includes("No connection"), one.service.log);
  one.cloud_tool("agent", "approve", other.id);
  await copy.said("Connected to the cloud");
});

test("two machines that are alike to the last serial number, with one key: both notice, and take turns ever more seldom", async (t) => {
  const one = new machine(t);
  one.certificates();
  one.write_cloud();
  const port = await one.start_cloud();
  one.write_agent({ port });
  one.enrol();
  await one.start_service();
  await one.service.said("Connected to the cloud");
  const first = one.service;
  await first.stop();
  const twin = new machine(t);
  cpSync(one.at("service"), twin.at("service"), { recursive: true });
  cpSync(one.at("certificates"), twin.at("certificates"), { recursive: true });
  twin.write_agent({ port });
  await one.start_service();
  await one.service.said("Connected to the cloud");
  await twin.start_service();
  await one.service.said("has taken the place of this one");
  await twin.service.said("has taken the place of this one");
  const token = one.cloud_tool("api-token", "create", "--name", "t", "--scope", "alerts:read").trim();
  const address = one.cloud.log.match(/the console is at (https:\/\/[^\s]+?)\.?\s/)[1];
  const alerts = () => new Promise((done, failed) => https.get(`${address}/api/v1/alerts`,
    { ca: readFileSync(one.at("certificates/ca.pem")), headers: { Authorization: `Bearer ${token}` } }, async (answer) => {
      done(JSON.parse((await answer.toArray()).join("")).items);
    }).on("error", failed));
  await eventually("the alerts of both", async () => (await alerts()).filter((each) => each.title === "Another machine uses this machine's key").length === 2);
  // The copy's memory of commands is a copy, too, and says so.
  assert.deepEqual((await alerts()).map((each) => each.title).sort(),
    ["Another machine uses this machine's key", "Another machine uses this machine's key", "This machine's memory of commands"]);
});
