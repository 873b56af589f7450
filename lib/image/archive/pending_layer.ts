/**
 * A layer on its way into the store: its blob and its files, under names nobody looks for.
 *
 * @module
 */

import { close, open, OpenFlag, writeAll } from "../../../ffi/fd.ts";
import { removeTree } from "../../state/mod.ts";
import { createHasher, type Digest } from "../spec/digest.ts";
import type { ImageLayer } from "../records/record.ts";
import { applyLayer } from "../layer/apply.ts";
import { type Compression, decompress } from "../layer/decompress.ts";
import { keepRoom, roomForLayer } from "../layer/room.ts";
import { tap } from "../layer/tap.ts";
import { MediaType } from "../spec/media_type.ts";
import { FileLock, type ImageStore } from "../store/mod.ts";

const MEDIA_TYPE: Readonly<Record<Compression, string>> = {
  none: MediaType.ociLayer,
  gzip: MediaType.ociLayerGzip,
  zstd: MediaType.ociLayerZstd,
};

/** Bytes decompressed at once: many, as layers are received one after the other. */
const PIECE_SIZE = 1024 * 1024;

/** Options of {@linkcode PendingLayer.receive}. */
export interface ReceiveLayerOptions {
  /** How the layer is compressed. @default {"none"} */
  compression?: Compression;
  /** Ends the work. */
  signal?: AbortSignal | undefined;
}

/** A layer that is complete, but has no name yet; disposing it removes what was not committed. */
export class PendingLayer implements AsyncDisposable {
  readonly #store: ImageStore;
  readonly #mark: string;
  readonly #compression: Compression;
  #isKnown = false;
  #digest = "" as Digest;
  #diffId = "" as Digest;
  #size = 0;
  #entries = 0;
  #bytes = 0;

  private constructor(store: ImageStore, compression: Compression) {
    this.#store = store;
    this.#compression = compression;
    this.#mark = `${store.layout.incoming}/new-${crypto.randomUUID()}`;
  }

  /**
   * Stores a stream as a blob, and unpacks it at the same time.
   *
   * To be called while a pull of the store goes on, which keeps others from taking it for a leftover.
   *
   * @param store The store.
   * @param source The layer; pieces may be reused once the next one is asked for.
   * @param options How it is compressed.
   * @returns The layer.
   * @throws {EngineError} `invalid`: the layer is corrupt or hostile; `system`: the disk is full, for
   * example. Nothing of it is kept then.
   */
  static async receive(
    store: ImageStore,
    source: AsyncIterable<Uint8Array>,
    options: ReceiveLayerOptions = {},
  ): Promise<PendingLayer> {
    const layer = new PendingLayer(store, options.compression ?? "none");
    try {
      await layer.#receive(source, options.signal);
      return layer;
    } catch (error) {
      await layer[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * Reads a stream that should be a layer of the store, and stores nothing.
   *
   * To be called while a pull of the store goes on.
   *
   * @param store The store, which has the layer.
   * @param source The layer.
   * @param known The diff ID of the layer that it should be.
   * @param options How it is compressed.
   * @returns The layer; whether it is that one, its digest tells.
   */
  static async recognise(
    store: ImageStore,
    source: AsyncIterable<Uint8Array>,
    known: Digest,
    options: ReceiveLayerOptions = {},
  ): Promise<PendingLayer> {
    const layer = new PendingLayer(store, options.compression ?? "none");
    const digests = await createHasher();
    for await (const piece of source) {
      options.signal?.throwIfAborted();
      digests.update(piece);
      layer.#size += piece.length;
    }
    [layer.#isKnown, layer.#digest, layer.#diffId] = [true, digests.digest(), known];
    return layer;
  }

  /** Digest of the blob. */
  get digest(): Digest {
    return this.#digest;
  }

  /** Digest of the uncompressed archive. */
  get diffId(): Digest {
    return this.#diffId;
  }

  /** Bytes of the blob. */
  get size(): number {
    return this.#size;
  }

  /** How many entries the archive has; nobody counts those of a layer that is known. */
  get entries(): number {
    return this.#entries;
  }

  /**
   * Gives the blob and the files their names, unless somebody was faster: with the same content, to
   * the byte.
   *
   * @returns The layer, as an image has it.
   */
  async commit(): Promise<ImageLayer> {
    const { blobs, layers, layout } = this.#store;
    const [digest, diffId, size] = [this.#digest, this.#diffId, this.#size];
    const layer = {
      diffId,
      descriptor: { mediaType: MEDIA_TYPE[this.#compression], digest, size },
    };
    // Whoever records the image looks whether it is there.
    if (this.#isKnown) return layer;
    using _layer = await FileLock.acquire(layout.lock("layer", diffId), "alone");
    using _blob = await FileLock.acquire(layout.lock("blob", digest), "alone");
    if (!blobs.has(digest, size)) {
      await Deno.rename(`${this.#mark}.blob`, layout.incomingBlob(digest));
      blobs.commit(digest);
    }
    if (!layers.has(diffId)) {
      await removeTree(layout.incomingLayer(diffId));
      await Deno.rename(this.#mark, layout.incomingLayer(diffId));
      layers.commit(diffId, this.#bytes);
    }
    return layer;
  }

  /** Removes what was not committed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await removeTree(this.#mark);
    await removeTree(`${this.#mark}.blob`);
  }

  async #receive(
    source: AsyncIterable<Uint8Array>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    this.#store.makeLayerDirectory(this.#mark);
    const [digests, diffIds] = [await createHasher(), await createHasher()];
    const fd = open(`${this.#mark}.blob`, OpenFlag.WRONLY | OpenFlag.CREAT | OpenFlag.EXCL, 0o600);
    try {
      const blob = new SharedSource(source, (piece) => {
        signal?.throwIfAborted();
        digests.update(piece);
        writeAll(fd, piece as Uint8Array<ArrayBuffer>);
        this.#size += piece.length;
      });
      // An archive that is not compressed may begin as a compressed one does: with its first name.
      const tar = this.#compression === "none"
        ? blob.pieces()
        : tap(decompress(blob.pieces(), "", { pieceSize: PIECE_SIZE }), (piece) =>
          diffIds.update(piece));
      const applied = await applyLayer(keepRoom(tar, this.#mark), this.#mark, {
        whiteouts: "overlay",
        ...roomForLayer(this.#mark),
        ...signal !== undefined && { signal },
      });
      [this.#entries, this.#bytes] = [applied.entries, applied.bytes];
      // Padding after the end of the compressed data: part of the digest, of no interest otherwise.
      for await (const _ of blob.pieces());
    } finally {
      close(fd);
    }
    this.#digest = digests.digest();
    this.#diffId = this.#compression === "none" ? this.#digest : diffIds.digest();
  }
}

/** A stream that may be left half-read, and read on. */
class SharedSource {
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #see: (piece: Uint8Array) => void;

  constructor(source: AsyncIterable<Uint8Array>, see: (piece: Uint8Array) => void) {
    this.#iterator = source[Symbol.asyncIterator]();
    this.#see = see;
  }

  async *pieces(): AsyncGenerator<Uint8Array, void> {
    for (let next = await this.#iterator.next(); !next.done; next = await this.#iterator.next()) {
      this.#see(next.value);
      yield next.value;
    }
  }
}
