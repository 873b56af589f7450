/**
 * Writes the program as one file: `deno task compile [OPTIONS]`.
 *
 * `deno compile` makes it where its base runtime is at hand or can be downloaded; elsewhere it is the
 * portable form, a script that unpacks itself once.
 *
 * @module
 */

import { resolve } from "node:path/posix";
import { parseArgs } from "node:util";
import { bundle } from "./compile/bundle.ts";
import { denoCompile, hasBaseRuntime } from "./compile/deno_compile.ts";
import { writePortable } from "./compile/portable.ts";

const USAGE = `Usage: deno task compile [OPTIONS]

Write the program as one file

Options:
      --portable           Write the portable form even where "deno compile" works
  -o, --output FILE        Where the file goes (default "tsd")
      --entry FILE         The program's entry point (default "main.ts")
      --compile-with DENO  The Deno that compiles, as "npx -y deno@2.4.2"; fails where it cannot
  -h, --help               Print this text

DENORT_BIN names the base runtime that "deno compile" uses, instead of a downloaded one.`;

const SCRIPTS = new URL(".", import.meta.url).pathname;
const ROOT = new URL("..", import.meta.url).pathname;

/** Builds the file that the arguments ask for, and says in one line what it wrote. */
async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      "portable": { type: "boolean", default: false },
      "output": { type: "string", short: "o", default: "tsd" },
      "entry": { type: "string", default: `${ROOT}main.ts` },
      "compile-with": { type: "string" },
      "help": { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return print(USAGE);
  const entry = resolve(values.entry);
  await installPackages(entry);
  await Deno.mkdir(`${ROOT}dist`, { recursive: true });
  const directory = await Deno.makeTempDir({ dir: `${ROOT}dist`, prefix: "bundle-" });
  try {
    const { files, kept } = await bundle(entry, directory, `${ROOT}node_modules`);
    for (const line of kept) print(`compile: kept ${line}`);
    print(await write(values, files));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Writes the form that fits, and returns the line that says so. */
async function write(
  values: { "portable": boolean; "output": string; "compile-with"?: string },
  files: readonly string[],
): Promise<string> {
  const output = resolve(values.output);
  const wanted = values["compile-with"]?.trim().split(/\s+/);
  const deno = wanted ?? [Deno.execPath()];
  if (!values.portable && (wanted !== undefined || await hasBaseRuntime(deno))) {
    const size = await denoCompile(output, files, deno);
    return `compile: wrote ${values.output} (${megabytes(size)})`;
  }
  const reason = values.portable ? "" : 'no base runtime for "deno compile" here; ';
  const size = await writePortable(output, {
    program: files,
    deno: Deno.execPath(),
    cacheDirectory: `${ROOT}dist`,
  });
  return `compile: ${reason}wrote the portable form ${values.output} (${megabytes(size)})`;
}

/** Has Deno put the packages that the program imports into `node_modules`. */
async function installPackages(entry: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "install",
      "--quiet",
      "--config",
      `${ROOT}deno.json`,
      "--entrypoint",
      entry,
      `${SCRIPTS}shims/events.ts`,
    ],
    cwd: ROOT,
    stdin: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    Deno.stderr.writeSync(new TextEncoder().encode(`compile: ${(error as Error).message}\n`));
    Deno.exit(1);
  }
}
