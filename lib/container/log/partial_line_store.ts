/**
 * Incomplete lines, kept for whoever goes on with a log after its writer was killed.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";

/** A line of which the end has not come yet. */
export interface PartialLine {
  /** What has come and was not written to the log. */
  text: Uint8Array;
  /** The time of its first record, where it was so long that part of it was written. */
  time?: string | undefined;
  /** How many bytes before it could not be written, and the log does not say so yet. */
  missing?: number | undefined;
}

/** What stands in front of the texts, in one line of JSON. */
interface Header {
  /** The log's size when this was saved: it has no other size unless this is out of date. */
  logSize: number;
  stdout: { length: number; time?: string | undefined; missing?: number | undefined };
  stderr: { length: number; time?: string | undefined; missing?: number | undefined };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const NEWLINE = 0x0a;
const FILE_MODE = 0o600;
const NONE: PartialLine = { text: new Uint8Array() };

/** A file of incomplete lines, in memory rather than on disk. */
export class PartialLineStore {
  readonly #path: string;
  readonly #lines: { stdout: PartialLine; stderr: PartialLine } = { stdout: NONE, stderr: NONE };
  #file: Deno.FsFile | undefined;
  #isEmpty = true;

  /**
   * Refers to a file; it is created when there is something to keep.
   *
   * @param path The file.
   */
  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Reads what was kept.
   *
   * @param logSize The log's size in bytes, which tells whether it is up to date.
   * @returns The lines; nothing where there is nothing to go on with.
   */
  restore(logSize: number): Record<"stdout" | "stderr", PartialLine> | undefined {
    const bytes = readIfPresent(this.#path);
    const end = bytes.indexOf(NEWLINE);
    const header = parseHeader(bytes.subarray(0, Math.max(end, 0)));
    if (header?.logSize !== logSize) return undefined;
    const { stderr, stdout } = header;
    const middle = end + 1 + stdout.length;
    if (bytes.length < middle + stderr.length) return undefined;
    this.#isEmpty = false;
    this.#lines.stdout = { ...stdout, text: bytes.slice(end + 1, middle) };
    this.#lines.stderr = { ...stderr, text: bytes.slice(middle, middle + stderr.length) };
    return { ...this.#lines };
  }

  /**
   * Keeps a stream's incomplete line.
   *
   * @param stream The stream.
   * @param line The line; not changed any more.
   * @param logSize The log's size in bytes.
   * @throws {EngineError} `system`: there is no room for it, say.
   */
  save(
    stream: "stdout" | "stderr",
    { missing, text, time }: PartialLine,
    logSize: number,
  ): void {
    this.#lines[stream] = { text, time, ...missing && { missing } };
    const { stderr, stdout } = this.#lines;
    const isEmpty = [stdout, stderr].every((line) =>
      line.text.length === 0 && !line.time && !line.missing
    );
    // Nothing is out of date as well as it is empty: the log has grown.
    if (isEmpty && this.#isEmpty) return;
    this.#isEmpty = isEmpty;
    const header: Header = {
      logSize,
      stdout: { length: stdout.text.length, time: stdout.time, missing: stdout.missing },
      stderr: { length: stderr.text.length, time: stderr.time, missing: stderr.missing },
    };
    try {
      this.#write([encoder.encode(`${JSON.stringify(header)}\n`), stdout.text, stderr.text]);
    } catch (error) {
      throw new EngineError(`Cannot keep incomplete lines in "${this.#path}"`, {
        kind: "system",
        cause: error,
      });
    }
  }

  /** Closes the file. */
  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  /** One call, so that there is hardly a moment to be killed at; an old end may stay behind it. */
  #write(parts: readonly Uint8Array[]): void {
    const content = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
    parts.reduce((at, part) => (content.set(part, at), at + part.length), 0);
    this.#file ??= Deno.openSync(this.#path, { write: true, create: true, mode: FILE_MODE });
    this.#file.seekSync(0, Deno.SeekMode.Start);
    for (let at = 0; at < content.length;) at += this.#file.writeSync(content.subarray(at));
  }
}

function readIfPresent(path: string): Uint8Array {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return NONE.text;
    throw error;
  }
}

function parseHeader(bytes: Uint8Array): Header | undefined {
  try {
    return JSON.parse(decoder.decode(bytes)) as Header;
  } catch (error) {
    // Empty, or its writer was killed half-way.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
