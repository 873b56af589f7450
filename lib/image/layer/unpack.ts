/**
 * From a compressed layer to a directory, verified on the way.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import { syncfs } from "../../../ffi/syncfs.ts";
import { applyLayer } from "./apply.ts";
import { decompress } from "./decompress.ts";
import { keepRoom, roomForLayer } from "./room.ts";
import { tap } from "./tap.ts";

/** Options of {@linkcode unpackLayer}. */
export interface UnpackLayerOptions {
  /** The layer as it is stored or comes in; its own digest is the caller's to verify. */
  compressed: AsyncIterable<Uint8Array>;
  /** The layer's media type, where known. */
  mediaType?: string;
  /** The digest its content must have, `sha256:` and 64 digits, as the image's config states it. */
  expectedDiffId?: string;
  /** Where to: an empty directory, or one that does not exist. */
  directory: string;
  /** What becomes of whiteouts. @default {"overlay"} */
  whiteouts?: "overlay" | "remove";
  /** Waits until all is on the disk, so that a rename afterwards survives a power cut. */
  durable?: boolean;
  /** How many entries there may be; absent, as many as there is room for. */
  maxEntries?: number;
  /** How many bytes the files may have together; absent, as many as there is room for. */
  maxBytes?: number;
  /** Stops the work. */
  signal?: AbortSignal;
  /** Called with the number of compressed bytes used so far. */
  onProgress?: (bytes: number) => void;
}

/** What {@linkcode unpackLayer} unpacked. */
export interface UnpackedLayer {
  /** The digest of the uncompressed archive. */
  diffId: string;
  /** How many entries the archive has. */
  entries: number;
  /** The sizes of its files, added up. */
  bytes: number;
}

/**
 * Unpacks a layer and verifies its content.
 *
 * On failure the directory is left as it is, for the caller to remove.
 *
 * @param options The layer, and where it goes.
 * @returns What it holds.
 * @throws {EngineError} The layer is corrupt, hostile, or another than expected (`invalid`), the
 * kernel refused (`system`), or it cannot be decompressed here (`unavailable`).
 */
export async function unpackLayer(options: UnpackLayerOptions): Promise<UnpackedLayer> {
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  const { compressed, mediaType, directory, signal, onProgress, expectedDiffId } = options;
  const { whiteouts = "overlay" } = options;
  try {
    await Deno.mkdir(directory, { recursive: true });
    // Whatever the umask: users of the container other than root must get in.
    if (whiteouts === "overlay") await Deno.chmod(directory, 0o755);
    const counted = count(compressed, signal, onProgress);
    const tar = tap(decompress(counted, mediaType), (piece) => hash.update(piece));
    const room = roomForLayer(directory);
    const { maxBytes = room.maxBytes, maxEntries = room.maxEntries } = options;
    const applied = await applyLayer(keepRoom(tar, directory), directory, {
      ...{ maxBytes, maxEntries, whiteouts },
      ...(signal !== undefined && { signal }),
    });
    const diffId = `sha256:${hash.digest("hex")}`;
    verify(expectedDiffId, diffId);
    if (options.durable) await syncfs(directory);
    return { diffId, ...applied };
  } catch (error) {
    throw signal?.aborted || expectedDiffId === undefined ? error : named(expectedDiffId, error);
  }
}

function verify(expected: string | undefined, diffId: string): void {
  if (expected === undefined || expected === diffId) return;
  throw new EngineError(`Cannot unpack layer "${expected}": its content has diff ID ${diffId}`, {
    kind: "invalid",
  });
}

/** Says which layer it was, where the error does not. */
function named(diffId: string, error: unknown): unknown {
  if (error instanceof EngineError && !error.message.includes(diffId)) {
    return new EngineError(`Cannot unpack layer "${diffId}"`, { kind: error.kind, cause: error });
  }
  return error;
}

function count(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
  onProgress: ((bytes: number) => void) | undefined,
): AsyncIterable<Uint8Array> {
  let bytes = 0;
  return tap(source, (piece) => {
    signal?.throwIfAborted();
    bytes += piece.length;
    onProgress?.(bytes);
  });
}
