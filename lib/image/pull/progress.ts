/**
 * What a pull tells about itself while it goes on.
 *
 * @module
 */

import type { Digest } from "../digest.ts";

/**
 * What happens to a layer at the moment:
 *
 * - `pulling`: it will be fetched
 * - `waiting`: another pull is fetching it
 * - `downloading`: it is being received and unpacked at the same time
 * - `verifying`: all of it has been received
 * - `extracting`: its last files are being written
 * - `done`: it is in the store
 * - `exists`: it already was
 */
export type LayerState =
  | "pulling"
  | "waiting"
  | "downloading"
  | "verifying"
  | "extracting"
  | "done"
  | "exists";

/** One report of a pull. */
export type PullProgress =
  | {
    /** Discriminator: what will be pulled is known. */
    kind: "resolved";
    /** Digest of the manifest or index that the name stands for. */
    digest: Digest;
    /** The layers, lowest first, each once. */
    layers: { digest: Digest; size: number }[];
  }
  | {
    /** Discriminator: a layer moved on. */
    kind: "layer";
    /** Its digest, compressed. */
    digest: Digest;
    /** What happens to it. */
    state: LayerState;
    /** Bytes received so far. */
    received: number;
    /** Its size in bytes, compressed. */
    size: number;
  };

/** Receives the reports of a pull; called often, so it must be quick. */
export type ProgressListener = (progress: PullProgress) => void;
