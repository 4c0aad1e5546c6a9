// The way to the cloud through an HTTP CONNECT proxy in a process of its own.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  authority, connected_machine, eventually, free_port, listen_to, machine_with_token, scripted_cloud, start_proxy,
} from "./channel-support.mjs";

describe("through a proxy", () => {
  it("the service reaches the cloud, and no other way", async (t) => {
    let proxy;
    const one = await connected_machine(t, async (ca, machine) => {
      proxy = await start_proxy(machine, "open");
      return `proxy = "http://127.0.0.1:${proxy.port}"\n`;
    });
    assert.ok(proxy.log.includes(`CONNECT 127.0.0.1:${one.port} no credentials`), proxy.log);
    const tunnels = [...proxy.log.matchAll(/tunnel from port (\d+)/g)].map((each) => Number(each[1]));
    for (const { from } of one.cloud.upgrades) assert.ok(tunnels.includes(from), "the cloud was reached without the proxy");
  });

  it("a proxy that ends is told, and found again when it is back", async (t) => {
    let proxy;
    const one = await connected_machine(t, async (ca, machine) => {
      proxy = await start_proxy(machine, "open");
      return `proxy = "http://127.0.0.1:${proxy.port}"\n`;
    });
    const says = listen_to(one.service);
    await proxy.stop();
    await says.until(/No connection with the proxy 127\.0\.0\.1:\d+ .*check that it is running/);
    await start_proxy(one, "open", "", String(proxy.port));
    await eventually("hello again", () => one.cloud.hellos() === 2, 60);
  });
});

describe("a proxy that is of no use", () => {
  const cloud_port = 65000;
  async function service_behind(t, proxy_of) {
    const one = machine_with_token(t);
    one.trust(new authority(one.at("authority")));
    const { address, proxy } = await proxy_of(one);
    one.write_agent({ port: cloud_port, more: `proxy = "${address}"\n` });
    await one.start_service();
    await one.service.said("No connection to the cloud: ");
    assert.ok(one.service.running);
    return { log: one.service.log, proxy };
  }
  const a_proxy = (status) => async (one) => {
    const proxy = await start_proxy(one, status);
    return { address: `http://127.0.0.1:${proxy.port}`, proxy };
  };

  for (const [name, make, why] of [
    ["wants a password", a_proxy("407"),
      /The proxy 127\.0\.0\.1:\d+ demands a user name and password \(407\), so 127\.0\.0\.1:65000 cannot be reached; ask/],
    ["forbids", a_proxy("403"), /does not allow connections to 127\.0\.0\.1:65000 \(403\); ask whoever runs it/],
    ["cannot reach the cloud", a_proxy("502"), /could not connect to 127\.0\.0\.1:65000 \(status 502\); check that/],
    ["does not exist", async () => ({ address: `http://127.0.0.1:${await free_port()}` }),
      /No connection with the proxy 127\.0\.0\.1:\d+ .*check that it is running/],
  ])
    it(`${name}: the log says so, and what to do`, async (t) => {
      const { log, proxy } = await service_behind(t, make);
      assert.match(log, why);
      if (proxy) assert.ok(proxy.log.includes(`CONNECT 127.0.0.1:${cloud_port} `), proxy.log);
    });
});

it("a proxy that puts itself in the cloud's place is refused", async (t) => {
  const one = machine_with_token(t);
  one.trust(new authority(one.at("authority")));
  const inspector = new scripted_cloud(t, new authority(one.at("inspector"), "Inspecting Proxy").issue("server"));
  const port = await inspector.listen();
  const proxy = await start_proxy(one, "divert", String(port));
  one.write_agent({ port: 65000, more: `proxy = "http://127.0.0.1:${proxy.port}"\n` });
  await one.start_service();
  await one.service.said("No connection to the cloud: ");
  assert.match(one.service.log, /'Inspecting Proxy', an authority that this computer does not know/);
  await eventually("the tunnel to have been asked for", () => proxy.log.includes("CONNECT 127.0.0.1:65000 "));
  assert.deepEqual(inspector.upgrades, []);
});
