/**
 * A layer made on this machine, into the store.
 *
 * @module
 */

import type { ImageLayer } from "../records/record.ts";
import type { ImageStore } from "../store/mod.ts";
import { PendingLayer } from "./pending_layer.ts";

/**
 * Stores the layer of an archive; to be called while a pull of the store goes on.
 *
 * The archive is kept as it is, not compressed: its digest is its diff ID, and nobody waits for a
 * compression that only matters once the image goes over a network.
 *
 * @param store The store.
 * @param tar The archive, not compressed; pieces may be reused once the next one is asked for.
 * @param signal Ends the work.
 * @returns The layer; nothing where the archive is empty, as a layer of nothing is none.
 * @throws {EngineError} `invalid`: the archive is corrupt or hostile; `system`: the disk is full, for
 * example. Nothing of it is kept then.
 */
export async function storeNewLayer(
  store: ImageStore,
  tar: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<ImageLayer | undefined> {
  await using layer = await PendingLayer.receive(store, tar, { signal });
  return layer.entries === 0 ? undefined : await layer.commit();
}
