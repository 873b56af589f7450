/**
 * Checking an image store, and putting it right.
 *
 * @module
 */

export { checkBlobs, type CheckOptions } from "./blobs.ts";
export { checkImages } from "./images.ts";
export { checkLayers } from "./layers.ts";
export { checkLeftovers } from "./leftovers.ts";
export type { Finding, FindingOutcome } from "./finding.ts";
