// For how long tickets are kept, as an operator sets it in the console.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { look, openBrowser, patience, startCloud } from "./console-support.mjs";
import { complaints } from "./fleet-support.mjs";

let cloud;
let browser;

before(async () => {
  cloud = await startCloud();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  assert.equal(await cloud?.stop(), 0);
});

/** As if so many of the tickets had come 40 days ago. */
function age(numbers) {
  execFileSync("python3", ["-c", "import sqlite3, sys\nwith sqlite3.connect(sys.argv[1], timeout=30) as to:\n" +
    "    to.execute(f'UPDATE tickets SET received = received - 40 * 86400000 WHERE number IN ({sys.argv[2]})')",
  cloud.file("state/tier2.db"), numbers.join(",")]);
}

test("an operator sets how long tickets are kept; what that would delete is said first, and nothing is changed before the yes", async () => {
  const numbers = cloud.seed(5);
  const { page, problems } = await browser.page(cloud.url);
  await page.goto(`${cloud.url}/tickets`);
  const section = page.getByRole("region", { name: "How long tickets are kept" });
  await section.getByText("for 90 days").waitFor(patience);
  assert.deepEqual(await complaints(page), []);
  const before = cloud.tool(["retention", "show"]);
  age(numbers.slice(0, 2));

  // By keyboard alone: the dialog, the warning, and out of it again.
  await section.getByRole("button", { name: "Change", exact: true }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "How long tickets are kept" });
  await dialog.getByLabel("Days").fill("30");
  await page.keyboard.press("Enter");
  await dialog.getByText("2 tickets are older than that").waitFor(patience);
  await look(page, "retention-warning");
  assert.deepEqual(await complaints(page), []);
  await page.keyboard.press("Escape");
  assert.equal(await dialog.count(), 0);
  assert.equal(cloud.tool(["retention", "show"]), before);

  // Another number is another question.
  await section.getByRole("button", { name: "Change", exact: true }).click();
  await dialog.getByLabel("Days").fill("30");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByRole("button", { name: "Save, and delete 2 tickets" }).waitFor(patience);
  await dialog.getByLabel("Days").fill("39");
  assert.equal(await dialog.getByText("older than that").count(), 0);
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  await dialog.getByRole("button", { name: "Save, and delete 2 tickets" }).click();
  await section.getByText("for 39 days").waitFor(patience);
  assert.match(cloud.tool(["retention", "show"]), /^Tickets are kept for 39 days\.$/m);
  assert.deepEqual(problems, []);
});

test("machines with a label have days of their own, until the rule is removed", async () => {
  const { page, problems } = await browser.page(cloud.url);
  await page.goto(`${cloud.url}/tickets`);
  const section = page.getByRole("region", { name: "How long tickets are kept" });
  await section.getByRole("button", { name: "Other days for a label" }).click();
  const dialog = page.getByRole("dialog", { name: "Other days for a label" });
  await dialog.getByLabel("Days").fill("7");
  await dialog.getByRole("button", { name: "Save" }).click();
  assert.equal(await dialog.count(), 1, "without a label it is not sent");
  await dialog.getByLabel("Label of the machines").fill("front, desk");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText("A label is a line of 1 to 64 bytes without a comma.").waitFor(patience);
  const hostile = "<img src=x onerror=alert(1)>";
  await dialog.getByLabel("Label of the machines").fill(hostile);
  await dialog.getByRole("button", { name: "Save" }).click();
  await section.getByText(hostile).waitFor(patience);
  await look(page, "retention-label");
  assert.deepEqual(await complaints(page), []);
  await section.getByRole("button", { name: `Change how long tickets of machines with the label ${hostile} are kept` }).click();
  const other = page.getByRole("dialog", { name: "How long tickets of machines with the label" });
  assert.equal(await other.getByLabel("Days").inputValue(), "7");
  await other.getByLabel("Days").fill("0");
  await page.keyboard.press("Enter");
  await section.getByText("for ever").waitFor(patience);
  assert.match(cloud.tool(["retention", "show"]), /onerror=alert\(1\)>": for ever\.$/m);
  const remove = section.getByRole("button", { name: `Remove the rule for the label ${hostile}` });
  await page.route("**/api/v1/retention?label=*", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ json: { ...await answer.json(), deletes: 3 } });
  });
  await remove.click();
  await page.getByRole("dialog").getByText("as long as all others. 3 tickets are older than that.").waitFor(patience);
  await page.keyboard.press("Escape");
  await page.unroute("**/api/v1/retention?label=*");
  await remove.click();
  assert.equal(await page.getByRole("dialog").getByText("older than that").count(), 0);
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await section.getByText(hostile).waitFor({ ...patience, state: "detached" });
  assert.doesNotMatch(cloud.tool(["retention", "show"]), /label/);
  await page.goto(`${cloud.url}/audit`);
  await page.locator("#list tbody tr", { hasText: "olga" }).filter({ hasText: hostile }).first().waitFor(patience);
  assert.deepEqual(problems.filter((one) => !one.includes("status of 400")), []);
});
