// That tools/check notices a wrong include: each kind is planted in a small tree of its own.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "node:test";

const program = fileURLToPath(new URL("../../tools/development/includes.mjs", import.meta.url));

/** Runs the check on a tree that holds this one file beside empty folders. */
function check(file, text) {
  const root = mkdtempSync(path.join(tmpdir(), "includes-"));
  try {
    for (const folder of ["messages", "platform", "actors", "tools", "tests"]) mkdirSync(path.join(root, folder));
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
    const ended = spawnSync(process.execPath, [program, root], { encoding: "utf8" });
    return { status: ended.status, said: ended.stdout };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const refused = [
  ["messages/frame.hpp", '#include "platform/screen.hpp"\n'],
  ["messages/frame.hpp", "#include <caf/actor.hpp>\n"],
  ["platform/screen.hpp", '#include "actors/capture/capture_gate.hpp"\n'],
  ["platform/screen.hpp", '#include "messages/interfaces.hpp"\n'],
  ["platform/linux/a.cpp", '#include "messages/type_ids.hpp"\n'],
  ["platform/x11/a.cpp", "#include <X11/Xlib.h>\n"],
  ["platform/x11/a.cpp", "#include <caf/actor.hpp>\n"],
  ["actors/link/a.cpp", '#include "tools/cloud/cloud.hpp"\n'],
  ["tools/cloud/a.cpp", '  # include "tests/support/xvfb.hpp"\n'],
  ["actors/link/a.cpp", "#ifdef _WIN32\n#endif\n"],
  ["platform/process.cpp", "#if defined(__linux__)\n#endif\n"],
  ["tools/cloud/a.cpp", '#include "../service/service.hpp"\n'],
];

const allowed = [
  ["messages/interfaces.hpp", "#include <caf/typed_actor.hpp>\n"],
  ["platform/windows/a.cpp", '#ifdef _WIN32\n#include "messages/frame.hpp"\n#include "platform/screen.hpp"\n#endif\n'],
  ["actors/link/a.cpp", '#include "messages/interfaces.hpp"\n#include "platform/process.hpp"\n#include <caf/actor.hpp>\n'],
  ["tools/cloud/a.cpp", '#include "actors/link/link.hpp"\n// #include <X11/Xlib.h>\n'],
  ["tests/a.cpp", '#include "tools/cloud/cloud.hpp"\n#include "tests/support/xvfb.hpp"\n'],
];

describe("the include check", () => {
  for (const [file, text] of refused)
    it(`refuses ${text.trim().split("\n")[0]} in ${file}`, () => {
      const { status, said } = check(file, text);
      assert.equal(status, 1);
      assert.match(said, new RegExp(`^${file}:1: `));
    });
  for (const [file, text] of allowed)
    it(`allows ${file} what its folder may see`, () => {
      assert.deepEqual(check(file, text), { status: 0, said: "" });
    });
});
