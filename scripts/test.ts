/**
 * Runs the tests: `deno task test [FILE...]`.
 *
 * Unit tests, beside their source, run in parallel; the end-to-end ones in `tests/` run one after
 * another, because they measure, signal and look for leaks on the whole machine. All of these together
 * test the program in its portable form, which is what users have, and starts in half the time; files
 * that are named test it as it is written. The last line is `N passed, N failed`.
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

/** A run of `deno test`. */
interface Run {
  args: readonly string[];
  env?: Record<string, string>;
}

/** Runs `deno test`, shows what it prints as it comes, and counts. */
async function run({ args, env = {} }: Run): Promise<Tally> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "--quiet", "--allow-all", ...args],
    env: { NO_COLOR: "1", ...env },
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
async function* runs(files: readonly string[]): AsyncGenerator<Run> {
  if (files.length > 0) return yield { args: files };
  const units: string[] = [];
  for (const path of ["ffi", "lib", "scripts", "main_test.ts"]) {
    if (await exists(path)) units.push(path);
  }
  yield { args: ["--parallel", ...units] };
  if (!await exists("tests")) return;
  const args = ["--permit-no-files", "tests"];
  if (Deno.env.has("TSD_TEST_PROGRAM")) return yield { args };
  const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-tests-" });
  try {
    // Some tests are another user's.
    await Deno.chmod(folder, 0o755);
    yield { args, env: await compile(folder) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Compiles the program, and has it unpack itself in the same folder. */
async function compile(folder: string): Promise<Record<string, string>> {
  const program = `${folder}/tsd`;
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", "scripts/compile.ts", "--portable", "--output", program],
    stdin: "null",
  }).spawn().status;
  if (!success) throw new Error("Cannot run the end-to-end tests: the program does not compile");
  return { TSD_TEST_PROGRAM: program, TSD_CACHE: `${folder}/cache` };
}

if (import.meta.main) {
  Deno.chdir(new URL("..", import.meta.url));
  const total: Tally = { passed: 0, failed: 0 };
  for await (const one of runs(Deno.args)) {
    const { passed, failed } = await run(one);
    total.passed += passed;
    total.failed += failed;
  }
  const line = `\n${total.passed} passed, ${total.failed} failed\n`;
  Deno.stdout.writeSync(new TextEncoder().encode(line));
  if (total.failed > 0) Deno.exit(1);
}
