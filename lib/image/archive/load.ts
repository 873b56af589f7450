/**
 * Images of an archive, into the store.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import type { Digest } from "../spec/digest.ts";
import { type CompleteImage, type ImageLayer, recordContent } from "../records/record.ts";
import { findByName } from "../records/lookup.ts";
import { completeImage } from "../records/new_image.ts";
import { tap } from "../layer/tap.ts";
import type { Reference } from "../spec/reference.ts";
import { type ImageStore, release, WriteBack } from "../store/mod.ts";
import { setTag } from "../records/tag.ts";
import { planImages, type PlannedImage } from "./plan.ts";
import { ArchiveEntries } from "./load_entries.ts";
import type { PendingLayer } from "./pending_layer.ts";

/** Options of {@linkcode loadImages}. */
export interface LoadImagesOptions {
  /** Ends the work. */
  signal?: AbortSignal | undefined;
  /** Called with the diff ID of each layer that has come. */
  onLayer?: ((diffId: Digest) => void) | undefined;
}

/** An image that was loaded. */
export interface LoadedImage {
  /** Its ID. */
  id: Digest;
  /** Its names in the archive. */
  names: LoadedName[];
}

/** A name of a loaded image. */
export interface LoadedName {
  /** The name. */
  reference: Reference;
  /** The image that had the name before, where it was another one. */
  replaced: Digest | undefined;
}

/**
 * Loads the images of an archive: all of them, or none.
 *
 * @param store The store.
 * @param source The archive, compressed or not.
 * @param options What ends it.
 * @returns The images, in the archive's order.
 * @throws {EngineError} `invalid`: it is no archive of images, or damaged; `system`: the disk is full,
 * for example.
 */
export async function loadImages(
  store: ImageStore,
  source: AsyncIterable<Uint8Array>,
  { onLayer, signal }: LoadImagesOptions = {},
): Promise<LoadedImage[]> {
  using _pull = await store.beginPull(signal);
  await using writeBack = new WriteBack(store.layout.root);
  const counted = tap(source, ({ length }) => writeBack.add(length));
  await using entries = await ArchiveEntries.read(store, counted, signal, onLayer);
  const planned = await planImages(entries);
  const committed = new Map<PendingLayer, ImageLayer>();
  try {
    for (const layer of new Set(planned.flatMap(({ layers }) => layers))) {
      signal?.throwIfAborted();
      committed.set(layer, await layer.commit());
    }
    return await recordImages(store, planned, committed, writeBack);
  } finally {
    // An image that was there keeps the blobs it came with; of one that failed nothing is wanted.
    const stored = [...committed.values()];
    const blobs = stored.map(({ descriptor }) => descriptor.digest);
    release(store, stored.map(({ diffId }) => diffId), blobs);
  }
}

async function recordImages(
  store: ImageStore,
  planned: readonly PlannedImage[],
  committed: ReadonlyMap<PendingLayer, ImageLayer>,
  writeBack: WriteBack,
): Promise<LoadedImage[]> {
  const images: { image: CompleteImage; names: Reference[] }[] = [];
  for (const plan of planned) {
    images.push({ image: await complete(plan, committed), names: plan.names });
  }
  // Only what is on the disk may get a name: the rename of a file is there sooner than its content.
  const layers = images.flatMap(({ image }) => image.layers);
  if (!store.layers.areSynced(layers)) await writeBack.finish();
  return store.database.transaction(() =>
    images.map(({ image, names }) => recordImage(store, image, names))
  );
}

async function complete(
  { config, configBytes, layers, manifest }: PlannedImage,
  committed: ReadonlyMap<PendingLayer, ImageLayer>,
): Promise<CompleteImage> {
  const stored = layers.map((layer) => committed.get(layer)!);
  if (manifest === undefined) return await completeImage(configBytes, stored);
  const { digest: id } = manifest.document.config;
  return {
    id,
    manifestDigest: manifest.digest,
    config,
    layers: stored.map(({ diffId, descriptor: { size } }, position) => {
      const { digest, mediaType } = manifest.document.layers[position]!;
      return { diffId, descriptor: { digest, mediaType, size } };
    }),
    documents: new Map([[id, configBytes], [manifest.digest, manifest.bytes]]),
  };
}

function recordImage(
  store: ImageStore,
  image: CompleteImage,
  names: readonly Reference[],
): LoadedImage {
  if (!recordContent(store, image)) {
    throw new EngineError("Cannot load the archive: a layer of it was removed meanwhile", {
      kind: "conflict",
    });
  }
  const loaded = names.map((reference) => {
    const before = findByName(store.database, reference)?.id;
    setTag(store.database, reference, image.id);
    return { reference, replaced: before === image.id ? undefined : before };
  });
  return { id: image.id, names: loaded };
}
