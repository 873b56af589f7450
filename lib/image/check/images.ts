/**
 * Checking the records of images.
 *
 * @module
 */

import { digestAlgorithm, digestOf } from "../spec/digest.ts";
import { allImages, type ImageRow } from "../records/lookup.ts";
import { findImageById } from "../records/lookup.ts";
import type { CheckOptions } from "./blobs.ts";

/**
 * Checks that the configuration in each image's record is the one its ID is the digest of.
 *
 * @param options The store, and what to do about what is damaged.
 * @returns How many images there are.
 */
export async function checkImages(options: CheckOptions): Promise<number> {
  const { database } = options.store;
  const images = allImages(database);
  for (const row of images) {
    if (await isIntact(row)) continue;
    const object = `image ${row.id}`;
    const problem = "damaged: the configuration in its record is not the one of its ID";
    if (!options.repair) options.report({ object, problem, outcome: "found" });
    else if (await restore(row, options)) {
      const remedy = "restored from its blob";
      options.report({ object, problem, outcome: "repaired", remedy });
    } else {
      const remedy = "its blob is damaged or missing, pull the image again";
      options.report({ object, problem, outcome: "unrepaired", remedy });
    }
  }
  return images.length;
}

async function isIntact({ id, config }: ImageRow): Promise<boolean> {
  return await digestOf(new TextEncoder().encode(config), digestAlgorithm(id)) === id;
}

async function restore({ id }: ImageRow, { store }: CheckOptions): Promise<boolean> {
  const bytes = await store.blobs.read(id);
  if (bytes === undefined || findImageById(store.database, id) === undefined) return false;
  const text = new TextDecoder().decode(bytes);
  store.database.run("UPDATE images SET config = ? WHERE id = ?", text, id);
  return true;
}
