/**
 * Finding the image that a condition on containers names.
 *
 * @module
 */

import { EngineError } from "../errors.ts";
import { findImage } from "../image/lookup.ts";
import type { Database } from "../state/mod.ts";

/**
 * Makes a function that finds images.
 *
 * @param database Where they are recorded.
 * @returns It gives an image's id, or nothing where there is no such image.
 */
export function imageIdFinder(database: Database): (nameOrId: string) => string | undefined {
  return (nameOrId) => {
    try {
      return findImage(database, nameOrId).image.id;
    } catch (error) {
      if (error instanceof EngineError) return undefined;
      throw error;
    }
  };
}
