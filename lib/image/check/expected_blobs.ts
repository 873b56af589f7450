/**
 * Which blobs an image store must have, by its records.
 *
 * @module
 */

import type { Database } from "../../state/mod.ts";
import type { Digest } from "../spec/digest.ts";

/** A blob that belongs to images. */
export interface ExpectedBlob {
  /** Its digest. */
  digest: Digest;
  /**
   * What it is. A layer's may be missing where another image, with the same layer compressed in
   * another way, was pulled first: then that one's is there.
   */
  kind: "configuration" | "manifest" | "layer";
  /** Its size in bytes, where the records know it. */
  size: number | undefined;
}

/**
 * Lists the blobs of all images.
 *
 * @param database Where images are recorded.
 * @returns The blobs by digest.
 */
export function expectedBlobs(database: Database): Map<Digest, ExpectedBlob> {
  const rows = database.all<ExpectedBlob & { size: number | null }>(
    `SELECT blob AS digest, 'layer' AS kind, blob_size AS size FROM image_layers
     UNION SELECT id, 'configuration', NULL FROM images
     UNION SELECT manifest_digest, 'manifest', NULL FROM images
     UNION SELECT digest, 'manifest', NULL FROM repository_digests`,
  );
  return new Map(
    rows.map(({ digest, kind, size }) => [digest, { digest, kind, size: size ?? undefined }]),
  );
}

/**
 * Tells whether a blob still belongs to an image: it may have been removed meanwhile.
 *
 * @param database Where images are recorded.
 * @param digest The blob.
 * @returns Whether it does.
 */
export function isExpected(database: Database, digest: Digest): boolean {
  return expectedBlobs(database).has(digest);
}

/**
 * Names the repositories that a blob was pulled from, or pushed to.
 *
 * @param database Where images are recorded.
 * @param digest The blob.
 * @returns Full names, each once.
 */
export function repositoriesOf(database: Database, digest: Digest): string[] {
  return database.all<{ repository: string }>(
    `SELECT DISTINCT repository FROM repository_digests
     WHERE digest = ? OR image_id IN (
       SELECT id FROM images WHERE id = ? OR manifest_digest = ?
       UNION SELECT image_id FROM image_layers WHERE blob = ?)
     ORDER BY repository`,
    digest,
    digest,
    digest,
    digest,
  ).map(({ repository }) => repository);
}
