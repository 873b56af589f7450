/**
 * An image made on this machine: its configuration and manifest, recorded.
 *
 * @module
 */

import { syncfs } from "../../../ffi/syncfs.ts";
import { EngineError } from "../../errors.ts";
import { type Digest, digestOf } from "../spec/digest.ts";
import { type CompleteImage, type ImageLayer, recordContent } from "./record.ts";
import { parseImageConfig } from "../spec/manifest.ts";
import { MediaType } from "../spec/media_type.ts";
import type { Reference } from "../spec/reference.ts";
import type { ImageStore } from "../store/mod.ts";
import { setTag } from "./tag.ts";

/** What an image is made of. */
export interface NewImage {
  /** Its configuration, to be written as JSON in the order of its members. */
  config: Record<string, unknown>;
  /** Its layers, lowest first; they are in the store. */
  layers: readonly ImageLayer[];
}

/** OCI's names of what Docker's layers are; a manifest of OCI's has no others. */
const OCI_TYPE: Readonly<Record<string, string>> = {
  [MediaType.dockerLayer]: MediaType.ociLayer,
  [MediaType.dockerLayerGzip]: MediaType.ociLayerGzip,
  [MediaType.dockerLayerZstd]: MediaType.ociLayerZstd,
  [MediaType.dockerForeignLayer]: MediaType.ociForeignLayer,
  [MediaType.dockerForeignLayerGzip]: MediaType.ociForeignLayerGzip,
};

/**
 * Records an image, and gives it its names.
 *
 * Where the store has an image of the same content that only was made at another time, that one gets
 * the names: what is the same has one digest, however often it is made.
 *
 * @param store The store, in which a pull has begun.
 * @param made What the image is made of.
 * @param names Its names, each with a tag.
 * @returns Its ID.
 * @throws {EngineError} `conflict`: a layer was removed meanwhile.
 */
export async function recordNewImage(
  store: ImageStore,
  made: NewImage,
  names: readonly Reference[],
): Promise<Digest> {
  const config = new TextEncoder().encode(JSON.stringify(made.config));
  const image = await completeImage(config, made.layers);
  // Only what is on the disk may get a name: the rename of a file is there sooner than its content.
  if (!store.layers.areSynced(image.layers)) await syncfs(store.layout.root);
  return store.database.transaction(() => {
    const known = findSame(store, made);
    if (known === undefined && !recordContent(store, image)) {
      throw new EngineError("Cannot record the image: one of its layers was removed meanwhile", {
        kind: "conflict",
      });
    }
    const id = known ?? image.id;
    for (const name of names) setTag(store.database, name, id);
    return id;
  });
}

/**
 * Completes an image by a manifest of OCI's.
 *
 * @param config Its configuration, as it is or will be stored.
 * @param layers Its layers, lowest first.
 * @returns The image.
 * @throws {EngineError} `invalid`: the configuration is malformed.
 */
export async function completeImage(
  config: Uint8Array<ArrayBuffer>,
  layers: readonly ImageLayer[],
): Promise<CompleteImage> {
  const id = await digestOf(config);
  const ociLayers = layers.map(({ diffId, descriptor: { digest, mediaType, size } }) => ({
    diffId,
    descriptor: { mediaType: OCI_TYPE[mediaType] ?? mediaType, digest, size },
  }));
  const manifest = new TextEncoder().encode(JSON.stringify({
    schemaVersion: 2,
    mediaType: MediaType.ociManifest,
    config: { mediaType: MediaType.ociConfig, digest: id, size: config.length },
    layers: ociLayers.map(({ descriptor }) => descriptor),
  }));
  const manifestDigest = await digestOf(manifest);
  return {
    id,
    manifestDigest,
    config: parseImageConfig(config),
    layers: ociLayers,
    documents: new Map([[id, config], [manifestDigest, manifest]]),
  };
}

function findSame({ database }: ImageStore, { config, layers }: NewImage): Digest | undefined {
  const last = layers.at(-1);
  if (last === undefined) return undefined;
  const text = timeless(config);
  const candidates = database.all<{ id: Digest; config: string }>(
    `SELECT id, config FROM images WHERE id IN
       (SELECT image_id FROM image_layers WHERE diff_id = ? AND position = ?)
     ORDER BY created_at`,
    last.diffId,
    layers.length - 1,
  );
  return candidates.find(({ config }) => timeless(JSON.parse(config)) === text)?.id;
}

/** A configuration without when the image, and the last step of its history, was made. */
function timeless(config: Record<string, unknown>): string {
  const { created: _, history, ...rest } = config;
  if (!Array.isArray(history) || history.length === 0) return JSON.stringify(rest);
  const { created: __, ...last } = history.at(-1) as Record<string, unknown>;
  return JSON.stringify({ ...rest, history: [...history.slice(0, -1), last] });
}
