/**
 * Decompressing gzip: by the system's library on another thread, or by node:zlib where there is none.
 *
 * @module
 */

import { GzipInflater } from "../../../ffi/zlib.ts";
import { decodeAhead, type Decoder, type DecoderStep } from "./decode_ahead.ts";
import { PIECE_SIZE, pump } from "./pump.ts";

/**
 * Decompresses a gzip stream, of one member or several.
 *
 * @param source The compressed bytes.
 * @param pieceSize Bytes decompressed at once, where the system's library does it.
 * @returns The uncompressed bytes; a piece is gone once the next one is asked for.
 * @throws {EngineError} The data is corrupt or cut short (`invalid`).
 */
export async function* decompressGzip(
  source: AsyncIterable<Uint8Array>,
  pieceSize?: number,
): AsyncGenerator<Uint8Array, void> {
  const inflater = GzipInflater.open();
  if (inflater === undefined) return yield* decompressByNode(source);
  yield* decodeAhead(source, new GzipDecoder(inflater), { name: "gzip", pieceSize });
}

/**
 * Decompresses a gzip stream by node:zlib, on the main thread.
 *
 * @param source The compressed bytes.
 * @returns The uncompressed bytes; a piece is gone once the next one is asked for.
 * @throws {EngineError} The data is corrupt or cut short (`invalid`).
 */
export async function* decompressByNode(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  const { createGunzip } = await import("node:zlib");
  yield* pump(source, createGunzip({ chunkSize: PIECE_SIZE }), "gzip");
}

const NOTHING: DecoderStep = { consumed: 0, produced: 0 };

/** Reads member after member; zeros after one are padding, which ends the stream (as in gzip(1)). */
class GzipDecoder implements Decoder {
  readonly #inflater: GzipInflater;

  constructor(inflater: GzipInflater) {
    this.#inflater = inflater;
  }

  get isComplete(): boolean {
    return this.#inflater.isAtEnd;
  }

  decode(
    input: Uint8Array<ArrayBuffer>,
    output: Uint8Array<ArrayBuffer>,
  ): Promise<DecoderStep> {
    if (this.#inflater.isAtEnd) {
      if (input.length === 0 || input[0] === 0) return Promise.resolve(NOTHING);
      this.#inflater.nextMember();
    }
    return this.#inflater.inflate(input, output);
  }

  [Symbol.dispose](): void {
    this.#inflater[Symbol.dispose]();
  }
}
