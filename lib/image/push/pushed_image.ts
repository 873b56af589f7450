/**
 * What a stored image is made of in a registry.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import type { Digest } from "../spec/digest.ts";
import { configOf } from "../records/filters.ts";
import { findByName, type ImageRow } from "../records/lookup.ts";
import { type Descriptor, type Manifest, parseManifest } from "../spec/manifest.ts";
import { canonicalName, familiarName, type Reference, repositoryName } from "../spec/reference.ts";
import { parseReference } from "../spec/reference.ts";
import type { ImageStore } from "../store/mod.ts";

/** An image that is ready to be pushed. */
export interface PushableImage {
  /** The name it is pushed under. */
  readonly reference: Reference;
  /** Digest of its configuration. */
  readonly id: Digest;
  /** Its configuration's descriptor. */
  readonly config: Descriptor;
  /** Its layers, lowest first, each once. */
  readonly layers: readonly PushableLayer[];
  /** Its manifest, with the bytes that give the digest it is known by. */
  readonly manifest: {
    readonly mediaType: string;
    readonly digest: Digest;
    readonly bytes: Uint8Array<ArrayBuffer>;
  };
}

/** A layer of a {@linkcode PushableImage}. */
export interface PushableLayer {
  /** As the manifest has it. */
  readonly descriptor: Descriptor;
  /** Digest of its uncompressed archive. */
  readonly diffId: Digest;
}

/**
 * Finds what a name stands for.
 *
 * @param store The store.
 * @param reference The name, with a tag.
 * @returns The image.
 * @throws {EngineError} `notFound`: no image has the name, in Docker's words, or its manifest is
 * damaged.
 */
export async function pushableImage(
  store: ImageStore,
  reference: Reference,
): Promise<PushableImage> {
  const row = findByName(store.database, reference);
  if (row === undefined) throw unknownTag(store, reference);
  const bytes = await store.blobs.read(row.manifestDigest);
  const manifest = bytes && parseManifest(bytes);
  if (bytes === undefined || manifest?.kind !== "manifest") throw damaged(reference, row);
  return {
    reference,
    id: row.id,
    config: manifest.config,
    layers: layersOf(manifest, row),
    manifest: { mediaType: manifest.mediaType, digest: row.manifestDigest, bytes },
  };
}

/**
 * Lists the tags that a repository has here.
 *
 * @param store The store.
 * @param repository Any image of the repository.
 * @returns A reference for each tag, sorted.
 */
export function tagsOf({ database }: ImageStore, repository: Reference): Reference[] {
  const name = repositoryName(repository);
  // Neither character can be part of a name: `:` begins the tag, and `;` follows it.
  return database.all<{ reference: string }>(
    "SELECT reference FROM tags WHERE reference > ? AND reference < ? ORDER BY reference",
    `${name}:`,
    `${name};`,
  ).map(({ reference }) => parseReference(reference));
}

/**
 * Lists other repositories of a registry that are known to have a layer.
 *
 * @param store The store.
 * @param reference An image of the repository that is pushed to.
 * @param digest The layer as registries have it.
 * @param most How many are wanted.
 * @returns Repositories, without the registry.
 */
export function repositoriesWith(
  { database }: ImageStore,
  reference: Reference,
  digest: Digest,
  most: number,
): string[] {
  const prefix = `${reference.registry}/`;
  // "0" follows "/".
  return database.all<{ repository: string }>(
    `SELECT DISTINCT repository FROM repository_digests
     WHERE repository > ? AND repository < ? AND repository <> ?
       AND image_id IN (SELECT image_id FROM image_layers WHERE blob = ?)
     ORDER BY repository LIMIT ?`,
    prefix,
    `${reference.registry}0`,
    repositoryName(reference),
    digest,
    most,
  ).map(({ repository }) => repository.slice(prefix.length));
}

function layersOf(manifest: Manifest, row: ImageRow): PushableLayer[] {
  const diffIds = configOf(row).rootfs.diff_ids;
  const layers = manifest.layers.map((descriptor, index) => ({
    descriptor,
    diffId: diffIds[index]!,
  }));
  return [...new Map(layers.map((layer) => [layer.descriptor.digest, layer])).values()];
}

function unknownTag(store: ImageStore, reference: Reference): EngineError {
  const name = familiarName(reference);
  const { tag: _, ...repository } = reference;
  const isKnown = tagsOf(store, reference).length > 0;
  return new EngineError(
    isKnown
      ? `Cannot push image "${name}": tag does not exist: ${canonicalName(reference)}`
      : `Cannot push image "${name}": An image does not exist locally with the tag: ` +
        familiarName(repository),
    { kind: "notFound" },
  );
}

function damaged(reference: Reference, { manifestDigest }: ImageRow): EngineError {
  return new EngineError(
    `Cannot push image "${
      familiarName(reference)
    }": its manifest ${manifestDigest} is missing or ` +
      "damaged, pull the image again",
    { kind: "system" },
  );
}
