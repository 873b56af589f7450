/**
 * Checking unpacked layers: each is unpacked once more from its blob, and the two are compared.
 *
 * @module
 */

import { describeError, EngineError } from "../../errors.ts";
import { syncfs } from "../../../ffi/syncfs.ts";
import { removeTree } from "../../state/mod.ts";
import type { Digest } from "../spec/digest.ts";
import { usersOf } from "../records/names.ts";
import { unpackLayer } from "../layer/mod.ts";
import { removeImage } from "../records/remove.ts";
import { FileLock, type ImageStore } from "../store/mod.ts";
import { type CheckOptions, isBlobWhole } from "./blobs.ts";
import type { Finding } from "./finding.ts";
import { refetchBlob } from "./refetch.ts";
import { findTreeDifference } from "./tree_difference.ts";

/** A layer of images, and what it was unpacked from. */
interface StoredLayer {
  diffId: Digest;
  blobs: { digest: Digest; mediaType: string; size: number }[];
}

/**
 * Checks the layers that belong to images.
 *
 * @param options The store, and what to do about what is damaged.
 * @returns How many there are.
 */
export async function checkLayers(options: CheckOptions): Promise<number> {
  const { store, signal } = options;
  const layers = storedLayers(store);
  for (const layer of layers) {
    signal?.throwIfAborted();
    // As a pull does: so nobody else unpacks it meanwhile.
    using _layer = await FileLock.acquire(
      store.layout.lock("layer", layer.diffId),
      "alone",
      signal,
    );
    if (!isRecorded(store, layer.diffId)) continue;
    const finding = await checkLayer(layer, options);
    // What is gone by now is no problem, unless it is our repair that it is gone.
    const isNews = finding?.outcome === "repaired" || isRecorded(store, layer.diffId);
    if (finding && isNews) options.report(finding);
  }
  return layers.length;
}

async function checkLayer(
  layer: StoredLayer,
  options: CheckOptions,
): Promise<Finding | undefined> {
  const { store } = options;
  const object = `layer ${layer.diffId}`;
  const isThere = await exists(store.layout.layer(layer.diffId));
  const blob = await wholeBlob(layer, options, isThere);
  if (blob instanceof EngineError) {
    if (isThere) return { object, problem: `not compared: ${blob.message}`, outcome: "noted" };
    const problem = "its folder is missing";
    if (!options.repair) return { object, problem, outcome: "found" };
    return { object, problem, ...giveUp(layer, blob, store) };
  }
  const directory = store.layout.incomingLayer(layer.diffId);
  try {
    const bytes = await unpackAgain(layer.diffId, blob, directory, options);
    if (bytes instanceof EngineError) {
      if (isThere) {
        return { object, problem: `not compared: ${describeError(bytes)}`, outcome: "noted" };
      }
      const outcome = options.repair ? "unrepaired" : "found";
      return { object, problem: "its folder is missing", outcome, remedy: describeError(bytes) };
    }
    const difference = isThere
      ? await findTreeDifference(store.layout.layer(layer.diffId), directory, options.signal)
      : "its folder is missing";
    if (difference === undefined) return undefined;
    const problem = isThere ? `damaged: ${difference}` : difference;
    if (!options.repair) return { object, problem, outcome: "found" };
    return { object, problem, ...await replace(layer, bytes, store) };
  } finally {
    await removeTree(directory);
  }
}

/** Puts what was unpacked again in the place of what is damaged. */
async function replace(
  { diffId }: StoredLayer,
  bytes: number,
  store: ImageStore,
): Promise<Pick<Finding, "outcome" | "remedy">> {
  const user = runningUser(store, diffId);
  if (user !== undefined) {
    const remedy = `container ${user.slice(0, 12)} runs on it, stop it first`;
    return { outcome: "unrepaired", remedy };
  }
  await syncfs(store.layout.root);
  store.layers.commit(diffId, bytes);
  store.layers.markSynced([diffId]);
  await store.trash.empty();
  return { outcome: "repaired", remedy: "unpacked again" };
}

