import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import http from "node:http";
import { fileURLToPath } from "node:url";
import { after, before, describe, it } from "node:test";
import { in_state, open_ticket, sharp, start_browser, start_desk, with_desk_in } from "./ticket-page-support.mjs";

let browser;
before(async () => { browser = await start_browser(); });
after(() => browser.stop());

const with_desk = (...what) => with_desk_in(browser, ...what);

describe("the ticket page", () => {
  it("asks the helper for exactly what the user did, and says at once what would be sent", () =>
    with_desk(["--pictures", 10], async (desk, context) => {
      const page = await open_ticket(context, desk);
      await sharp(page, 960);
      const summary = page.locator("#summary");
      assert.equal(await summary.textContent(), "Will be sent to Example IT: 10 pictures, 6 facts, 3.1 MB");
      await page.getByLabel("Send this picture").uncheck();
      assert.match(await summary.textContent(), /: 9 pictures, 6 facts, 2\.7 MB$/);
      await page.getByText("Facts about this computer").click();
      await page.getByLabel("Memory").uncheck();
      assert.match(await summary.textContent(), /: 9 pictures, 5 facts, /);
      await page.getByLabel("What happened?").fill("The invoice is gone");
      await page.getByRole("button", { name: "Send", exact: true }).click();
      await desk.until((line) => line.type === "send");
      assert.deepEqual(desk.asked(), [
        { type: "include_picture", id: 10, on: false },
        { type: "include_fact", id: "memory", on: false },
        { type: "write_form", form: { name: "Anna Example", email: "", phone: "", business: "",
                                      message: "The invoice is gone", urgency: "", choices: {} } },
        { type: "send" },
      ]);
      assert.equal(await page.locator("#send").isDisabled(), true, "nothing is asked twice");
      desk.set({ phase: "sending", sent_bytes: 1_092_000 });
      await in_state(page, "sending");
      assert.equal(await page.locator("#state-text").textContent(), "sending 40%");
      assert.equal(await page.locator("#progress").evaluate((bar) => bar.value), 40);
      desk.set({ phase: "sent", number: "1042", url: "https://help.example/tickets/1042" });
      await in_state(page, "sent");
      assert.equal(await page.locator("#state-text").textContent(), "sent, ticket 1042");
      assert.equal(await page.getByRole("heading", { name: "Sent: ticket 1042" }).isVisible(), true);
      assert.equal(await page.getByRole("link").getAttribute("href"), "https://help.example/tickets/1042");
      assert.equal(await page.locator("#bar").isVisible(), false);
      assert.deepEqual(page.problems, []);
    }));

  it("shows each picture's own pixels and where the click was", () =>
    with_desk(["--pictures", 3, "--noise", "--width", 200, "--height", 100], async (desk, context) => {
      const page = await open_ticket(context, desk);
      const dots = () => page.evaluate(() => {
        const large = document.getElementById("large");
        return [...large.getContext("2d").getImageData(0, 0, 1, 1).data].join();
      });
      await desk.until((line) => line.type === "show_picture" && line.id === 3);
      await page.getByRole("button", { name: "Previous picture" }).click();
      await desk.until((line) => line.type === "show_picture" && line.id === 2);
      // The first word of mt19937 seeded with 2 and with 1, as B8G8R8X8.
      await page.waitForFunction(() => {
        const [r, g, b] = document.getElementById("large").getContext("2d").getImageData(0, 0, 1, 1).data;
        return r === ((1872583848 >> 16) & 255) && g === ((1872583848 >> 8) & 255) && b === (1872583848 & 255);
      });
      const second = await dots();
      await page.keyboard.press("ArrowLeft");
      await desk.until((line) => line.type === "show_picture" && line.id === 1);
      await page.waitForFunction(() => {
        const [r, g, b] = document.getElementById("large").getContext("2d").getImageData(0, 0, 1, 1).data;
        return r === ((1791095845 >> 16) & 255) && g === ((1791095845 >> 8) & 255) && b === (1791095845 & 255);
      });
      assert.notEqual(await dots(), second);
      const place = await page.evaluate(() => {
        const frame = document.getElementById("frame").getBoundingClientRect();
        const mark = document.getElementById("mark").getBoundingClientRect();
        return [(mark.x + mark.width / 2 - frame.x) / frame.width, (mark.y + mark.height / 2 - frame.y) / frame.height];
      });
      assert.ok(Math.abs(place[0] - 81 / 200) < 0.01 && Math.abs(place[1] - 42 / 100) < 0.02, String(place));
    }));

  it("waits with Send, and says why, until the included pictures and the facts are ready", () =>
    with_desk(["--pictures", 10], async (desk, context) => {
      desk.set({ phase: "preparing", encoded: 4, facts_complete: false });
      const page = await open_ticket(context, desk);
      const send = page.locator("#send");
      const reason = page.locator("#reason");
      assert.equal(await send.isDisabled(), true);
      assert.equal(await reason.textContent(), "You can send in a moment: 4 of 10 pictures are ready.");
      assert.match(await page.locator("#summary").textContent(), /so far$/);
      desk.set({ encoded: 10 });
      await reason.getByText("the facts are still being gathered").waitFor();
      assert.equal(await send.isDisabled(), true);
      desk.set({ phase: "reviewing", facts_complete: true });
      await page.locator("#send:enabled").waitFor();
      assert.equal(await reason.isVisible(), false);
    }));

  it("asks for a message before it sends, and sends nothing until there is one", () =>
    with_desk(["--pictures", 2], async (desk, context) => {
      const page = await open_ticket(context, desk);
      await page.locator("#send").click();
      assert.equal(await page.getByText("Please write in a few words what happened.").isVisible(), true);
      assert.equal(await page.evaluate(() => document.activeElement.id), "message");
      assert.equal(await page.getByLabel("What happened?").getAttribute("aria-invalid"), "true");
      await page.getByLabel("What happened?").fill("x");
      await page.locator("#send").click();
      await desk.until((line) => line.type === "send");
      assert.equal(desk.asked().filter((line) => line.type === "send").length, 1);
    }));

  it("discards only after a question, and not by Escape", () =>
    with_desk(["--pictures", 2], async (desk, context) => {
      const page = await open_ticket(context, desk);
      await page.keyboard.press("Escape");
      await page.locator("#discard").click();
      const dialog = page.getByRole("dialog", { name: "Discard this ticket?" });
      await dialog.waitFor();
      assert.equal(await page.evaluate(() => document.activeElement.id), "keep");
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "hidden" });
      assert.equal(await page.evaluate(() => document.activeElement.id), "discard");
      assert.deepEqual(desk.asked(), []);
      await page.locator("#discard").click();
      await dialog.getByRole("button", { name: "Discard" }).click();
      await desk.until((line) => line.type === "discard");
      desk.set({ phase: "discarded" });
      await in_state(page, "discarded");
      assert.match(await page.locator("#result-text").textContent(), /^Nothing was sent, and the pictures are erased\./);
      assert.equal(await page.evaluate(() => document.activeElement.id), "result-title");
    }));

  it("waits for the network, says so, goes on, and can still be discarded", () =>
    with_desk(["--pictures", 2], async (desk, context) => {
      const page = await open_ticket(context, desk);
      desk.set({ phase: "waiting", detail: "The helpdesk's server does not answer.", technical: "connect: timed out" });
      await in_state(page, "waiting");
      const notice = page.locator("#notice");
      assert.match(await notice.textContent(), /server does not answer\. We go on trying, and nothing is lost/);
      assert.match(await page.locator("#announce").textContent(), /We go on trying/);
      await notice.getByText("Technical details").click();
      assert.equal(await notice.getByText("connect: timed out").isVisible(), true);
      assert.equal(await page.locator("#send").isVisible(), false);
      assert.equal(await page.getByLabel("What happened?").isEditable(), false);
      await page.locator("#discard").click();
      assert.match(await page.locator("#ask-text").textContent(), /Sending stops/);
      await page.locator("#really-discard").click();
      await desk.until((line) => line.type === "discard");
      desk.set({ phase: "refused", detail: "The ticket is too large.", technical: "413" });
      await in_state(page, "refused");
      assert.match(await notice.textContent(), /too large.*call your helpdesk/s);
    }));

  it("says why there are no pictures, and sends what is written all the same", () =>
    with_desk(["--pictures", 0], async (desk, context) => {
      desk.set({ pictures_note: "" });
      const page = await open_ticket(context, desk);
      assert.equal(await page.getByRole("heading", { name: "There are no pictures" }).isVisible(), true);
      assert.match(await page.locator("#no-pictures-why").textContent(), /None were taken in the last minutes/);
      assert.match(await page.locator("#summary").textContent(), /: no pictures, 6 facts/);
      await page.getByLabel("What happened?").fill("x");
      await page.locator("#send").click();
      await desk.until((line) => line.type === "send");
    }));

  it("takes all pictures out and puts them back", () =>
    with_desk(["--pictures", 60], async (desk, context) => {
      const page = await open_ticket(context, desk);
      await page.getByRole("button", { name: "Take all out" }).click();
      await page.locator("#summary").getByText("no pictures").waitFor();
      await page.getByRole("button", { name: "Put all back" }).click();
      await page.locator("#summary").getByText("60 pictures").waitFor();
      await desk.until((line) => line.type === "include_picture" && line.id === 60 && line.on);
      const asked = desk.asked();
      assert.deepEqual(asked.map((line) => line.on), [...Array(60).fill(false), ...Array(60).fill(true)]);
    }));

  it("draws of 60 thumbnails those in sight, and keeps one full picture", () =>
    with_desk(["--pictures", 60], async (desk, context) => {
      const page = await open_ticket(context, desk);
      await sharp(page, 960);
      const painted = () => page.evaluate(() => [...document.querySelectorAll(".strip canvas")]
        .map((canvas, at) => (canvas.width > 0 ? at : -1)).filter((at) => at >= 0));
      await page.waitForFunction(() => document.querySelectorAll(".strip canvas")[59].width > 0);
      const at_the_end = await painted();
      assert.ok(at_the_end.length < 20, String(at_the_end));
      await page.locator(".thumb").last().focus();
      await page.keyboard.press("Home");
      await page.waitForFunction(() => document.querySelectorAll(".strip canvas")[0].width > 0 &&
                                       document.querySelectorAll(".strip canvas")[59].width === 0);
      assert.equal(await page.locator("#where").textContent(), "1 / 60");
      const large = await page.evaluate(() => [...document.querySelectorAll("canvas")].filter((c) => c.width > 320).length);
      assert.ok(large <= 1);
    }));

  it("keeps everything at 320 pixels, without scrolling sideways", () =>
    with_desk(["--pictures", 5], async (desk, context) => {
      const page = await open_ticket(context, desk);
      await page.getByText("Facts about this computer").click();
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
      const cut = await page.evaluate(() => [...document.querySelectorAll("button, input, select, textarea, summary, label, h1")]
        .filter((node) => node.offsetParent && !node.closest(".strip"))
        .filter((node) => node.getBoundingClientRect().right > 320.5 || node.scrollWidth > node.clientWidth + 1 && node.tagName === "BUTTON")
        .map((node) => node.id || node.textContent));
      assert.deepEqual(cut, []);
      assert.notEqual(await page.evaluate(() => document.activeElement.id), "send");
    }, { width: 320, height: 640 }));

  it("an old tab neither shows the next ticket nor chooses for it", () =>
    with_desk(["--pictures", 3], async (desk, context) => {
      const old = await open_ticket(context, desk);
      await old.getByLabel("Send this picture").uncheck();
      await desk.until((line) => line.type === "include_picture");
      desk.set({ phase: "sent", number: "1041" });
      await in_state(old, "sent");
      const from = desk.said.length;
      desk.set({ ticket: 2, phase: "reviewing", include_picture: 3, on: true });
      await desk.until((line) => line.event === "present" && !line.on, from);
      assert.equal(await old.locator("#state-text").textContent(), "sent, ticket 1041");
      assert.equal(await old.locator("#send").isVisible(), false);
      const page = await open_ticket(context, desk);
      assert.match(await page.locator("#summary").textContent(), /: 3 pictures/);
      assert.equal(await old.locator("#state-text").textContent(), "sent, ticket 1041");
      assert.deepEqual(desk.asked(from).filter((line) => line.type !== "claim"), []);
    }));

  it("a picture that comes after the ticket's end is not shown: the page says that they are erased", () =>
    with_desk(["--pictures", 2], async (desk, context) => {
      const page = await open_ticket(context, desk);
      await sharp(page, 960);
      desk.set({ hold: true });
      const from = desk.said.length;
      await page.getByRole("button", { name: "Previous picture" }).click();
      await desk.until((line) => line.type === "show_picture" && line.id === 1, from);
      desk.set({ phase: "sent", number: "1041" });
      await in_state(page, "sent");
      await page.evaluate(() => {
        globalThis.drawn = 0;
        const put = CanvasRenderingContext2D.prototype.putImageData;
        CanvasRenderingContext2D.prototype.putImageData = function (...what) {
          globalThis.drawn = Math.max(globalThis.drawn, this.canvas.width);
          return put.apply(this, what);
        };
      });
      desk.set({ hold: false });
      desk.set({ phase: "discarded" }); // behind the picture
      await in_state(page, "discarded");
      assert.equal(await page.evaluate(() => globalThis.drawn), 0);
    }));

  it("a word of the helper that is older than a choice does not undo it", () =>
    with_desk(["--pictures", 2], async (desk, context) => {
      const page = await open_ticket(context, desk);
      const box = page.getByLabel("Send this picture");
      const memory = page.locator('[data-fact="memory"]');
      await page.getByText("Facts about this computer").click();
      desk.set({ deaf: true }); // from now on it repeats nothing
      await box.uncheck();
      await box.check();
      await memory.uncheck();
      await memory.check();
      await desk.until((line) => line.type === "include_fact" && line.on);
      desk.set({ include_picture: 2, on: false }); // as it was between the two
      desk.set({ include_fact: "memory", on: false });
      desk.set({ pictures_note: "The helper has said all that." });
      await page.locator("#pictures-note").getByText("The helper has said all that.").waitFor();
      assert.equal(await box.isChecked(), true);
      assert.equal(await memory.isChecked(), true);
      await box.uncheck();
      await desk.until((line) => line.type === "include_picture" && !line.on, desk.said.findIndex((line) => line.type === "include_fact"));
    }));

  it("can be used with the keyboard alone", () =>
    with_desk(["--pictures", 10], async (desk, context) => {
      const page = await open_ticket(context, desk);
      const focus = () => page.evaluate(() => document.activeElement.id || document.activeElement.className);
      const tab_to = async (where, key = "Tab") => {
        for (let steps = 0; steps < 30; ++steps) {
          if ((await focus()).split(" ").includes(where)) return;
          await page.keyboard.press(key);
          const seen = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
          assert.notEqual(seen, "none", `focus is visible on ${await focus()}`);
        }
        assert.fail(`${where} is not reached, the focus is on ${await focus()}`);
      };
      assert.equal(await focus(), "message");
      await page.keyboard.type("It does not print");
      await tab_to("thumb", "Shift+Tab");
      await page.keyboard.press("ArrowLeft");
      await page.keyboard.press("ArrowLeft");
      assert.equal(await page.locator("#where").textContent(), "8 / 10");
      await page.keyboard.press("Space");
      assert.match(await page.locator(".thumb[aria-current]").getAttribute("aria-label"), /^Picture 8 of 10, .*taken out$/);
      await page.keyboard.press("Space");
      await page.keyboard.press("Delete");
      await page.keyboard.press("Home");
      await page.keyboard.press("Delete");
      await page.keyboard.press("End");
      assert.equal(await page.locator("#where").textContent(), "10 / 10");
      await tab_to("urgency");
      await page.keyboard.press("ArrowDown");
      await tab_to("send");
      await page.keyboard.press("Enter");
      await desk.until((line) => line.type === "send");
      const choices = desk.asked().filter((line) => line.type === "include_picture");
      assert.deepEqual(choices.map(({ id, on }) => [id, on]), [[8, false], [8, true], [8, false], [1, false]]);
      const written = desk.asked().filter((line) => line.type === "write_form").at(-1).form;
      assert.equal(written.message, "It does not print");
      assert.equal(written.urgency, "low");
    }));
});

