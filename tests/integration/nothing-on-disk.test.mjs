// Screenshots are never on a disk of this machine: a whole run, from clicks to the sent ticket, is searched for every pixel that
// was on the screen and for every piece of the files that were sent. The same search finds them where a helper is made to leak.
import assert from "node:assert/strict";
import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { click_at_noise, evidence, files_below, find, frame_needles, look_and_write, start_noise, stored_pictures } from "./noise-support.mjs";
import { build, eventually, free_port, machine, message, programs, sent_number } from "./support.mjs";

const size = [1024, 640];
const seeds = [1, 2, 3, 4];
const leaky = path.join(build, "tests/integration/buttonhelper_leaky");

/** From the click to the sent ticket, with whatever can be seen of it kept. */
async function whole_run(t, helper, looked = async () => {}) {
  const one = new machine(t);
  const kept = new evidence(t, one);
  one.certificates();
  const port = await free_port();
  one.write_cloud({ agents: port });
  one.write_agent({ port });
  one.enrol();
  await one.start_cloud();
  await one.start_service(kept.strace("service"));
  await one.start_display(`${size.join("x")}x24`);
  const noise = await start_noise(t, one);
  const [file, ...words] = [...kept.strace("helper"), helper, "--config", one.at("agent.toml")];
  one.helper = one.start("buttonhelper", file, words);
  await one.helper.said("The hotkey is ");
  await click_at_noise(one, noise, seeds);
  one.xdotool("key", "ctrl+shift+F12");
  const page = await one.page();
  const pictures = await look_and_write(page, message, size[0]);
  assert.ok(pictures >= 2, `${pictures} pictures`);
  await looked(page);
  kept.look("open");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await sent_number(page);
  const cloud = [one.at("cloud")]; // it has the ticket now, as it should
  kept.look("sent", cloud);
  // In order: what it holds back for its profile is written.
  await (await one.browser.newBrowserCDPSession()).send("Browser.close").catch(() => {}); // it may end before it has answered
  await eventually("the browser to end", () => one.browser_pid() === undefined && kept.browser_processes().length === 0);
  await one.helper.stop();
  await one.service.stop();
  kept.files("ended", cloud);
  const sent = stored_pictures(one);
  assert.equal(sent.length, pictures);
  return { one, kept, sent, needles: [...frame_needles(seeds, size), ...sent.flatMap((name, at) => ["--file", `picture ${at + 1}=${name}`])] };
}

test("a whole run leaves no pixel and no piece of a sent picture in a file, an open descriptor or a write", async (t) => {
  const { one, kept, sent, needles } = await whole_run(t, programs.helper);
  const helper = await kept.written("helper"); // and of the browser, which it started
  const service = await kept.written("service");
  for (const [what, { files }] of Object.entries({ helper, service })) t.diagnostic(`${what} wrote to ${files.length} files`);
  assert.ok(helper.files.some((name) => name.includes("/run/ticket-")), "strace saw the handed over file");
  assert.ok(helper.files.some((name) => name.startsWith(one.at("browser/user/"))), "strace saw the browser's profile");
  assert.ok(service.files.some((name) => name.startsWith(one.at("service"))), "strace saw the service's state");
  // Files that are mapped to be written are searched where they lie: they have to lie where we look.
  for (const name of [...helper.unseen, ...service.unseen])
    assert.ok([one.state, "/dev/shm/", "/memfd:"].some((each) => name.startsWith(each)), `${name} was written where nobody looked`);

  const memory = kept.descriptors.filter(({ target }) => target.startsWith("/memfd:tier2-picture"));
  assert.ok(memory.some(({ copy }) => statSync(copy).size === size[0] * size[1] * 4), "the picture's memory was looked at");
  for (const { copy } of memory) assert.ok(readFileSync(copy).every((byte) => byte === 0), "the picture's memory is wiped");

  const all = [...files_below(kept.directory)].filter((name) => !name.endsWith(".strace"));
  t.diagnostic(`${all.length} files and ${kept.descriptors.length} descriptors, ${all.reduce((sum, name) => sum + statSync(name).size, 0) >> 20} MiB`);
  assert.deepEqual(find(needles, all), []);

  // The same search finds what is there: pixels and pieces of files, wherever in a file they begin.
  const piece = readFileSync(sent[0]).subarray(4321, 4321 + 64);
  writeFileSync(one.at("home/piece"), Buffer.concat([Buffer.alloc(1001), piece, Buffer.from("x")]));
  assert.deepEqual(find(needles, [one.at("home/piece")]).map(({ at, bytes }) => [at, bytes]), [[1001, 64]]);
  assert.equal(new Set(find(needles, sent).map(({ needle }) => needle).filter((each) => each.startsWith("picture "))).size, sent.length);
});

test("a helper that is made to give one picture a cacheable address is found out", async (t) => {
  const { one, kept, needles } = await whole_run(t, leaky, (page) =>
    page.waitForFunction(() => performance.getEntriesByType("resource").some((each) => each.name.includes("/leak_") && each.responseStatus === 200)));
  const hits = find(needles, [...files_below(kept.at("open")), ...files_below(kept.at("ended"))]);
  const where = [...new Set(hits.map(({ file }) => file))];
  t.diagnostic(`found in ${where.map((name) => path.basename(name).split("!").slice(-2).join("/"))}`);
  assert.ok(hits.some(({ file, needle }) => file.includes("!browser!user!") && needle.startsWith("frame ")), JSON.stringify(hits));
  const { files } = await kept.written("helper");
  assert.ok(files.some((name) => name.startsWith(one.at("browser/user/"))));
  assert.ok(find(needles, files_below(kept.at("helper-written"))).length > 0, "strace saw it, too");
});
