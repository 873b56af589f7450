/**
 * What is needed of an image to start a container.
 *
 * @module
 */

import type { Digest } from "../spec/digest.ts";
import { configOf } from "./filters.ts";
import { namesOf } from "./names.ts";
import { findImage } from "./lookup.ts";
import type { ImageConfig } from "../spec/manifest.ts";
import { familiarName, type Reference } from "../spec/reference.ts";
import type { ImageStore } from "../store/mod.ts";

/** An image that is in the store. */
export interface ResolvedImage {
  /** Digest of its configuration. */
  id: Digest;
  /** What a container of it runs, and how. */
  config: ImageConfig;
  /** Absolute paths of its layers' directories, lowest first, each once. */
  layers: string[];
  /** The name it was found by, as people type it; absent where that was its ID. */
  name?: string;
  /** Its names with a tag, read when asked for. */
  readonly references: Reference[];
}

/**
 * Finds an image; one query where a name is given.
 *
 * @param store The store.
 * @param nameOrId Its name or ID, see {@linkcode findImage}.
 * @returns The image.
 * @throws {EngineError} `notFound`, `conflict` or `invalid`, as {@linkcode findImage}.
 */
export function resolveImage(store: ImageStore, nameOrId: string): ResolvedImage {
  const { image, reference } = findImage(store.database, nameOrId);
  const config = configOf(image);
  return {
    id: image.id,
    config,
    layers: layerDirectories(store, config),
    ...reference && { name: familiarName(reference) },
    get references() {
      return namesOf(store.database, image.id).tags;
    },
  };
}

/**
 * Names the directories that make up an image.
 *
 * The same layer may come several times in an image; overlay takes each directory once. The highest
 * place counts: there the layer hides everything that it could show or hide further down.
 *
 * @param store The store.
 * @param config The image's configuration.
 * @returns Absolute paths, lowest first.
 */
export function layerDirectories(store: ImageStore, config: ImageConfig): string[] {
  const diffIds = config.rootfs.diff_ids;
  return diffIds.filter((diffId, position) => diffIds.lastIndexOf(diffId) === position)
    .map((diffId) => store.layout.layer(diffId));
}
