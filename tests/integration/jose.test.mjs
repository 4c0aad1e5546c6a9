// Commands made by other people's JOSE libraries are valid here, and ours are valid there: npm's jose and Debian's
// python3-jwcrypto.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createPublicKey, randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const jose = createRequire(path.join(root, "tools/demo/package.json"))("jose");
const tier2ctl = path.join(process.env.TIER2_BUILD ?? path.join(root, "build"), "tools/ctl/tier2ctl");
const directory = mkdtempSync(path.join(tmpdir(), "t2jose."));
after(() => rmSync(directory, { recursive: true }));

const agent = "0a1b2c3d-0000-4000-8000-0123456789ab";
const private_file = path.join(directory, "key.pem");
const public_file = path.join(directory, "key.pub.pem");
const header = { alg: "ES256", typ: "tier2-command+jwt" };

const ctl = (words, input = "") => spawnSync(tier2ctl, words, { input, encoding: "utf8" });
const kid = execFileSync(tier2ctl, ["keygen", "--out", private_file, "--public", public_file], {
  encoding: "utf8",
  stdio: ["ignore", "pipe", "ignore"],
}).trim();
const private_pem = readFileSync(private_file, "utf8");
const public_pem = readFileSync(public_file, "utf8");
const private_key = await jose.importPKCS8(private_pem, "ES256");
const public_key = await jose.importSPKI(public_pem, "ES256");

const now = () => Math.floor(Date.now() / 1000);
const claims = (more = {}) => ({
  aud: agent,
  iat: now(),
  exp: now() + 600,
  jti: randomUUID(),
  cmd: { run: { shell: "sh", script: "echo grüße\n", as: "system" } },
  ...more,
});

/** "valid" or the reason, and the exit code fits. */
function verdict(token, ...words) {
  const { status, stdout, stderr } = ctl(["verify", "--key", public_file, "--agent", agent, ...words, "-"], token);
  const said = stdout.trim();
  assert.equal(status, said === "valid" ? 0 : 1, stdout + stderr);
  assert.equal(said === "valid", stderr === "", "a refusal explains itself");
  return said;
}

/** What jwcrypto answers. */
const jwcrypto = (what) =>
  execFileSync("/usr/bin/python3", [fileURLToPath(new URL("jose.py", import.meta.url))], {
    input: JSON.stringify(what),
    encoding: "utf8",
    stdio: ["pipe", "pipe", "pipe"],
  });

/** The two foreign signers: a header and a payload as text give a token. */
const signers = {
  jose: (head, payload) =>
    new jose.CompactSign(new TextEncoder().encode(payload)).setProtectedHeader(head).sign(private_key),
  jwcrypto: async (head, payload) => jwcrypto({ do: "sign", key: private_pem, header: head, payload }),
};

for (const [name, sign] of Object.entries(signers)) {
  const signed = (payload, head = header) => sign(head, typeof payload === "string" ? payload : JSON.stringify(payload));

  test(`a command made with ${name} is valid here`, async () => {
    assert.equal(verdict(await signed(claims())), "valid");
  });

  test(`a command made with ${name} may name its key, and no other`, async () => {
    assert.equal(verdict(await signed(claims(), { ...header, kid })), "valid");
    assert.equal(verdict(await signed(claims(), { ...header, kid: kid.slice(1) + "A" })), "unknown_key");
  });

  test(`the audiences of ${name} may be a text or a list`, async () => {
    assert.equal(verdict(await signed(claims({ aud: [agent] }))), "valid");
    assert.equal(verdict(await signed(claims({ aud: ["https://example.org", `fleet:${kid}`] }))), "valid");
    assert.equal(verdict(await signed(claims({ aud: "group:desk" })), "--group", "lab", "--group", "desk"), "valid");
    assert.equal(verdict(await signed(claims({ aud: "group:desk" }))), "wrong_audience");
  });

  test(`times of ${name} that are no whole seconds are refused`, async () => {
    const text = JSON.stringify(claims());
    assert.equal(verdict(await signed(text.replace(/"iat":(\d+)/, '"iat":$1.5'))), "malformed_claims");
    assert.equal(verdict(await signed(text.replace(/"iat":(\d+)/, '"iat":$1.0'))), "malformed_claims");
    assert.equal(verdict(await signed(text.replace(/"iat":\d+/, '"iat":1.7e9'))), "malformed_claims");
    assert.equal(verdict(await signed(claims({ exp: String(now() + 60) }))), "malformed_claims");
  });

  test(`a token of ${name} without our typ, or with more in its header, is malformed`, async () => {
    assert.equal(verdict(await signed(claims(), { alg: "ES256" })), "malformed");
    assert.equal(verdict(await signed(claims(), { ...header, typ: "JWT" })), "malformed");
    const jwk = await jose.exportJWK(public_key);
    assert.equal(verdict(await signed(claims(), { ...header, jwk })), "malformed");
    assert.equal(verdict(await signed(claims(), { ...header, cty: "json" })), "malformed");
  });
}

