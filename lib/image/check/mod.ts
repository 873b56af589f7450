/**
 * Checking an image store, and putting it right.
 *
 * @module
 */

export { checkBlobs, type CheckOptions } from "./check_blobs.ts";
export { checkImages } from "./check_images.ts";
export { checkLayers } from "./check_layers.ts";
export { checkLeftovers } from "./check_leftovers.ts";
export type { Finding, FindingOutcome } from "./finding.ts";
