// How scripts speak with browsers: with the one that the helper opened, and with one of their own.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { chromium } from "playwright-core";

/** Waits until `look` gives something, at most so long; `what` is said when it does not. */
export async function eventually(what, look, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`in vain we waited ${seconds} s for this: ${what}`);
    await pause(50);
  }
}

/** Connects to the Chromium with this profile, which may still be starting. */
export async function attach(profile) {
  const file = path.join(profile, "DevToolsActivePort");
  const port = await eventually("the browser that the helper opens", () =>
    existsSync(file) && readFileSync(file, "utf8").match(/^(\d+)\n\S/)?.[1]);
  // A page that just moves from the handed over file to the helper's address can keep Playwright from connecting.
  let why;
  for (let attempt = 0; attempt < 4; ++attempt) {
    try {
      return await chromium.connectOverCDP(`http://127.0.0.1:${port}`, { timeout: 10_000 });
    } catch (error) {
      why = error;
    }
  }
  throw why;
}

/** The ticket page in that browser, once it has the ticket. */
export async function ticket_page(browser, state = "nothing") {
  const page = await eventually("the ticket page", async () => {
    for (const each of browser.contexts().flatMap((context) => context.pages()))
      if (each.url().startsWith("http://127.0.0.1:") && await each.locator(`#state[data-state="${state}"]`).count() > 0) return each;
  });
  page.setDefaultTimeout(30_000);
  return page;
}

/** A Chromium of our own; certificates are verified as always. */
export const launch = () => chromium.launch({
  executablePath: "/usr/bin/chromium",
  headless: true,
  chromiumSandbox: process.getuid() !== 0, // Chromium's sandbox does not work for root.
  args: ["--disable-background-networking", "--disable-component-update", "--lang=en-US"],
});
