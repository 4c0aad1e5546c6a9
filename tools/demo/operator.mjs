// The operator: signs in to the console, finds the ticket in the list, looks at it.
import { launch } from "./chromium.mjs";

/** Fails unless the ticket is there with the sentence and so many pictures, all of which load. */
export async function look_at_ticket({ console_url, name, password, number, pictures, sentence, photograph }) {
  const browser = await launch();
  try {
    const page = await browser.newPage({ viewport: { width: 1360, height: 900 } });
    page.setDefaultTimeout(30_000);
    await page.goto(console_url);
    await page.getByLabel("Name").fill(name);
    await page.getByLabel("Password").fill(password);
    await photograph(page, "4-sign-in");
    await page.getByRole("button", { name: "Sign in" }).click();
    const row = page.getByRole("row").filter({ has: page.getByRole("cell", { name: number, exact: true }) });
    await row.waitFor();
    await photograph(page, "5-list");
    await row.getByRole("link", { name: sentence }).click();
    await page.getByRole("heading", { name: `Ticket #${number}` }).waitFor();
    await page.getByText(sentence, { exact: true }).waitFor();

    const shown = await page.locator(".strip .thumb").count();
    if (shown !== pictures) throw new Error(`the console shows ${shown} pictures, and ${pictures} were sent`);
    for (let at = 1; at <= shown; ++at) {
      await page.locator(`.stage canvas[data-step="${at}"]:visible`).waitFor(); // hidden when there is no picture
      if (at < shown) await page.keyboard.press("ArrowRight");
    }
    await page.keyboard.press("Home");
    await page.locator('.stage canvas[data-step="1"]').waitFor();
    await photograph(page, "6-ticket");
    await page.getByText(/^All \d+ facts/).click();
    await page.locator("dl.facts").getByText("Debian GNU/Linux").first().waitFor();
    await page.getByText("Files", { exact: true }).scrollIntoViewIfNeeded();
    await photograph(page, "7-facts");
  } finally {
    await browser.close();
  }
}
