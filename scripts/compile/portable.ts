/**
 * The portable form: a shell script that carries the Deno runtime and the bundled program.
 *
 * @module
 */

import { basename } from "node:path/posix";
import { RUNTIME_VARIABLES } from "../../lib/caller_environment.ts";
import { encodeLauncher } from "./launcher.ts";
import { ustar, type UstarEntry } from "../ustar.ts";

/** What {@linkcode writePortable} puts together. */
export interface PortableOptions {
  /** The bundle's files; one is called `main.js`. */
  program: readonly string[];
  /** The `deno` executable to carry. */
  deno: string;
  /** A folder that keeps the compressed runtime between builds. */
  cacheDirectory: string;
}

/** A compressed archive, and the name it is unpacked under. */
interface Part {
  bytes: Uint8Array<ArrayBuffer>;
  hash: string;
}

/**
 * Writes the portable file.
 *
 * @param output Where it goes; a file that is there is replaced.
 * @param options What it is made of.
 * @returns Its size in bytes.
 */
export async function writePortable(output: string, options: PortableOptions): Promise<number> {
  const runtime = await part(await compressedRuntime(options.deno, options.cacheDirectory));
  const program = await part(
    await compress([
      { path: "launcher", mode: 0o755, content: encodeLauncher() },
      ...await Promise.all(options.program.map(async (path): Promise<UstarEntry> => ({
        path: basename(path),
        mode: 0o644,
        content: await Deno.readFile(path),
      }))),
    ]),
  );
  const stub = fillStub(
    await Deno.readTextFile(new URL("portable.sh", import.meta.url)),
    runtime,
    program,
  );
  const parts = [stub, runtime.bytes, program.bytes];
  await writeExecutable(output, parts);
  return parts.reduce((total, bytes) => total + bytes.length, 0);
}

async function part(bytes: Uint8Array<ArrayBuffer>): Promise<Part> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return { bytes, hash: Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") };
}

/** Compresses the runtime, 5 s of work, or finds it done: no version of it ever changes. */
async function compressedRuntime(
  deno: string,
  directory: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const { size, mtime } = await Deno.stat(deno);
  const cached = `${directory}/deno-${Deno.version.deno}-${size}-${mtime?.getTime() ?? 0}.tar.gz`;
  try {
    return await Deno.readFile(cached);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const bytes = await compress([{ path: "deno", mode: 0o755, content: await Deno.readFile(deno) }]);
  await Deno.mkdir(directory, { recursive: true });
  const temporary = await Deno.makeTempFile({ dir: directory });
  await Deno.writeFile(temporary, bytes);
  await Deno.rename(temporary, cached);
  return bytes;
}

async function compress(entries: Iterable<UstarEntry>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = ReadableStream.from(ustar(entries)).pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Fills in the stub's blanks. Its own length is one of them, so the offsets have a fixed width. */
function fillStub(template: string, runtime: Part, program: Part): Uint8Array<ArrayBuffer> {
  const variables = Object.entries(RUNTIME_VARIABLES).map((pair) => pair.join("=")).join(" ");
  const fill = (stubLength: number) =>
    new TextEncoder().encode(
      template
        .replace("@DENO_HASH@", runtime.hash)
        .replace("@VARIABLES@", variables)
        .replace("@PROGRAM_HASH@", program.hash)
        .replace("@DENO_OFFSET@", blankPadded(stubLength))
        .replace("@DENO_LENGTH@", blankPadded(runtime.bytes.length))
        .replace("@PROGRAM_OFFSET@", blankPadded(stubLength + runtime.bytes.length))
        .replace("@PROGRAM_LENGTH@", blankPadded(program.bytes.length)),
    );
  return fill(fill(0).length);
}

function blankPadded(value: number): string {
  return String(value).padEnd(10);
}

/** Writes beside the target, then renames: a program that runs is never written to. */
async function writeExecutable(output: string, parts: readonly Uint8Array[]): Promise<void> {
  const temporary = `${output}.${crypto.randomUUID()}`;
  try {
    using file = await Deno.open(temporary, { write: true, createNew: true, mode: 0o755 });
    for (const bytes of parts) {
      for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    }
    await Deno.rename(temporary, output);
  } catch (error) {
    await Deno.remove(temporary);
    throw error;
  }
}
