/**
 * How an image was built.
 *
 * @module
 */

import type { Database } from "../../state/mod.ts";
import type { Digest } from "../spec/digest.ts";
import { configOf } from "./filters.ts";
import { namesOf } from "./names.ts";
import type { ImageRow } from "./lookup.ts";
import type { Reference } from "../spec/reference.ts";

/** One step of an image's build. */
export interface HistoryStep {
  /** The image's ID for its last step; that of other steps is not known. */
  id?: Digest;
  /** When, in milliseconds since the epoch; 0 where it does not say. */
  createdAt: number;
  /** By which instruction; empty where it does not say. */
  createdBy: string;
  /** Bytes of the files of the layer it made; 0 where it made none. */
  size: number;
  /** What its builder remarked; empty where it did not. */
  comment: string;
  /** The image's tags, at its last step. */
  tags: Reference[];
}

/**
 * Tells how an image was built.
 *
 * @param database Where it is recorded.
 * @param image The image.
 * @returns The steps, the last one first.
 */
export function imageHistory(database: Database, image: ImageRow): HistoryStep[] {
  const sizes = database.all<{ size: number }>(
    `SELECT layers.size FROM image_layers JOIN layers USING (diff_id)
     WHERE image_id = ? ORDER BY position`,
    image.id,
  ).map(({ size }) => size);
  const steps = configOf(image).history.map((entry): HistoryStep => ({
    createdAt: Date.parse(entry.created ?? "") || 0,
    createdBy: entry.created_by ?? "",
    size: entry.empty_layer ? 0 : sizes.shift() ?? 0,
    comment: entry.comment ?? "",
    tags: [],
  }));
  // A history is optional: layers it does not tell of are steps as well.
  for (const size of sizes) {
    steps.push({ createdAt: 0, createdBy: "", size, comment: "", tags: [] });
  }
  const last = steps.at(-1);
  if (last) Object.assign(last, { id: image.id, tags: namesOf(database, image.id).tags });
  return steps.reverse();
}
