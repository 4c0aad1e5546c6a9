// What the programs say when they cannot start as they are, and how they end.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import net from "node:net";
import { describe, it } from "node:test";
import { eventually, machine, pictures, press_send, programs, sent_number, whole_machine } from "./support.mjs";

/** Occupies a port of loopback for the test. */
async function taken_port(t) {
  const server = net.createServer();
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  t.after(() => server.close());
  return server.address().port;
}

function configured(t, more = "") {
  const one = new machine(t);
  one.certificates();
  one.write_cloud();
  one.write_agent({ more });
  return one;
}

const start = {
  cloud: (one) => one.start("tier2-cloud", programs.cloud, ["--config", one.at("cloud.toml"), "serve"]),
  service: (one) => one.start("tier2-service", programs.service, ["--config", one.at("agent.toml")]),
  helper: (one, environment) => one.start("buttonhelper", programs.helper, ["--config", one.at("agent.toml")], environment),
};

describe("a configuration with a typo", () => {
  for (const [name, file, text] of [
    ["cloud", "cloud.toml", '[storage]\ndirectroy = "/var/lib/x"\n'],
    ["service", "agent.toml", "[recording]\nfarmes = 10\n"],
    ["helper", "agent.toml", "[recording]\nfarmes = 10\n"],
  ])
    it(`${name}: says file, line and what is allowed, and ends with 2`, async (t) => {
      const one = configured(t);
      one.write(file, text);
      const program = start[name](one);
      assert.equal(await program.ended(), 2, program.log);
      assert.ok(program.log.includes(`${one.at(file)}:2`), program.log);
      assert.match(program.log, name === "cloud" ? /directory/ : /frames/);
    });
});

describe("a machine on which the helper cannot do its work", () => {
  it("without a display: a sentence, and 3", async (t) => {
    const one = configured(t);
    const helper = start.helper(one, { DISPLAY: undefined, WAYLAND_DISPLAY: undefined });
    assert.equal(await helper.ended(), 3, helper.log);
    assert.match(helper.log, /display/i);
  });

  it("in a Wayland session without X: a sentence, and --open still sends a ticket with the facts", async (t) => {
    const one = configured(t);
    const port = await one.start_cloud();
    one.write_agent({ port });
    one.enrol();
    await one.start_service();
    const wayland = { DISPLAY: undefined, WAYLAND_DISPLAY: "wayland-0" };
    const helper = start.helper(one, wayland);
    await helper.said("Wayland");
    await one.open_by_command(wayland);
    const page = await one.page();
    await page.getByRole("heading", { name: "There are no pictures" }).waitFor();
    await page.getByText(/Wayland/).first().waitFor();
    await press_send(page);
    const number = await sent_number(page);
    const [ticket] = one.tickets();
    assert.equal(ticket.number, number);
    assert.equal(ticket.pictures, 0);
  });

  it("a socket path that is too long: the number of bytes, and not 0", async (t) => {
    const one = configured(t);
    const long = one.at(`run/${"x".repeat(100)}.sock`);
    one.write_agent({ socket: long });
    const service = start.service(one);
    assert.notEqual(await service.ended(), 0);
    assert.ok(service.log.includes(`${Buffer.byteLength(long)} bytes`), service.log);
    assert.match(service.log, /107/);
  });
});

describe("a port that is taken", () => {
  it("for agents: a sentence with the port, and not 0", async (t) => {
    const one = configured(t);
    const port = await taken_port(t);
    one.write_cloud({ agents: port });
    const cloud = start.cloud(one);
    assert.notEqual(await cloud.ended(), 0);
    assert.ok(cloud.log.includes(String(port)), cloud.log);
  });

  it("for operators: a sentence with the port, and not 0", async (t) => {
    const one = configured(t);
    const port = await taken_port(t);
    one.write_cloud({ console_port: port });
    const cloud = start.cloud(one);
    assert.notEqual(await cloud.ended(), 0);
    assert.ok(cloud.log.includes(String(port)), cloud.log);
  });

  it("for the ticket page: a sentence with the port, and not 0", async (t) => {
    const port = await taken_port(t);
    const one = configured(t, `[ticket]\nport = ${port}\n`);
    await one.start_display();
    const helper = start.helper(one);
    assert.notEqual(await helper.ended(), 0);
    assert.ok(helper.log.includes(String(port)), helper.log);
  });
});

describe("a second helper in the session", () => {
  it("tells the first to open, and ends with 0", async (t) => {
    const one = await whole_machine(t);
    one.click(200, 200);
    const second = start.helper(one);
    assert.equal(await second.ended(), 0);
    assert.match(second.log, /already runs/);
    const page = await one.page();
    await eventually("the picture of the click", async () => await pictures(page) === 1);
    assert.ok(one.helper.running);
  });

  it("of another runtime directory is another helper", async (t) => {
    const one = await whole_machine(t);
    mkdirSync(one.at("other"), { mode: 0o700 });
    one.write_agent({ runtime: one.at("other") });
    const other = start.helper(one);
    await other.said("The hotkey is ");
    assert.ok(one.helper.running && other.running);
    // A hotkey has one owner; the second says so and takes the next that is free.
    const hotkey = (log) => log.match(/The hotkey is (\S+)\./)[1];
    assert.notEqual(hotkey(one.helper.log), hotkey(other.log));
    assert.ok(other.log.split("The hotkey is")[0].includes(hotkey(one.helper.log)), other.log);
  });
});
