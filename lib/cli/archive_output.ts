/**
 * Where commands that make archives write them: a file, or standard output.
 *
 * @module
 */

import { EngineError } from "../errors.ts";
import type { CommandContext } from "./command_line/mod.ts";

/** What an archive is written for. */
export interface ArchiveOutput {
  /** What the command does, for messages: `save`. */
  verb: string;
  /** The file of `--output`; standard output where it is not given. */
  path: string | undefined;
}

/**
 * Checks where an archive is to go, before it is made.
 *
 * @param output The output.
 * @param context What the command works with.
 * @throws {EngineError} `invalid`: it is a terminal, or a folder, or in one that does not exist.
 */
export function checkOutput({ path, verb }: ArchiveOutput, context: CommandContext): void {
  if (path === undefined) {
    if (!context.stdout.isTerminal()) return;
    throw new EngineError(
      `cowardly refusing to ${verb} to a terminal. Use the -o flag or redirect`,
      { kind: "invalid" },
    );
  }
  if (statusOf(path)?.isDirectory) throw invalidPath(path, "it is a directory");
  const folder = folderOf(path);
  if (!statusOf(folder)?.isDirectory) {
    throw invalidPath(path, `directory "${folder}" does not exist`);
  }
}

/**
 * Writes an archive. A file has its name only once it is complete and on the disk.
 *
 * @param pieces The archive.
 * @param output Where to, checked.
 * @param context What the command works with.
 * @throws {EngineError} `system`: it cannot be written, because the disk is full, say; what was in the
 * file before is untouched then.
 */
export async function writeArchive(
  pieces: AsyncIterable<Uint8Array>,
  output: ArchiveOutput,
  context: CommandContext,
): Promise<void> {
  if (output.path === undefined) {
    for await (const piece of pieces) context.stdout.write(piece);
    return;
  }
  using file = new OutputFile(output.verb, output.path);
  for await (const piece of pieces) file.write(piece);
  file.finish();
}

/** A file in the making; disposing it before it is finished removes it. */
class OutputFile implements Disposable {
  readonly #verb: string;
  readonly #path: string;
  /** Absent for a device or a FIFO, which cannot be replaced: its reader looks after itself. */
  #temporary: string | undefined;
  readonly #file: Deno.FsFile;

  constructor(verb: string, path: string) {
    this.#verb = verb;
    this.#path = path;
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (statusOf(path)?.isFile ?? true) {
      this.#temporary = `${folderOf(path)}/.${name}.${crypto.randomUUID()}`;
    }
    this.#file = this.#try(() =>
      this.#temporary === undefined
        ? Deno.openSync(path, { write: true })
        : Deno.openSync(this.#temporary, { write: true, createNew: true, mode: 0o600 })
    );
  }

  write(piece: Uint8Array): void {
    this.#try(() => {
      for (let rest = piece; rest.length > 0;) rest = rest.subarray(this.#file.writeSync(rest));
    });
  }

  finish(): void {
    const temporary = this.#temporary;
    if (temporary === undefined) return;
    this.#try(() => {
      this.#file.syncSync();
      Deno.renameSync(temporary, this.#path);
    });
    this.#temporary = undefined;
  }

  [Symbol.dispose](): void {
    this.#file.close();
    if (this.#temporary !== undefined) Deno.removeSync(this.#temporary);
  }

  #try<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw new EngineError(`Cannot ${this.#verb} to "${this.#path}"`, { kind: "system", cause });
    }
  }
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : path.slice(0, slash) || "/";
}

function statusOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  }
}

function invalidPath(path: string, state: string): EngineError {
  return new EngineError(`Cannot write to "${path}": invalid output path: ${state}`, {
    kind: "invalid",
  });
}
