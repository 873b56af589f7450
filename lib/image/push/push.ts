/**
 * Pushing an image: its layers, its configuration, and last its manifest under its name.
 *
 * @module
 */

import type { Config } from "../../config.ts";
import { EngineError } from "../../errors.ts";
import { forEachBounded } from "../bounded.ts";
import type { CredentialSource } from "../registry/credentials.ts";
import { findImageById } from "../records/lookup.ts";
import { type Descriptor, isForeignLayer, LONGEST_IMAGE_CONFIG } from "../spec/manifest.ts";
import {
  familiarName,
  familiarRepository,
  type Reference,
  repositoryName,
} from "../spec/reference.ts";
import type { ImageStore } from "../store/mod.ts";
import { FileContent } from "./blob_content.ts";
import type { PushedImage, PushedLayerState, PushListener } from "./progress.ts";
import {
  type PushableImage,
  pushableImage,
  type PushableLayer,
  repositoriesWith,
  tagsOf,
} from "./pushed_image.ts";
import { RegistryWriter } from "./registry_writer.ts";

/** Options of {@linkcode pushImage}. */
export interface PushImageOptions {
  /** Where the image is. */
  store: ImageStore;
  /** Registries and limits. */
  config: Config;
  /** The image's name; its tag does not count where all are pushed. */
  reference: Reference;
  /** Whether all tags of the repository are pushed. */
  allTags: boolean;
  /** Gets a report of each step. */
  onProgress?: PushListener | undefined;
  /** Where credentials come from; by default Docker's configuration file. */
  credentials?: CredentialSource;
  /** Ends the push. */
  signal?: AbortSignal | undefined;
}

// Each costs a request where it does not have the layer after all.
const MOST_SOURCES = 3;

/**
 * Pushes an image, or all of a repository, to its registry.
 *
 * @param options Which image, and where from.
 * @returns What was pushed, by name.
 * @throws {EngineError} `notFound`: there is no such image here; `denied`, `unavailable`: the
 * registry refuses; names that came before the failure stay pushed.
 */
export async function pushImage(options: PushImageOptions): Promise<PushedImage[]> {
  const { store, config, reference, signal, onProgress } = options;
  const images = await Promise.all(
    namesToPush(options).map((name) => pushableImage(store, name)),
  );
  if (images.length === 0) {
    throw new EngineError(
      `Cannot push image "${familiarRepository(reference)}": An image does not exist locally ` +
        `with the tag: ${familiarRepository(reference)}`,
      { kind: "notFound" },
    );
  }
  await using writer = new RegistryWriter({
    config,
    signal,
    ...options.credentials && { credentials: options.credentials },
    onRetry: ({ subject, delayMilliseconds, error }) =>
      onProgress?.({ kind: "retrying", subject, delayMilliseconds, error }),
  });
  const pushed: PushedImage[] = [];
  for (const image of images) {
    pushed.push(await pushOne(image, writer, options));
    onProgress?.({ kind: "pushed", image: pushed.at(-1)! });
  }
  return pushed;
}

function namesToPush({ store, reference, allTags }: PushImageOptions): Reference[] {
  if (reference.digest !== undefined) {
    throw new EngineError(
      `Cannot push image "${familiarName(reference)}": cannot push a digest reference, tag the ` +
        "image and push the tag",
      { kind: "invalid" },
    );
  }
  return allTags ? tagsOf(store, reference) : [reference];
}

async function pushOne(
  image: PushableImage,
  writer: RegistryWriter,
  options: PushImageOptions,
): Promise<PushedImage> {
  const { store, config: { maxConcurrentUploads: limit }, signal, onProgress } = options;
  const { reference, id, manifest } = image;
  // The highest first, as Docker does.
  const layers = image.layers.toReversed();
  onProgress?.({
    kind: "resolved",
    reference,
    layers: layers.map(({ diffId, descriptor: { digest, size } }) => ({ diffId, digest, size })),
  });
  await forEachBounded(layers, { limit, signal }, async (layer, stop) => {
    await pushLayer(layer, image, writer, options, stop);
  });
  await pushConfig(image, writer, store, signal);
  await writer.putManifest(reference, manifest.mediaType, manifest.bytes);
  recordPush(store, image);
  return { id, reference, digest: manifest.digest, size: manifest.bytes.length };
}

async function pushLayer(
  { descriptor, diffId }: PushableLayer,
  { reference }: PushableImage,
  writer: RegistryWriter,
  options: PushImageOptions,
  signal: AbortSignal,
): Promise<void> {
  const { store, onProgress } = options;
  const { digest, size } = descriptor;
  const report = (state: PushedLayerState, sent: number, from?: string) =>
    onProgress?.({ kind: "layer", diffId, digest, state, sent, size, ...from && { from } });
  if (isForeignLayer(descriptor.mediaType)) return report("skipped", 0);
  const result = await writer.uploadBlob(reference, {
    descriptor,
    content: () => layerContent(descriptor, { ...options, signal }),
    sources: repositoriesWith(store, reference, digest, MOST_SOURCES),
    onSent: (sent) => report("pushing", sent),
  }, signal);
  if (result.kind === "mounted") report("mounted", size, result.from);
  else report(result.kind === "exists" ? "exists" : "pushed", size);
}

/**
 * Finds a layer as it was pulled. It is not there where the same layer, compressed in another way,
 * was pulled for another image first: then it is fetched now.
 */
async function layerContent(
  { digest, size }: Descriptor,
  { store, config, reference, signal }: PushImageOptions,
): Promise<FileContent> {
  if (!store.blobs.has(digest, size)) {
    const { refetchBlob } = await import("../check/refetch.ts");
    try {
      await refetchBlob({ digest, size, kind: "layer" }, { store, config, signal });
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      throw new EngineError(
        `Cannot push image "${familiarName(reference)}": the registry does not have layer ` +
          `${digest}, and neither is it here as it was pulled`,
        { kind: error.kind, cause: error },
      );
    }
  }
  return new FileContent(store.layout.blob(digest));
}

async function pushConfig(
  { reference, config }: PushableImage,
  writer: RegistryWriter,
  store: ImageStore,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (config.size > LONGEST_IMAGE_CONFIG) {
    throw new EngineError(
      `Cannot push image "${familiarName(reference)}": its configuration has ${config.size} bytes`,
      { kind: "invalid" },
    );
  }
  const content = () => Promise.resolve(new FileContent(store.layout.blob(config.digest)));
  await writer.uploadBlob(reference, { descriptor: config, content, sources: [] }, signal);
}

/** From now on the repository is known to have the image: the next push may mount its layers. */
function recordPush({ database }: ImageStore, { reference, id, manifest }: PushableImage): void {
  database.transaction(() => {
    // Somebody may have removed it while it was pushed.
    if (findImageById(database, id) === undefined) return;
    database.run(
      `INSERT INTO repository_digests (repository, digest, image_id) VALUES (?, ?, ?)
       ON CONFLICT DO NOTHING`,
      repositoryName(reference),
      manifest.digest,
      id,
    );
  });
}
