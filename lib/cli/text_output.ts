/**
 * Writing text to standard output and error without losing any of it.
 *
 * @module
 */

/** Something that takes bytes and says how many it took, as `Deno.stdout` does. */
export interface ByteSink {
  /**
   * Takes bytes.
   *
   * @param bytes What to take.
   * @returns How many were taken, at least one.
   */
  writeSync(bytes: Uint8Array): number;
  /**
   * Tells whether a person may be reading.
   *
   * @returns Whether it is a terminal.
   */
  isTerminal(): boolean;
}

/** Where commands print. */
export interface TextOutput {
  /**
   * Writes all of a text or of bytes.
   *
   * @param content What to write.
   * @throws {BrokenPipeError} No one reads any more.
   */
  write(content: string | Uint8Array): void;
  /**
   * Writes a text and a line feed.
   *
   * @param text The line; empty for an empty line.
   * @throws {BrokenPipeError} No one reads any more.
   */
  line(text?: string): void;
  /**
   * Tells whether a person may be reading.
   *
   * @returns Whether it is a terminal.
   */
  isTerminal(): boolean;
}

/**
 * The reader of an output has gone, as in `tsd ps | head -1`. The program ends quietly with status
 * 141 then, which is what a shell reports for death by SIGPIPE.
 */
export class BrokenPipeError extends Error {
  /** The class's name, as `Error.prototype.name` is. */
  override readonly name: string = "BrokenPipeError";
}

const encoder = new TextEncoder();
/** How long to leave a full non-blocking output alone before trying again, in milliseconds. */
const FULL_OUTPUT_PAUSE = 1;

/**
 * Makes an output of a sink such as `Deno.stdout`.
 *
 * @param sink Where the bytes go.
 * @returns The output; nothing is buffered.
 */
export function createTextOutput(sink: ByteSink): TextOutput {
  const write = (content: string | Uint8Array): void => {
    let rest = typeof content === "string" ? encoder.encode(content) : content;
    while (rest.length > 0) rest = rest.subarray(writeSome(sink, rest));
  };
  return {
    write,
    line: (text = "") => write(`${text}\n`),
    isTerminal: () => sink.isTerminal(),
  };
}

function writeSome(sink: ByteSink, bytes: Uint8Array): number {
  try {
    return sink.writeSync(bytes);
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) {
      throw new BrokenPipeError("Cannot write: the reader has gone", { cause: error });
    }
    // Another process that shares the descriptor may have made it non-blocking. Nothing tells when
    // there is room again without a poll(2), so the reader is given a moment.
    if (error instanceof Deno.errors.WouldBlock) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_OUTPUT_PAUSE);
      return 0;
    }
    if (error instanceof Deno.errors.Interrupted) return 0;
    throw error;
  }
}
