// What the service may meet at the other end of its link: authorities with revocation lists, OpenSSL's server, a cloud of
// npm's `ws` that misbehaves on request, a proxy. None of it is our code.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import https from "node:https";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { eventually, free_port, machine } from "./support.mjs";

const { WebSocketServer } = createRequire(new URL("../../tools/demo/package.json", import.meta.url))("ws");

const key_kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
const loopback = "DNS:localhost,IP:127.0.0.1";
const longago = ["20200101000000Z", "20200201000000Z"];
const someday = ["20480101000000Z", "20480201000000Z"];

/** A certificate authority of OpenSSL's command line; all in `directory`. */
export class authority {
  constructor(directory, name = "Test Authority") {
    mkdirSync(directory, { mode: 0o700 });
    this.directory = directory;
    this.root = this.at("root.pem");
    this.configure(loopback);
    writeFileSync(this.at("index.txt"), "");
    this.openssl("req", "-x509", ...key_kind, "-keyout", "root.key", "-out", "root.pem", "-subj", `/CN=${name}`, "-days", "30",
      "-config", "ca.cnf", "-extensions", "authority");
  }
  at(name) { return path.join(this.directory, name); }
  openssl(...words) { return execFileSync("openssl", words, { cwd: this.directory, stdio: ["ignore", "pipe", "pipe"] }); }
  configure(names) {
    writeFileSync(this.at("ca.cnf"), `[ca]\ndefault_ca = it\n[it]\ndatabase = index.txt\nrand_serial = yes\nnew_certs_dir = .
certificate = root.pem\nprivate_key = root.key\ndefault_md = sha256\npolicy = any\nunique_subject = no\ndefault_days = 30
default_crl_days = 30\n[any]\ncommonName = supplied\n[req]\ndistinguished_name = none\n[none]
[server]\nsubjectAltName = ${names}\nbasicConstraints = critical,CA:FALSE\nkeyUsage = critical,digitalSignature
[authority]\nbasicConstraints = critical,CA:TRUE\nkeyUsage = critical,keyCertSign,cRLSign\n`);
  }
  /** A server's certificate; gives the paths of its PEM files. */
  issue(name, { names = loopback, times = [] } = {}) {
    this.configure(names);
    this.openssl("req", "-new", ...key_kind, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", "/CN=test server",
      "-config", "ca.cnf");
    this.openssl("ca", "-batch", "-notext", "-config", "ca.cnf", "-extensions", "server", "-in", `${name}.csr`, "-out",
      `${name}.pem`, ...times);
    return { certificate: this.at(`${name}.pem`), key: this.at(`${name}.key`) };
  }
  expired(name) { return this.issue(name, { times: ["-startdate", longago[0], "-enddate", longago[1]] }); }
  not_yet_valid(name) { return this.issue(name, { times: ["-startdate", someday[0], "-enddate", someday[1]] }); }
  self_signed(name) {
    this.openssl("req", "-x509", ...key_kind, "-keyout", `${name}.key`, "-out", `${name}.pem`, "-subj", "/CN=test server",
      "-days", "30", "-config", "ca.cnf", "-extensions", "server");
    return { certificate: this.at(`${name}.pem`), key: this.at(`${name}.key`) };
  }
  revoke(name) { this.openssl("ca", "-config", "ca.cnf", "-revoke", `${name}.pem`); }
  /** The present list of what was revoked, PEM. */
  list(times = []) {
    this.openssl("ca", "-config", "ca.cnf", "-gencrl", "-out", "list.pem", ...times);
    return readFileSync(this.at("list.pem"), "utf8");
  }
  expired_list() { return this.list(["-crl_lastupdate", longago[0], "-crl_nextupdate", longago[1]]); }
}

class agent_machine extends machine {
  trust(ca) {
    mkdirSync(this.at("certificates"));
    writeFileSync(this.at("certificates/ca.pem"), readFileSync(ca.root));
  }
}

/** A machine whose service has a token. */
export function machine_with_token(t) {
  const one = new agent_machine(t);
  mkdirSync(one.at("service"), { mode: 0o700 });
  one.write("service/enrolment-token", "a-token-of-the-test\n");
  return one;
}

