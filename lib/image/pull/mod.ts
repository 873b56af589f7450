/**
 * Pulling images from registries into the store.
 *
 * @module
 */

export { type PulledImage, pullImage, type PullImageOptions } from "./pull.ts";
export type { LayerState, ProgressListener, PulledLayer, PullProgress } from "./progress.ts";