/** Removes the images of a layer that is lost for good, unless containers have them. */
function giveUp(
  { diffId }: StoredLayer,
  reason: EngineError,
  store: ImageStore,
): Pick<Finding, "outcome" | "remedy"> {
  const images = store.database.all<{ id: Digest }>(
    "SELECT DISTINCT image_id AS id FROM image_layers WHERE diff_id = ?",
    diffId,
  );
  const isUsed = images.some(({ id }) => usersOf(store.database, id).length > 0);
  // A registry that does not answer today may do so tomorrow.
  if (isUsed || reason.kind === "unavailable") {
    const remedy = isUsed ? `containers have its images, and ${reason.message}` : reason.message;
    return { outcome: "unrepaired", remedy };
  }
  for (const { id } of images) removeImage(store, id, true);
  const ids = images.map(({ id }) => id).join(", ");
  return { outcome: "repaired", remedy: `its images were removed (${ids}), as ${reason.message}` };
}

/** A blob to unpack the layer from; where need be, and where repairs are wanted, fetched again. */
async function wholeBlob(
  { blobs }: StoredLayer,
  options: CheckOptions,
  isThere: boolean,
): Promise<StoredLayer["blobs"][0] | EngineError> {
  for (const blob of blobs) if (await isBlobWhole(options.store, blob.digest)) return blob;
  let failure = new EngineError("nothing is left of what it was unpacked from", {
    kind: "notFound",
  });
  // A layer that is there need not be damaged: no download for that.
  if (!options.repair || isThere) return failure;
  for (const blob of blobs) {
    try {
      await refetchBlob({ ...blob, kind: "layer" }, options);
      return blob;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      failure = error;
    }
  }
  return failure;
}

/** How many bytes its files have; an error if there is no room for them. */
async function unpackAgain(
  diffId: Digest,
  { digest, mediaType }: StoredLayer["blobs"][0],
  directory: string,
  { store, signal }: CheckOptions,
): Promise<number | EngineError> {
  await removeTree(directory);
  store.makeLayerDirectory(directory);
  using file = await Deno.open(store.layout.blob(digest));
  try {
    const { bytes } = await unpackLayer({
      compressed: readAll(file),
      mediaType,
      expectedDiffId: diffId,
      directory,
      ...signal && { signal },
    });
    return bytes;
  } catch (error) {
    // The other layers can be checked all the same.
    if (error instanceof EngineError && error.kind === "system") return error;
    throw error;
  }
}

async function* readAll(file: Deno.FsFile): AsyncGenerator<Uint8Array, void> {
  const buffer = new Uint8Array(256 * 1024);
  for (let count = await file.read(buffer); count !== null; count = await file.read(buffer)) {
    yield buffer.subarray(0, count);
  }
}

function storedLayers({ database }: ImageStore): StoredLayer[] {
  const rows = database.all<
    { diffId: Digest; digest: Digest; mediaType: string; size: number }
  >(
    `SELECT DISTINCT diff_id AS diffId, blob AS digest, media_type AS mediaType, blob_size AS size
     FROM image_layers ORDER BY diff_id`,
  );
  const layers = Map.groupBy(rows, ({ diffId }) => diffId);
  return [...layers].map(([diffId, blobs]) => ({ diffId, blobs }));
}

function isRecorded({ database }: ImageStore, diffId: Digest): boolean {
  return database.get("SELECT 1 FROM image_layers WHERE diff_id = ?", diffId) !== undefined;
}

function runningUser({ database }: ImageStore, diffId: Digest): string | undefined {
  return database.get<{ id: string }>(
    `SELECT id FROM containers WHERE status NOT IN ('created', 'stopped') AND image_id IN
       (SELECT image_id FROM image_layers WHERE diff_id = ?)`,
    diffId,
  )?.id;
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
