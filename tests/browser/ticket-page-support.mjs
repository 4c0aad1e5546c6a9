// A helper's ticket page with a scripted ticket (serve_page) and a Chromium with a new profile to look at it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const build = process.env.TIER2_BUILD ?? path.join(here, "..", "..", "build");
const program = path.join(build, "tests", "logic", "serve_page");
const browser_program = process.env.CHROMIUM ?? "/usr/bin/chromium";

export const patience = { timeout: 60_000 };

/** Runs serve_page; `said` holds every line, `until` waits for one. */
export async function start_desk(...options) {
  if (!existsSync(program)) throw new Error(`${program} is missing: build it with "ninja -C ${build} serve_page"`);
  const runtime = mkdtempSync(path.join(tmpdir(), "ticket-page-"));
  const child = spawn(program, ["--runtime", path.join(runtime, "run"), ...options.map(String)],
                      { stdio: ["pipe", "pipe", "inherit"] });
  const said = [];
  const waiting = new Set();
  createInterface({ input: child.stdout }).on("line", (line) => {
    said.push(JSON.parse(line));
    for (const look of waiting) look();
  });

  /** The first line from `from` on that fits; lines may have come already. */
  function until(fits, from = 0) {
    return new Promise((done, fail) => {
      const late = setTimeout(() => {
        waiting.delete(look);
        fail(new Error(`not said in time; the last lines were ${JSON.stringify(said.slice(-5))}`));
      }, patience.timeout);
      const look = () => {
        const found = said.findIndex((line, at) => at >= from && fits(line));
        if (found < 0) return;
        clearTimeout(late);
        waiting.delete(look);
        done(said[found]);
      };
      waiting.add(look);
      look();
    });
  }

  const order = (what) => child.stdin.write(`${JSON.stringify(what)}\n`);
  const { port } = await until((line) => line.event === "listening");
  return {
    program, port, runtime, said, until, order,
    origin: `http://127.0.0.1:${port}`,
    set: (members) => order({ do: "set", ...members }),
    /** What the helper would open in the browser now, as an address. */
    async target() {
      const from = said.length;
      order({ do: "open" });
      const { target } = await until((line) => line.event === "opened", from);
      return target.startsWith("/") ? `file://${target}` : target;
    },
    /** What the page asked for from `from` on, without the wishes for pictures. */
    asked: (from = 0) => said.slice(from).filter((line) => line.type && line.type !== "show_picture"),
    async stop() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, "exit");
      rmSync(runtime, { recursive: true, force: true });
    },
  };
}

const launch = {
  executablePath: browser_program, headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  // As users have it: shared memory is memory. Playwright would put it into files of /tmp.
  ignoreDefaultArgs: ["--disable-dev-shm-usage"],
};

/** A Chromium; each `tab` is a page in a context of its own, as a new user would see it. */
export async function start_browser() {
  const browser = await chromium.launch(launch);
  return {
    async context({ locale = "en-US", scheme = "light", width = 1280, height = 720 } = {}) {
      const context = await browser.newContext({ locale, colorScheme: scheme, viewport: { width, height } });
      context.setDefaultTimeout(patience.timeout);
      return context;
    },
    stop: () => browser.close(),
  };
}

/** A Chromium with a new profile on disk, as a user has one. */
export async function start_profile() {
  const profile = mkdtempSync(path.join(tmpdir(), "ticket-page-profile-"));
  const context = await chromium.launchPersistentContext(profile, { ...launch, locale: "en-US" });
  context.setDefaultTimeout(patience.timeout);
  return { context, profile, erase: () => rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }) };
}

/** Runs `use(desk, context)` with a desk and a context of its own. */
export async function with_desk_in(browser, options, use, context_options = {}) {
  const desk = await start_desk(...options);
  const context = await browser.context(context_options);
  try {
    await use(desk, context);
  } finally {
    await context.close();
    await desk.stop();
  }
}

/** Opens the ticket as the helper's browser opener does, in a new tab, and waits until it is there. */
export async function open_ticket(context, desk, state = "nothing") {
  const page = await context.newPage();
  page.problems = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && page.problems.push(message.text()));
  page.on("pageerror", (error) => page.problems.push(String(error)));
  // The file posts its form at once: its own load event may never come.
  await page.goto(await desk.target(), { waitUntil: "commit" });
  await in_state(page, state);
  return page;
}

/** Waits until the state at the top right is this one. */
export const in_state = (page, state) => page.locator(`#state[data-state="${state}"]`).waitFor();

/** Waits until the large picture is there in full size. */
export const sharp = (page, width = 1920) =>
  page.waitForFunction((at_least) => document.getElementById("large").width >= at_least, width);
