/**
 * Getting a blob again from where it came.
 *
 * @module
 */

import type { Config } from "../../config.ts";
import { EngineError } from "../../errors.ts";
import { removeTree } from "../../state/mod.ts";
import { type Digest, digestOf } from "../spec/digest.ts";
import { type Descriptor, LONGEST_IMAGE_CONFIG, parseManifest } from "../spec/manifest.ts";
import { BlobReceiver } from "../pull/blob_receiver.ts";
import { parseReference, type Reference } from "../spec/reference.ts";
import { RegistryClient } from "../registry/client.ts";
import { FileLock, type ImageStore } from "../store/mod.ts";
import { type ExpectedBlob, repositoriesOf } from "./expected_blobs.ts";

/** What {@linkcode refetchBlob} works with. */
export interface RefetchOptions {
  /** Where the blob belongs. */
  store: ImageStore;
  /** Registries and their mirrors. */
  config: Config;
  /** Ends it. */
  signal?: AbortSignal | undefined;
}

/**
 * Gets a blob again: a configuration from the image's record, anything else from the repositories
 * that are known to have it. One that is there, whole or damaged, is replaced.
 *
 * @param blob The blob.
 * @param options Where to.
 * @returns Where it came from, in words.
 * @throws {EngineError} It cannot be had; what was there stays.
 */
export async function refetchBlob(blob: ExpectedBlob, options: RefetchOptions): Promise<string> {
  const { store, config, signal } = options;
  if (await restoreConfiguration(blob, store)) return "restored from the image's record";
  await using client = new RegistryClient({ config, signal });
  let failure: unknown = new EngineError("no registry is known to have it", { kind: "notFound" });
  for (const repository of repositoriesOf(store.database, blob.digest)) {
    const reference = parseReference(`${repository}@${blob.digest}`);
    try {
      if (blob.kind === "layer") await fetchLayerBlob(blob, reference, client, options);
      else await fetchDocument(blob, reference, client, store);
      return `fetched again from ${repository}`;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof EngineError)) throw error;
      failure = error;
    }
  }
  throw failure;
}

async function restoreConfiguration(blob: ExpectedBlob, store: ImageStore): Promise<boolean> {
  if (blob.kind !== "configuration") return false;
  const row = store.database.get<{ config: string }>(
    "SELECT config FROM images WHERE id = ?",
    blob.digest,
  );
  const bytes = new TextEncoder().encode(row?.config ?? "");
  if (await digestOf(bytes) !== blob.digest) return false;
  store.database.transaction(() => store.blobs.put(blob.digest, bytes));
  return true;
}

async function fetchDocument(
  { digest, kind }: ExpectedBlob,
  reference: Reference,
  client: RegistryClient,
  store: ImageStore,
): Promise<void> {
  const bytes = kind === "manifest"
    ? await client.manifest(reference, digest)
    : await client.readBlob(reference, await configOf(digest, store), LONGEST_IMAGE_CONFIG);
  store.database.transaction(() => store.blobs.put(digest, bytes));
}

/** The configuration's descriptor, which has its size. */
async function configOf(id: Digest, store: ImageStore): Promise<Descriptor> {
  const row = store.database.get<{ digest: Digest }>(
    "SELECT manifest_digest AS digest FROM images WHERE id = ?",
    id,
  );
  const bytes = row && await store.blobs.read(row.digest);
  const manifest = bytes && parseManifest(bytes);
  if (manifest?.kind === "manifest") return manifest.config;
  throw new EngineError("the image's manifest is missing as well", { kind: "system" });
}

async function fetchLayerBlob(
  { digest, size }: ExpectedBlob,
  reference: Reference,
  client: RegistryClient,
  { store: { blobs, layout }, signal }: RefetchOptions,
): Promise<void> {
  const descriptor = { mediaType: "", digest, size: size! };
  using _lock = await FileLock.acquire(layout.lock("blob", digest), "alone", signal);
  const path = layout.incomingBlob(digest);
  // What an interrupted pull has left there may be what is damaged.
  await removeTree(path);
  try {
    await using receiver = new BlobReceiver({
      descriptor,
      path,
      transfer: (offset, sink, stop) =>
        client.downloadBlob(reference, descriptor, sink, { offset, signal: stop }),
    });
    await receiver.drain();
  } catch (error) {
    await removeTree(path);
    throw error;
  }
  blobs.commit(digest);
}
