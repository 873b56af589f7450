/**
 * Removal of what no image has: leftovers of pulls that were killed or failed, and crashes.
 *
 * @module
 */

import { type Digest, digestHex } from "../spec/digest.ts";
import type { ImageStore } from "./image_store.ts";
import { FileLock } from "./lock.ts";

/**
 * Removes everything in a store that belongs to no image, unless a pull is going on.
 *
 * @param store The store.
 * @returns Bytes of the layers and blobs that were removed.
 */
export async function sweep(store: ImageStore): Promise<number> {
  store.create();
  let freed = 0;
  {
    using alone = FileLock.tryAcquire(store.layout.pullsLock, "alone");
    if (alone) freed = sweepLayers(store) + sweepBlobs(store) + sweepIncoming(store);
  }
  await store.trash.empty();
  return freed;
}

/**
 * Removes layers and blobs that were part of an image, if no other image has them.
 *
 * @param store The store.
 * @param layers Diff IDs.
 * @param blobs Digests of layers, manifests, indexes, configs.
 * @returns Which layers were removed, and the bytes of layers and blobs that were.
 */
export function release(
  store: ImageStore,
  layers: Iterable<Digest>,
  blobs: Iterable<Digest>,
): { layers: Digest[]; bytes: number } {
  return store.database.transaction(() => {
    const removed: Digest[] = [];
    let bytes = 0;
    for (const digest of blobs) {
      if (!isReferenced(store, digest)) bytes += store.blobs.delete(digest);
    }
    for (const diffId of layers) {
      const size = store.layers.delete(diffId);
      if (size === undefined) continue;
      removed.push(diffId);
      bytes += size;
    }
    return { layers: removed, bytes };
  });
}

function sweepLayers(store: ImageStore): number {
  return store.database.transaction(() => {
    let freed = 0;
    const unused = store.database.all<{ diffId: Digest }>(
      `SELECT diff_id AS diffId FROM layers
       WHERE diff_id NOT IN (SELECT diff_id FROM image_layers)`,
    );
    for (const { diffId } of unused) freed += store.layers.delete(diffId) ?? 0;
    const known = store.database.all<{ diffId: Digest }>("SELECT diff_id AS diffId FROM layers");
    const paths = new Set(known.map(({ diffId }) => store.layout.layer(diffId)));
    for (const { name } of Deno.readDirSync(`${store.layout.root}/layers`)) {
      const path = `${store.layout.root}/layers/${name}`;
      if (!paths.has(path)) store.trash.put(path);
    }
    const hexes = new Set(known.map(({ diffId }) => digestHex(diffId)));
    const copies = store.layout.shiftedLayers().filter(({ hex }) => !hexes.has(hex));
    for (const { path } of copies) store.trash.put(path);
    return freed;
  });
}

function sweepBlobs(store: ImageStore): number {
  return store.database.transaction(() => {
    let freed = 0;
    for (const algorithm of ["sha256", "sha512"]) {
      for (const { name } of Deno.readDirSync(`${store.layout.root}/blobs/${algorithm}`)) {
        const digest = `${algorithm}:${name}` as Digest;
        if (!isReferenced(store, digest)) freed += store.blobs.delete(digest);
      }
    }
    return freed;
  });
}

function sweepIncoming(store: ImageStore): number {
  let freed = 0;
  for (const { name, isFile } of Deno.readDirSync(store.layout.incoming)) {
    const path = `${store.layout.incoming}/${name}`;
    if (isFile) freed += Deno.statSync(path).size;
    store.trash.put(path);
  }
  // Only pulls take these locks, and none is going on.
  for (const { name } of Deno.readDirSync(`${store.layout.root}/locks`)) {
    if (/^(blob|layer|shifted)-/.test(name)) Deno.removeSync(`${store.layout.root}/locks/${name}`);
  }
  return freed;
}

function isReferenced({ database }: ImageStore, digest: Digest): boolean {
  const row = database.get(
    `SELECT 1 FROM images WHERE id = ? OR manifest_digest = ?
     UNION ALL SELECT 1 FROM image_layers WHERE blob = ?
     UNION ALL SELECT 1 FROM repository_digests WHERE digest = ?`,
    digest,
    digest,
    digest,
    digest,
  );
  return row !== undefined;
}
