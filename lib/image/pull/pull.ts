/**
 * Pulling an image: from its name to layers a container can be mounted on.
 *
 * @module
 */

import type { Config } from "../../config.ts";
import { EngineError } from "../../errors.ts";
import type { Digest } from "../spec/digest.ts";
import { diskState } from "../disk_state.ts";
import type { Platform } from "../spec/platform.ts";
import { familiarName, type Reference } from "../spec/reference.ts";
import type { CredentialSource } from "../registry/credentials.ts";
import { RegistryClient } from "../registry/client.ts";
import { type ImageStore, release, WriteBack } from "../store/mod.ts";
import { forEachBounded } from "../bounded.ts";
import { describeImage, type ImageDescription } from "./describe.ts";
import { isInterruption } from "./interruption.ts";
import { fetchLayer, type WantedLayer } from "./layer.ts";
import type { ProgressListener } from "./progress.ts";
import { recordImage } from "./record.ts";

/** Options of {@linkcode pullImage}. */
export interface PullImageOptions {
  /** Where the image goes. */
  store: ImageStore;
  /** Registries, their mirrors, and limits. */
  config: Config;
  /** The image's name. */
  reference: Reference;
  /** For what it shall be made; the machine's platform when left out. */
  platform?: Platform | undefined;
  /** Where credentials come from; by default Docker's configuration file. */
  credentials?: CredentialSource;
  /** Gets a report of each step. */
  onProgress?: ProgressListener | undefined;
  /** Ends the pull. */
  signal?: AbortSignal | undefined;
}

/** A pulled image. */
export interface PulledImage {
  /** Digest of its configuration. */
  id: Digest;
  /** Digest of what its name stands for: its index, or its manifest. */
  digest: Digest;
  /** The name it was asked for by. */
  reference: Reference;
  /** Whether the name stands for something else than before. */
  status: "downloaded" | "upToDate";
}

// Each round fetches what somebody removed during the round before.
const MOST_ROUNDS = 5;

/**
 * Pulls an image, unless the store has it; a tag moves to it and leaves the image that had it.
 *
 * @param options Which image, and where to.
 * @returns The image.
 * @throws {EngineError} `notFound`, `denied`, `unavailable`, `invalid`, `system`.
 */
export async function pullImage(options: PullImageOptions): Promise<PulledImage> {
  const { store, config, reference, signal } = options;
  const fetched: WantedLayer[] = [];
  try {
    using _pull = await store.beginPull(signal);
    await using client = new RegistryClient({
      config,
      signal,
      ...options.credentials && { credentials: options.credentials },
      onRetry: ({ subject, delayMilliseconds, error }) =>
        options.onProgress?.({ kind: "retrying", subject, delayMilliseconds, error }),
    });
    const image = await describeImage({
      client,
      blobs: store.blobs,
      reference,
      platform: options.platform,
    });
    const isNew = await storeImage(options, client, image, fetched);
    const status = isNew ? "downloaded" : "upToDate";
    return { id: image.id, digest: image.digest, reference, status };
  } catch (error) {
    if (!isInterruption(signal?.aborted ? signal.reason : error)) await discard(store, fetched);
    signal?.throwIfAborted();
    throw explained(error, options);
  }
}

/** Fetches what is missing of an image and records it; tells whether its name is new to it. */
async function storeImage(
  options: PullImageOptions,
  client: RegistryClient,
  image: ImageDescription,
  fetched: WantedLayer[],
): Promise<boolean> {
  const { store, reference } = options;
  const layers = uniqueLayers(image.layers);
  options.onProgress?.({
    kind: "resolved",
    digest: image.digest,
    layers: layers.map(({ diffId, descriptor: { digest, size } }) => ({
      digest,
      size,
      exists: store.layers.has(diffId),
    })),
  });
  await using writeBack = new WriteBack(store.layout.root);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    await fetchLayers(options, client, layers, fetched, writeBack);
    // Only what is on the disk may get a name: the rename of a file is there sooner than its content.
    if (!store.layers.areSynced(layers)) await writeBack.finish();
    const result = recordImage(store, image);
    if (result.kind === "recorded") return result.isNew;
  }
  throw new EngineError(
    `Cannot pull image "${familiarName(reference)}": its layers are being removed at the same time`,
    { kind: "unavailable" },
  );
}

async function fetchLayers(
  { store, config, reference, onProgress, signal }: PullImageOptions,
  client: RegistryClient,
  layers: WantedLayer[],
  fetched: WantedLayer[],
  writeBack: WriteBack,
): Promise<void> {
  const limits = { limit: config.maxConcurrentDownloads, signal };
  await forEachBounded(layers, limits, async (layer, stop) => {
    const { digest, size } = layer.descriptor;
    const isFetched = await fetchLayer(layer, {
      store,
      signal: stop,
      transfer: (descriptor, offset, sink, signal) =>
        client.downloadBlob(
          reference,
          descriptor,
          (piece) => {
            writeBack.add(piece.length);
            return sink(piece);
          },
          { offset, signal },
        ),
      report: (state, received) => onProgress?.({ kind: "layer", digest, state, received, size }),
    });
    if (isFetched) fetched.push(layer);
  });
}

/** Without repetitions: builders use one empty layer again and again. */
function uniqueLayers(layers: readonly WantedLayer[]): WantedLayer[] {
  return [...new Map(layers.map((layer) => [layer.diffId, layer])).values()];
}

/** Removes what a failed pull has fetched, unless an image has it by now. */
async function discard(store: ImageStore, fetched: readonly WantedLayer[]): Promise<void> {
  if (fetched.length === 0) return;
  release(
    store,
    fetched.map(({ diffId }) => diffId),
    fetched.map(({ descriptor }) => descriptor.digest),
  );
  await store.trash.empty();
}

/** Says what a failing disk means for the pull; other errors say it themselves. */
function explained(error: unknown, { store, reference }: PullImageOptions): unknown {
  const state = diskState(error);
  if (state === undefined) return error;
  return new EngineError(
    `Cannot pull image "${familiarName(reference)}": ${state} "${store.layout.root}"`,
    { kind: "system", cause: error },
  );
}
