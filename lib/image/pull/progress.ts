/**
 * What a pull tells about itself while it goes on.
 *
 * @module
 */

import type { Digest } from "../spec/digest.ts";

/**
 * What happens to a layer at the moment:
 *
 * - `waiting`: another pull is fetching it
 * - `downloading`: it is being received and unpacked at the same time
 * - `verifying`: all of it has been received
 * - `extracting`: its last files are being written
 * - `done`: it is in the store
 * - `exists`: it already was
 */
export type LayerState =
  | "waiting"
  | "downloading"
  | "verifying"
  | "extracting"
  | "done"
  | "exists";

/** A layer as a pull sees it before it begins. */
export interface PulledLayer {
  /** Its digest, compressed. */
  digest: Digest;
  /** Its size in bytes, compressed. */
  size: number;
  /** Whether the store has it already. */
  exists: boolean;
}

/** One report of a pull. */
export type PullProgress =
  | {
    /** Discriminator: what will be pulled is known. */
    kind: "resolved";
    /** Digest of the manifest or index that the name stands for. */
    digest: Digest;
    /** The layers, lowest first, each once. */
    layers: PulledLayer[];
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
  }
  | {
    /** Discriminator: the registry or the network failed and will be tried again. */
    kind: "retrying";
    /** What is tried: the digest of a layer or manifest, or the image's name. */
    subject: string;
    /** Until it is tried again. */
    delayMilliseconds: number;
    /** Why it failed. */
    error: Error;
  };

/** Receives the reports of a pull; called often, so it must be quick. */
export type ProgressListener = (progress: PullProgress) => void;
