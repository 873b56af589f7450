import assert from "node:assert/strict";
import { testInGuest } from "./harness/guest_tests.ts";
import { missingForGuest } from "./harness/user_mode_linux.ts";

const missing = missingForGuest();
if (missing !== undefined) {
  // deno-lint-ignore no-console -- the reason belongs in the tests' output.
  console.warn(`The tests on a cgroup v2 host are skipped: ${missing}`);
}

/**
 * A part of what depends on cgroups, as each command takes a second there; `scripts/test_v2.sh` runs
 * all of it.
 */
const FILES = ["limits", "lifecycle"].map((name) => `tests/${name}_test.ts`);
const NAMES = [
  "over its memory",
  "half a processor",
  "fork bomb",
  "update changes the limits",
  "opens the devices it is given",
  "pause keeps the processes",
  "supervisor has been killed",
];

Deno.test({
  name: "containers are limited, paused, adopted and cleaned up after on a cgroup v2 host",
  ignore: missing !== undefined,
  fn: async () => {
    const filter = `/${NAMES.join("|")}/`;
    const { code, console, output } = await testInGuest({
      files: FILES,
      filter,
      timeoutSeconds: 600,
    });
    assert.equal(code, 0, `${output}\n${console}`);
    assert.doesNotMatch(output, /^skipped/m);
    assert.match(output, new RegExp(`^ok \\| ${NAMES.length} passed`, "m"));
  },
});