test("jose's own JWT builder makes a valid command", async () => {
  const { cmd } = claims();
  const token = await new jose.SignJWT({ cmd })
    .setProtectedHeader(header)
    .setAudience(agent)
    .setIssuedAt()
    .setNotBefore("0s")
    .setExpirationTime("10m")
    .setJti(randomUUID())
    .sign(private_key);
  assert.equal(verdict(token), "valid");
  assert.equal(verdict(token, "--now", new Date(Date.now() + 3_600_000).toISOString()), "expired");
  assert.equal(verdict(token, "--now", new Date(Date.now() - 3_600_000).toISOString()), "not_yet_valid");
});

test("tokens of jose with other algorithms are refused, also when keyed with our public key", async () => {
  const payload = new TextEncoder().encode(JSON.stringify(claims()));
  const der = createPublicKey(public_pem).export({ type: "spki", format: "der" });
  for (const secret of [new TextEncoder().encode(public_pem), new Uint8Array(der)]) {
    const token = await new jose.CompactSign(payload).setProtectedHeader({ ...header, alg: "HS256" }).sign(secret);
    assert.equal(verdict(token), "unsupported_algorithm");
  }
  for (const alg of ["ES384", "ES512", "RS256", "EdDSA"]) {
    const other = await jose.generateKeyPair(alg);
    const token = await new jose.CompactSign(payload).setProtectedHeader({ ...header, alg }).sign(other.privateKey);
    assert.equal(verdict(token), "unsupported_algorithm");
  }
  const unsecured = new jose.UnsecuredJWT(claims()).encode();
  assert.notEqual(verdict(unsecured), "valid");
});

test("a token of jose signed by somebody else is a bad signature", async () => {
  const other = await jose.generateKeyPair("ES256");
  const token = await new jose.CompactSign(new TextEncoder().encode(JSON.stringify(claims())))
    .setProtectedHeader(header)
    .sign(other.privateKey);
  assert.equal(verdict(token), "bad_signature");
});

test("what tier2ctl signs is valid for jose and for jwcrypto, and says the same to both", async () => {
  for (const words of [["--kid"], ["--no-kid"]]) {
    const { status, stdout, stderr } = ctl(
      ["sign", "--key", private_file, "--aud", agent, "--aud", "group:desk", "--as", "user", "--env", "A=ü", "--timeout",
        "5m", "--json", ...words, "--run-sh", "-", "--", "{}", "", "-n"],
      "echo grüße\n",
    );
    assert.equal(status, 0, stderr);
    const said = JSON.parse(stdout);
    const { payload, protectedHeader } = await jose.jwtVerify(said.jws, public_key, {
      algorithms: ["ES256"],
      typ: "tier2-command+jwt",
      audience: agent,
    });
    assert.deepEqual(JSON.parse(jwcrypto({ do: "verify", key: public_pem, token: said.jws })), payload);
    assert.equal(protectedHeader.kid, words[0] === "--kid" ? kid : undefined);
    assert.equal(said.kid, kid);
    assert.equal(payload.jti, said.jti);
    assert.equal(payload.exp, said.exp);
    assert.deepEqual(payload.aud, [agent, "group:desk"]);
    assert.deepEqual(payload.cmd.run, {
      shell: "sh", script: "echo grüße\n", args: ["{}", "", "-n"], as: "user", timeout_s: 300, env: { A: "ü" },
    });
    assert.equal(verdict(said.jws + "\n"), "valid");
  }
});

