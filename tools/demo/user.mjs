// The user: real windows, real keys and clicks, the hotkey, the ticket page.
import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import path from "node:path";
import { attach, eventually, ticket_page } from "./chromium.mjs";

export const sentence = "The invoice of March is gone since this morning, and the orders look wrong.";

const xdotool = (...words) => execFileSync("xdotool", words.map(String), { encoding: "utf8", timeout: 20_000 }).trim();

/** A terminal by its title: each action waits for what can be seen of it. */
function terminal(state, name, title) {
  const prompts = path.join(state, "run", `${name}.prompts`);
  const window = xdotool("search", "--sync", "--onlyvisible", "--name", `^${title}$`).split("\n")[0];
  const shown = () => statSync(prompts).size;
  const place = () => Object.fromEntries(xdotool("getwindowgeometry", "--shell", window).split("\n").map((line) => line.split("=")));
  return {
    async click(x, y) {
      const { X, Y } = place();
      xdotool("mousemove", "--sync", Number(X) + x, Number(Y) + y, "click", 1);
      await eventually(`the window "${title}" to be the active one`, () => xdotool("getactivewindow") === window);
    },
    async command(text) {
      const before = shown();
      xdotool("type", "--delay", 8, text);
      xdotool("key", "Return");
      await eventually(`a prompt after "${text}"`, () => shown() > before);
    },
    async key(name) {
      const before = shown();
      xdotool("key", name);
      await eventually(`a prompt after ${name}`, () => shown() > before);
    },
  };
}

/** Works in both windows; gives the number of things done that are worth a picture. */
export async function work(state) {
  const invoices = terminal(state, "invoices", "Invoices");
  const orders = terminal(state, "orders", "Orders");
  const deeds = [
    () => invoices.click(200, 120),
    () => invoices.command("mkdir -p invoices && cd invoices && touch january february"),
    () => invoices.command("ls -l"),
    () => invoices.command("cat march"),
    () => orders.click(300, 160),
    () => orders.command("df -h /"),
    () => orders.key("F5"),
    () => orders.command("cal 2>/dev/null || date"),
    () => invoices.click(420, 200),
    () => invoices.command("ls -l march"),
  ];
  for (const deed of deeds) await deed();
  return deeds.length;
}

/** Presses the hotkey and gives the page that opens. */
export async function ask_for_help(state, hotkey) {
  const key = hotkey.split("+").map((part) => ({ Ctrl: "ctrl", Alt: "alt", Shift: "shift", Super: "super" })[part] ?? part).join("+");
  xdotool("key", "--clearmodifiers", key);
  const browser = await attach(path.join(state, "browser", "user"));
  return { browser, page: await ticket_page(browser) };
}

/** Takes one picture out, looks at the facts, writes, sends; gives the ticket's number. */
export async function send_ticket(page, photograph) {
  const pictures = page.getByRole("list", { name: "Pictures of your screen" }).getByRole("listitem");
  const shown = await pictures.count();
  await photograph(page, "1-ticket-page");
  await pictures.first().getByRole("button").click();
  await page.getByLabel("Send this picture", { exact: true }).uncheck();
  await page.getByText(`${shown - 1} of ${shown} pictures will be sent`).waitFor();
  await page.getByText("Facts about this computer").click();
  await page.getByLabel("Operating system").waitFor();
  await page.getByLabel("What happened?").fill(sentence);
  await page.getByLabel("Name").fill("Anna Example");
  const send = page.getByRole("button", { name: "Send", exact: true });
  await eventually("Send to be allowed", () => send.isEnabled(), 60);
  await photograph(page, "2-before-send");
  await send.click();
  const title = page.getByRole("heading", { name: /^Sent: ticket \d+$/ });
  await title.waitFor({ timeout: 60_000 });
  await photograph(page, "3-sent");
  return { number: (await title.textContent()).match(/\d+/)[0], sent: shown - 1 };
}
