// Who listens between the programs: on the local link between helper and service, inside TLS between service and cloud, and
// below TLS, where links are cut and held. All of it is written down; what goes up can be changed on its way.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import net from "node:net";
import tls from "node:tls";
import { files_below } from "./noise-support.mjs";
import { eventually, free_port, machine, programs } from "./support.mjs";

export const blake2b_256 = (bytes) => execFileSync("python3",
  ["-c", "import hashlib, sys; print(hashlib.blake2b(sys.stdin.buffer.read(), digest_size=32).hexdigest())"], { input: bytes })
  .toString().trim();

/** Takes frames of the local link (u32 length of JSON, u32 length of bytes, JSON, bytes) out of a stream. */
export function local_frames(use) {
  let rest = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    for (let end; rest.length >= 8 && rest.length >= (end = 8 + rest.readUInt32BE(0) + rest.readUInt32BE(4)); rest = rest.subarray(end)) {
      const json = 8 + rest.readUInt32BE(0);
      use({ json: JSON.parse(rest.subarray(8, json)), bulk: rest.subarray(json, end) });
    }
  };
}
export function local_frame({ json, bulk = Buffer.alloc(0) }) {
  const text = Buffer.from(JSON.stringify(json));
  const head = Buffer.alloc(8);
  head.writeUInt32BE(text.length, 0);
  head.writeUInt32BE(bulk.length, 4);
  return Buffer.concat([head, text, bulk]);
}

/** Takes a client's WebSocket messages (RFC 6455, 5.2) out of what follows the upgrade request; none is in fragments. */
function client_messages(use) {
  let rest = Buffer.alloc(0);
  let upgraded = false;
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    if (!upgraded) {
      const end = rest.indexOf("\r\n\r\n");
      if (end < 0) return;
      use({ opcode: -1, payload: rest.subarray(0, end + 4) });
      rest = rest.subarray(end + 4);
      upgraded = true;
    }
    for (;;) {
      if (rest.length < 2) return;
      const short = rest[1] & 127;
      const head = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (rest.length < head + 4) return;
      const size = short === 126 ? rest.readUInt16BE(2) : short === 127 ? Number(rest.readBigUInt64BE(2)) : short;
      if (rest.length < head + 4 + size) return;
      const mask = rest.subarray(head, head + 4);
      const payload = Buffer.from(rest.subarray(head + 4, head + 4 + size));
      for (let i = 0; i < size; ++i) payload[i] ^= mask[i & 3];
      use({ opcode: rest[0] & 15, payload });
      rest = rest.subarray(head + 4 + size);
    }
  };
}
/** The same message again, under the mask 0. */
function client_message({ opcode, payload }) {
  if (opcode < 0) return payload;
  const head = Buffer.alloc(payload.length < 126 ? 2 : payload.length < 65536 ? 4 : 10);
  head[0] = 0x80 | opcode;
  if (head.length === 2) head[1] = 0x80 | payload.length;
  else if (head.length === 4) { head[1] = 0xfe; head.writeUInt16BE(payload.length, 2); }
  else { head[1] = 0xff; head.writeBigUInt64BE(BigInt(payload.length), 2); }
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}

function join(t, relay, below, above, forward) {
  const both = [below, above];
  for (const each of both) {
    relay.sockets.add(each);
    each.on("error", () => {}).on("close", () => { both.forEach((one) => one.destroy()); relay.sockets.delete(each); });
  }
  below.on("data", forward);
  above.on("data", (bytes) => below.write(bytes));
}
const end_with = (t, relay) => t.after(() => { relay.sockets.forEach((each) => each.destroy()); relay.server.close(); });

/** Between helper and service. `heard`: each frame that went up, {json, bulk}; `change(frame)` gives what goes on in its place. */
export async function listen_locally(t, path, service) {
  const relay = { sockets: new Set(), heard: [], bytes: [], change: (frame) => frame };
  relay.server = net.createServer((below) => {
    const above = net.connect(service);
    const frames = local_frames((frame) => {
      relay.heard.push(frame);
      above.write(local_frame(relay.change(frame)));
    });
    join(t, relay, below, above, (bytes) => { relay.bytes.push(bytes); frames(bytes); });
  });
  await new Promise((ready) => relay.server.listen(path, ready));
  end_with(t, relay);
  return relay;
}

/** Between service and cloud, in the clear: it has the cloud's certificate. `heard`: each message, {opcode, payload}. */
export async function listen_in_tls(t, one, cloud_port) {
  const relay = { sockets: new Set(), heard: [], change: (message) => message };
  const [cert, key, ca] = ["server.pem", "server.key", "ca.pem"].map((name) => readFileSync(one.at(`certificates/${name}`)));
  relay.server = tls.createServer({ cert, key }, (below) => {
    const above = tls.connect({ host: "127.0.0.1", port: cloud_port, ca });
    join(t, relay, below, above, client_messages((message) => {
      relay.heard.push(message);
      above.write(client_message(relay.change(message)));
    }));
  });
  relay.server.on("tlsClientError", () => {});
  await new Promise((ready) => relay.server.listen(0, "127.0.0.1", ready));
  relay.port = relay.server.address().port;
  end_with(t, relay);
  return relay;
}

