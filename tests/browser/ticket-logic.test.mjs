// The decisions behind the ticket page, without a browser: how fast it plays, where a click was, what is unusual.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

/** A module of the page that imports nothing. */
const load = (name) => import(`data:text/javascript,${encodeURIComponent(readFileSync(new URL(`../../tools/cloud/pages/${name}`, import.meta.url), "utf8"))}`);
const { longest, otherSpeed, secondsBefore, shortest, span, stays } = await load("timeline.js");
const { pointIn, screenAt, screensIn, shareOf } = await load("screens.js");
const { pictureSize } = await load("picture_size.js");
const { readFacts, unusual } = await load("unusual.js");

const at = (...seconds) => seconds.map((one) => ({ at: new Date(1767355200000 + one * 1000).toISOString() }));

test("a step stays for as long as it really took, but never for longer or shorter than somebody can bear", () => {
  assert.deepEqual(stays(at(0, 1, 1.1, 600)), [1000, shortest, longest, longest]);
  assert.deepEqual(stays(at(10, 5)), [shortest, longest], "a clock that was set back");
  assert.deepEqual(stays([{ at: "no time" }, ...at(1)]), [shortest, longest]);
  assert.deepEqual(stays([]), []);
  assert.equal(otherSpeed(1, 1), 2);
  assert.equal(otherSpeed(4, 1), 4);
  assert.equal(otherSpeed(0.5, -1), 0.5);
});

test("times before the opening are said in minutes and seconds", () => {
  const [step, opened] = at(0, 3723);
  assert.equal(secondsBefore(step, opened.at), 3723);
  assert.equal(secondsBefore(step, "x"), null);
  assert.deepEqual([7, 40, 3723, -5].map(span), ["0:07", "0:40", "1:02:03", "0:05"]);
});

const left = { name: "DP-1", x: 0, y: 0, width: 1280, height: 720 };
const right = { name: "HDMI-2", x: 1280, y: 0, width: 1920, height: 1080 };

test("a click is found on its monitor, in the picture of all and in the part of one", () => {
  const picture = { width: 3200, height: 1080 };
  const screens = screensIn(picture, [left, right]);
  assert.deepEqual(screens.map(({ x, y, width, height }) => [x, y, width, height]), [[0, 0, 1280, 720], [1280, 0, 1920, 1080]]);
  const point = pointIn(picture, [left, right], { x: 2240, y: 540 });
  assert.equal(screenAt(screens, point).name, "HDMI-2");
  assert.deepEqual(shareOf(point, screens[1]), { x: 0.5, y: 0.5 });
  assert.equal(shareOf(point, screens[0]), null);
  assert.equal(screenAt(screens, pointIn(picture, [left, right], { x: 100, y: 900 })), null, "below the smaller monitor");
  assert.equal(pointIn(picture, [left, right], { x: -1, y: 0 }), null);
});

test("a picture that was made smaller, a monitor left of the first, and one outside of the picture are understood", () => {
  const half = { width: 1600, height: 540 };
  assert.deepEqual(screensIn(half, [left, right])[1], { index: 1, name: "HDMI-2", x: 640, y: 0, width: 960, height: 540 });
  assert.deepEqual(pointIn(half, [left, right], { x: 2240, y: 540 }), { x: 1120, y: 270 });
  const shifted = [{ ...left, x: -1280 }, { ...right, x: 0 }];
  assert.deepEqual(screensIn({ width: 3200, height: 1080 }, shifted).map((one) => one.x), [0, 1280]);
  assert.deepEqual(screensIn({ width: 1280, height: 720 }, [left, right]).map((one) => one.name), ["DP-1"], "not all are in it");
  assert.deepEqual(screensIn({ width: 100, height: 100 }, []), []);
});

test("what a picture file says of its size is read before it is decoded", () => {
  const png = (width, height) => {
    const bytes = new Uint8Array(24);
    bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    new DataView(bytes.buffer).setUint32(16, width);
    new DataView(bytes.buffer).setUint32(20, height);
    return bytes;
  };
  assert.deepEqual(pictureSize(png(4294967295, 7)), { width: 4294967295, height: 7 });
  const jpeg = [0xff, 0xd8, 0xff, 0xe0, 0x00, 0x04, 1, 2, 0xff, 0xc4, 0x00, 0x03, 9, 0xff, 0xc2, 0x00, 0x0b, 8, 0x02, 0xd0, 0x05, 0x00, 3, 0, 0];
  assert.deepEqual(pictureSize(Uint8Array.from(jpeg)), { width: 1280, height: 720 });
  for (let most = 0; most < 22; ++most) assert.equal(pictureSize(Uint8Array.from(jpeg.slice(0, most))), null, `cut to ${most}`);
  for (const text of ["", "<svg onload='x'/>", "GIF89a", "\xff\xd8nonsense"]) assert.equal(pictureSize(Uint8Array.from(text, (c) => c.charCodeAt(0))), null, text);
});

