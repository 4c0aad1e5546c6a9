// A ticket on its way, and what goes wrong then: one ticket results, whole, or the page says why not and keeps it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { eventually, listen_below_tls, listen_in_tls, overheard_machine, stored_tickets } from "./listening-support.mjs";
import { click_at_noise, start_noise } from "./noise-support.mjs";
import { no_mounts, pictures, press_send, programs, sent_number, waits } from "./support.mjs";

const size = "640x400x24"; // a picture of noise is 770 KB

async function machine_with_noise(t, options = {}) {
  const one = await overheard_machine(t, { between: listen_below_tls, size, ...options });
  one.noise = await start_noise(t, one);
  one.seed = 0;
  return one;
}

/** A ticket with two pictures of noise, ready for Send. */
async function open_ticket(one) {
  await click_at_noise(one, one.noise, [++one.seed, ++one.seed]);
  await one.open_by_command();
  const page = await one.page();
  assert.equal(await pictures(page), 2);
  return page;
}

/** Exactly these tickets are stored, each whole. */
function only_whole(one, numbers) {
  const all = stored_tickets(one);
  assert.deepEqual(all.map(({ number }) => number), numbers);
  for (const each of all) assert.deepEqual([each.digest_holds, each.wrong], [true, []], `ticket ${each.number}`);
  assert.equal(new Set(all.map(({ ticket }) => ticket)).size, all.length);
  return all;
}

test("the link is cut at ten places of an upload: each ticket arrives, once, whole", async (t) => {
  const one = await machine_with_noise(t);
  const first = await open_ticket(one);
  const before = one.wire.up;
  await press_send(first);
  await sent_number(first);
  await first.close();
  const whole = one.wire.up - before;
  assert.ok(whole > 700_000, `${whole} bytes`);
  // One ticket's facts are a few KB more than another's: the last place is well before the end of any.
  const places = [1, 700, 5_000, 0.05 * whole, 0.2 * whole, 0.4 * whole, 0.6 * whole, 0.8 * whole, 0.95 * whole, 0.98 * whole].map(Math.floor);
  for (const [nth, place] of places.entries()) {
    const page = await open_ticket(one);
    one.wire.cut_after(place);
    await press_send(page);
    assert.equal(await sent_number(page), nth + 2);
    assert.equal(one.wire.cuts, nth + 1, `the cut after ${place} of ${whole} bytes`);
    await page.close();
  }
  only_whole(one, Array.from({ length: places.length + 1 }, (_, i) => i + 1));
});

test("the link ends when the cloud has the ticket and before anybody has heard so: it is one ticket", async (t) => {
  const one = await machine_with_noise(t, { between: listen_in_tls });
  const page = await open_ticket(one);
  one.wire.change = (message) => {
    if (message.opcode === 1 && JSON.parse(message.payload).type === "ticket_end") one.wire.deaf = true;
    return message;
  };
  await press_send(page);
  await eventually("the cloud to have it", () => stored_tickets(one).length === 1);
  assert.equal(await page.locator('#state[data-state="sent"]').count(), 0);
  one.wire.change = (message) => message;
  one.wire.deaf = false;
  one.wire.sockets.forEach((each) => each.destroy());
  assert.equal(await sent_number(page), 1);
  only_whole(one, [1]);
});

for (const [which, restart] of [["service", (one) => one.start_service()], ["cloud", (one) => one.start_cloud()]])
  test(`the ${which} is killed in the middle of an upload: the page says that it waits, and one whole ticket arrives`, async (t) => {
    const one = await machine_with_noise(t);
    const page = await open_ticket(one);
    one.wire.hold_after(300_000);
    await press_send(page);
    await eventually("the middle of the upload", () => one.wire.holding);
    await one[which].stop("SIGKILL");
    one.wire.cut();
    await waits(page);
    assert.deepEqual(stored_tickets(one), []);
    await restart(one);
    assert.equal(await sent_number(page), 1);
    only_whole(one, [1]);
    assert.equal(readdirSync(one.at("cloud/incoming")).length, 0, "nothing half is left");
  });

test("the cloud's disk is full: the page says so and keeps the ticket, which arrives when there is room", { skip: no_mounts }, async (t) => {
  const one = await machine_with_noise(t, { start_cloud: on_small_disk });
  const filling = path.join(`/proc/${one.cloud.child.pid}/root`, one.at("cloud/filling"));
  fill(filling, 400_000);
  const page = await open_ticket(one);
  await press_send(page);
  await waits(page);
  await page.getByText("cannot take the ticket at the moment").first().waitFor();
  await page.locator("#notice summary").click();
  await page.getByText("The server's disk is full").first().waitFor();
  assert.ok(one.cloud.running);
  assert.deepEqual(stored_tickets(one), []);
  rmSync(filling);
  one.wire.cut(); // else it would be a minute until it is tried again
  assert.equal(await sent_number(page), 1);
  only_whole(one, [1]);
});

/** The cloud's directory is a file system of 6 MiB that only the cloud sees. */
async function on_small_disk(one) {
  const script = 'mkdir -p "$0" && mount -t tmpfs -o size=6m,mode=0700 none "$0" && exec "$@"';
  one.cloud = one.start("tier2-cloud", "unshare", ["--mount", "sh", "-c", script, one.at("cloud"), programs.cloud, "--config", one.at("cloud.toml"), "serve"]);
  await one.cloud.said("the console is at https://");
  one.inside_cloud = ["nsenter", "--mount", "-t", String(one.cloud.child.pid)];
  one.cloud_tool = (...words) => execFileSync("nsenter", [...one.inside_cloud.slice(1), programs.cloud, "--config", one.at("cloud.toml"), ...words],
    { env: one.environment, encoding: "utf8" });
  one.enrol();
}

/** Leaves only so much room where the file is. */
function fill(file, room) {
  const chunk = Buffer.alloc(4096, "x");
  try {
    for (;;) writeFileSync(file, chunk, { flag: "a" });
  } catch (why) {
    assert.equal(why.code, "ENOSPC");
  }
  truncateSync(file, statSync(file).size - room);
}
