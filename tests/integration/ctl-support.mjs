// A cloud of node's own for tier2ctl: it keeps the contract of tools/cloud/openapi.json, or breaks it on request.
import { execFile, execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import https from "node:https";
import path from "node:path";
import { machine, programs } from "./support.mjs";

export const token = "A".repeat(42) + "w";
export const [first, second] = ["11111111-2222-4333-8444-555555555501", "11111111-2222-4333-8444-555555555502"];

/** An operator's computer and a cloud; `answer(request, response, body)` plays it. */
export async function operator(t, answer) {
  const here = new machine(t);
  here.certificates();
  const cloud = { requests: [], answer };
  const server = https.createServer({ cert: readFileSync(here.at("certificates/server.pem")), key: readFileSync(here.at("certificates/server.key")) },
    (request, response) => {
      let body = "";
      request.on("data", (bytes) => { body += bytes; });
      request.on("end", () => {
        cloud.requests.push({ method: request.method, url: request.url, headers: request.headers, body });
        cloud.answer(request, response, body);
      });
    });
  server.on("tlsClientError", () => {});
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  cloud.url = `https://127.0.0.1:${server.address().port}`;
  here.write("token", `${token}\n`);
  const connection = ["--cloud", cloud.url, "--ca", here.at("certificates/ca.pem"), "--token-file", here.at("token")];
  execFileSync(programs.ctl, ["keygen", "--out", here.at("key.pem"), "--public", here.at("key.pub")], { env: here.environment, stdio: "ignore" });
  return { here, cloud, connection, key: here.at("key.pem"), public: here.at("key.pub") };
}

/** Runs tier2ctl to its end. */
export function ctl(one, words, { input = "", env = {} } = {}) {
  return new Promise((done) => {
    const child = execFile(programs.ctl, words, { env: { ...one.here.environment, ...env }, encoding: "latin1", maxBuffer: 64 << 20, timeout: 60_000 },
      (why, stdout, stderr) => done({ code: why ? why.code : 0, signal: why?.signal, stdout, stderr }));
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}

/** The same on a terminal of 80 columns; gives everything that it shows. */
export function on_terminal(one, words) {
  return new Promise((done) => {
    const quoted = [programs.ctl, ...words].map((word) => `'${word}'`).join(" ");
    const child = spawn("script", ["-qefc", `stty cols 80; exec ${quoted}`, "/dev/null"], { env: { ...one.here.environment, TERM: "xterm" }, stdio: ["ignore", "pipe", "ignore"] });
    let shown = "";
    child.stdout.on("data", (bytes) => { shown += bytes.toString("latin1"); });
    child.on("close", (code) => done({ code, shown }));
  });
}

export function json(response, status, value) {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(value));
}

export const delivery = (agent, hostname, state = "waiting", more = {}) => ({ agent, hostname, state, received: { stdout: 0, stderr: 0 }, ...more });
export const exited = (agent, hostname, code = 0) => delivery(agent, hostname, "exited",
  { exit: { reason: "finished", code, duration_ms: 1234, bytes: { stdout: 0, stderr: 0 }, truncated: false, output_lost: false, detail: "" } });

/** An event as the cloud writes it. */
export const event = (id, name, data) => `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
export const output = (id, agent, stream, offset, text) => event(id, "output", { agent, stream, offset, text });

/** A cloud that takes every command for these machines and streams `events(lastId, response)`. */
export function taking(machines, events) {
  return (request, response, body) => {
    if (request.method === "POST" && request.url === "/api/v1/commands") {
      const claims = JSON.parse(Buffer.from(JSON.parse(body).jws.split(".")[1], "base64url"));
      return json(response, 202, { id: claims.jti, agents: machines, expires: "2030-01-01T00:00:00.000Z" });
    }
    if (/\/output$/.test(request.url)) {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      return events(request.headers["last-event-id"], response);
    }
    if (/^\/api\/v1\/commands\//.test(request.url)) return json(response, 200, { id: path.basename(request.url), claims: { aud: machines[0].agent }, deliveries: machines });
    return json(response, 404, { error: "not_found", message: "There is nothing here." });
  };
}

export const run_true = (one, more = []) => ["send", ...one.connection, "--key", one.key, "--aud", first, "--as", "system", "--exec", ...more, "--", "/bin/true"];
export const an_id = () => randomUUID();
