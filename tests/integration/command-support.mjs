// An independent cloud (npm's `ws`) and an independent signer (npm's `jose`) for the command channel's tests.
import { createPrivateKey, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { connected_machine, eventually } from "./channel-support.mjs";
import { build } from "./support.mjs";

const { SignJWT } = createRequire(new URL("../../tools/demo/package.json", import.meta.url))("jose");

const key = createPrivateKey(readFileSync(path.join(build, "platform/crypto/development_key.pem")));

/** A compact JWS of `cmd` for an agent; `claims` replaces what would be there. */
export async function sign(agent, cmd, claims = {}) {
  const now = Math.floor(Date.now() / 1000);
  const payload = { aud: agent, iat: now, exp: now + 3600, jti: randomUUID(), cmd, ...claims };
  const jws = await new SignJWT(payload).setProtectedHeader({ alg: "ES256", typ: "tier2-command+jwt" }).sign(key);
  return { jws, jti: payload.jti };
}

export const sh = (script, more = {}) => ({ run: { shell: "sh", script, as: "system", ...more } });

/** What arrived of one command. */
class delivery {
  accepted = 0;
  rejected = [];
  exits = [];
  output = { 1: Buffer.alloc(0), 2: Buffer.alloc(0) };
  frames = [];
  get stdout() { return this.output[1].toString(); }
  get stderr() { return this.output[2].toString(); }
  get exit() { return this.exits[0]; }
}

/** A cloud that keeps what it is told; `acknowledges` turned off holds back what it says of output and exits. */
export class command_cloud {
  deliveries = new Map();
  acknowledges = true;
  acknowledges_alerts = true;
  alerts = [];

  constructor(scripted) {
    this.scripted = scripted;
    this.attach(scripted.link);
  }
  of(jti) {
    if (!this.deliveries.has(jti)) this.deliveries.set(jti, new delivery());
    return this.deliveries.get(jti);
  }
  /** Also for the links that come later. */
  expect_links(count = 1) {
    for (let i = 0; i < count; ++i) this.scripted.next({ hello: (link) => this.attach(link) });
  }
  attach(link) {
    this.link = link;
    link.on("message", (bytes, binary) => (binary ? this.frame(bytes) : this.text(JSON.parse(bytes))));
  }
  say(message) { this.link.send(JSON.stringify(message)); }
  text(message) {
    if (message.type === "accepted") this.of(message.jti).accepted += 1;
    if (message.type === "rejected") this.of(message.ref).rejected.push(message);
    if (message.type === "alert") {
      this.alerts.push(message);
      if (this.acknowledges_alerts) this.say({ type: "ack", of: "alert", id: message.id });
    }
    if (message.type === "exit") {
      this.of(message.jti).exits.push(message);
      if (this.acknowledges) this.say({ type: "ack", of: "exit", id: message.jti });
    }
  }
  frame(bytes) {
    const hex = bytes.subarray(1, 17).toString("hex");
    const jti = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
    const part = bytes.readUInt32BE(17);
    const offset = Number(bytes.readBigUInt64BE(21));
    const one = this.of(jti);
    one.frames.push({ part, offset, bytes: bytes.length - 29 });
    const had = one.output[part].length;
    if (offset > had) throw new Error(`a gap in the output: ${offset} after ${had}`);
    one.output[part] = Buffer.concat([one.output[part], bytes.subarray(29 + had - offset)]);
    if (this.acknowledges) this.acknowledge(jti, part);
  }
  acknowledge(jti, part = 1) {
    this.say({ type: "ack", of: "output", id: jti, part, bytes: this.of(jti).output[part].length });
  }
  /** `ref` is the jti, so that refusals are found. */
  post({ jws, jti }) {
    this.say({ type: "command", ref: jti, jws });
    return this.of(jti);
  }
}

/** The real service, connected to such a cloud; `run` signs, posts and waits for the end. */
export async function commanded_machine(t, commands = "") {
  const one = await connected_machine(t, () => "", { commands });
  one.commands = new command_cloud(one.cloud);
  one.agent = one.cloud.upgrades.at(-1).headers["tier2-agent"];
  one.post = async (cmd, claims) => {
    const signed = await sign(one.agent, cmd, claims);
    return { ...signed, got: one.commands.post(signed) };
  };
  one.run = async (cmd, claims) => {
    const posted = await one.post(cmd, claims);
    await eventually("the command's end", () => posted.got.exit || posted.got.rejected.length > 0);
    return posted.got;
  };
  // What was signed in the second of the journal's beginning is refused.
  const began = Math.floor(Date.now() / 1000);
  await eventually("the next second", () => Math.floor(Date.now() / 1000) > began);
  return one;
}

/** A command whose signature does not fit, which raises an alert. */
export async function forge(one) {
  const { jws, jti } = await sign(one.agent, sh("echo never"));
  const [head, body, signature] = jws.split(".");
  one.commands.post({ jws: `${head}.${body}.${signature.slice(0, 10)}${signature[10] === "A" ? "B" : "A"}${signature.slice(11)}`, jti });
}

export { eventually };
