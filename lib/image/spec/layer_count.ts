/**
 * How many layers an image may have.
 *
 * @module
 */

import type { Digest } from "./digest.ts";

/** The most directories that overlay stacks (`OVL_MAX_STACK` of the kernel's fs/overlayfs/params.h). */
export const MOST_LAYERS = 500;

/**
 * Tells why no container can be made of layers, if there are too many.
 *
 * @param diffIds The diff ID of each; one that comes several times is mounted once.
 * @param added How many layers of other diff IDs come on top.
 * @returns The reason; `undefined` if they can be mounted.
 */
export function tooManyLayers(diffIds: readonly Digest[], added = 0): string | undefined {
  const count = new Set(diffIds).size + added;
  if (count <= MOST_LAYERS) return undefined;
  return `too many layers: ${count}, and the kernel's overlay stacks at most ${MOST_LAYERS}; build the ` +
    "image with fewer, or squash it";
}
