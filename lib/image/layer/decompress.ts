/**
 * Decompressing layers: gzip, zstd or plain tar, told apart by their first bytes.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import { decompressGzip } from "./gzip.ts";
import { decompressZstd } from "./zstd.ts";

/** How a layer is compressed. */
export type Compression = "gzip" | "zstd" | "none";

/** First bytes of what layers may be compressed with, and of what people try. */
const MAGIC: readonly { name: string; bytes: readonly number[] }[] = [
  { name: "gzip", bytes: [0x1f, 0x8b] },
  { name: "zstd", bytes: [0x28, 0xb5, 0x2f, 0xfd] },
  { name: "xz", bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { name: "bzip2", bytes: [0x42, 0x5a, 0x68] },
  { name: "lz4", bytes: [0x04, 0x22, 0x4d, 0x18] },
];
/** As many bytes as show what a stream is: a tar archive says so in its first block. */
const HEAD_SIZE = 512;
/** Where a tar archive says "ustar" (all but those of the 1980s). */
const USTAR_OFFSET = 257;

/** Options of {@linkcode decompress}. */
export interface DecompressOptions {
  /**
   * Bytes decompressed at once. Three times as many are held in memory; more of them make it faster.
   *
   * @default {262144}
   */
  pieceSize?: number | undefined;
}

/**
 * Decompresses a layer as it streams in. What it holds in memory does not grow with the layer.
 *
 * The bytes decide, as registries have layers with wrong media types.
 *
 * @param source The layer's bytes; a piece may be reused once the next one is asked for.
 * @param mediaType The layer's media type, where known.
 * @param options How much memory it may take.
 * @returns The uncompressed bytes; a piece is gone once the next one is asked for.
 * @throws {EngineError} The data is corrupt or cut short, or compressed in another way (`invalid`),
 * or nothing on this machine reads zstd (`unavailable`).
 */
export async function* decompress(
  source: AsyncIterable<Uint8Array>,
  mediaType = "",
  { pieceSize }: DecompressOptions = {},
): AsyncGenerator<Uint8Array, void> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    const head = await readHead(iterator);
    const whole = prepend(head, iterator);
    switch (compressionOf(head, mediaType)) {
      case "gzip":
        return yield* decompressGzip(whole, pieceSize);
      case "zstd":
        return yield* decompressZstd(whole, pieceSize);
      case "none":
        return yield* whole;
    }
  } finally {
    await iterator.return?.();
  }
}

/**
 * Tells how a layer is compressed.
 *
 * @param head Its first 512 bytes, or all of it.
 * @param mediaType Its media type, or nothing.
 * @returns The compression.
 * @throws {EngineError} It is compressed in a way layers may not be, or not in the way its media type
 * says (`invalid`).
 */
export function compressionOf(head: Uint8Array, mediaType: string): Compression {
  const name = MAGIC.find(({ bytes }) => bytes.every((byte, at) => head[at] === byte))?.name ??
    (isSkippableFrame(head) ? "zstd" : "none");
  if (name === "gzip" || name === "zstd") return name;
  if (name !== "none") {
    throw new EngineError(
      `Cannot decompress the layer: it is compressed with ${name}, and only gzip and zstd are read`,
      { kind: "invalid" },
    );
  }
  const claimed = /[+.](gzip|zstd)$/.exec(mediaType)?.[1];
  const ustar = new TextDecoder().decode(head.subarray(USTAR_OFFSET, USTAR_OFFSET + 5));
  if (claimed !== undefined && ustar !== "ustar") {
    throw new EngineError(
      `Cannot decompress the layer: its media type says ${claimed}, but its content is not`,
      { kind: "invalid" },
    );
  }
  return "none";
}

/** zstd streams may begin with a frame that holds no data (RFC 8878, section 3.1.2). */
function isSkippableFrame(head: Uint8Array): boolean {
  return (head[0]! & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18;
}

async function readHead(iterator: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  const head = new Uint8Array(HEAD_SIZE);
  let length = 0;
  while (length < HEAD_SIZE) {
    const result = await iterator.next();
    if (result.done) break;
    if (length + result.value.length > HEAD_SIZE) {
      const first = new Uint8Array(length + result.value.length);
      first.set(head.subarray(0, length));
      first.set(result.value, length);
      return first;
    }
    head.set(result.value, length);
    length += result.value.length;
  }
  return head.subarray(0, length);
}

async function* prepend(
  head: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  if (head.length > 0) yield head;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}
