import assert from "node:assert/strict";
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { it } from "node:test";
import { open_ticket, sharp, start_desk, start_profile } from "./ticket-page-support.mjs";

/** Every file below `directory` that holds one of `needles` ({name: Buffer}), as "name in file". */
function findings(directory, needles) {
  const found = [];
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath ?? entry.path, entry.name);
    let bytes;
    try {
      bytes = readFileSync(file);
    } catch {
      continue; // Gone meanwhile.
    }
    for (const [name, needle] of Object.entries(needles)) if (bytes.includes(needle)) found.push(`${name} in ${file}`);
  }
  return found;
}

/** Deleted files that the browser's processes still hold open below /proc, searched in the same way. */
function findings_in_open_files(needles) {
  const found = [];
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    let command;
    try {
      command = readFileSync(`/proc/${pid}/cmdline`, "latin1");
      if (!command.includes("chrom")) continue;
      for (const fd of readdirSync(`/proc/${pid}/fd`)) {
        const name = `/proc/${pid}/fd/${fd}`;
        const target = readlinkSync(name);
        // Shared memory between the browser's processes is memory, not disk.
        if (target.startsWith("/memfd:") || target.startsWith("/dev/shm/")) continue;
        const about = statSync(name);
        if (!about.isFile() || about.size === 0 || about.size > 64 << 20) continue;
        const handle = openSync(name, "r");
        const bytes = Buffer.alloc(about.size);
        readSync(handle, bytes, 0, about.size, 0);
        closeSync(handle);
        for (const [what, needle] of Object.entries(needles)) if (bytes.includes(needle)) found.push(`${what} in ${target}`);
      }
    } catch {
      continue; // Ended meanwhile, or not ours.
    }
  }
  return found;
}

it("leaves neither secret, nor text, nor pixels in the browser's profile", { timeout: 300_000 }, async () => {
  const desk = await start_desk("--pictures", 6, "--noise", "--width", 640, "--height", 360);
  const browser = await start_profile();
  try {
    let secret = "";
    // The page's first message is the claim.
    browser.context.on("page", (tab) => tab.on("websocket", (socket) => socket.on("framesent", ({ payload }) => {
      secret ||= JSON.parse(payload).secret ?? "";
    })));
    const page = await open_ticket(browser.context, desk);
    const written = "Quarzsand-Lieferung 48151623";
    await page.getByLabel("What happened?").fill(written);
    const pixels = {};
    for (let at = 6; at >= 4; --at) {
      await sharp(page, 640);
      await page.waitForFunction((of) => document.getElementById("where").textContent === `${of} / 6`, at);
      const row = await page.evaluate(() => [...document.getElementById("large").getContext("2d").getImageData(100, 50, 16, 1).data]);
      pixels[`picture ${at}`] = Buffer.from(row);
      pixels[`picture ${at}, B8G8R8`] = Buffer.from(row.flatMap((_, i) => (i % 4 ? [] : [row[i + 2], row[i + 1], row[i], 255])));
      const small = await page.evaluate((index) =>
        [...document.querySelectorAll(".strip canvas")[index].getContext("2d").getImageData(20, 20, 16, 1).data], at - 1);
      pixels[`thumbnail ${at}`] = Buffer.from(small);
      await page.getByRole("button", { name: "Previous picture" }).click();
    }
    assert.equal(secret.length, 43);
    assert.ok(new Set(pixels["picture 6"]).size > 20, "the picture is noise");
    const needles = {
      ...pixels, secret: Buffer.from(secret), "secret, UTF-16": Buffer.from(secret, "utf16le"),
      text: Buffer.from(written), "text, UTF-16": Buffer.from(written, "utf16le"),
    };
    assert.deepEqual(findings(browser.profile, needles), [], "while it is open");
    assert.deepEqual(findings_in_open_files(needles), [], "in files without a name");
    await page.reload();
    await desk.until((line) => line.event === "reopen");
    await browser.context.close();
    assert.deepEqual(findings(browser.profile, needles), [], "after it was closed");
    // The search finds what is there.
    for (const [name, needle] of Object.entries(needles)) {
      writeFileSync(path.join(browser.profile, "control"), Buffer.concat([Buffer.from("x".repeat(1000)), needle, Buffer.from("x")]));
      assert.deepEqual(findings(browser.profile, { [name]: needle }), [`${name} in ${path.join(browser.profile, "control")}`]);
    }
  } finally {
    await browser.context.close();
    await desk.stop();
    browser.erase();
  }
});