test("all three agree on the thumbprint that names the key", async () => {
  assert.equal(await jose.calculateJwkThumbprint(await jose.exportJWK(public_key)), kid);
  assert.equal(jwcrypto({ do: "thumbprint", key: public_pem }), kid);
});

test("keys of others sign too: SEC 1 and PKCS 8 of openssl", async () => {
  const file = path.join(directory, "openssl.pem");
  for (const traditional of [[], ["-traditional"]]) {
    execFileSync("openssl", ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", `${file}.raw`], { stdio: "ignore" });
    execFileSync("openssl", ["pkey", "-in", `${file}.raw`, ...traditional, "-out", file]);
    execFileSync("openssl", ["pkey", "-in", file, "-pubout", "-out", `${file}.pub`]);
    const token = ctl(["sign", "--key", file, "--aud", agent, "--as", "system", "--exec", "--", "/bin/true"]).stdout;
    const judged = ctl(["verify", "--key", `${file}.pub`, "--agent", agent, "-"], token);
    assert.deepEqual([judged.stdout, judged.status], ["valid\n", 0], judged.stderr);
  }
});

test("keygen makes a private file, says the kid, and overwrites nothing", () => {
  assert.equal(statSync(private_file).mode & 0o777, 0o600);
  for (const words of [["--out", private_file], ["--out", path.join(directory, "new.pem"), "--public", public_file]]) {
    const { status, stdout, stderr } = ctl(["keygen", ...words]);
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(stderr, /is already there/);
  }
  assert.equal(readFileSync(private_file, "utf8"), private_pem);
  assert.equal(readFileSync(public_file, "utf8"), public_pem);
  const { stdout } = ctl(["keygen", "--out", path.join(directory, "other.pem"), "--json"]);
  assert.match(JSON.parse(stdout).public_pem, /^-----BEGIN PUBLIC KEY-----/);
});

test("sign takes any command as JSON, and whole claims as they are", async () => {
  const notify = { notify: { title: "Hello", body: "" } };
  const asked = ctl(["sign", "--key", private_file, "--aud", agent, "--jti", "11111111-2222-4333-8444-555555555555",
    "--expires-in", "90s", "--cmd", JSON.stringify(notify)]);
  const { payload } = await jose.jwtVerify(asked.stdout.trim(), public_key);
  assert.deepEqual(payload.cmd, notify);
  assert.equal(payload.jti, "11111111-2222-4333-8444-555555555555");
  assert.equal(payload.exp - payload.iat, 90);
  const file = path.join(directory, "claims.json");
  const text = JSON.stringify(claims(), null, 1);
  writeFileSync(file, text);
  const whole = ctl(["sign", "--key", private_file, "--claims", file]);
  assert.equal(jwcrypto({ do: "verify", key: public_pem, token: whole.stdout.trim() }), text);
  assert.equal(verdict(whole.stdout), "valid");
});

test("sign refuses what every machine would refuse, in a sentence, with exit code 2 and nothing on standard output", () => {
  const file = path.join(directory, "script");
  const run = (...words) => ["--aud", agent, "--as", "system", ...words];
  const cases = [
    [run("--run-sh", "-"), Buffer.from([0xff, 0x0a]), /UTF-8/],
    [run("--run-sh", "-"), "a\0b", /NUL/],
    [run("--run-sh", "-"), "x".repeat(60_000), /smaller/],
    [run("--run-sh", "-", "--stdin", "-"), "x", /both/],
    [run("--run-sh", `${file}.missing`), "", /missing/],
    [run("--exec"), "", /argv/],
    [run("--exec", "--timeout", "25h", "--", "x"), "", /timeout_s/],
    [run("--exec", "--timeout", "soon", "--", "x"), "", /no duration/],
    [run("--exec", "--max-output", "0", "--", "x"), "", /max_output_bytes/],
    [run("--exec", "--cwd", "tmp", "--", "x"), "", /absolute/],
    [run("--exec", "--env", "A", "--", "x"), "", /NAME=VALUE/],
    [run("--exec", "--env", "A=1", "--env", "A=2", "--", "x"), "", /twice/],
    [run("--exec", "--expires-in", "25h", "--", "x"), "", /24 hours/],
    [run("--exec", "--jti", "1", "--", "x"), "", /jti/],
    [["--aud", agent, "--exec", "--", "x"], "", /--as system/],
    [["--as", "system", "--exec", "--", "x"], "", /--aud/],
    [["--aud", agent, "--cmd", "{"], "", /JSON/],
    [["--aud", agent, "--cmd", '{"pack":{}}'], "", /no command/],
    [["--aud", agent, "--cmd", '{"report":{"message":""}}', "--timeout", "5"], "", /--cmd/],
    [["--aud", agent, "--cmd", '{"report":{"message":""}}', "--", "x"], "", /--cmd/],
    [["--aud", agent, "--claims", "-"], JSON.stringify(claims()), /--claims/],
    [["--aud", agent], "", /--exec/],
  ];
  for (const [words, input, why] of cases) {
    const { status, stdout, stderr } = ctl(["sign", "--key", private_file, ...words], input);
    assert.deepEqual([status, stdout], [2, ""], `${words.join(" ")}: ${stderr}`);
    assert.match(stderr, why);
  }
  const open = path.join(directory, "open.pem");
  writeFileSync(open, private_pem, { mode: 0o644 });
  const { status, stderr } = ctl(["sign", "--key", open, "--aud", agent, "--cmd", '{"report":{"message":""}}']);
  assert.equal(status, 2);
  assert.match(stderr, /chmod 600/);
  assert.ok(!stderr.includes(private_pem.split("\n")[1]));
});

test("verify says what it cannot judge with exit code 2, and with --json answers as an object", async () => {
  const token = await signers.jose(header, JSON.stringify(claims({ aud: "group:x" })));
  for (const words of [
    ["--key", private_file, "--agent", agent, "-"],
    ["--key", `${public_file}.missing`, "--agent", agent, "-"],
    ["--key", public_file, "--agent", agent, path.join(directory, "missing")],
    ["--key", public_file, "--agent", agent, "--now", "tomorrow", "-"],
    ["--key", public_file, "-"],
    ["--key", public_file, "--agent", agent, "-", "--", "x"],
    ["--agent", agent, "-"],
  ]) {
    const { status, stdout, stderr } = ctl(["verify", ...words], token);
    assert.deepEqual([status, stdout], [2, ""], words.join(" "));
    assert.notEqual(stderr, "");
  }
  const refused = ctl(["verify", "--json", "--key", public_file, "--agent", agent, "-"], token);
  assert.equal(refused.status, 1);
  const why = JSON.parse(refused.stdout);
  assert.deepEqual([why.valid, why.reason, typeof why.detail], [false, "wrong_audience", "string"]);
  const good = ctl(["verify", "--json", "--key", public_file, "--agent", agent, "--group", "x", "-"], token);
  assert.deepEqual([good.status, JSON.parse(good.stdout).valid, JSON.parse(good.stdout).kid], [0, true, kid]);
  assert.equal(verdict("x".repeat(65_537)), "too_large");
  assert.equal(verdict(`${token}\n\n`), "malformed");
});
