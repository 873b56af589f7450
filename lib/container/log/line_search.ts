/**
 * Looking for the ends of lines from the end of a file.
 *
 * @module
 */

const NEWLINE = 0x0a;
const BLOCK_SIZE = 64 << 10;

/**
 * Finds the end of the last complete line.
 *
 * @param file The file; its position changes.
 * @param size How much of it to look at, in bytes.
 * @returns How many bytes complete lines take.
 */
export function lastLineEnd(file: Deno.FsFile, size: number): number {
  return new LineSearch(file, size).previous() ?? 0;
}

/** Goes through the newlines of a file from its end. */
export class LineSearch {
  readonly #file: Deno.FsFile;
  readonly #block = new Uint8Array(BLOCK_SIZE);
  /** Where in the file the block begins. */
  #start: number;
  /** How much of the block has not been looked at. */
  #left = 0;

  /**
   * Begins at the end.
   *
   * @param file The file; its position changes.
   * @param size How much of it to look at, in bytes.
   */
  constructor(file: Deno.FsFile, size: number) {
    this.#file = file;
    this.#start = size;
  }

  /**
   * Finds the newline before the last one found.
   *
   * @returns How many bytes there are up to it, itself included; nothing where there is none.
   */
  previous(): number | undefined {
    while (true) {
      const at = this.#left === 0 ? -1 : this.#block.lastIndexOf(NEWLINE, this.#left - 1);
      if (at !== -1) {
        this.#left = at;
        return this.#start + at + 1;
      }
      if (this.#start === 0) return undefined;
      this.#readBefore();
    }
  }

  #readBefore(): void {
    const length = Math.min(BLOCK_SIZE, this.#start);
    this.#start -= length;
    this.#file.seekSync(this.#start, Deno.SeekMode.Start);
    for (this.#left = 0; this.#left < length;) {
      const count = this.#file.readSync(this.#block.subarray(this.#left, length));
      // The file was cut meanwhile: there is nothing to find there.
      if (count === null) break;
      this.#left += count;
    }
  }
}
