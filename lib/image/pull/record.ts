/**
 * Recording a pulled image under its name.
 *
 * @module
 */

import { repositoryName } from "../reference.ts";
import type { ImageStore } from "../store/mod.ts";
import { setTag } from "../tag.ts";
import type { ImageDescription } from "./describe.ts";

/** What {@linkcode recordImage} found. */
export type RecordResult =
  | {
    /** Discriminator: some layers were removed by somebody meanwhile; nothing was recorded. */
    kind: "incomplete";
  }
  | {
    /** Discriminator: the image has its name. */
    kind: "recorded";
    /** Whether the name stood for something else, or for nothing, before. */
    isNew: boolean;
  };

/**
 * Records an image and gives it its name, in one transaction.
 *
 * @param store The store; the image's layers are in it and on the disk.
 * @param image The image.
 * @returns Whether that succeeded, and whether it changed anything.
 */
export function recordImage(store: ImageStore, image: ImageDescription): RecordResult {
  return store.database.transaction(() => {
    const diffIds = [...new Set(image.layers.map(({ diffId }) => diffId))];
    if (!diffIds.every((diffId) => store.layers.has(diffId))) return { kind: "incomplete" };
    store.layers.markSynced(diffIds);
    for (const [digest, bytes] of image.documents) {
      if (!store.blobs.has(digest, bytes.length)) store.blobs.put(digest, bytes);
    }
    insertImage(store, image);
    const isNewDigest = insertDigest(store, image);
    const isNew = image.reference.digest === undefined
      ? setTag(store.database, image.reference, image.id)
      : isNewDigest;
    return { kind: "recorded", isNew };
  });
}

function insertImage({ database }: ImageStore, image: ImageDescription): void {
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

function insertDigest({ database }: ImageStore, image: ImageDescription): boolean {
  const inserted = database.run(
    `INSERT INTO repository_digests (repository, digest, image_id) VALUES (?, ?, ?)
     ON CONFLICT DO NOTHING`,
    repositoryName(image.reference),
    image.digest,
    image.id,
  );
  return inserted > 0;
}
