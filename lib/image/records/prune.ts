/**
 * Removing the images nobody needs.
 *
 * @module
 */

import type { Database } from "../../state/mod.ts";
import { type FilterName, imageCondition, type ImageFilters } from "./filters.ts";
import { namesOf, usersOf } from "./names.ts";
import { allImages, findImage, findImageById, type ImageRow } from "./lookup.ts";
import {
  collect,
  deleteImage,
  joinResults,
  type Removal,
  type RemovalResult,
  untag,
} from "./remove.ts";
import { type ImageStore, sweep } from "../store/mod.ts";

/** Which images {@linkcode pruneImages} removes. */
export interface PruneOptions {
  /** Whether to remove tagged images too that no container uses. */
  all: boolean;
  /** Further conditions: `label`, `label!`, `dangling`, `until` in milliseconds since the epoch. */
  filters: ImageFilters;
}

/** What {@linkcode pruneImages} did. */
export interface PruneResult {
  /** What was removed, in its order. */
  removals: Removal[];
  /** Bytes that were freed: of unpacked layers, blobs and abandoned downloads. */
  reclaimed: number;
}

const FILTERS: readonly FilterName[] = ["dangling", "label", "label!", "until"];

/**
 * Removes images that no container uses, and leftovers of pulls that did not end well.
 *
 * @param store The store.
 * @param options Which images.
 * @returns What was removed.
 * @throws {EngineError} `invalid`: a filter is wrong.
 */
export async function pruneImages(store: ImageStore, options: PruneOptions): Promise<PruneResult> {
  const { database } = store;
  store.create();
  const { dangling, ...filters } = options.filters;
  const isSelected = imageCondition(filters, FILTERS, (name) => findImage(database, name).image);
  const isAll = options.all || dangling?.some((value) => /^(false|f|0)$/i.test(value)) === true;
  const result: PruneResult = { removals: [], reclaimed: 0 };
  for (const row of allImages(database)) {
    if (!isSelected({ row, names: namesOf(database, row.id) })) continue;
    const { removals, garbage } = database.transaction(() => removeUnused(database, row, isAll));
    const collected = collect(store, garbage);
    result.removals.push(...removals, ...collected.removals);
    result.reclaimed += collected.bytes;
  }
  result.reclaimed += await sweep(store);
  return result;
}

/** Looks again inside the transaction: the image may have got a name or a container meanwhile. */
function removeUnused(database: Database, row: ImageRow, isAll: boolean): RemovalResult {
  const { tags, digests } = namesOf(database, row.id);
  const isKept = usersOf(database, row.id).length > 0 || (tags.length > 0 && !isAll) ||
    !findImageById(database, row.id);
  if (isKept) return { removals: [], garbage: { layers: [], blobs: [] } };
  return joinResults(
    untag(database, row, [...tags, ...digests]),
    deleteImage(database, row),
  );
}
