import assert from "node:assert/strict";
import { tally } from "./test.ts";

const CASES = [
  {
    what: "counts tests, not steps",
    output: "a ... ok (1ms)\n\nok | 12 passed (3 steps) | 0 failed (3s)\n",
    success: true,
    expected: { passed: 12, failed: 0 },
  },
  {
    what: "reads the numbers beside ignored tests",
    output: "FAILED | 1 passed | 2 failed (1 step) | 1 ignored (6ms)\n",
    success: false,
    expected: { passed: 1, failed: 2 },
  },
  {
    what: "takes the last summary, not one that a test printed",
    output: "ok | 7 passed | 7 failed (1ms)\nok | 2 passed | 0 failed (1ms)\n",
    success: true,
    expected: { passed: 2, failed: 0 },
  },
  {
    what: "counts a run that did not come to a summary as one failure",
    output: "",
    success: false,
    expected: { passed: 0, failed: 1 },
  },
  {
    what: "counts a failed run of passed tests as one failure",
    output: "ok | 2 passed | 0 failed (1ms)\n",
    success: false,
    expected: { passed: 2, failed: 1 },
  },
];

for (const { what, output, success, expected } of CASES) {
  Deno.test(`tally() ${what}`, () => assert.deepEqual(tally(output, success), expected));
}