describe("who may see the ticket page", () => {
  it("the file is private, good once, and gone after use", () =>
    with_desk(["--pictures", 1], async (desk, context) => {
      const target = await desk.target();
      const file = fileURLToPath(target);
      assert.equal(statSync(file).mode & 0o777, 0o600);
      const copy = await context.newPage();
      await copy.goto(target, { waitUntil: "commit" });
      await in_state(copy, "nothing");
      assert.equal(existsSync(file), false);
      assert.equal(copy.url(), `${desk.origin}/`);
      assert.equal(await copy.evaluate(() => document.documentElement.outerHTML.includes("tier2-secret")), false);
      assert.equal(await copy.evaluate(() => document.cookie + localStorage.length + sessionStorage.length), "00");
    }));

  it("a token that was seen by another is of no more use", () =>
    with_desk(["--pictures", 1, "--handover", "url"], async (desk, context) => {
      const page = await context.newPage();
      const target = await desk.target();
      await page.goto(target, { waitUntil: "commit" });
      await in_state(page, "nothing");
      assert.equal(page.url(), `${desk.origin}/`, "the address is replaced at once");
      const again = await fetch(target);
      assert.equal(again.status, 410);
      assert.equal((await again.text()).includes("tier2-secret"), false);
    }));

  it("a reload opens the page anew, with what was written", () =>
    with_desk(["--pictures", 3], async (desk, context) => {
      const page = await open_ticket(context, desk);
      await page.getByLabel("What happened?").fill("half a sentence");
      await page.getByLabel("Send this picture").uncheck();
      await desk.until((line) => line.type === "include_picture");
      await desk.until((line) => line.type === "write_form");
      await page.reload();
      await desk.until((line) => line.event === "reopen");
      await page.getByText("The page opens in a new tab.").waitFor();
      const anew = await open_ticket(context, desk);
      assert.equal(await anew.getByLabel("What happened?").inputValue(), "half a sentence");
      assert.equal(await anew.getByLabel("Send this picture").isChecked(), false);
      await anew.waitForFunction(() => [...document.querySelectorAll(".strip canvas")].every((canvas) => canvas.width > 0));
    }));

  it("a newer page takes over and the older one says so; a third by address takes over from nobody", () =>
    with_desk(["--pictures", 2], async (desk, context) => {
      const older = await open_ticket(context, desk);
      const newer = await open_ticket(context, desk);
      await in_state(older, "replaced");
      assert.match(await older.locator("#notice-text").textContent(), /Go on there; you can close this tab/);
      assert.equal(await older.evaluate(() => document.getElementById("large").width), 1);
      const third = await context.newPage();
      await third.goto(desk.origin);
      await third.getByRole("button", { name: "Open it again" }).waitFor();
      assert.equal(desk.said.some((line) => line.event === "reopen"), false);
      assert.equal(await newer.locator("#state").getAttribute("data-state"), "nothing");
      await third.getByRole("button", { name: "Open it again" }).click();
      await desk.until((line) => line.event === "reopen");
    }));

  it("says what to do when the helper is gone or the ticket is closed", () =>
    with_desk(["--pictures", 2], async (desk, context) => {
      const page = await open_ticket(context, desk);
      desk.order({ do: "close" });
      await in_state(page, "closed");
      assert.match(await page.locator("#notice-text").textContent(), /press the help key again/);
      const other = await start_desk("--pictures", 2);
      const left = await open_ticket(context, other);
      await left.getByLabel("What happened?").fill("still here");
      await other.stop();
      await in_state(left, "lost");
      assert.equal(await left.getByLabel("What happened?").inputValue(), "still here");
      assert.equal(await left.getByLabel("What happened?").isEditable(), false);
      await left.getByRole("button", { name: "Open it again" }).click();
      await left.locator("#notice-text").getByText("Press the help key").waitFor();
    }));

  it("a page of another origin gets no connection, no file, no frame and no secret", () =>
    with_desk(["--pictures", 2], async (desk, context) => {
      await open_ticket(context, desk);
      const stranger = http.createServer((_, answer) => answer.writeHead(200, { "content-type": "text/html" }).end("<p>hi"));
      await new Promise((ready) => stranger.listen(0, "127.0.0.1", ready));
      try {
        const page = await context.newPage();
        await page.goto(`http://127.0.0.1:${stranger.address().port}/`);
        const got = await page.evaluate(async (origin) => {
          const socket = new WebSocket(`${origin.replace("http", "ws")}/page`);
          const connection = await new Promise((done) => {
            socket.onopen = () => done("open");
            socket.onerror = () => done("refused");
          });
          const read = (...what) => fetch(...what).then((answer) => answer.text(), () => "refused");
          const script = await new Promise((done) => {
            const element = document.createElement("script");
            element.src = `${origin}/channel.js`;
            element.onload = () => done("loaded");
            element.onerror = () => done("refused");
            document.body.append(element);
          });
          return {
            connection, script,
            page: await read(`${origin}/`),
            reopen: await read(`${origin}/reopen`, { method: "POST" }),
            blind: await fetch(`${origin}/`, { mode: "no-cors" }).then((answer) => answer.type, () => "refused"),
          };
        }, desk.origin);
        assert.deepEqual(got, { connection: "refused", script: "refused", page: "refused", reopen: "refused", blind: "refused" });
        // However much it asks for, our own page has its allowance to itself.
        const asked = 1500;
        await page.evaluate(async ({ origin, asked }) => {
          for (let i = 0; i < asked; i += 50)
            await Promise.all(Array.from({ length: 50 }, (_, at) => fetch(`${origin}/x${i + at}`, { mode: "no-cors" }).catch(() => {})));
        }, { origin: desk.origin, asked });
        desk.order({ do: "counts" });
        const counts = await desk.until((line) => line.event === "counts");
        assert.ok(counts.foreign >= 5 + asked, JSON.stringify(counts));
        assert.equal(counts.too_many, 0);
        assert.equal(desk.said.some((line) => line.event === "reopen"), false);
      } finally {
        stranger.close();
      }
    }));

  it("a name that points to this computer is not us; every answer forbids caching, framing and sniffing", () =>
    with_desk(["--pictures", 1], async (desk) => {
      const ask = (host, path = "/", more = {}) => new Promise((done, fail) => {
        http.request({ host: "127.0.0.1", port: desk.port, path, headers: { host, ...more } }, (answer) => {
          answer.resume();
          done(answer);
        }).on("error", fail).on("upgrade", (answer, socket) => { socket.destroy(); done(answer); }).end();
      });
      await desk.target();
      assert.equal((await ask("rebound.example")).statusCode, 403);
      const upgrade = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13",
                        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" };
      const own = `127.0.0.1:${desk.port}`;
      assert.equal((await ask("rebound.example", "/page", { ...upgrade, origin: desk.origin })).statusCode, 403);
      assert.equal((await ask(own, "/page", { ...upgrade, origin: "https://evil.example" })).statusCode, 403);
      assert.equal((await ask(own, "/page", upgrade)).statusCode, 403);
      assert.equal((await ask(own, "/page", { ...upgrade, origin: desk.origin })).statusCode, 101);
      for (const path of ["/", "/page.js", "/messages.de.json", "/nothing", "/index.html"]) {
        const { headers, statusCode } = await ask(own, path);
        assert.equal(headers["cache-control"], "no-store", path);
        assert.equal(headers["x-content-type-options"], "nosniff", path);
        assert.equal(headers["referrer-policy"], "no-referrer", path);
        assert.equal(headers["cross-origin-opener-policy"], "same-origin", path);
        assert.equal(headers["cross-origin-resource-policy"], "same-origin", path);
        assert.match(headers["content-security-policy"], /^default-src 'none'; .*frame-ancestors 'none'/, path);
        assert.equal(headers["set-cookie"], undefined, path);
        assert.equal(statusCode, ["/nothing", "/index.html"].includes(path) ? 404 : 200, path);
      }
    }));

  it("a wrong secret ends the connection and is counted", () =>
    with_desk(["--pictures", 1], async (desk, context) => {
      await desk.target();
      const page = await context.newPage();
      await page.goto(`${desk.origin}/`);
      const code = await page.evaluate(() => new Promise((done) => {
        const socket = new WebSocket(`ws://${location.host}/page`);
        socket.onopen = () => socket.send(JSON.stringify({ type: "claim", secret: "A".repeat(43) }));
        socket.onclose = (event) => done(event.code);
      }));
      assert.equal(code, 4401);
      desk.order({ do: "counts" });
      assert.equal((await desk.until((line) => line.event === "counts")).wrong_claims, 1);
    }));

  it("a port that is taken is said so", async () => {
    const first = await start_desk("--pictures", 1);
    const { spawnSync } = await import("node:child_process");
    const second = spawnSync(first.program, ["--runtime", `${first.runtime}/other`, "--port", String(first.port)], { encoding: "utf8" });
    await first.stop();
    const said = JSON.parse(second.stdout);
    assert.equal(said.error, "in_use");
    assert.match(said.what, new RegExp(`Port ${first.port} .* another program.*\\[ticket\\].*0 for any`));
  });
});
