// The user's session with a ticket open: the browser dies, the page is loaded anew, the display goes and comes, the user logs out.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { readFileSync, readdirSync, rmSync } from "node:fs";
import test from "node:test";
import { files_below } from "./noise-support.mjs";
import { eventually, message, pictures, press_send, sent_number, whole_machine } from "./support.mjs";

async function open_ticket(t) {
  const one = await whole_machine(t);
  await one.service.said("Connected to the cloud at");
  one.click(300, 300);
  await one.open_by_command();
  const page = await one.page();
  await page.getByLabel("What happened?").fill(message);
  await page.getByLabel("Name").focus();
  await page.getByText("Will be sent to Example IT").waitFor();
  return { one, page };
}

/** The page that came anew has the ticket as it was, and it is sent once. */
async function same_ticket(one, page) {
  assert.equal(await page.getByLabel("What happened?").inputValue(), message);
  assert.equal(await pictures(page), 1);
  await press_send(page);
  assert.equal(await sent_number(page), 1);
  assert.deepEqual(one.tickets().map((each) => [each.message, each.pictures]), [[message, 1]]);
}

test("the browser is killed and the hotkey pressed again: the ticket is as it was", async (t) => {
  const { one } = await open_ticket(t);
  process.kill(one.browser_pid(), "SIGKILL");
  await eventually("the browser to be gone", () => one.browser_pid() === undefined && !one.browser.isConnected());
  for (const each of ["browser/user/DevToolsActivePort", "run/browser.pid"]) rmSync(one.at(each)); // of the one that was killed
  one.xdotool("key", "ctrl+shift+F12");
  await same_ticket(one, await one.page());
});

test("the page is loaded anew: the ticket is as it was", async (t) => {
  const { one, page } = await open_ticket(t);
  await page.reload({ waitUntil: "commit" });
  const again = await eventually("the page that the helper opens", async () => {
    const found = await one.page();
    return found !== page || await found.locator('#state[data-state="nothing"]').count() > 0 ? found : undefined;
  });
  await same_ticket(one, again);
});

/** Another X server under the same name, as a display manager starts one. */
async function start_display_again(t, one) {
  const server = spawn("Xvfb", [one.environment.DISPLAY, "-noreset", "-nolisten", "tcp", "-screen", "0", "1280x800x24"], { stdio: "ignore" });
  t.after(() => server.kill());
  await eventually("the display to be there again", () => {
    try { execFileSync("xdotool", ["getmouselocation"], { env: one.environment, stdio: "ignore" }); return true; } catch { return false; }
  });
}
const display = (one) => one.programs.find((each) => each.name === "Xvfb");

test("the X server dies and comes back: the open ticket is still there, and clicks become pictures again", async (t) => {
  const { one, page } = await open_ticket(t);
  await display(one).stop("SIGKILL");
  await one.helper.said("input_hook went down");
  assert.equal(await page.getByLabel("What happened?").inputValue(), message);
  await start_display_again(t, one);
  await one.helper.said("The hotkey is ", 2);
  await same_ticket(one, page);
  await page.close();
  one.xdotool("mousemove", 200, 200, "click", 1, "sleep", 1, "key", "ctrl+shift+F12");
  const next = await one.page();
  assert.equal(await pictures(next), 1);
  await press_send(next);
  assert.equal(await sent_number(next), 2);
});

const traces = (one) => [...files_below(one.state)].filter((name) => !name.startsWith(one.at("browser")) && readFileSync(name).includes(message));

for (const [how, end] of [["SIGTERM", (one) => one.helper.child.kill("SIGTERM")], ["SIGHUP", (one) => one.helper.child.kill("SIGHUP")],
  ["the X server's end and SIGTERM", async (one) => { await display(one).stop("SIGKILL"); await one.helper.said("input_hook went down"); one.helper.child.kill("SIGTERM"); }]])
  test(`logging out with a ticket open, by ${how}: nothing is sent, nothing is left`, async (t) => {
    const { one, page } = await open_ticket(t);
    const waiting = await one.open_by_command(); // a page that was handed over once more
    assert.ok(waiting);
    await end(one);
    assert.equal(await one.helper.ended(), 0);
    assert.match(one.helper.log, /Ending, as asked\./);
    await page.close().catch(() => {});
    assert.deepEqual(readdirSync(one.at("run")).filter((name) => /^ticket-|\.html$/.test(name)), []);
    assert.deepEqual(traces(one), []);
    await one.service.stop();
    assert.deepEqual(one.tickets(), []);
  });
