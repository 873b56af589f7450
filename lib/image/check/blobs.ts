/**
 * Checking blobs: whether they are there, and have the content their digests say.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import { createHasher, type Digest, digestAlgorithm } from "../spec/digest.ts";
import type { ImageStore } from "../store/mod.ts";
import { type ExpectedBlob, expectedBlobs, isExpected } from "./expected_blobs.ts";
import type { Finding } from "./finding.ts";
import { refetchBlob, type RefetchOptions } from "./refetch.ts";

/** Options of {@linkcode checkBlobs}. */
export interface CheckOptions extends RefetchOptions {
  /** Whether what is damaged is to be put right. */
  repair: boolean;
  /** Told of each thing that is found, at once. */
  report: (finding: Finding) => void;
}

const READ_BYTES = 256 * 1024;

/**
 * Checks the blobs that belong to images.
 *
 * @param options The store, and what to do about what is damaged.
 * @returns How many there are.
 */
export async function checkBlobs(options: CheckOptions): Promise<number> {
  const { store, signal } = options;
  const blobs = expectedBlobs(store.database);
  for (const blob of blobs.values()) {
    signal?.throwIfAborted();
    const problem = await problemOf(store, blob, signal);
    // A removal at the same time makes it no problem.
    if (problem === undefined || !isExpected(store.database, blob.digest)) continue;
    options.report(await settle(blob, problem, options));
  }
  return blobs.size;
}

/**
 * Tells whether a blob is there and whole.
 *
 * @param store The store.
 * @param digest The blob.
 * @returns Whether it is.
 */
export async function isBlobWhole(store: ImageStore, digest: Digest): Promise<boolean> {
  return await fileDigest(store.layout.blob(digest), digest) === digest;
}

async function problemOf(
  store: ImageStore,
  { digest, kind }: ExpectedBlob,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const actual = await fileDigest(store.layout.blob(digest), digest, signal);
  if (actual === digest) return undefined;
  if (actual !== undefined) return `damaged: its content has digest ${actual}`;
  // Its unpacked layer is compared by another blob then, see checkLayers.
  return kind === "layer" ? undefined : "missing";
}

async function settle(
  blob: ExpectedBlob,
  problem: string,
  options: CheckOptions,
): Promise<Finding> {
  const object = `blob ${blob.digest}`;
  if (!options.repair) return { object, problem, outcome: "found" };
  try {
    const remedy = await refetchBlob(blob, options);
    return { object, problem, outcome: "repaired", remedy };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const { kind, message } = error;
    if (kind === "unavailable" || blob.kind !== "layer") {
      return { object, problem, outcome: "unrepaired", remedy: message };
    }
    // It helps nobody; the image runs without it, and can be pushed to where it already is.
    options.store.blobs.delete(blob.digest);
    return { object, problem, outcome: "repaired", remedy: `removed, as ${message}` };
  }
}

/** Nothing where there is no such file. */
async function fileDigest(
  path: string,
  wanted: Digest,
  signal?: AbortSignal,
): Promise<Digest | undefined> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  using _file = file;
  const hasher = await createHasher(digestAlgorithm(wanted));
  const buffer = new Uint8Array(READ_BYTES);
  for (let count = await file.read(buffer); count !== null; count = await file.read(buffer)) {
    hasher.update(buffer.subarray(0, count));
    signal?.throwIfAborted();
  }
  return hasher.digest();
}
