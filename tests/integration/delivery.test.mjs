// What a user meets when the way to the helpdesk is interrupted at Send.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { discard, eventually, message, press_send, sent_number, waits, whole_machine } from "./support.mjs";

async function waiting_page(one) {
  one.click(300, 300);
  await one.open_by_command();
  const page = await one.page();
  await press_send(page);
  await waits(page);
  return page;
}

describe("a ticket that cannot be sent at once", () => {
  it("without the service: the page says so, and it is sent when the service comes", async (t) => {
    const one = await whole_machine(t, { without: ["service"] });
    const page = await waiting_page(one);
    await page.getByText("The support service on this computer does not answer.").first().waitFor();
    assert.deepEqual(one.tickets(), []);
    await one.start_service();
    const number = await sent_number(page);
    assert.deepEqual(one.tickets().map((each) => [each.number, each.message]), [[number, message]]);
  });

  it("without the service: Discard works, and nothing is sent when the service comes", async (t) => {
    const one = await whole_machine(t, { without: ["service"] });
    await discard(await waiting_page(one));
    await one.start_service();
    await eventually("the helper to be connected", () => one.helper.log.includes("Connected to the service."), 90);
    await one.service.said("Connected to the cloud at");
    await one.open_by_command();
    const next = await one.page();
    await press_send(next);
    await sent_number(next);
    assert.equal(one.tickets().length, 1, "only the second ticket");
  });

  it("without the cloud: the page says so, and it is sent when the cloud comes", async (t) => {
    const one = await whole_machine(t, { without: ["cloud"] });
    const page = await waiting_page(one);
    await page.getByText("There is no connection to the helpdesk at the moment.").first().waitFor();
    await one.start_cloud();
    const number = await sent_number(page, 240);
    assert.deepEqual(one.tickets().map((each) => [each.number, each.message]), [[number, message]]);
  });

  it("a cloud that goes and comes back: the helper's ticket still arrives, once", async (t) => {
    const one = await whole_machine(t);
    await one.service.said("Connected to the cloud at");
    await one.cloud.stop();
    await one.service.said("No connection to the cloud");
    const page = await waiting_page(one);
    await one.start_cloud();
    const number = await sent_number(page, 240);
    assert.deepEqual(one.tickets().map((each) => each.number), [number]);
  });

  it("a cloud that is never reached: Discard works, and the helper goes on", async (t) => {
    const one = await whole_machine(t, { without: ["cloud"] });
    await discard(await waiting_page(one));
    await one.open_by_command();
    await one.page();
    assert.ok(one.helper.running && one.service.running);
  });
});
