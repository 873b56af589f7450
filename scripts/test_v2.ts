/**
 * Runs the end-to-end tests on a kernel with cgroup v2: `scripts/test_v2.sh [FILE...]`.
 *
 * @module
 */

import { testInGuest } from "../tests/harness/guest_tests.ts";

/** These compile the program or boot the second kernel themselves. */
const NOT_IN_GUEST = ["cgroup_v2_test.ts", "program_forms_test.ts", "systemd_test.ts"];
const TIMEOUT_SECONDS = 4 * 3600;

async function allFiles(): Promise<string[]> {
  const entries = await Promise.all(["tests", "tests/security"].map(async (folder) => {
    const entries = await Array.fromAsync(Deno.readDir(new URL(`../${folder}`, import.meta.url)));
    return entries.filter(({ name }) => name.endsWith("_test.ts") && !NOT_IN_GUEST.includes(name))
      .map(({ name }) => `${folder}/${name}`);
  }));
  return entries.flat().toSorted();
}

if (import.meta.main) {
  const files = Deno.args.length > 0 ? Deno.args : await allFiles();
  const { code, console, output } = await testInGuest({ files, timeoutSeconds: TIMEOUT_SECONDS });
  const text = code === undefined
    ? `${output}\ntest_v2: the guest did not end\n${console}`
    : output;
  Deno.stdout.writeSync(new TextEncoder().encode(text));
  Deno.exit(code ?? 1);
}
