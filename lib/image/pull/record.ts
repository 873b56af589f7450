/**
 * Recording a pulled image under its name.
 *
 * @module
 */

import { recordContent } from "../records/record.ts";
import { repositoryName } from "../spec/reference.ts";
import type { ImageStore } from "../store/mod.ts";
import { setTag } from "../records/tag.ts";
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
    if (!recordContent(store, image)) return { kind: "incomplete" };
    const isNewDigest = insertDigest(store, image);
    const isNew = image.reference.digest === undefined
      ? setTag(store.database, image.reference, image.id)
      : isNewDigest;
    return { kind: "recorded", isNew };
  });
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
