/**
 * Failures that say nothing against what has arrived so far.
 *
 * @module
 */

import { RegistryError } from "../registry/error.ts";

/**
 * Tells whether a pull that ended like this is worth going on with: the user or the network ended it.
 *
 * @param error What ended the pull.
 * @returns Whether what has arrived shall wait for the next pull.
 */
export function isInterruption(error: unknown): boolean {
  if (error instanceof RegistryError) return error.persistence !== "final";
  return error instanceof DOMException;
}
