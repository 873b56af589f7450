/**
 * Reading the records of one file of a log.
 *
 * @module
 */

import { LineSearch } from "./line_search.ts";
import { type LogRecord, readRecord } from "./record.ts";

const NEWLINE = 0x0a;
const SMALLEST_BLOCK = 64 << 10;
// Larger ones are no quicker: so many records at a time are more than V8's young generation holds.
const LARGE_BLOCK = 256 << 10;
// A record takes 100 KiB at most, and its attributes; what is longer is none.
const LONGEST_LINE = 16 << 20;

/** An open file of a log. */
export class LogFileReader implements Disposable {
  readonly #file: Deno.FsFile;
  /** Tells the file from others, whatever its name is. */
  readonly inode: number;
  /** Where the next record begins. */
  #position: number;
  /** Where the file is read next unless it is told otherwise; negative where that is not known. */
  #filePosition = 0;
  #blockSize = SMALLEST_BLOCK;

  private constructor(file: Deno.FsFile, inode: number, position: number) {
    this.#file = file;
    this.inode = inode;
    this.#position = position;
  }

  /**
   * Opens a file.
   *
   * @param path The file.
   * @returns The open file; nothing where there is none.
   */
  static async open(path: string): Promise<LogFileReader | undefined> {
    try {
      const file = await Deno.open(path);
      return new LogFileReader(file, (await file.stat()).ino!, 0);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  /**
   * Goes to the last records.
   *
   * @param count How many.
   * @returns How many there are, at most `count`.
   */
  seekFromEnd(count: number): number {
    const search = new LineSearch(this.#file, this.#file.statSync().size);
    // What comes after the last newline is no record yet.
    let start = search.previous();
    let found = 0;
    for (; found < count && start; found++) start = search.previous();
    this.#position = start ?? 0;
    this.#filePosition = -1;
    return found;
  }

  /**
   * Reads on.
   *
   * @returns Some records, in their order; nothing where there is no further complete line for now.
   */
  async next(): Promise<LogRecord[] | undefined> {
    while (true) {
      const block = await this.#readBlock();
      const isFull = block.length === this.#blockSize;
      const records: LogRecord[] = [];
      const end = readRecords(block, records);
      this.#position += end;
      if (!isFull) this.#blockSize = SMALLEST_BLOCK;
      else if (end === 0) this.#blockSize *= 2;
      else this.#blockSize = Math.max(this.#blockSize, LARGE_BLOCK);
      if (records.length > 0) return records;
      // What follows the last newline is read again once its end was written: its writer may have
      // been killed in the middle, and whoever comes next removes it.
      if (!isFull || this.#blockSize > LONGEST_LINE) return undefined;
    }
  }

  /**
   * Begins anew where the file was emptied, as Docker does with its only one.
   *
   * @returns Whether that was so.
   */
  async rewindIfTruncated(): Promise<boolean> {
    if ((await this.#file.stat()).size >= this.#position) return false;
    this.#position = 0;
    return true;
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }

  async #readBlock(): Promise<Uint8Array> {
    // A new one each time: the records refer to it.
    const block = new Uint8Array(this.#blockSize);
    if (this.#filePosition !== this.#position) {
      await this.#file.seek(this.#position, Deno.SeekMode.Start);
    }
    // Once: between two reads a broken end could be replaced, of which the first saw a part.
    const length = await this.#file.read(block) ?? 0;
    this.#filePosition = this.#position + length;
    return block.subarray(0, length);
  }
}

/** Reads the complete lines of a block; tells where they end. */
function readRecords(block: Uint8Array, records: LogRecord[]): number {
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  let at = 0;
  for (let end; (end = block.indexOf(NEWLINE, at)) !== -1; at = end + 1) {
    const record = readRecord(block, view, at, end);
    if (record) records.push(record);
  }
  return at;
}
