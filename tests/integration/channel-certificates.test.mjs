// A server that cannot prove what it is gets nothing, and the log says why in words for an administrator: against OpenSSL's
// own server.
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import {
  authority, connected_machine, eventually, free_port, listen_to, machine_with_token, start_s_server,
} from "./channel-support.mjs";

/** A machine, its authority, and OpenSSL's server on a port, with what `make` gives of certificate and options. */
async function facing(t, make, { more = () => "" } = {}) {
  const port = await free_port();
  const one = machine_with_token(t);
  const ca = new authority(one.at("authority"));
  one.trust(ca);
  const { pair, options } = make(ca, one);
  one.write_agent({ port, more: more(ca, one) });
  one.server = await start_s_server(one, pair, port, options);
  await one.start_service();
  return { one, ca, port, pair };
}

async function is_refused(one, why) {
  await one.service.said("No connection to the cloud: ");
  assert.match(one.service.log, why);
  assert.ok(one.service.running);
  assert.doesNotMatch(one.server.log, /GET |Enroll|a-token/, "the server was told something");
}

const is_trusted = (one) => one.server.said("GET /agent/v1 HTTP/1.1");

describe("a server that shows a certificate is refused when that", () => {
  for (const [name, make, why] of [
    ["has expired", (ca) => ca.expired("server"),
      /The certificate of 127\.0\.0\.1 expired on 2020-02-01 00:00 UTC, so the server cannot be trusted; renew it on the server/],
    ["is not yet valid", (ca) => ca.not_yet_valid("server"),
      /The certificate of 127\.0\.0\.1 is not valid before 2048-01-01 00:00 UTC.*clock is wrong: correct it/],
    ["is self-signed", (ca) => ca.self_signed("server"), /The certificate of 127\.0\.0\.1 is self-signed, so nobody vouches/],
    ["is for another host", (ca) => ca.issue("server", { names: "DNS:other.example,IP:192.0.2.1" }),
      /The certificate is not for 127\.0\.0\.1 but for other\.example, 192\.0\.2\.1, so this may be another server/],
    ["is of an unknown authority", (ca, one) => new authority(one.at("stranger"), "Stranger").issue("server"),
      /was issued by 'Stranger' and leads to 'Stranger', an authority that this computer does not know/],
  ])
    it(name, async (t) => {
      const { one } = await facing(t, (...of) => ({ pair: make(...of) }));
      await is_refused(one, why);
    });

  it("(and one that is good is not refused)", async (t) => {
    const { one } = await facing(t, (ca) => ({ pair: ca.issue("server") }));
    await is_trusted(one);
  });
});

it("a server with no newer TLS than 1.1 is refused", async (t) => {
  const options = ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"];
  const { one } = await facing(t, (ca) => ({ pair: ca.issue("server"), options }));
  await is_refused(one, /127\.0\.0\.1 port \d+ offers only versions of TLS older than 1\.2.*enable TLS 1\.2 or newer/);
});

describe("with a file of revocation lists, the server", () => {
  const with_list = (make) => ({ more: (ca, one) => `crl_file = "${one.write("lists.pem", make(ca))}"\n` });

  it("is refused when its certificate is on its authority's list", async (t) => {
    const { one } = await facing(t, (ca) => {
      const pair = ca.issue("server");
      ca.revoke("server");
      return { pair };
    }, with_list((ca) => ca.list()));
    await is_refused(one, /certificate of 127\.0\.0\.1 was revoked by 'Test Authority', as its list of .* in .*lists\.pem says/);
  });

  it("is trusted when its certificate is not on the list", async (t) => {
    const { one } = await facing(t, (ca) => {
      ca.issue("another");
      ca.revoke("another");
      return { pair: ca.issue("server") };
    }, with_list((ca) => ca.list()));
    await is_trusted(one);
  });

  it("is refused without a list of its authority", async (t) => {
    const { one } = await facing(t, (ca) => ({ pair: ca.issue("server") }),
      { more: (ca, one) => `crl_file = "${one.write("lists.pem", new authority(one.at("other"), "Other").list())}"\n` });
    await is_refused(one, /lists\.pem holds none of 'Test Authority', so nobody can tell .* add that authority's current list/);
  });

  for (const [name, spoil, why] of [
    ["is missing", (file) => rmSync(file), /lists\.pem cannot be used \(there is no such file\), so nobody can tell/],
    ["is damaged", (file) => writeFileSync(file, "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"),
      /lists\.pem cannot be used \(a list in it is damaged\)/],
  ])
    it(`is refused while the file ${name}`, async (t) => {
      const { one } = await facing(t, (ca) => ({ pair: ca.issue("server") }), { more: (ca, one) => {
        const file = one.write("lists.pem", ca.list());
        spoil(file);
        return `crl_file = "${file}"\n`;
      } });
      await is_refused(one, why);
    });

  it("is refused while the list is out of date, and trusted as soon as there is a fresh one, without a restart", async (t) => {
    const { one, ca } = await facing(t, (ca) => ({ pair: ca.issue("server") }), with_list((ca) => ca.expired_list()));
    await is_refused(one, /revoked certificates of 'Test Authority' in .*lists\.pem was to be replaced by 2020-02-01 00:00 UTC/);
    one.write("lists.pem", ca.list());
    await is_trusted(one);
  });
});

it("a certificate that is revoked while the service runs is refused at the next connection", async (t) => {
  const lists = {};
  const one = await connected_machine(t, (ca) => {
    lists.ca = ca;
    lists.file = ca.at("lists.pem");
    writeFileSync(lists.file, ca.list());
    return `crl_file = "${lists.file}"\n`;
  });
  lists.ca.revoke("server");
  writeFileSync(lists.file, lists.ca.list());
  const says = listen_to(one.service);
  one.cloud.link.close(1001);
  await says.until(/The certificate of 127\.0\.0\.1 was revoked by 'Test Authority'/);
  assert.equal(one.cloud.hellos(), 1);
});

it("a file of extra roots that goes away is told at the next connection, and its return is enough", async (t) => {
  const one = await connected_machine(t);
  const roots = one.at("certificates/ca.pem");
  const good = readFileSync(roots);
  rmSync(roots);
  const says = listen_to(one.service);
  one.cloud.link.close(1001);
  await says.until(/The file of extra root certificates .*ca\.pem cannot be used .*check that it exists/);
  writeFileSync(roots, good);
  await eventually("hello again", () => one.cloud.hellos() === 2);
});
