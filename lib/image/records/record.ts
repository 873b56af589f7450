/**
 * Recording what an image is made of.
 *
 * @module
 */

import type { Digest } from "../spec/digest.ts";
import type { Descriptor, ImageConfig } from "../spec/manifest.ts";
import type { ImageStore } from "../store/mod.ts";

/** A layer of an image. */
export interface ImageLayer {
  /** The layer as the manifest has it: its blob. */
  descriptor: Descriptor;
  /** Digest of its uncompressed archive. */
  diffId: Digest;
}

/** An image whose layers are in the store. */
export interface CompleteImage {
  /** Digest of its configuration. */
  id: Digest;
  /** Digest of its manifest. */
  manifestDigest: Digest;
  /** Its configuration. */
  config: ImageConfig;
  /** Its layers, lowest first; the same one may come several times. */
  layers: readonly ImageLayer[];
  /** Its manifest and configuration, and its index where it has one, by digest. */
  documents: ReadonlyMap<Digest, Uint8Array>;
}

/**
 * Records an image; its names are the caller's. To be called in a transaction.
 *
 * @param store The store; the image's layers have reached the disk.
 * @param image The image.
 * @returns Whether it is recorded; not where somebody has removed a layer meanwhile.
 */
export function recordContent(store: ImageStore, image: CompleteImage): boolean {
  const diffIds = [...new Set(image.layers.map(({ diffId }) => diffId))];
  if (!diffIds.every((diffId) => store.layers.has(diffId))) return false;
  store.layers.markSynced(diffIds);
  for (const [digest, bytes] of image.documents) {
    if (!store.blobs.has(digest, bytes.length)) store.blobs.put(digest, bytes);
  }
  insertImage(store, image);
  return true;
}

function insertImage({ database }: ImageStore, image: CompleteImage): void {
  // An image that is there keeps the manifest it came with: its layers' blobs are that one's.
  const inserted = database.run(
    `INSERT INTO images (id, config, manifest_digest, size, created_at, pulled_at)
     VALUES (?, ?, ?, 0, ?, ?) ON CONFLICT DO NOTHING`,
    image.id,
    new TextDecoder().decode(image.documents.get(image.id)),
    image.manifestDigest,
    Date.parse(image.config.created ?? "") || 0,
    Date.now(),
  );
  if (inserted === 0) return;
  image.layers.forEach(({ descriptor, diffId }, position) => {
    database.run(
      `INSERT INTO image_layers (image_id, position, diff_id, blob, media_type, blob_size)
       VALUES (?, ?, ?, ?, ?, ?)`,
      image.id,
      position,
      diffId,
      descriptor.digest,
      descriptor.mediaType,
      descriptor.size,
    );
  });
  database.run(
    `UPDATE images SET size = (SELECT ifnull(sum(size), 0) FROM layers
       WHERE diff_id IN (SELECT diff_id FROM image_layers WHERE image_id = ?))
     WHERE id = ?`,
    image.id,
    image.id,
  );
}
