/**
 * Where the image store keeps what, below `TSD_ROOT`.
 *
 * ```
 * blobs/ALGORITHM/HEX     manifests, configs, compressed layers: complete and verified
 * layers/HEX/             an unpacked layer by its diff ID; only those with a row in `layers` count
 * shifted/KEY/HEX/        a copy of a layer with the owners of a user namespace, complete
 * incoming/shifted-KEY-HEX/  one that is not
 * incoming/blob-HEX       a download that is not complete, guarded by the lock of the same name
 * incoming/layer-HEX/     a layer that is being unpacked, likewise
 * incoming/nearby/        where directories are made that layers are unpacked into, see nearby.ts
 * trash/                  what is being deleted
 * locks/                  see lock.ts
 * ```
 *
 * `incoming` and `trash` are on the file system of what they become or were, so that one rename(2)
 * is enough.
 *
 * @module
 */

import { namesIn } from "../../if_present.ts";
import { type Digest, digestAlgorithm, digestHex } from "../spec/digest.ts";
import { spreadApart } from "./spread_apart.ts";

/** The paths of one image store. */
export class StoreLayout {
  /** Absolute path of `TSD_ROOT`. */
  readonly root: string;

  /**
   * Names the paths; creates nothing.
   *
   * @param root Absolute path of `TSD_ROOT`.
   */
  constructor(root: string) {
    this.root = root;
  }

  /** Creates the folders. Setuid files of images lie in them: only root may pass through. */
  create(): void {
    for (const folder of ["blobs/sha256", "blobs/sha512", "layers", "incoming", "trash", "locks"]) {
      Deno.mkdirSync(`${this.root}/${folder}`, { recursive: true, mode: 0o700 });
    }
    spreadApart(this.incoming);
  }

  /**
   * Names a complete blob.
   *
   * @param digest Its digest.
   * @returns Its absolute path.
   */
  blob(digest: Digest): string {
    return `${this.root}/blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
  }

  /**
   * Names an unpacked layer.
   *
   * @param diffId Digest of its uncompressed archive.
   * @returns Absolute path of its root directory.
   */
  layer(diffId: Digest): string {
    return `${this.root}/layers/${digestHex(diffId)}`;
  }

  /**
   * Names a blob that is not complete.
   *
   * @param digest Its digest.
   * @returns Its absolute path.
   */
  incomingBlob(digest: Digest): string {
    return `${this.root}/incoming/blob-${digestHex(digest)}`;
  }

  /**
   * Names a layer that is not complete.
   *
   * @param diffId Its diff ID.
   * @returns Its absolute path.
   */
  incomingLayer(diffId: Digest): string {
    return `${this.root}/incoming/layer-${digestHex(diffId)}`;
  }

  /**
   * Names the lock of one blob or layer.
   *
   * @param kind What is locked.
   * @param digest The blob's digest or the layer's diff ID.
   * @returns Absolute path of the lock file.
   */
  lock(kind: "blob" | "layer", digest: Digest): string {
    return `${this.root}/locks/${kind}-${digestHex(digest)}`;
  }

  /**
   * Names a copy of a layer for a user namespace.
   *
   * @param key Which user namespace's owners it has.
   * @param hex The layer's diff ID, without its algorithm.
   * @returns Absolute paths: of the copy, of it while it is not complete, of its lock file.
   */
  shiftedLayer(key: string, hex: string): { path: string; incoming: string; lock: string } {
    return {
      path: `${this.root}/shifted/${key}/${hex}`,
      incoming: `${this.incoming}/shifted-${key}-${hex}`,
      lock: `${this.root}/locks/shifted-${key}-${hex}`,
    };
  }

  /**
   * Lists the copies of layers for user namespaces.
   *
   * @returns Their directories, and the layers' diff IDs without the algorithm.
   */
  shiftedLayers(): { path: string; hex: string }[] {
    return namesIn(`${this.root}/shifted`).flatMap((key) => {
      const folder = `${this.root}/shifted/${key}`;
      return namesIn(folder).map((hex) => ({ path: `${folder}/${hex}`, hex }));
    });
  }

  /** The lock that pulls share and the removal of leftovers has for itself. */
  get pullsLock(): string {
    return `${this.root}/locks/pulls`;
  }

  /** The lock of whoever empties the trash. */
  get trashLock(): string {
    return `${this.root}/locks/trash`;
  }

  /** The folder of downloads and layers that are not complete. */
  get incoming(): string {
    return `${this.root}/incoming`;
  }

  /** The folder that directories of layers are made in. */
  get nearby(): string {
    return `${this.incoming}/nearby`;
  }

  /** The folder of what is being deleted. */
  get trash(): string {
    return `${this.root}/trash`;
  }
}