/** OpenSSL's own server; it prints what it is sent, so `server.log` shows what a client told it. */
export async function start_s_server(one, { certificate, key }, port, more = []) {
  // At the end of its input it would end, too; a pipe that is open at both ends has none.
  const server = one.start("openssl s_server", "sh", ["-c", 'mkfifo "$0" && exec openssl s_server "$@" 0<>"$0"', one.at("input"),
    "-accept", `127.0.0.1:${port}`, "-cert", certificate, "-key", key, ...more]);
  await server.said("ACCEPT");
  return server;
}

/** A WebSocket server that enrols whoever asks and is well behaved, but for the parts of play that were given to `next`. */
export class scripted_cloud {
  constructor(t, { certificate, key }) {
    this.parts = [];
    this.upgrades = [];
    this.heard = []; // messages of enrolled agents
    this.links = new Set();
    this.server = https.createServer({ cert: readFileSync(certificate), key: readFileSync(key) });
    this.server.on("connection", (socket) => {
      this.links.add(socket);
      socket.on("error", () => {}).on("close", () => this.links.delete(socket));
    });
    this.server.on("secureConnection", (socket) => socket.on("error", () => {}));
    this.server.on("upgrade", (request, socket, head) => this.upgrade(request, socket, head));
    t.after(() => this.close());
  }
  async listen() {
    await new Promise((ready) => this.server.listen(0, "127.0.0.1", ready));
    return this.server.address().port;
  }
  close() {
    for (const each of this.links) each.destroy();
    return new Promise((done) => this.server.close(done));
  }
  /** The next link of an enrolled agent is played so: `upgrade(request, socket, accept)` answers it, `hello(link, socket)` goes
   *  on after its hello, `options` are those of `ws`, `headers` come with the answer. */
  next(part) { this.parts.push(part); }

  upgrade(request, socket, head) {
    this.upgrades.push({ headers: request.headers, from: socket.remotePort });
    socket.on("error", () => {});
    const enrols = /^Enroll /.test(request.headers.authorization);
    const part = enrols ? {} : this.parts.shift() ?? {};
    const accept = () => {
      const ws = new WebSocketServer({ noServer: true, perMessageDeflate: false, ...part.options,
        handleProtocols: () => "tier2.v1" });
      ws.on("headers", (lines) => lines.push(...(part.headers ?? [])));
      ws.handleUpgrade(request, socket, head, (link) => {
        link.on("error", () => {});
        link.on("message", (bytes, binary) => {
          if (binary) return;
          const message = JSON.parse(bytes);
          if (enrols && message.type === "enroll") return link.send('{"type":"enrolled","state":"approved"}');
          this.heard.push(message);
          if (message.type !== "hello") return;
          this.link = link;
          part.hello?.(link, socket);
        });
      });
    };
    part.upgrade ? part.upgrade(request, socket, accept) : accept();
  }
  hellos() { return this.heard.filter((each) => each.type === "hello").length; }
}

/** The service, enrolled at a scripted cloud and connected to it; `more` of its authority and port is configured. */
export async function connected_machine(t, more = () => "", configuration = {}) {
  const one = machine_with_token(t);
  const ca = new authority(one.at("authority"));
  one.trust(ca);
  one.cloud = new scripted_cloud(t, ca.issue("server"));
  one.port = await one.cloud.listen();
  one.write_agent({ port: one.port, more: await more(ca, one), ...configuration });
  await one.start_service();
  await eventually("the first hello", () => one.cloud.hellos() === 1);
  return one;
}

/** What the service says from now on: `until(pattern)` waits for it. */
export function listen_to(service) {
  const from = service.log.length;
  return {
    until: async (pattern, seconds = 30) => {
      const heard = () => service.log.slice(from).match(pattern)?.[0];
      await eventually(`the service to say ${pattern}`, () => heard() || !service.running, seconds)
        .catch((why) => { throw new Error(`${why.message}; it said:\n${service.log.slice(from)}`); });
      if (!heard()) throw new Error(`the service ended without saying ${pattern}; it said:\n${service.log.slice(from)}`);
      return heard();
    },
    all: () => service.log.slice(from),
  };
}

/** A CONNECT proxy in a process of its own; `manner` is one of channel-proxy.mjs. Its log has a line for each request. */
export async function start_proxy(one, manner, ...words) {
  const file = fileURLToPath(new URL("channel-proxy.mjs", import.meta.url));
  const proxy = one.start("proxy", process.execPath, [file, manner, ...words]);
  await proxy.said("listens on port ");
  proxy.port = Number(proxy.log.match(/port (\d+)/)[1]);
  return proxy;
}

export { eventually, free_port };
