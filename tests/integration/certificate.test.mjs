// A cloud whose certificate is not valid gets nothing.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { discard, machine, press_send, waits } from "./support.mjs";

/** The agent trusts certificates/ca.pem; the cloud shows what lies in `shown`. */
async function machine_with_cloud(t, names, shown) {
  const one = new machine(t);
  one.certificates("certificates", names);
  if (shown !== "certificates") one.certificates(shown);
  one.write_cloud({ certificates: shown });
  const port = await one.start_cloud();
  one.write_agent({ port });
  one.enrol();
  await one.start_service();
  await one.start_display();
  await one.start_helper();
  return one;
}

async function nothing_is_sent(one, why) {
  await one.service.said("No connection to the cloud: ");
  assert.match(one.service.log, why);
  await one.open_by_command();
  const page = await one.page();
  await press_send(page);
  await waits(page);
  await page.getByText("There is no connection to the helpdesk at the moment.").first().waitFor();
  await discard(page);
  assert.deepEqual(one.tickets(), []);
  assert.doesNotMatch(one.cloud.log, /is enrolled|is connected/);
  assert.doesNotMatch(one.service.log, /enrolled\./);
}

describe("a cloud with a certificate that is not valid", () => {
  it("signed by another CA: the service says so, the page that there is no connection", async (t) =>
    nothing_is_sent(await machine_with_cloud(t, "IP:127.0.0.1", "others"), /certificate/i));

  it("for another name: the service says so, the page that there is no connection", async (t) =>
    nothing_is_sent(await machine_with_cloud(t, "DNS:somebody-else.example", "certificates"), /certificate/i));
});
