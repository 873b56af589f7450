/**
 * Making records of many lines at a time, with vector instructions.
 *
 * Nearly all that containers write are lines of ASCII. JavaScript takes some 3 ns for each byte of
 * these; the function in `_line_records_code.ts` looks at 16 bytes at once and takes half of one. It
 * passes lines on for as long as it can, and leaves the others to the writer: those with bytes that
 * are not ASCII, those that are too long for one record, and what is behind the last newline.
 *
 * ```text
 * 0           for each ASCII character that does not stand for itself what stands for it, 8 bytes
 *             each, of which the last one is the length
 * TAIL        what ends a record
 * INPUT       lines
 * OUTPUT      records
 * ```
 *
 * @module
 */

import { LINE_RECORDS_CODE } from "./_line_records_code.ts";
import { ASCII_ESCAPES, LONGEST_ESCAPE } from "./json_text.ts";

/** How many bytes of text one record holds at most. */
export const LONGEST_TEXT = 16 << 10;
/** How many bytes are made into records at a time, besides the beginning of their first line. */
export const CHUNK_SIZE = 128 << 10;
/** What every record begins with; it stands in the code, too. */
export const RECORD_HEAD: Uint8Array = new TextEncoder().encode('{"log":"');

// Bytes are copied 16 at a time, so that up to 15 behind the last one are written to as well.
const SLACK = 16;
const ESCAPE_SIZE = 8;
const TAIL = 1 << 10;
const INPUT = 4 << 10;
const OUTPUT = 160 << 10;
const OUTPUT_SIZE = 512 << 10;
const LONGEST_TAIL = INPUT - TAIL - SLACK;
/** Above this there may be no room for one more record of the code's. */
const FULL = OUTPUT_SIZE - RECORD_HEAD.length - LONGEST_TEXT * LONGEST_ESCAPE - LONGEST_TAIL -
  SLACK;

/** What the code exports. */
interface Exports {
  memory: WebAssembly.Memory;
  /** Where in `OUTPUT` the last complete record ends. */
  written: WebAssembly.Global;
  /** Gives the beginning of the first line it did not pass on. */
  addLines(from: number, to: number, out: number, full: number, tailEnd: number): number;
}

/** Room for lines and the records made of them. */
export class LineRecords {
  readonly #exports: Exports;
  readonly #memory: Uint8Array<ArrayBuffer>;
  #tail: Uint8Array | undefined;
  /** Where records go. */
  readonly output: Uint8Array<ArrayBuffer>;
  /** How many bytes of {@linkcode output} may be taken for there to be room for one more record. */
  readonly full = FULL;

  /** Compiles the code, which takes less than a millisecond. */
  constructor() {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(LINE_RECORDS_CODE));
    this.#exports = exports as unknown as Exports;
    this.#memory = new Uint8Array(this.#exports.memory.buffer as ArrayBuffer);
    this.output = this.#memory.subarray(OUTPUT, OUTPUT + OUTPUT_SIZE);
    ASCII_ESCAPES.forEach((escape, code) => {
      if (!escape) return;
      this.#memory.set(escape, code * ESCAPE_SIZE);
      this.#memory[code * ESCAPE_SIZE + ESCAPE_SIZE - 1] = escape.length;
    });
  }

  /**
   * Takes what records are to be made of.
   *
   * @param begun The beginning of the first line, less than {@linkcode LONGEST_TEXT} bytes.
   * @param bytes What follows it, at most {@linkcode CHUNK_SIZE} bytes.
   * @returns Both, one behind the other, until this is called again.
   */
  load(begun: Uint8Array, bytes: Uint8Array): Uint8Array {
    this.#memory.set(begun, INPUT);
    this.#memory.set(bytes, INPUT + begun.length);
    return this.#memory.subarray(INPUT, INPUT + begun.length + bytes.length);
  }

  /**
   * Makes records of lines, for as long as nothing about them is out of the ordinary.
   *
   * @param from Where in what was loaded a line begins.
   * @param to Where that ends.
   * @param tail What ends each record, not to be changed any more.
   * @param at Where in {@linkcode output} they go.
   * @param enough After how many bytes in there it ends, at most {@linkcode full}.
   * @returns Where the first line begins that is left, and where the records end.
   */
  add(
    from: number,
    to: number,
    tail: Uint8Array,
    at: number,
    enough: number,
  ): { from: number; at: number } {
    if (tail.length > LONGEST_TAIL) return { from, at };
    if (this.#tail !== tail) this.#memory.set(tail, TAIL);
    this.#tail = tail;
    const { addLines, written } = this.#exports;
    const left = addLines(
      INPUT + from,
      INPUT + to,
      OUTPUT + at,
      OUTPUT + enough,
      TAIL + tail.length,
    );
    return { from: left - INPUT, at: written.value - OUTPUT };
  }
}
