/**
 * Decompressing on a second core: while the main thread hashes and unpacks one piece, a thread of the
 * runtime's pool decompresses the next.
 *
 * @module
 */

import { corrupt, cutShort } from "./corruption.ts";
import { ReadAhead } from "./read_ahead.ts";

/** Bytes decompressed at once, unless somebody wants more. */
const PIECE_SIZE = 256 * 1024;

/** Options of {@linkcode decodeAhead}. */
export interface DecodeAheadOptions {
  /** The format's name, for the errors. */
  name: string;
  /**
   * Bytes decompressed at once. Three times as many are held in memory; the more there are, the less
   * often one thread has to wait until another one wakes up.
   *
   * @default {262144}
   */
  pieceSize?: number | undefined;
}

/** Decompresses a stream piece by piece on another thread. */
export interface Decoder extends Disposable {
  /** Whether the stream may end here. */
  readonly isComplete: boolean;
  /**
   * Decompresses some more. Neither array is touched by others until it is done.
   *
   * @param input What comes next; empty when only what is held back is wanted.
   * @param output Where to, at least a byte.
   * @returns How many bytes were taken and given; none of some input where the stream is over and
   * something else follows.
   * @throws {Error} The data is corrupt.
   */
  decode(input: Uint8Array<ArrayBuffer>, output: Uint8Array<ArrayBuffer>): Promise<DecoderStep>;
}

/** What {@linkcode Decoder.decode} did. */
export interface DecoderStep {
  /** How many bytes of the input were used up. */
  consumed: number;
  /** How many bytes of the output were written. */
  produced: number;
}

/**
 * Decompresses a stream, one piece ahead of what is asked for.
 *
 * @param source The compressed bytes.
 * @param decoder What decompresses them; it is disposed of in the end.
 * @param options The format's name; how much memory it may take.
 * @returns The uncompressed bytes; a piece is gone once the next one is asked for.
 * @throws {EngineError} The data is corrupt or cut short (`invalid`).
 * @throws What the source threw.
 */
export async function* decodeAhead(
  source: AsyncIterable<Uint8Array>,
  decoder: Decoder,
  { name, pieceSize = PIECE_SIZE }: DecodeAheadOptions,
): AsyncGenerator<Uint8Array, void> {
  const input = new ReadAhead(source, pieceSize / 2);
  const pieces = new PieceDecoder(input, decoder, name);
  let current = new Uint8Array(pieceSize);
  let next = new Uint8Array(pieceSize);
  let decoding = pieces.fill(next);
  try {
    for (let length = await decoding; length > 0; length = await decoding) {
      [current, next] = [next, current];
      decoding = pieces.fill(next);
      decoding.catch(() => {}); // It is awaited later, but may fail before that.
      yield current.subarray(0, length);
    }
  } finally {
    // The other thread may still be at work on the buffers when the consumer has had enough.
    await Promise.allSettled([input.close(), decoding]);
    decoder[Symbol.dispose]();
    input.release();
    current.buffer.transfer(0);
    next.buffer.transfer(0);
  }
}

/** Fills buffers with what a stream decompresses to, one at a time. */
class PieceDecoder {
  readonly #source: ReadAhead;
  readonly #decoder: Decoder;
  readonly #name: string;
  #input: Uint8Array<ArrayBuffer> = new Uint8Array();
  /** Whether the decoder may hold back what did not fit in the buffer before. */
  #mayHold = false;
  #isOver = false;

  constructor(source: ReadAhead, decoder: Decoder, name: string) {
    this.#source = source;
    this.#decoder = decoder;
    this.#name = name;
  }

  /** Returns how much there was; less than fits only at the end. */
  async fill(output: Uint8Array<ArrayBuffer>): Promise<number> {
    let length = 0;
    while (length < output.length) {
      if (this.#input.length === 0 && !this.#mayHold) await this.#refill();
      if (this.#isOver) break;
      const step = await this.#decode(output.subarray(length));
      if (step.consumed === 0 && step.produced === 0 && this.#input.length > 0) this.#isOver = true;
      this.#input = this.#input.subarray(step.consumed);
      length += step.produced;
      this.#mayHold = length === output.length;
    }
    return length;
  }

  async #refill(): Promise<void> {
    const input = await this.#source.take();
    if (input !== undefined) {
      this.#input = input;
    } else {
      this.#isOver = true;
      if (!this.#decoder.isComplete) throw cutShort(this.#name);
    }
  }

  async #decode(output: Uint8Array<ArrayBuffer>): Promise<DecoderStep> {
    try {
      return await this.#decoder.decode(this.#input, output);
    } catch (cause) {
      throw corrupt(this.#name, cause);
    }
  }
}