const fact = (id, text, failed = "") => ({ id, title: id, text, failed });
const found = (...facts) => unusual(facts).map((one) => one.what);

test("a disk is unusual when hardly anything is free, and not because it is large, read-only or of packages", () => {
  const disk = (line) => found(fact("disks", line));
  assert.deepEqual(disk("/: 401.3 MiB of 48.9 GiB free (99 % used), ext4 on /dev/sda1"), ["disk_full"]);
  assert.deepEqual(disk("/srv: does not answer (nfs4 on server:/srv)"), ["disk_silent"]);
  assert.deepEqual(disk("/a: b: 1.0 GiB of 20.0 GiB free (95 % used), xfs on /dev/sdb"), ["disk_full"], "a colon in a name");
  for (const fine of ["/: 40.0 GiB of 48.9 GiB free (18 % used), ext4 on /dev/sda1", "/big: 200.0 GiB of 4.0 TiB free (95 % used), xfs on /dev/sdb",
    "/boot: 200.0 MiB of 500.0 MiB free (60 % used), ext4 on /dev/sda2", "/media/cd: 0 bytes of 700.0 MiB free (100 % used), iso9660 on /dev/sr0",
    "/x: Could not ask for its size: Permission denied.", "", "nonsense"]) assert.deepEqual(disk(fine), [], fine);
});

test("memory, load, the start and the journal are unusual only when they say so", () => {
  assert.deepEqual(found(fact("memory", "310.2 MiB of 7.6 GiB free\nno swap")), ["memory_low"]);
  assert.deepEqual(found(fact("memory", "1.5 GiB of 7.6 GiB free\n1.9 GiB of 2.0 GiB swap used")), ["memory_low"]);
  assert.deepEqual(found(fact("memory", "3.1 GiB of 7.6 GiB free\n1.9 GiB of 2.0 GiB swap used")), []);
  const processor = (count, load) => found(fact("processor", `A model: 4 cores\n${count}\nload ${load} in the last 1, 5 and 15 minutes`));
  assert.deepEqual(processor("4 cores with 8 threads", "9.00, 16.00, 4.00"), ["load_high"]);
  assert.deepEqual(processor("4 cores with 8 threads", "40.00, 15.99, 40.00"), []);
  assert.deepEqual(processor("1 core", "0.1, 2.00, 0.1"), ["load_high"]);
  assert.deepEqual(["less than a minute, since 2026-01-02 12:00 UTC", "14 minutes", "1 minute, since x"].map((text) => found(fact("uptime", text)).length), [1, 1, 1]);
  for (const text of ["15 minutes", "2 days, 3 minutes", "1 hour, since 2026-01-02 12:00 UTC", ""]) assert.deepEqual(found(fact("uptime", text)), [], text);
  assert.deepEqual(found(fact("journal", "no errors since the start")), []);
  assert.deepEqual(found(fact("journal", "Only this user's own messages may be read here.\nno errors since the start")), []);
  assert.deepEqual(unusual([fact("journal", "Only this user's own messages may be read here.\none\ntwo")])[0].values, { n: 2 });
  assert.deepEqual(found(fact("network", "eth0: not connected, no address\nway out: none\nname servers: none")), ["no_way_out"]);
  assert.deepEqual(found(fact("constructor", "x"), fact("__proto__", "x"), fact("processes", "load 900")), []);
});

test("the most pressing comes first, and what could not be found out last", () => {
  assert.deepEqual(found(fact("users", "", "why"), fact("uptime", "1 minute"), fact("disks", "/: does not answer (nfs on x)")),
    ["disk_silent", "started_lately", "not_known"]);
});

test("a file of facts that is something else, or too much, does no harm", () => {
  for (const text of ["", "{", "null", "7", '"x"', "[1]", '{"facts": {}}', '{"facts": [null]}']) assert.equal(readFacts(text), null, text);
  const [odd] = readFacts('[{"id": 7, "text": {"toString": 1}, "failed": true}]');
  assert.deepEqual(odd, { id: "", title: "", text: "", failed: "?" });
  assert.equal(readFacts(JSON.stringify(Array(5000).fill({}))).length, 200);
  assert.deepEqual(unusual(readFacts(JSON.stringify([{ id: "disks", text: "/: ".repeat(3_000_000) }]))), []);
});
