/**
 * An image made of an archive of a root file system.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import { compact } from "../../json.ts";
import { PendingLayer } from "./pending_layer.ts";
import { applyChanges } from "../change/mod.ts";
import type { Digest } from "../spec/digest.ts";
import type { ImageLayer } from "../records/record.ts";
import { decompress } from "../layer/decompress.ts";
import { recordNewImage } from "../records/new_image.ts";
import type { Platform } from "../spec/platform.ts";
import type { Reference } from "../spec/reference.ts";
import type { ImageStore } from "../store/mod.ts";

/** Options of {@linkcode importArchive}. */
export interface ImportArchiveOptions {
  /** The image's names, each with a tag. */
  names: readonly Reference[];
  /** Dockerfile instructions that make its configuration. */
  changes: readonly string[];
  /** A remark. */
  message: string;
  /** For what it is made. */
  platform: Platform;
  /** Ends the work. */
  signal?: AbortSignal | undefined;
}

/**
 * Stores an archive as an image of one layer.
 *
 * @param store The store.
 * @param source The archive, compressed or not.
 * @param options What the image is.
 * @returns Its ID.
 * @throws {EngineError} `invalid`: the archive is corrupt or hostile, or a change is wrong; `system`:
 * the disk is full, for example.
 */
export async function importArchive(
  store: ImageStore,
  source: AsyncIterable<Uint8Array>,
  options: ImportArchiveOptions,
): Promise<Digest> {
  const { changes, message, names, platform, signal } = options;
  const defaults = applyChanges({}, changes);
  using _pull = await store.beginPull(signal);
  const layers = [await storeArchive(store, source, signal)];
  const created = new Date().toISOString();
  const config = compact({
    architecture: platform.architecture,
    config: defaults,
    created,
    history: [{ created, comment: message }],
    os: platform.os,
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    variant: platform.variant,
  });
  return await recordNewImage(store, { config, layers }, names);
}

/** An archive of nothing makes an image to build upon; no archive at all is a mistake. */
async function storeArchive(
  store: ImageStore,
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<ImageLayer> {
  await using layer = await PendingLayer.receive(store, decompress(source), { signal });
  if (layer.size > 0) return await layer.commit();
  throw new EngineError("Cannot import the image: what came in is empty, not even an archive", {
    kind: "invalid",
  });
}
