// A running tier2-cloud with tickets in it, and a Chromium with a new profile that is signed in to the console.
import { execFileSync, spawn } from "node:child_process";
import { createHash, generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { chromium } from "playwright-core";

const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const build = process.env.TIER2_BUILD ?? path.join(here, "..", "..", "build");
const cloud_program = path.join(build, "tools", "cloud", "tier2-cloud");
const seed_program = path.join(build, "tests", "cloud", "seed_ticket");
export const password = "a long password";
export const patience = { timeout: 30_000 };

// One key for all clouds of a process: a browser is told by its digest to take a certificate with it. To ignore whatever is
// wrong with any certificate would begin each request anew per connection, and Chromium gives up when there are many.
const key = generateKeyPairSync("ec", { namedCurve: "P-256" });
const key_digest = createHash("sha256").update(key.publicKey.export({ type: "spki", format: "der" })).digest("base64");

const pictures = process.env.TIER2_SCREENSHOTS; // a directory: the pages are kept there to be looked at

export async function look(page, name) {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: path.join(pictures, `${name}.png`), fullPage: true });
}

function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer().on("error", fail).listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

/** Starts the cloud; `seed(n)` sends n tickets, the first of them hostile, `seed(n, "long")` long ones, and returns their numbers. */
export async function startCloud() {
  for (const program of [cloud_program, seed_program])
    if (!existsSync(program)) throw new Error(`${program} is missing: build tier2-cloud and seed_ticket in ${build}`);
  const place = mkdtempSync(path.join(tmpdir(), "console-"));
  const file = (name) => path.join(place, name);
  writeFileSync(file("key.pem"), key.privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  execFileSync("openssl", ["req", "-x509", "-key", file("key.pem"), "-out", file("cert.pem"), "-days", "2", "-subj", "/CN=localhost",
    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], { stdio: "ignore" });
  const [agents, operators] = [await freePort(), await freePort()];
  const tls = `certificate = ${JSON.stringify(file("cert.pem"))}\nkey = ${JSON.stringify(file("key.pem"))}\n`;
  writeFileSync(file("cloud.toml"),
    `[agents]\naddress = "127.0.0.1"\nport = ${agents}\n${tls}[operators]\nport = ${operators}\n${tls}` +
    `[storage]\ndirectory = ${JSON.stringify(file("state"))}\n[log]\nfile = ${JSON.stringify(file("log"))}\n`);
  const tool = (args, input) =>
    execFileSync(cloud_program, ["--config", file("cloud.toml"), ...args], { input, encoding: "utf8" }).trim();
  tool(["operator", "add", "olga", "--password-file", "-"], `${password}\n`);
  const token = tool(["token", "create", "--uses", "100"]);
  const child = spawn(cloud_program, ["--config", file("cloud.toml"), "serve"], { stdio: ["ignore", "inherit", "inherit"] });
  const ended = new Promise((done) => child.once("exit", done));

  const url = `https://127.0.0.1:${operators}`;
  const deadline = Date.now() + patience.timeout;
  while (!(existsSync(file("log")) && readFileSync(file("log"), "utf8").includes(`the console is at ${url}`))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error("tier2-cloud did not start");
    await new Promise((done) => setTimeout(done, 20));
  }
  return {
    url,
    agents,
    file,
    tool,
    seed: (count, ...kind) => execFileSync(seed_program, [String(agents), file("cert.pem"), token, String(count), ...kind],
      { encoding: "utf8" }).trim().split("\n").map(Number),
    async stop() {
      child.kill("SIGTERM");
      const code = await ended;
      rmSync(place, { recursive: true, force: true });
      return code;
    },
  };
}

/** A Chromium of its own, which takes the certificates of this process's clouds and no other that is unknown. */
export async function openBrowser() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
      `--ignore-certificate-errors-spki-list=${key_digest}`],
  });
  return {
    /** A page; `problems` collects whatever the browser complains about. */
    async page(url, { width = 1280, height = 720, colorScheme = "light", locale = "en-GB", signedIn = true, deviceScaleFactor = 1 } = {}) {
      const context = await browser.newContext({
        ignoreHTTPSErrors: true, // for requests that the test makes itself
        viewport: { width, height }, colorScheme, locale, deviceScaleFactor, bypassCSP: false,
      });
      const page = await context.newPage();
      page.setDefaultTimeout(patience.timeout);
      const problems = [];
      page.on("pageerror", (why) => problems.push(`error: ${why.message}`));
      page.on("console", (line) => { if (line.type() === "error") problems.push(`console: ${line.text()}`); });
      page.on("dialog", (dialog) => { problems.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
      if (signedIn) {
        const answer = await context.request.post(`${url}/api/v1/session`,
          { data: { name: "olga", password }, headers: { Origin: url } });
        if (!answer.ok()) throw new Error(`sign-in: HTTP ${answer.status()}`);
      }
      return { page, problems, context };
    },
    close: () => browser.close(),
  };
}
