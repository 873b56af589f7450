import assert from "node:assert/strict";
import { missingForGuest, testInGuest } from "./harness/user_mode_linux.ts";

const missing = missingForGuest();
if (missing !== undefined) {
  // deno-lint-ignore no-console -- the reason belongs in the tests' output.
  console.warn(`The tests on a cgroup v2 host are skipped: ${missing}`);
}

/** What depends on cgroups, or an older kernel, of all that there is: each command takes a second. */
const FILES = ["limits", "storage_limit", "lifecycle", "shifted_layers"]
  .map((name) => `tests/${name}_test.ts`);
const NAMES = [
  "over its memory",
  "only a part is killed",
  "least memory",
  "half a processor",
  "fork bomb",
  "update changes the limits",
  "below what is in use",
  "opens the devices it is given",
  "node that it makes",
  "cgroup it is given",
  "privileged container",
  "pause keeps the processes",
  "supervisor has been killed",
  "in copies of layers",
  "own files take no more",
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
