/**
 * The compiled form: the bundled program appended to Deno's base runtime by `deno compile`.
 *
 * @module
 */

import { dirname } from "node:path/posix";

/** Milliseconds to wait for the server of base runtimes to answer. */
const PROBE_TIMEOUT = 10_000;

/** A Deno command line, `["npx", "-y", "deno@2.4.2"]` or the path of an executable alone. */
export type DenoCommand = readonly string[];

/**
 * Tells whether `deno compile` will find its base runtime: given by `DENORT_BIN`, downloaded before,
 * or within reach.
 *
 * @param deno The Deno that compiles.
 * @returns Whether it will.
 */
export async function hasBaseRuntime(deno: DenoCommand): Promise<boolean> {
  if (Deno.env.get("DENORT_BIN")) return true;
  const version = /^deno (\S+)/.exec(await output([...deno, "--version"]))?.[1];
  const path = `release/v${version}/denort-${Deno.build.target}.zip`;
  const { denoDir } = JSON.parse(await output([...deno, "info", "--json", "--no-config"]));
  try {
    return (await Deno.stat(`${denoDir}/dl/${path}`)).isFile;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  try {
    const response = await fetch(`https://dl.deno.land/${path}`, {
      method: "HEAD",
      signal: AbortSignal.timeout(PROBE_TIMEOUT),
    });
    return response.ok;
  } catch {
    // Whatever the reason, a machine that cannot reach the server cannot download from it.
    return false;
  }
}

/**
 * Compiles a bundle into one executable.
 *
 * @param target Where it goes; a file that is there is replaced.
 * @param files The bundle's files, the entry point first.
 * @param deno The Deno that compiles.
 * @returns Its size in bytes.
 * @throws {Error} `deno compile` failed, or its result does not start; the message says why.
 */
export async function denoCompile(
  target: string,
  files: readonly string[],
  deno: DenoCommand,
): Promise<number> {
  const [main, ...chunks] = files;
  const temporary = `${target}.${crypto.randomUUID()}`;
  await output([
    ...deno,
    "compile",
    "--allow-all",
    "--no-check",
    // It would be kept in a temporary folder that all may write to, and believed.
    "--no-code-cache",
    "--no-config",
    "--no-lock",
    "--no-npm",
    // In MB. A small young generation: a pull peaks at 80 MB instead of 105, and takes no longer.
    // The others are for the supervisor, see lib/runtime/start/self_command.ts.
    "--v8-flags=--max-semi-space-size=1,--expose-gc,--no-memory-reducer",
    ...chunks.flatMap((path) => ["--include", path]),
    "--output",
    temporary,
    main!,
  ], dirname(main!));
  try {
    await checkStarts(temporary);
    await Deno.rename(temporary, target);
  } catch (error) {
    await Deno.remove(temporary);
    throw error;
  }
  return (await Deno.stat(target)).size;
}

/** A base runtime of another version than Deno's takes the program, and then cannot read it. */
async function checkStarts(program: string): Promise<void> {
  try {
    await output([program, "--version"]);
  } catch (error) {
    const runtime = Deno.env.get("DENORT_BIN");
    const advice = runtime === undefined
      ? "--portable writes a form that needs none"
      : `its base runtime DENORT_BIN=${runtime} must be of the same version as Deno`;
    throw new Error(
      `Cannot start what "deno compile" has written, ${advice}: ${(error as Error).message}`,
    );
  }
}

async function output([program, ...args]: readonly string[], cwd?: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program!, {
    args,
    ...(cwd === undefined ? {} : { cwd }),
    env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout);
  throw new Error(`Cannot run "${program} ${args[0]}": ${decoder.decode(stderr).trim()}`);
}
