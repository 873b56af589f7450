/**
 * The images of a store, as a list.
 *
 * @module
 */

import type { Database } from "../../state/mod.ts";
import type { Digest } from "../spec/digest.ts";
import { type FilterName, imageCondition, type ImageFilters, matchingNames } from "./filters.ts";
import { readNames } from "./names.ts";
import { allImages, findImage } from "./lookup.ts";
import type { Reference } from "../spec/reference.ts";

/** One image of the list. */
export interface ImageSummary {
  /** Digest of its configuration. */
  id: Digest;
  /** Its names with a tag, sorted. */
  tags: Reference[];
  /** Its names with a digest, sorted. */
  digests: Reference[];
  /** When it was built, in milliseconds since the epoch; 0 where it does not say. */
  createdAt: number;
  /** Bytes of its layers' files; those it shares with other images are in theirs too. */
  size: number;
  /** How many containers use it. */
  containers: number;
}

const FILTERS: readonly FilterName[] = [
  "before",
  "dangling",
  "label",
  "reference",
  "since",
  "until",
];

/**
 * Lists images.
 *
 * @param database Where they are recorded.
 * @param filters Which ones; a `reference` condition also leaves out the names it does not match.
 * @returns The images, the latest built first.
 * @throws {EngineError} `invalid`: a filter is wrong; `notFound`: an image named by one is missing.
 */
export function listImages(database: Database, filters: ImageFilters): ImageSummary[] {
  const condition = imageCondition(filters, FILTERS, (name) => findImage(database, name).image);
  const names = readNames(database);
  const users = new Map(
    database.all<{ id: Digest; count: number }>(
      `SELECT image_id AS id, count(*) AS count FROM containers
       WHERE image_id IS NOT NULL GROUP BY image_id`,
    ).map(({ id, count }) => [id, count]),
  );
  return allImages(database)
    .map((row) => ({ row, names: names.get(row.id) ?? { tags: [], digests: [] } }))
    .filter(condition)
    .map(({ row, names }) => ({
      id: row.id,
      tags: matchingNames(names.tags, filters),
      digests: matchingNames(names.digests, filters),
      createdAt: row.createdAt,
      size: row.size,
      containers: users.get(row.id) ?? 0,
    }));
}
