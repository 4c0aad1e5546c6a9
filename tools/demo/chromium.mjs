// How scripts speak with browsers: with the one that the helper opened, and with one of their own.
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { chromium } from "playwright-core";

export { chromium };

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

/** Connects to the Chromium with this profile, once it shows the ticket page: Playwright cannot connect while a page moves
 *  from the handed over file to the helper's address. */
export async function attach(profile) {
  const file = path.join(profile, "DevToolsActivePort");
  let address;
  let shown = "nothing";
  await eventually("the helper's page in the browser", async () => {
    try {
      address = `http://127.0.0.1:${readFileSync(file, "utf8").match(/^\d+(?=\n\S)/)[0]}`;
      const targets = await (await fetch(`${address}/json/list`)).json();
      shown = targets.map((each) => `${each.type} ${each.url}`).join(", ");
      return targets.some((each) => each.type === "page" && each.url.startsWith("http://127.0.0.1:"));
    } catch {
      return false; // It does not listen yet, or the file is that of one before it.
    }
  }, 90).catch((why) => {
    throw new Error(`${why.message}; it shows ${shown}`);
  });
  return chromium.connectOverCDP(address);
}

/** The ticket page in that browser, once it has the ticket. */
export async function ticket_page(browser, state = "nothing") {
  const pages = () => browser.contexts().flatMap((context) => context.pages());
  const find = async () => {
    for (const each of pages())
      try {
        if (each.url().startsWith("http://127.0.0.1:") && await each.locator(`#state[data-state="${state}"]`).count() > 0 &&
          await each.locator("#bar").isVisible()) return each; // that of a discarded ticket has no bar
      } catch { /* it was closed meanwhile */ }
  };
  const page = await eventually("the ticket page", find, 90).catch((why) => {
    throw new Error(`${why.message}; the browser has ${pages().map((each) => each.url()).join(", ")}`);
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
