/**
 * Getting one layer into the store.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import { removeTree } from "../../state/mod.ts";
import type { Digest } from "../spec/digest.ts";
import { unpackLayer } from "../layer/mod.ts";
import type { Descriptor } from "../spec/manifest.ts";
import { FileLock, type ImageStore } from "../store/mod.ts";
import { BlobReceiver } from "./blob_receiver.ts";
import type { PieceSink } from "./hand_over.ts";
import { isInterruption } from "./interruption.ts";
import type { LayerState } from "./progress.ts";

/** A layer of the image that is pulled. */
export interface WantedLayer {
  /** The layer as the registry has it. */
  descriptor: Descriptor;
  /** Digest of its uncompressed archive. */
  diffId: Digest;
}

/** What fetching a layer needs. */
export interface LayerFetch {
  /** Where it goes. */
  store: ImageStore;
  /** Pushes a blob's bytes from an offset on. */
  transfer: (
    descriptor: Descriptor,
    offset: number,
    sink: PieceSink,
    signal: AbortSignal,
  ) => Promise<void>;
  /** Gets each step, and the number of bytes received so far. */
  report: (state: LayerState, received: number) => void;
  /** Ends the work. */
  signal: AbortSignal;
}

/**
 * Fetches, verifies and unpacks a layer, unless the store has it; whoever else wants the same one
 * meanwhile, in this process or another, waits for this one's result.
 *
 * @param layer The layer.
 * @param fetch Where from and to.
 * @returns Whether there was anything to do.
 * @throws {EngineError} `invalid`: what arrived is not the layer, or the layer is malformed. Nothing
 * of it is kept then; after a failed transfer what has arrived waits for the next attempt.
 */
export async function fetchLayer(layer: WantedLayer, fetch: LayerFetch): Promise<boolean> {
  const { store: { layers, layout }, signal, report } = fetch;
  const lockPath = layout.lock("layer", layer.diffId);
  let lock = FileLock.tryAcquire(lockPath, "alone");
  if (!lock) report("waiting", 0);
  using _layer = lock ??= await FileLock.acquire(lockPath, "alone", signal);
  if (layers.has(layer.diffId)) {
    report("exists", layer.descriptor.size);
    return false;
  }
  using _blob = await FileLock.acquire(
    layout.lock("blob", layer.descriptor.digest),
    "alone",
    signal,
  );
  const path = blobPath(layer, fetch.store);
  const isResumed = await exists(path);
  try {
    await receive(layer, fetch, path);
  } catch (error) {
    // What was there already may be what is wrong: a machine that went down leaves cut files.
    if (!isResumed || !(error instanceof EngineError) || error.kind !== "invalid") throw error;
    await receive(layer, fetch, layout.incomingBlob(layer.descriptor.digest));
  }
  report("done", layer.descriptor.size);
  return true;
}

async function receive(layer: WantedLayer, fetch: LayerFetch, path: string): Promise<void> {
  const { store, signal, report } = fetch;
  const { descriptor, diffId } = layer;
  const directory = store.layout.incomingLayer(diffId);
  await removeTree(directory);
  store.makeLayerDirectory(directory);
  await using receiver = new BlobReceiver({
    descriptor,
    path,
    transfer: (offset, sink, stop) =>
      fetch.transfer(descriptor, offset, sink, AbortSignal.any([signal, stop])),
    onProgress: (received) =>
      report(received < descriptor.size ? "downloading" : "verifying", received),
  });
  try {
    const size = await unpack(layer, receiver, directory, fetch);
    if (path !== store.layout.blob(descriptor.digest)) store.blobs.commit(descriptor.digest);
    store.layers.commit(diffId, size);
  } catch (error) {
    await removeTree(directory);
    if (!isInterruption(signal.aborted ? signal.reason : error)) await removeTree(path);
    throw error;
  }
}

/** Unpacks what is received; returns the bytes of the layer's files. */
async function unpack(
  layer: WantedLayer,
  receiver: BlobReceiver,
  directory: string,
  { signal, report }: LayerFetch,
): Promise<number> {
  const { mediaType, size } = layer.descriptor;
  try {
    const { bytes } = await unpackLayer({
      compressed: receiver,
      mediaType,
      expectedDiffId: layer.diffId,
      directory,
      signal,
    });
    report("extracting", size);
    // Padding after the archive's end: part of the digest, of no interest to the unpacker.
    await receiver.drain();
    return bytes;
  } catch (error) {
    throw await rootCause(error, receiver, signal);
  }
}

/** A damaged blob usually fails to unpack first: its digest tells what really is wrong. */
async function rootCause(
  error: unknown,
  receiver: BlobReceiver,
  signal: AbortSignal,
): Promise<unknown> {
  if (receiver.failure !== undefined) return receiver.failure;
  if (signal.aborted || !(error instanceof EngineError) || error.kind !== "invalid") return error;
  try {
    await receiver.drain();
    return error;
  } catch (transferError) {
    return transferError;
  }
}

function blobPath({ descriptor }: WantedLayer, { blobs, layout }: ImageStore): string {
  const { digest, size } = descriptor;
  return blobs.has(digest, size) ? layout.blob(digest) : layout.incomingBlob(digest);
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
