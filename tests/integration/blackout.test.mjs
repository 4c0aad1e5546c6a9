// What the user covers is covered in what the cloud gets, and nowhere else is anything covered.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { eventually, press_send, sent_number, whole_machine } from "./support.mjs";

/** The PNG files that the cloud keeps. */
function kept_pictures(one) {
  const files = readdirSync(one.at("cloud"), { recursive: true }).map((name) => path.join(one.at("cloud"), String(name)));
  return files.filter((name) => statSync(name).isFile()).map((name) => readFileSync(name))
    .filter((bytes) => bytes.subarray(1, 4).toString() === "PNG");
}

/** Of the picture: how many pixels are black, of the one colour, and neither; and where the black ones are. */
async function look(one, png, colour) {
  const page = await one.browser.contexts()[0].newPage();
  const seen = await page.evaluate(async ([text, [red, green, blue]]) => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${text}`)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    const found = { black: 0, coloured: 0, other: 0, left: Infinity, top: Infinity, right: 0, bottom: 0 };
    for (let at = 0; at < data.length; at += 4) {
      const x = (at / 4) % image.width;
      const y = Math.floor(at / 4 / image.width);
      if (data[at] + data[at + 1] + data[at + 2] === 0) {
        found.black += 1;
        Object.assign(found, { left: Math.min(found.left, x), top: Math.min(found.top, y),
                               right: Math.max(found.right, x + 1), bottom: Math.max(found.bottom, y + 1) });
      } else if (data[at] === red && data[at + 1] === green && data[at + 2] === blue) found.coloured += 1;
      else found.other += 1;
    }
    return { ...found, all: image.width * image.height };
  }, [png.toString("base64"), colour]);
  await page.close();
  return seen;
}

describe("blacking out", () => {
  it("from the drag to the operator's picture: the area is black to the pixel, the rest is the screen", async (t) => {
    const one = await whole_machine(t, { more: '[[ticket.choices]]\nname = "Department"\noptions = ["Sales", "IT"]\n' });
    execFileSync("xsetroot", ["-solid", "#3366aa"], { env: one.environment });
    one.click(300, 300);
    await one.open_by_command();
    const page = await one.page();
    await page.waitForFunction(() => document.getElementById("large").width === 1280);
    await page.getByRole("button", { name: "Black out" }).click();
    await eventually("Send to be allowed", () => page.getByRole("button", { name: "Send", exact: true }).isEnabled(), 60);
    for (const [from, to] of [[[0.25, 0.25], [0.5, 0.5]], [[0.4, 0.4], [0.75, 0.5]]]) {
      const frame = await page.locator("#frame").boundingBox();
      const at = (x, y) => [frame.x + frame.width * x, frame.y + frame.height * y];
      await page.mouse.move(...at(...from));
      await page.mouse.down();
      await page.mouse.move(...at(...to), { steps: 3 });
      await page.mouse.up();
    }
    await page.getByLabel("Department").selectOption("IT");
    await press_send(page);
    const number = await sent_number(page);
    assert.equal(number, 1);
    const [png, ...more] = kept_pictures(one);
    assert.equal(more.length, 0);
    const seen = await look(one, png, [0x33, 0x66, 0xaa]);
    assert.equal(seen.all, 1280 * 800);
    assert.equal(seen.other, 0, "black or as it was, nothing between");
    const near = (is, wanted) => assert.ok(Math.abs(is - wanted) <= 3, `${is}, not ${wanted}`);
    near(seen.left, 320);
    near(seen.top, 200);
    near(seen.right, 960);
    near(seen.bottom, 400);
    // Two areas that overlap: 320x200 and 448x80, of which 128x80 is in both.
    const area = 320 * 200 + 448 * 80 - 128 * 80;
    assert.ok(Math.abs(seen.black - area) < area * 0.03, `${seen.black} pixels are black, not ${area}`);
    const kept = readFileSync(one.at("cloud/tier2.db")).includes('"redactions":2') || readFileSync(one.at("cloud/tier2.db-wal")).includes('"redactions":2');
    assert.ok(kept, "the manifest says how many areas there are");
  });

  it("taken back, it is the screen again", async (t) => {
    const one = await whole_machine(t);
    execFileSync("xsetroot", ["-solid", "#3366aa"], { env: one.environment });
    one.click(300, 300);
    await one.open_by_command();
    const page = await one.page();
    await page.waitForFunction(() => document.getElementById("large").width === 1280);
    await page.locator("#black").focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await eventually("an area", async () => await page.locator("#areas .area").count() === 1);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+z");
    await eventually("no area", async () => await page.locator("#areas .area").count() === 0);
    await press_send(page);
    await sent_number(page);
    const seen = await look(one, kept_pictures(one)[0], [0x33, 0x66, 0xaa]);
    assert.equal(seen.coloured, seen.all);
  });
});
