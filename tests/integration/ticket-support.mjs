// Programs that speak the local link themselves, of root or of somebody else.
import { spawn } from "node:child_process";
import net from "node:net";
import { blake2b_256, local_frame, local_frames } from "./listening-support.mjs";
import { eventually } from "./support.mjs";

const most_bulk = 256 << 10;

// Joins standard input and output to the socket, so that the kernel names this process as who speaks.
const bridge = `
import os, socket, sys, threading
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
def up():
    while data := os.read(0, 65536): s.sendall(data)
    s.shutdown(socket.SHUT_WR)
threading.Thread(target=up, daemon=True).start()
while data := s.recv(65536): os.write(1, data)
`;

export const as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"];

class client {
  heard = [];
  closed = false;
  constructor(write, stop) { Object.assign(this, { write, stop }); }
  states(ticket) { return this.heard.filter((each) => each.type === "ticket_state" && each.ticket === ticket); }
  say(json, bulk) { this.write(local_frame({ json, bulk })); }

  /** Says it and gives the next answer about that ticket. */
  async ask(json, bulk) {
    const before = this.states(json.ticket).length;
    this.say(json, bulk);
    await eventually(`an answer to ${json.type}`, () => this.states(json.ticket).length > before || this.closed);
    return this.states(json.ticket)[before] ?? { closed: true };
  }
  /** A ticket of these files that a helper could have made. */
  made(ticket, parts, message = "one") {
    const manifest = Buffer.from(JSON.stringify({ ticket, opened_at: "2026-01-02T03:04:05.678Z", host: "pc", user: "anna", session: "1",
      form: { name: "", email: "", phone: "", business: "", message, urgency: "", choices: {} }, monitors: [], steps: [],
      parts: parts.map((bytes, part) => ({ part, name: `${part}.txt`, media_type: "text/plain", bytes: bytes.length, blake2b: blake2b_256(bytes) })),
      left_out: 0 }));
    return { manifest, digest: blake2b_256(manifest) };
  }
  begin(ticket, manifest) {
    return this.ask({ type: "ticket_begin", ticket, manifest: manifest.toString("base64url"),
      consent: { mode: "asked", at: "2026-01-02T03:04:06.000Z", digest: blake2b_256(manifest) } });
  }
  async parts(ticket, parts) {
    for (const [part, bytes] of parts.entries())
      for (let offset = 0; offset < bytes.length; offset += most_bulk)
        await this.ask({ type: "ticket_part", ticket, part, offset }, bytes.subarray(offset, offset + most_bulk));
  }
  end(ticket, digest) { return this.ask({ type: "ticket_end", ticket, consent_digest: digest }); }
  async whole(ticket, parts, message) {
    const { manifest, digest } = this.made(ticket, parts, message);
    const begun = await this.begin(ticket, manifest);
    if (begun.number || begun.error) return begun;
    await this.parts(ticket, parts);
    return this.end(ticket, digest);
  }
}

/** Connected to the service, which has said how the cloud is; `who`: words to become somebody else with. */
export async function local_client(t, one, { who } = {}) {
  const path = one.at("run/helper.sock");
  let made;
  if (who) {
    const child = spawn(who[0], [...who.slice(1), "python3", "-c", bridge, path], { stdio: ["pipe", "pipe", "inherit"], cwd: "/" });
    made = new client((bytes) => child.stdin.write(bytes), () => child.kill());
    child.stdin.on("error", () => {});
    child.on("exit", () => { made.closed = true; });
    child.stdout.on("data", local_frames(({ json }) => made.heard.push(json)));
  } else {
    const socket = net.connect(path);
    made = new client((bytes) => socket.write(bytes), () => socket.destroy());
    socket.on("error", () => {}).on("close", () => { made.closed = true; });
    socket.on("data", local_frames(({ json }) => made.heard.push(json)));
  }
  t.after(() => made.stop());
  await eventually("the cloud to be there", () => made.heard.some((each) => each.type === "status" && each.connected));
  return made;
}
