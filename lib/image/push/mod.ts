/**
 * Pushing images.
 *
 * @module
 */

export type { PushedImage, PushedLayerState, PushListener, PushProgress } from "./progress.ts";
export { pushImage, type PushImageOptions } from "./push.ts";
