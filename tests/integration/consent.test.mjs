// Not a byte about a ticket leaves the helper before Send, and nothing of a ticket stays behind.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import net from "node:net";
import { describe, it } from "node:test";
import { eventually, machine, message, press_send } from "./support.mjs";

/** A service that only listens: records each frame (u32 length of JSON, u32 length of bytes, JSON, bytes). */
async function recording_service(t, path) {
  const heard = { frames: [], bytes: Buffer.alloc(0) };
  const sockets = new Set();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    let rest = Buffer.alloc(0);
    const say = (json) => {
      const text = Buffer.from(JSON.stringify(json));
      const head = Buffer.alloc(8);
      head.writeUInt32BE(text.length, 0);
      socket.write(Buffer.concat([head, text]));
    };
    heard.say = say;
    say({ type: "status", connected: true, detail: "" });
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      heard.bytes = Buffer.concat([heard.bytes, bytes]);
      rest = Buffer.concat([rest, bytes]);
      while (rest.length >= 8) {
        const [json, bulk] = [rest.readUInt32BE(0), rest.readUInt32BE(4)];
        if (rest.length < 8 + json + bulk) break;
        heard.frames.push(JSON.parse(rest.subarray(8, 8 + json).toString()));
        rest = rest.subarray(8 + json + bulk);
      }
    });
  });
  await new Promise((ready) => server.listen(path, ready));
  t.after(() => {
    for (const each of sockets) each.destroy();
    server.close();
  });
  return heard;
}

async function listened_machine(t, more = "") {
  const one = new machine(t);
  one.certificates();
  one.write_agent({ more });
  const heard = await recording_service(t, one.at("run/helper.sock"));
  await one.start_display();
  await one.start_helper();
  await one.helper.said("Connected to the service.");
  one.click(300, 300);
  await one.open_by_command();
  return { one, heard, page: await one.page() };
}

const kinds = (heard) => [...new Set(heard.frames.map((frame) => frame.type))];

describe("consent", () => {
  it("before Send the service hears of the helper's health and nothing else; after it, of the ticket", async (t) => {
    const { one, heard, page } = await listened_machine(t);
    await page.getByLabel("What happened?").fill(message);
    await page.getByLabel("Name").fill("Anna Nobody-Else");
    const send = page.getByRole("button", { name: "Send", exact: true });
    await eventually("Send to be allowed", () => send.isEnabled(), 60);
    await eventually("a word about health", () => heard.frames.length > 0);
    assert.deepEqual(kinds(heard), ["health"]);
    for (const word of [message, "Nobody-Else", "ticket_begin", "ticket_part"]) assert.equal(heard.bytes.includes(word), false, word);
    await send.click();
    await eventually("the ticket", () => kinds(heard).includes("ticket_begin"));
    const begin = heard.frames.find((frame) => frame.type === "ticket_begin");
    const manifest = JSON.parse(Buffer.from(begin.manifest, "base64url").toString());
    assert.equal(manifest.form.message, message);
    assert.equal(manifest.steps.length, 1);
    assert.ok(one.helper.running);
  });

  it("a ticket that the user leaves is discarded after the time of the configuration, and nothing was sent", async (t) => {
    const { one, heard, page } = await listened_machine(t, "[ticket]\nkeep_closed_s = 60\n");
    await page.getByLabel("What happened?").fill(message);
    await page.close();
    await eventually("the ticket to be discarded", () => /Ticket \S+ was discarded\./.test(one.helper.log), 100);
    assert.deepEqual(kinds(heard).filter((kind) => kind !== "health"), []);
    assert.equal(heard.bytes.includes(message), false);
  });

  it("the page's part of the helper is started again: the ticket, what was written and every thumbnail are there again", async (t) => {
    const { one, heard, page } = await listened_machine(t);
    const drawn = (of) => eventually("every picture of the strip", async () => await of.locator(".thumb").count() > 0 &&
      await of.locator(".thumb.skeleton").count() === 0);
    await drawn(page);
    const count = await page.locator(".thumb").count();
    await page.getByLabel("What happened?").fill(message);
    await page.getByLabel("Name").focus();
    await eventually("Send to be allowed", () => page.getByRole("button", { name: "Send", exact: true }).isEnabled(), 60);
    heard.say({ type: "restart_actor", name: "consent" });
    await page.locator('#state[data-state="lost"]').waitFor();
    await page.close();
    await one.open_by_command();
    const again = await one.page();
    assert.equal(await again.getByLabel("What happened?").inputValue(), message);
    assert.equal(await again.locator(".thumb").count(), count);
    await drawn(again);
    await press_send(again);
    await eventually("the ticket", () => kinds(heard).includes("ticket_begin"));
  });

  it("a helper that is killed with an open ticket leaves no picture, no text and no secret on the disk", async (t) => {
    const { one, page } = await listened_machine(t);
    await page.getByLabel("What happened?").fill(message);
    await page.getByLabel("Name").focus();
    await one.helper.stop("SIGKILL");
    await page.locator('#state[data-state="lost"]').waitFor();
    assert.equal(execFileSync("find", [one.at("run"), "-name", "ticket-*"], { encoding: "utf8" }), "", "the handed over file is gone");
    const found = execFileSync("sh", ["-c", 'LC_ALL=C grep -rlaF -- "$1" "$2" || true', "sh", message, one.state], { encoding: "utf8" });
    assert.equal(found, "", "what the user wrote is in no file");
    // The next start is a fresh one.
    await one.start_helper();
    await one.open_by_command();
    assert.equal(await (await one.page()).getByLabel("What happened?").inputValue(), "");
  });
});

describe("the text that the helper refuses to lose", () => {
  it("a page that is closed before Send comes back with what was written", async (t) => {
    const { one, page } = await listened_machine(t);
    await page.getByLabel("What happened?").fill(message);
    await page.getByLabel("Name").focus();
    await page.getByText("Will be sent to Example IT").waitFor();
    await page.close();
    await one.open_by_command();
    const again = await one.page();
    assert.equal(await again.getByLabel("What happened?").inputValue(), message);
    await press_send(again);
  });
});