/** Between service and cloud, below TLS. After `cut_after(n)` more bytes upwards the link ends, once; after `hold_after(n)`
 *  nothing goes up any more until `go_on()`. */
export async function listen_below_tls(t, cloud_port) {
  const relay = { sockets: new Set(), up: 0, cuts: 0, left: Infinity, then: undefined, holding: false, held: [] };
  relay.server = net.createServer((below) => {
    const above = net.connect(cloud_port, "127.0.0.1");
    join(t, relay, below, above, (bytes) => {
      const now = relay.holding ? 0 : Math.min(bytes.length, relay.left);
      relay.up += now;
      relay.left -= now;
      const reached = relay.left === 0 && !relay.holding;
      if (reached) relay.holding = true;
      if (now > 0) above.write(bytes.subarray(0, now), () => { if (reached && relay.then === "cut") relay.cut(); });
      if (!relay.holding) return;
      below.pause();
      relay.held.push([above, bytes.subarray(now), below]);
    });
  });
  /** Ends every link; later ones are as before. */
  relay.cut = () => {
    relay.cuts += 1;
    relay.held = [];
    Object.assign(relay, { left: Infinity, holding: false });
    for (const each of relay.sockets) each.destroy();
  };
  relay.cut_after = (bytes) => Object.assign(relay, { left: bytes, then: "cut" });
  relay.hold_after = (bytes) => Object.assign(relay, { left: bytes, then: "hold" });
  relay.go_on = () => {
    Object.assign(relay, { left: Infinity, holding: false });
    for (const [above, rest, below] of relay.held.splice(0)) { above.write(rest); below.resume(); }
  };
  await new Promise((ready) => relay.server.listen(0, "127.0.0.1", ready));
  relay.port = relay.server.address().port;
  end_with(t, relay);
  return relay;
}

/** Everything runs, and whoever listens is between: `between(t, one, cloud_port)` gives the relay to the cloud, `locally` whether
 *  there is one at the local link. */
export async function overheard_machine(t, { between, locally = false, size = "1280x800x24", start_cloud, more = "" } = {}) {
  const one = new machine(t);
  one.certificates();
  one.cloud_port = await free_port();
  one.write_cloud({ agents: one.cloud_port });
  if (start_cloud) await start_cloud(one);
  else {
    one.enrol();
    await one.start_cloud();
  }
  if (between) one.wire = await between(t, one, one.cloud_port);
  one.write_agent({ port: one.wire?.port ?? one.cloud_port, more });
  await one.start_service();
  await one.service.said("Connected to the cloud at");
  if (locally) {
    // The helper is told of another socket.
    one.local = await listen_locally(t, one.at("run/relay.sock"), one.at("run/helper.sock"));
    const text = readFileSync(one.at("agent.toml"), "utf8").replace(one.at("run/helper.sock"), one.at("run/relay.sock"));
    writeFileSync(one.at("helper.toml"), text, { mode: 0o600 });
  }
  await one.start_display(size);
  one.helper = one.start("buttonhelper", programs.helper, ["--config", one.at(locally ? "helper.toml" : "agent.toml")]);
  await one.helper.said("The hotkey is ");
  return one;
}

const stored = `
import hashlib, json, sqlite3, sys
base = sys.argv[1]
digest = lambda data: hashlib.blake2b(data, digest_size=32).hexdigest()
def right(part):
    name = part["blake2b"]
    try:
        data = open(f"{base}/content/{name[:2]}/{name[2:]}", "rb").read()
    except OSError:
        return False
    return len(data) == part["bytes"] and digest(data) == name
rows = sqlite3.connect(f"file:{base}/tier2.db?mode=ro", uri=True).execute(
    "select number, account, ticket, manifest, manifest_digest from tickets order by number")
print(json.dumps([{"number": number, "account": account, "ticket": ticket, "manifest": manifest,
    "digest_holds": digest(manifest.encode()) == said, "parts": len(json.loads(manifest)["parts"]),
    "wrong": [part["name"] for part in json.loads(manifest)["parts"] if not right(part)]}
    for number, account, ticket, manifest, said in rows]))
`;

/** The tickets that the cloud has stored, read and checked without our programs: `wrong` names parts that are not
 *  what the manifest says. */
export const stored_tickets = (one, base = one.at("cloud")) => JSON.parse(execFileSync("python3", ["-c", stored, base], { encoding: "utf8" }));
export const incoming_files = (one) => [...files_below(one.at("cloud/incoming"))];
export { eventually };
