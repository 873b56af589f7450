/**
 * Cutting a zstd stream into its frames.
 *
 * Deno's decompressor reads one frame, without noticing that it is cut short, and takes what follows
 * for an error. Layers made by `zstd:chunked` have thousands of frames.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1
 *
 * @module
 */

import { corrupt } from "./pump.ts";

/** Magic numbers, as little-endian numbers; skippable frames have sixteen. */
const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
/** A frame's magic number and the byte that describes its header. */
const DESCRIPTION_SIZE = 5;
/** A skippable frame's magic number and its content's size. */
const SKIPPABLE_HEADER_SIZE = 8;
const BLOCK_HEADER_SIZE = 3;
const BLOCK_RLE = 1;
const BLOCK_RESERVED = 3;

/** Walks through one frame and finds its end. */
class FrameScanner {
  /** The header being read, how much of it is, and how much is wanted. */
  readonly #header = new Uint8Array(SKIPPABLE_HEADER_SIZE);
  readonly #view = new DataView(this.#header.buffer);
  #filled = 0;
  #wanted = DESCRIPTION_SIZE;
  #read: () => void = () => this.#readDescription();
  /** Bytes to pass over before the next header. */
  #skip = 0;
  #checksum = 0;
  #isLast = false;

  /** Whether the frame's last byte was passed. */
  get ended(): boolean {
    return this.#isLast && this.#skip === 0;
  }

  /**
   * Walks on.
   *
   * @param chunk Bytes of the stream.
   * @param from Where to begin in them.
   * @returns Where the frame ends in them, or their end.
   */
  scan(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length && !this.ended) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, chunk.length - at);
        this.#skip -= step;
        at += step;
      } else {
        this.#header[this.#filled++] = chunk[at++]!;
        if (this.#filled === this.#wanted) this.#read();
      }
    }
    return at;
  }

  #readDescription(): void {
    const magic = this.#view.getUint32(0, true);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      this.#wanted = SKIPPABLE_HEADER_SIZE;
      this.#read = () => this.#readSkippable();
      return;
    }
    if (magic !== FRAME_MAGIC) throw corrupt("zstd", new Error("no frame begins where one should"));
    const description = this.#header[4]!;
    const isSingleSegment = (description & 0x20) !== 0;
    const dictionaryId = [0, 1, 2, 4][description & 3]!;
    const contentSize = [isSingleSegment ? 1 : 0, 2, 4, 8][description >> 6]!;
    this.#checksum = (description & 4) === 0 ? 0 : 4;
    this.#expectBlock((isSingleSegment ? 0 : 1) + dictionaryId + contentSize);
  }

  #readSkippable(): void {
    this.#skip = this.#view.getUint32(4, true);
    this.#isLast = true;
  }

  #readBlock(): void {
    const header = this.#header[0]! | this.#header[1]! << 8 | this.#header[2]! << 16;
    const type = header >> 1 & 3;
    if (type === BLOCK_RESERVED) throw corrupt("zstd", new Error("a block's type is unknown"));
    this.#isLast = (header & 1) === 1;
    this.#expectBlock((type === BLOCK_RLE ? 1 : header >> 3) + (this.#isLast ? this.#checksum : 0));
  }

  #expectBlock(after: number): void {
    this.#skip = after;
    this.#filled = 0;
    this.#wanted = BLOCK_HEADER_SIZE;
    this.#read = () => this.#readBlock();
  }
}

/** The frames of a zstd stream, each a stream of its bytes. */
export class ZstdFrames {
  readonly #source: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();
  #at = 0;

  /**
   * Starts at a stream's beginning.
   *
   * @param source The stream.
   */
  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /**
   * Tells whether another frame follows; the one before must be read to its end.
   *
   * @returns Whether there is.
   */
  async more(): Promise<boolean> {
    while (this.#at === this.#chunk.length) {
      const next = await this.#source.next();
      if (next.done) return false;
      this.#chunk = next.value;
      this.#at = 0;
    }
    return true;
  }

  /**
   * Reads the next frame.
   *
   * @returns Its bytes.
   * @throws {EngineError} It is cut short, or no frame (`invalid`).
   */
  async *frame(): AsyncGenerator<Uint8Array, void> {
    const scanner = new FrameScanner();
    while (!scanner.ended) {
      if (!await this.more()) throw corrupt("zstd");
      const start = this.#at;
      this.#at = scanner.scan(this.#chunk, start);
      yield this.#chunk.subarray(start, this.#at);
    }
  }
}
