/**
 * Finding the images that containers, and conditions on containers, name.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import { findImage } from "../../image/records/lookup.ts";
import type { Database } from "../../state/mod.ts";

/**
 * Makes a function that finds images, each name once: many containers have the same.
 *
 * @param database Where they are recorded.
 * @returns It gives an image's id, or nothing where there is no such image.
 */
export function imageIdFinder(database: Database): (nameOrId: string) => string | undefined {
  const known = new Map<string, string | undefined>();
  return (nameOrId) => {
    if (!known.has(nameOrId)) known.set(nameOrId, imageId(database, nameOrId));
    return known.get(nameOrId);
  };
}

function imageId(database: Database, nameOrId: string): string | undefined {
  try {
    return findImage(database, nameOrId).image.id;
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}
