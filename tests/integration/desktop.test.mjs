// What an installation puts on a desktop: an entry in the menu, a handler for links, a start with the session.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { build, machine, programs } from "./support.mjs";

let place;
before(() => {
  place = mkdtempSync(path.join(tmpdir(), "t2-desktop-"));
  execFileSync("meson", ["install", "-C", build, "--no-rebuild", "--quiet", "--destdir", place]);
});
after(() => rmSync(place, { recursive: true, force: true }));

const prefix = () => path.join(place, JSON.parse(execFileSync("meson", ["introspect", build, "--buildoptions"], { encoding: "utf8", maxBuffer: 64 << 20 }))
  .find((each) => each.name === "prefix").value);
const find = (name) => execFileSync("find", [place, "-name", name], { encoding: "utf8" }).trim();

describe("on the desktop", () => {
  it("the entries are valid, and name a program and an icon that are installed", () => {
    for (const name of ["tier2-tickets.desktop", "tier2-buttonhelper.desktop"]) {
      const file = find(name);
      assert.equal(execFileSync("desktop-file-validate", [file], { encoding: "utf8" }), "", name);
      const text = readFileSync(file, "utf8");
      assert.ok(existsSync(path.join(prefix(), "bin", text.match(/^Exec=(\S+)/m)[1])), name);
      assert.ok(existsSync(path.join(prefix(), "share/icons/hicolor/scalable/apps", `${text.match(/^Icon=(\S+)/m)[1]}.svg`)), name);
    }
    assert.match(find("tier2-buttonhelper.desktop"), /\/etc\/xdg\/autostart\//);
  });

  it("a tier2tickets://run link opens the ticket page, whoever hands it over", async (t) => {
    const one = new machine(t);
    one.certificates();
    // Where a second start, which knows no configuration, looks for the first.
    one.write_agent({ runtime: one.at("run/tier2") });
    await one.start_display();
    await one.start_helper();
    const applications = path.join(prefix(), "share/applications");
    execFileSync("update-desktop-database", [applications]);
    const environment = { ...one.environment, XDG_DATA_DIRS: path.join(prefix(), "share"), PATH: `${path.join(prefix(), "bin")}:${process.env.PATH}` };
    const handler = execFileSync("xdg-mime", ["query", "default", "x-scheme-handler/tier2tickets"], { env: environment, encoding: "utf8" });
    assert.equal(handler.trim(), "tier2-tickets.desktop");
    // As GNOME, Xfce and browsers do; xdg-open without a desktop environment takes no scheme with a digit in it.
    execFileSync("gio", ["open", "tier2tickets://run"], { env: environment, timeout: 60_000, stdio: "ignore" });
    await one.page();
    assert.match(one.helper.log, /A ticket was opened/);
  });

  it("another address is refused with the one that is known, and opens nothing", () => {
    for (const given of ["tier2tickets://run?x=1", "tier2tickets://open", "https://example.org", "--config=/etc/shadow tier2tickets://run"]) {
      const said = spawnSync(programs.helper, [given], { encoding: "utf8" });
      assert.notEqual(said.status, 0, given);
      assert.match(said.stderr + said.stdout, /only tier2tickets:\/\/run is|shadow/, given);
    }
  });
});
