// Counts what `meson test` ran: node count_tests.mjs testlog.json prints "PASSED FAILED". A doctest program counts by its
// test cases, any other program once.
import { readFileSync } from "node:fs";

let passed = 0;
let failed = 0;
for (const line of readFileSync(process.argv[2], "utf8").split("\n").filter(Boolean)) {
  const { result, stdout = "" } = JSON.parse(line);
  const cases = stdout.match(/test cases:\s*(\d+)\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed/);
  const good = /^(OK|EXPECTEDFAIL)$/.test(result);
  if (result === "SKIP") continue;
  if (cases) {
    passed += Number(cases[2]);
    failed += Number(cases[3]) || (good ? 0 : 1);
  } else if (good) {
    passed += 1;
  } else {
    failed += 1;
  }
}
console.log(`${passed} ${failed}`);
