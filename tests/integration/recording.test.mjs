// What becomes a picture, and how many are kept.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { eventually, pictures, whole_machine } from "./support.mjs";

describe("the pictures of a ticket", () => {
  it("1,000 wheel events cause none; a click after them causes one", async (t) => {
    const one = await whole_machine(t);
    one.xdotool("mousemove", 300, 300, "click", "--repeat", 500, "--delay", 0, 4, "click", "--repeat", 500, "--delay", 0, 5);
    one.xdotool("click", 1, "sleep", 1);
    await one.open_by_command();
    const page = await one.page();
    assert.equal(await pictures(page), 1);
    await page.getByText(/^clicked/).first().waitFor();
  });

  it("a ring of 2 keeps the newest 2", async (t) => {
    const one = await whole_machine(t, { more: "[recording]\nframes = 2\n" });
    // Presses that come too fast share a picture, of which the newest press is the one that counts.
    for (const key of ["F2", "F3", "F4", "F5", "F6", "F7"]) one.xdotool("key", key, "sleep", 0.5);
    await one.open_by_command();
    const page = await one.page();
    await eventually("both pictures", async () => await pictures(page) === 2);
    const names = await page.locator(".thumb").evaluateAll((all) => all.map((each) => each.getAttribute("aria-label")));
    assert.match(names[1], /F7/);
  });

  it("what the screen shows after the ticket was opened is not part of it", async (t) => {
    const one = await whole_machine(t);
    one.click(300, 300);
    await one.open_by_command();
    const page = await one.page();
    assert.equal(await pictures(page), 1);
    one.xdotool("click", 1, "key", "F3", "click", 1);
    await page.getByLabel("What happened?").fill("one");
    await eventually("Send to be allowed", () => page.getByRole("button", { name: "Send", exact: true }).isEnabled(), 60);
    assert.equal(await pictures(page), 1);
  });
});
