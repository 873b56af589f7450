/**
 * Describing images.
 *
 * @module
 */

import { configOf } from "../../image/records/filters.ts";
import { type HistoryStep, imageHistory } from "../../image/records/history.ts";
import { type ImageInspection, inspectImage } from "../../image/records/inspect.ts";
import { findImage } from "../../image/records/lookup.ts";
import { layerDirectories } from "../../image/records/resolve.ts";
import { ImageStore } from "../../image/store/image_store.ts";
import type { Database } from "../../state/mod.ts";
import type { Instance } from "../instance/instance.ts";

/**
 * Describes an image with Docker's fields.
 *
 * @param instance The instance.
 * @param nameOrId The image.
 * @returns What `image inspect` prints.
 * @throws {EngineError} `notFound`: there is none; `conflict`: several IDs begin like that;
 * `invalid`: it can be neither a name nor an ID.
 */
export function describeImage(
  { database, roots }: Pick<Instance, "database" | "roots">,
  nameOrId: string,
): ImageInspection {
  const { image } = findImage(database, nameOrId);
  const store = new ImageStore(database, roots.root);
  return inspectImage(database, image, layerDirectories(store, configOf(image)));
}

/**
 * Tells how an image was built.
 *
 * @param database The instance's.
 * @param nameOrId The image.
 * @returns The steps, the last one first.
 * @throws {EngineError} As {@linkcode describeImage}.
 */
export function historyOf(database: Database, nameOrId: string): HistoryStep[] {
  return imageHistory(database, findImage(database, nameOrId).image);
}
