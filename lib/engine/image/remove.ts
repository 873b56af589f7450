/**
 * Removing images and their names.
 *
 * @module
 */

import type { ImageFilters } from "../../image/records/filters.ts";
import { findImage } from "../../image/records/lookup.ts";
import { pruneImages, type PruneResult } from "../../image/records/prune.ts";
import { type Removal, removeImage } from "../../image/records/remove.ts";
import { ImageStore } from "../../image/store/mod.ts";
import { recordEvent } from "../../state/mod.ts";
import type { Instance } from "../instance/instance.ts";
import { labelsOfImage, labelsOfImages, recordRemovals } from "./events.ts";

/** Options of {@linkcode Images.remove}. */
export interface RemoveImageOptions {
  /**
   * Whether to remove an ID that has names in several repositories, or that a stopped container
   * uses: then the names go and the container keeps the files.
   *
   * @default false
   */
  force?: boolean;
}

/** Options of {@linkcode Images.prune}. */
export interface PruneImagesOptions {
  /**
   * Whether to remove tagged images too that no container uses.
   *
   * @default false
   */
  all?: boolean;
  /**
   * Which images, by `label`, `label!`, `dangling`, and `until` in milliseconds since the epoch.
   *
   * @default {} all of them
   */
  filters?: ImageFilters;
}

/**
 * Removes a name; with an image's last name, or by its ID, the image and what only it has.
 *
 * @param instance The instance.
 * @param nameOrId The name or the image.
 * @param options Whether to insist.
 * @returns What was removed, in its order.
 * @throws {EngineError} `notFound`; `conflict`: a container uses it, or it has several names.
 */
export async function removeByName(
  { database, roots }: Pick<Instance, "database" | "roots">,
  nameOrId: string,
  { force = false }: RemoveImageOptions,
): Promise<Removal[]> {
  const store = new ImageStore(database, roots.root);
  const { id } = findImage(database, nameOrId).image;
  const labels = new Map([[id, labelsOfImage(database, id)]]);
  const removals = removeImage(store, nameOrId, force);
  recordRemovals(database, removals, labels, id);
  await store.trash.empty();
  return removals;
}

/**
 * Removes images that no container uses, and leftovers of pulls that did not end well.
 *
 * @param instance The instance.
 * @param options Which images.
 * @returns What was removed and how many bytes that freed.
 * @throws {EngineError} `invalid`: a filter is wrong.
 */
export async function pruneUnused(
  { database, roots }: Pick<Instance, "database" | "roots">,
  { all = false, filters = {} }: PruneImagesOptions,
): Promise<PruneResult> {
  const images = labelsOfImages(database);
  const result = await pruneImages(new ImageStore(database, roots.root), { all, filters });
  recordRemovals(database, result.removals, images);
  recordEvent(database, {
    type: "image",
    action: "prune",
    actorId: "",
    attributes: { reclaimed: String(result.reclaimed) },
  });
  return result;
}
