/**
 * Streams through the decompressors of node:zlib.
 *
 * @module
 */

import type { Transform } from "node:stream";
import { corrupt, cutShort } from "./corruption.ts";

/** Bytes decompressed at once, to be given to the decompressor as its `chunkSize`. */
export const PIECE_SIZE = 128 * 1024;

/**
 * Sends a stream through a decompressor of Node's.
 *
 * @param source What goes in; its errors come out.
 * @param transform The decompressor; it is destroyed in the end.
 * @param name The format's name, for the error.
 * @returns What comes out; a piece is gone once the next one is asked for.
 * @throws {EngineError} The decompressor failed: the data is corrupt or cut short (`invalid`).
 */
export async function* pump(
  source: AsyncIterable<Uint8Array>,
  transform: Transform,
  name: string,
): AsyncGenerator<Uint8Array, void> {
  let sourceError: { error: unknown } | undefined;
  const feeding = feed(source, transform).catch((error) => {
    sourceError = { error };
    transform.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  try {
    for await (const piece of transform) {
      yield piece;
      release(piece);
    }
  } catch (cause) {
    if (sourceError !== undefined) throw (sourceError as { error: unknown }).error;
    const isShort = (cause as { code?: string } | undefined)?.code === "Z_BUF_ERROR";
    throw isShort ? cutShort(name) : corrupt(name, cause);
  } finally {
    transform.destroy();
    await feeding;
  }
}

/**
 * Frees a used-up output buffer at once: as garbage, which is collected late, they would make the
 * process twice as large (97 MiB instead of 53 for a layer of 437 MB).
 *
 * A decompressor fills a buffer front to back and drops it when it is full, so one whose end was
 * reached is not looked at again.
 */
function release(piece: Uint8Array<ArrayBuffer>): void {
  const { buffer, byteOffset, byteLength } = piece;
  const isOwn = buffer.byteLength === PIECE_SIZE;
  if (isOwn && byteOffset + byteLength === PIECE_SIZE) buffer.transfer(0);
}

async function feed(source: AsyncIterable<Uint8Array>, transform: Transform): Promise<void> {
  const closed = new Promise<void>((resolve) => transform.once("close", () => resolve()));
  for await (const piece of source) {
    // Until it is used up, so that the source may reuse the piece.
    const written = new Promise<void>((resolve) => transform.write(piece, () => resolve()));
    await Promise.race([written, closed]);
    if (transform.destroyed) return;
  }
  transform.end();
}
