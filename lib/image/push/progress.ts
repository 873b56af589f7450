/**
 * What a push tells about itself while it goes on.
 *
 * @module
 */

import type { Digest } from "../spec/digest.ts";
import type { Reference } from "../spec/reference.ts";

/**
 * What happens to a layer at the moment:
 *
 * - `preparing`: it will be looked at
 * - `pushing`: the registry does not have it and is being sent it
 * - `pushed`: the registry has received it
 * - `exists`: the registry had it
 * - `mounted`: the registry had it in another repository
 * - `skipped`: it may not be distributed, and is to be had elsewhere
 */
export type PushedLayerState =
  | "preparing"
  | "pushing"
  | "pushed"
  | "exists"
  | "mounted"
  | "skipped";

/** One report of a push. */
export type PushProgress =
  | {
    /** Discriminator: what will be pushed is known. */
    kind: "resolved";
    /** The name it is pushed under. */
    reference: Reference;
    /** The layers, the highest first, each once. */
    layers: { diffId: Digest; digest: Digest; size: number }[];
  }
  | {
    /** Discriminator: a layer moved on. */
    kind: "layer";
    /** Digest of its uncompressed archive. */
    diffId: Digest;
    /** Its digest, compressed. */
    digest: Digest;
    /** What happens to it. */
    state: PushedLayerState;
    /** Bytes sent so far. */
    sent: number;
    /** Its size in bytes, compressed. */
    size: number;
    /** The repository that had it, where it was mounted: `library/alpine`. */
    from?: string;
  }
  | {
    /** Discriminator: the registry or the network failed and will be tried again. */
    kind: "retrying";
    /** What is tried: the digest of a layer or manifest. */
    subject: string;
    /** Until it is tried again. */
    delayMilliseconds: number;
    /** Why it failed. */
    error: Error;
  }
  | {
    /** Discriminator: a name is in the registry. */
    kind: "pushed";
    /** What was pushed. */
    image: PushedImage;
  };

/** An image in a registry. */
export interface PushedImage {
  /** Digest of its configuration. */
  id: Digest;
  /** The name it was pushed under. */
  reference: Reference;
  /** Digest of its manifest. */
  digest: Digest;
  /** Size of its manifest in bytes. */
  size: number;
}

/** Receives the reports of a push; called often, so it must be quick. */
export type PushListener = (progress: PushProgress) => void;
