// The real cloud and the real service on this machine, for benchmarks; and an integrator with npm's jose.
import { execFileSync, spawn } from "node:child_process";
import { createPrivateKey, createPublicKey, randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import https from "node:https";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { eventually } from "../demo/chromium.mjs";

export const require_demo = createRequire(new URL("../demo/package.json", import.meta.url));
const { SignJWT, calculateJwkThumbprint } = require_demo("jose");

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const build = process.env.BUILD ?? path.join(root, "build");
const program = (name) => path.join(build, "tools", name);

export class stand {
  children = [];
  constructor() {
    this.state = mkdtempSync(path.join(tmpdir(), "t2b-"));
    for (const each of ["run", "service", "home"]) mkdirSync(this.at(each), { mode: 0o700 });
    process.umask(0o077);
    execFileSync(path.join(root, "tools/development/certificates"), [this.at("certificates")], { stdio: "ignore" });
    this.ca = readFileSync(this.at("certificates/ca.pem"));
    this.key = createPrivateKey(readFileSync(path.join(build, "platform/crypto/development_key.pem")));
    this.connections = new https.Agent({ keepAlive: true, ca: this.ca, maxSockets: 64 });
  }
  at(name) { return path.join(this.state, name); }
  write(name, text) {
    writeFileSync(this.at(name), text, { mode: 0o600 });
    return this.at(name);
  }
  start(name, file, words, environment = {}) {
    const child = spawn(file, words, { stdio: ["ignore", "pipe", "pipe"], env: { PATH: process.env.PATH, HOME: this.at("home"), XDG_RUNTIME_DIR: this.at("run"), LANG: "C.UTF-8", ...environment } });
    child.log = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => { child.log = (child.log + bytes).slice(-65536); });
    child.over = new Promise((done) => child.on("exit", done));
    child.said = (text) => eventually(`${name} to say "${text}"`, () => {
      if (child.exitCode !== null) throw new Error(`${name} ended: ${child.log}`);
      return child.log.includes(text);
    });
    this.children.push(child);
    return child;
  }
  cloud_tool(...words) {
    return execFileSync(program("cloud/tier2-cloud"), ["--config", this.at("cloud.toml"), ...words], { encoding: "utf8" }).trim();
  }
  async start_cloud() {
    const pair = `certificate = "${this.at("certificates/server.pem")}"\nkey = "${this.at("certificates/server.key")}"\n`;
    this.write("cloud.toml", `[agents]\naddress = "127.0.0.1"\nport = 0\n${pair}[operators]\naddress = "127.0.0.1"\nport = 0\n${pair}[storage]\ndirectory = "${this.at("cloud")}"\n`);
    await this.restart_cloud();
    this.token = this.cloud_tool("api-token", "create", "--name", "bench", "--scope", "commands:write", "commands:read", "agents:read", "alerts:read");
  }
  /** SQLite. */
  database() { return this.at("cloud/tier2.db"); }
  /** The one that is there, started anew, at other ports. */
  async restart_cloud() {
    this.cloud = this.start("tier2-cloud", program("cloud/tier2-cloud"), ["--config", this.at("cloud.toml"), "serve"]);
    await this.cloud.said("the console is at https://");
    this.agents_port = Number(this.cloud.log.match(/connect to port (\d+)/)[1]);
    this.console = new URL(this.cloud.log.match(/the console is at (https:\/\/[^\s]+?)\.?\s/)[1]);
  }
  async start_service(commands = "", protection = "hardware") {
    this.write("service/enrolment-token", this.cloud_tool("token", "create"));
    this.write("agent.toml", `[keystore]\nprotections = ["${protection}"]\n[paths]\nsocket = "${this.at("run/helper.sock")}"\nstate = "${this.at("service")}"\nruntime = "${this.at("run")}"\nscripts = "${this.at("run/scripts")}"
[commands]\nrunner = "${program("runner/tier2-runner")}"\n${commands}[cloud]\nhost = "127.0.0.1"\nport = ${this.agents_port}\nca_file = "${this.at("certificates/ca.pem")}"\n`);
    await this.restart_service();
    this.agent = this.service.log.match(/This machine is agent ([0-9a-f-]{36})/)[1];
    const began = Math.floor(Date.now() / 1000); // what is signed in the second of the beginning is refused
    await eventually("the next second", () => Math.floor(Date.now() / 1000) > began);
  }
  /** The one that is there, started anew; it returns when the cloud has let it in. */
  async restart_service() {
    this.service = this.start_program();
    await this.service.said("Connected to the cloud");
  }
  start_program() {
    return this.start("tier2-service", program("service/tier2-service"), ["--config", this.at("agent.toml")]);
  }
  async sign(cmd, audience = this.agent) {
    const now = Math.floor(Date.now() / 1000);
    const payload = { aud: audience, iat: now, exp: now + 3600, jti: randomUUID(), cmd };
    const jws = await new SignJWT(payload).setProtectedHeader({ alg: "ES256", typ: "tier2-command+jwt" }).sign(this.key);
    return { jws, jti: payload.jti };
  }
  /** The audience that is every machine which obeys our key. */
  async fleet() { return `fleet:${await calculateJwkThumbprint(createPublicKey(this.key).export({ format: "jwk" }))}`; }
  /** Status and JSON of an answer. */
  ask(method, where, body) {
    return new Promise((done, failed) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const request = https.request({ method, host: "127.0.0.1", port: this.console.port, path: `/api/v1/${where}`, agent: this.connections,
        headers: { authorization: `Bearer ${this.token}`, ...(text && { "content-type": "application/json", "content-length": Buffer.byteLength(text) }) } }, (answer) => {
        let all = "";
        answer.setEncoding("utf8").on("data", (more) => { all += more; }).on("end", () => done({ status: answer.statusCode, json: all ? JSON.parse(all) : null }));
      });
      request.on("error", failed);
      request.end(text);
    });
  }
  async post({ jws }) {
    const { status, json } = await this.ask("POST", "commands", { jws });
    if (status !== 202) throw new Error(`the command was not taken: ${status} ${JSON.stringify(json)}`);
    return json;
  }
  /** Follows a command's events until its end; `on_event(name, data)` sees each. */
  follow(jti, on_event) {
    return new Promise((done, failed) => {
      const request = https.request({ host: "127.0.0.1", port: this.console.port, path: `/api/v1/commands/${jti}/output`, agent: this.connections, headers: { authorization: `Bearer ${this.token}` } }, (answer) => {
        if (answer.statusCode !== 200) failed(new Error(`no events: ${answer.statusCode}`));
        let rest = "";
        answer.setEncoding("utf8").on("data", (more) => {
          rest += more;
          const events = rest.split("\n\n");
          rest = events.pop();
          for (const each of events) {
            const name = each.match(/^event: (.*)$/m)?.[1];
            if (name) on_event(name, JSON.parse(each.match(/^data: (.*)$/m)[1]));
            if (name === "end") done();
          }
        }).on("error", failed).on("close", done);
      });
      request.on("error", failed);
      request.end();
    });
  }
  async end() {
    for (const each of this.children.reverse()) {
      if (each.exitCode === null && each.signalCode === null) each.kill("SIGTERM");
      await each.over;
    }
    this.connections.destroy();
    rmSync(this.state, { recursive: true, force: true, maxRetries: 30, retryDelay: 100 }); // a browser may still be writing
  }
}

export const memory_kib = (pid) => Number(readFileSync(`/proc/${pid}/status`, "utf8").match(/VmRSS:\s+(\d+)/)[1]);
export const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))];
export { eventually };
