/**
 * An image made of another one and what a container has changed.
 *
 * @module
 */

import { compact } from "../../json.ts";
import type { Digest } from "../spec/digest.ts";
import { configOf } from "./filters.ts";
import type { ContainerDefaults } from "../spec/config.ts";
import type { ImageLayer } from "./record.ts";
import type { ImageRow } from "./lookup.ts";
import { recordNewImage } from "./new_image.ts";
import type { Reference } from "../spec/reference.ts";
import type { ImageStore } from "../store/mod.ts";

/** What is put on an image. */
export interface Commit {
  /** The image below. */
  base: ImageRow;
  /** The layer upon it; absent where nothing changed. */
  layer: ImageLayer | undefined;
  /** What containers of the new image run, and how. */
  defaults: ContainerDefaults;
  /** By which command. */
  createdBy: string;
  /** By whom; empty where it is not said. */
  author: string;
  /** A remark; empty where there is none. */
  comment: string;
}

/**
 * Records the image of a commit.
 *
 * @param store The store, in which a pull has begun.
 * @param commit What it is made of.
 * @param names Its names, each with a tag.
 * @returns Its ID.
 * @throws {EngineError} `conflict`: a layer was removed meanwhile.
 */
export async function commitImage(
  store: ImageStore,
  commit: Commit,
  names: readonly Reference[],
): Promise<Digest> {
  const { author, base, comment, createdBy, defaults, layer } = commit;
  const below = configOf(base);
  const created = new Date().toISOString();
  const layers = [...layersOf(store, base.id), ...layer ? [layer] : []];
  const config = compact({
    architecture: below.architecture,
    author: author || undefined,
    config: defaults,
    created,
    history: [
      ...below.history,
      compact({
        created,
        author: author || undefined,
        created_by: createdBy,
        comment: comment || undefined,
        empty_layer: layer ? undefined : true,
      }),
    ],
    os: below.os,
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    variant: below.variant,
  });
  return await recordNewImage(store, { config, layers }, names);
}

/**
 * Reads the layers of an image.
 *
 * @param store The store.
 * @param imageId The image.
 * @returns The layers, lowest first.
 */
export function layersOf({ database }: ImageStore, imageId: Digest): ImageLayer[] {
  const rows = database.all<
    { diffId: Digest; digest: Digest; mediaType: string; size: number }
  >(
    `SELECT diff_id AS diffId, blob AS digest, media_type AS mediaType, blob_size AS size
     FROM image_layers WHERE image_id = ? ORDER BY position`,
    imageId,
  );
  return rows.map(({ diffId, ...descriptor }) => ({ diffId, descriptor }));
}
