/**
 * Blobs as the registry has them: manifests, configs, compressed layers.
 *
 * A file under a digest's name is complete. Its content is verified when it arrives and again by
 * whoever reads it, for a crash of the whole machine may have cut it.
 *
 * @module
 */

import { sizeOf } from "../../if_present.ts";
import { type Digest, digestAlgorithm, digestOf } from "../spec/digest.ts";
import type { StoreLayout } from "./layout.ts";

// What a crash has left there is of no use.
const MADE_ANEW: Deno.OpenOptions = { write: true, create: true, truncate: true, mode: 0o600 };

/** The blobs of one image store. */
export class BlobStore {
  readonly #layout: StoreLayout;

  /**
   * Opens the blobs of a store.
   *
   * @param layout Where they are.
   */
  constructor(layout: StoreLayout) {
    this.#layout = layout;
  }

  /**
   * Tells whether a blob is there in full length.
   *
   * @param digest Its digest.
   * @param size Its length, in bytes.
   * @returns Whether it is.
   */
  has(digest: Digest, size: number): boolean {
    return sizeOf(this.#layout.blob(digest)) === size;
  }

  /**
   * Reads a small blob.
   *
   * @param digest Its digest.
   * @returns Its content, verified; nothing where it is missing or damaged.
   */
  async read(digest: Digest): Promise<Uint8Array<ArrayBuffer> | undefined> {
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = await Deno.readFile(this.#layout.blob(digest));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
    return await digestOf(bytes, digestAlgorithm(digest)) === digest ? bytes : undefined;
  }

  /**
   * Stores a small blob whose digest was verified; replaces a damaged one.
   *
   * @param digest Its digest.
   * @param bytes Its content.
   */
  put(digest: Digest, bytes: Uint8Array): void {
    const path = this.#layout.blob(digest);
    // The caller's transaction makes this the only writer of small blobs.
    const temporary = `${this.#layout.root}/incoming/small`;
    {
      using file = Deno.openSync(temporary, MADE_ANEW);
      for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
      // Before the rename: a crash of the machine might leave the name with nothing in it.
      file.syncDataSync();
    }
    Deno.renameSync(temporary, path);
  }

  /**
   * Gives a downloaded and verified blob its name.
   *
   * @param digest Its digest; its content is in the incoming file.
   */
  commit(digest: Digest): void {
    Deno.renameSync(this.#layout.incomingBlob(digest), this.#layout.blob(digest));
  }

  /**
   * Deletes a blob that nothing refers to.
   *
   * @param digest Its digest.
   * @returns How many bytes that freed.
   */
  delete(digest: Digest): number {
    const path = this.#layout.blob(digest);
    const size = sizeOf(path);
    if (size === undefined) return 0;
    Deno.removeSync(path);
    return size;
  }
}
