/**
 * Reading an archive of images as it streams in: layers go into the store at once, documents are kept.
 *
 * Archives name their layers before or after they say what those are, so that every layer is taken in
 * as it comes, unpacked and all; the documents then tell which belong together. So an archive is read
 * once, from a pipe as well, and nothing of it is put aside.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import { type Digest, digestOf } from "../spec/digest.ts";
import { type ByteString, showByteString } from "../layer/byte_string.ts";
import { type Compression, compressionOf, decompress } from "../layer/decompress.ts";
import { type TarEntry, TarReader } from "../layer/tar_reader.ts";
import type { ImageStore } from "../store/mod.ts";
import { PendingLayer } from "./pending_layer.ts";

/** The most bytes of one document, and of all of them. */
const LONGEST_DOCUMENT = 8 * 1024 * 1024;
const MOST_DOCUMENTS = 64 * 1024 * 1024;
/** As many bytes as show what a file is. */
const HEAD_SIZE = 512;
/** Where a tar archive says "ustar". */
const USTAR_OFFSET = 257;
/** A file named by its digest (image-spec, "image-layout"). */
const BLOB_PATH = /^blobs\/(sha256|sha512)\/([0-9a-f]+)$/;

/** What an archive of images holds. */
export class ArchiveEntries implements AsyncDisposable {
  /** Small files by their path. */
  readonly documents: Map<ByteString, Uint8Array<ArrayBuffer>> = new Map();
  readonly #layers = new Map<ByteString, PendingLayer>();
  readonly #links = new Map<ByteString, ByteString>();
  #documentBytes = 0;

  /**
   * Finds a layer.
   *
   * @param path Its path in the archive, or that of a link to it.
   * @returns The layer, if there is one.
   */
  layer(path: ByteString): PendingLayer | undefined {
    return this.#layers.get(path) ?? this.#layers.get(this.#links.get(path) ?? "");
  }

  /**
   * Finds a layer by the digest of its blob.
   *
   * @param digest The digest.
   * @returns The layer, if there is one.
   */
  blob(digest: Digest): PendingLayer | undefined {
    return this.layer(`blobs/${digest.replace(":", "/")}`);
  }

  /**
   * Reads an archive to its end.
   *
   * @param store Where layers go; a pull of it goes on.
   * @param source The archive, compressed or not.
   * @param signal Ends the work.
   * @param onLayer Called with the diff ID of each layer that has come.
   * @returns What it holds.
   * @throws {EngineError} `invalid`: it is no archive, cut short, or damaged; `system`: the disk is
   * full, for example. Nothing of it is kept then.
   */
  static async read(
    store: ImageStore,
    source: AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
    onLayer?: (diffId: Digest) => void,
  ): Promise<ArchiveEntries> {
    const entries = new ArchiveEntries();
    const reader = new TarReader(decompress(source));
    try {
      for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
        signal?.throwIfAborted();
        const layer = await entries.#take(store, reader, entry, signal);
        if (layer !== undefined) onLayer?.(layer.diffId);
      }
      return entries;
    } catch (error) {
      await entries[Symbol.asyncDispose]();
      throw error;
    } finally {
      await reader.close();
    }
  }

  /** Removes the layers that were not committed. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const layer of this.#layers.values()) await layer[Symbol.asyncDispose]();
  }

  /** Returns the layer, where the entry is one. */
  async #take(
    store: ImageStore,
    reader: TarReader,
    entry: TarEntry,
    signal: AbortSignal | undefined,
  ): Promise<PendingLayer | undefined> {
    const path = entry.name.replace(/^(?:\.?\/)+/, "");
    if (entry.type === "2") this.#links.set(path, resolve(path, entry.linkName));
    if (entry.type === "1") this.#links.set(path, entry.linkName.replace(/^(?:\.?\/)+/, ""));
    if (entry.type !== "0" || entry.sparse !== undefined) return undefined;
    const head = await readHead(reader);
    if (!isLayer(head, entry.size)) {
      await this.#keep(path, entry.size, concat(head, await this.#rest(reader, path, entry.size)));
      return undefined;
    }
    const compression = compressionOf(head, "");
    const content = contentOf(head, reader);
    const options = { compression, signal };
    const known = knownDiffId(store, path, entry.size);
    const layer = known === undefined
      ? await PendingLayer.receive(store, content, options)
      : await PendingLayer.recognise(store, content, known, options);
    await this.#layers.get(path)?.[Symbol.asyncDispose]();
    this.#layers.set(path, layer);
    checkDigest(path, layer.digest);
    return layer;
  }

  async #rest(reader: TarReader, path: ByteString, size: number): Promise<Uint8Array> {
    if (size > LONGEST_DOCUMENT || this.#documentBytes + size > MOST_DOCUMENTS) {
      throw new EngineError(
        `Cannot load "${showByteString(path)}": it is neither a layer nor a document of at most ` +
          `${LONGEST_DOCUMENT} bytes`,
        { kind: "invalid" },
      );
    }
    this.#documentBytes += size;
    const pieces: Uint8Array[] = [];
    for await (const piece of contentOf(new Uint8Array(), reader)) pieces.push(piece.slice());
    return concat(...pieces);
  }

  async #keep(
    path: ByteString,
    size: number,
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    if (size > 0 && BLOB_PATH.test(path)) checkDigest(path, await digestOf(bytes, algorithm(path)));
    this.documents.set(path, bytes);
  }
}

