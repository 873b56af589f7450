/**
 * A layer made on this machine, into the store: its archive as a blob, and unpacked.
 *
 * @module
 */

import { close, open, OpenFlag, writeAll } from "../../../ffi/fd.ts";
import { removeTree } from "../../state/mod.ts";
import { createHasher, type Digest } from "../digest.ts";
import type { ImageLayer } from "../image_record.ts";
import { applyLayer } from "../layer/apply.ts";
import { MediaType } from "../media_type.ts";
import { FileLock, type ImageStore } from "../store/mod.ts";

/** Options of {@linkcode storeNewLayer}. */
export interface NewLayerOptions {
  /** Ends the work. */
  signal?: AbortSignal | undefined;
}

/**
 * Stores the layer of an archive; to be called between the beginning and the end of a pull of the
 * store, which keeps others from taking it for a leftover.
 *
 * The archive is kept as it is, not compressed: its digest is its diff ID, and nobody waits for a
 * compression that only matters once the image goes over a network.
 *
 * @param store The store.
 * @param tar The archive, not compressed; pieces may be reused once the next one is asked for.
 * @param options What ends it.
 * @returns The layer; nothing where the archive is empty, as a layer of nothing is none.
 * @throws {EngineError} `invalid`: the archive is corrupt or hostile; `system`: the disk is full, for
 * example. Nothing of it is kept then.
 */
export async function storeNewLayer(
  store: ImageStore,
  tar: AsyncIterable<Uint8Array>,
  { signal }: NewLayerOptions = {},
): Promise<ImageLayer | undefined> {
  const mark = `${store.layout.incoming}/new-${crypto.randomUUID()}`;
  const [blob, directory] = [`${mark}.tar`, mark];
  try {
    await Deno.mkdir(directory, { mode: 0o755 });
    await Deno.chmod(directory, 0o755);
    const written = await writeBlob(
      blob,
      tar,
      async (copied) =>
        await applyLayer(copied, directory, {
          whiteouts: "overlay",
          ...signal !== undefined && { signal },
        }),
    );
    if (written.result.entries === 0) return undefined;
    return await commitLayer(store, { blob, directory }, { ...written, ...written.result });
  } finally {
    await removeTree(directory);
    await removeTree(blob);
  }
}

interface Written<T> {
  digest: Digest;
  size: number;
  result: T;
}

/** Writes a stream to a file while somebody else uses it. */
async function writeBlob<T>(
  path: string,
  source: AsyncIterable<Uint8Array>,
  use: (copied: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<Written<T>> {
  const hasher = await createHasher();
  let size = 0;
  const fd = open(path, OpenFlag.WRONLY | OpenFlag.CREAT | OpenFlag.EXCL, 0o600);
  const copy = async function* () {
    for await (const piece of source) {
      hasher.update(piece);
      writeAll(fd, piece as Uint8Array<ArrayBuffer>);
      size += piece.length;
      yield piece;
    }
  };
  try {
    const result = await use(copy());
    return { result, digest: hasher.digest(), size };
  } finally {
    close(fd);
  }
}

/** Gives both their names, unless somebody was faster: with the same content, to the byte. */
async function commitLayer(
  { blobs, layers, layout }: ImageStore,
  made: { blob: string; directory: string },
  { digest, size, bytes }: { digest: Digest; size: number; bytes: number },
): Promise<ImageLayer> {
  using _layer = await FileLock.acquire(layout.lock("layer", digest), "alone");
  using _blob = await FileLock.acquire(layout.lock("blob", digest), "alone");
  if (!blobs.has(digest, size)) {
    await Deno.rename(made.blob, layout.incomingBlob(digest));
    blobs.commit(digest);
  }
  if (!layers.has(digest)) {
    await removeTree(layout.incomingLayer(digest));
    await Deno.rename(made.directory, layout.incomingLayer(digest));
    layers.commit(digest, bytes);
  }
  return { diffId: digest, descriptor: { mediaType: MediaType.ociLayer, digest, size } };
}
