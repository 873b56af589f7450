/**
 * Runs the tests: `deno task test [FILE...]`.
 *
 * Unit tests, beside their source, run in parallel; the end-to-end ones in `tests/` run one after
 * another, because they measure, signal and look for leaks on the whole machine. The last line is
 * `N passed, N failed`.
 *
 * @module
 */

/** The numbers of one run. */
export interface Tally {
  /** Tests that passed. */
  passed: number;
  /** Tests that failed, and files that could not be run. */
  failed: number;
}

/**
 * Reads the numbers off what `deno test` printed.
 *
 * @param output Its standard output, without colours.
 * @param success Whether it ended with status 0.
 * @returns The numbers; a run that failed without a word of failed tests counts as one failure.
 */
export function tally(output: string, success: boolean): Tally {
  const summary = /\| (\d+) passed\b[^|]*\| (\d+) failed\b(?![^]*\| \d+ passed)/.exec(output);
  const passed = Number(summary?.[1] ?? 0);
  const failed = Number(summary?.[2] ?? 0);
  return { passed, failed: success ? failed : Math.max(1, failed) };
}

/** Runs `deno test`, shows what it prints as it comes, and counts. */
async function run(args: readonly string[]): Promise<Tally> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "--quiet", "--allow-all", ...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const decoder = new TextDecoder();
  let output = "";
  for await (const bytes of child.stdout) {
    output += decoder.decode(bytes, { stream: true });
    for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
  }
  return tally(output, (await child.status).success);
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The runs that the arguments ask for: the files named, or all. */
async function runs(files: readonly string[]): Promise<string[][]> {
  if (files.length > 0) return [[...files]];
  const units: string[] = [];
  for (const path of ["ffi", "lib", "scripts", "main_test.ts"]) {
    if (await exists(path)) units.push(path);
  }
  const all = [["--parallel", ...units]];
  if (await exists("tests")) all.push(["--permit-no-files", "tests"]);
  return all;
}

if (import.meta.main) {
  Deno.chdir(new URL("..", import.meta.url));
  const total: Tally = { passed: 0, failed: 0 };
  for (const args of await runs(Deno.args)) {
    const { passed, failed } = await run(args);
    total.passed += passed;
    total.failed += failed;
  }
  const line = `\n${total.passed} passed, ${total.failed} failed\n`;
  Deno.stdout.writeSync(new TextEncoder().encode(line));
  if (total.failed > 0) Deno.exit(1);
}