/** The diff ID of a layer that the store has whole, by what the archive calls it. */
function knownDiffId(store: ImageStore, path: ByteString, size: number): Digest | undefined {
  const [, algorithm, hex] = BLOB_PATH.exec(path) ?? [];
  if (algorithm !== "sha256") return undefined;
  const digest = `${algorithm}:${hex}` as Digest;
  const diffId = store.database.get<{ diffId: Digest }>(
    "SELECT diff_id AS diffId FROM image_layers WHERE blob = ?",
    digest,
  )?.diffId;
  const isThere = diffId !== undefined && store.layers.has(diffId) && store.blobs.has(digest, size);
  return isThere ? diffId : undefined;
}

function algorithm(path: ByteString): "sha256" | "sha512" {
  return BLOB_PATH.exec(path)![1] as "sha256" | "sha512";
}

/** Only files of `blobs` are named by their digest; sha512 of layers is not looked at. */
function checkDigest(path: ByteString, digest: Digest): void {
  const [, algorithm, hex] = BLOB_PATH.exec(path) ?? [];
  if (algorithm !== digest.split(":")[0] || digest.endsWith(`:${hex}`)) return;
  throw new EngineError(`Cannot load "${path}": its content has the digest ${digest}`, {
    kind: "invalid",
  });
}

/** Compressed, a tar archive, or an empty one, which is zeros. Documents are text. */
function isLayer(head: Uint8Array, size: number): boolean {
  if (head.length < HEAD_SIZE && compressed(head) === undefined) return false;
  if (compressed(head) !== undefined) return true;
  const magic = new TextDecoder().decode(head.subarray(USTAR_OFFSET, USTAR_OFFSET + 5));
  return magic === "ustar" || size >= HEAD_SIZE && head.every((byte) => byte === 0);
}

function compressed(head: Uint8Array): Compression | undefined {
  const compression = compressionOf(head, "");
  return compression === "none" ? undefined : compression;
}

async function readHead(reader: TarReader): Promise<Uint8Array> {
  const head = new Uint8Array(HEAD_SIZE);
  let length = 0;
  while (length < HEAD_SIZE) {
    const piece = await reader.read(HEAD_SIZE - length);
    if (piece === undefined) break;
    head.set(piece, length);
    length += piece.length;
  }
  return head.subarray(0, length);
}

async function* contentOf(
  head: Uint8Array,
  reader: TarReader,
): AsyncGenerator<Uint8Array, void> {
  if (head.length > 0) yield head;
  for (let piece = await reader.read(); piece !== undefined; piece = await reader.read()) {
    yield piece;
  }
}

function concat(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Where a link leads, by its text: a path in the archive, which is only ever looked up in a list. */
function resolve(path: ByteString, target: ByteString): ByteString {
  const names = path.split("/").slice(0, -1);
  for (const name of target.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return names.join("/");
}
