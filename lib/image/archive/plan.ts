/**
 * Which images an archive holds, by its documents: Docker's `manifest.json`, or OCI's `index.json`.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import { listAt, objectAt, optionalAt, parseJson, stringAt } from "../../json.ts";
import { type Digest, digestOf } from "../spec/digest.ts";
import {
  type Descriptor,
  type ImageConfig,
  type Manifest,
  parseImageConfig,
  parseManifest,
} from "../spec/manifest.ts";
import { tooManyLayers } from "../spec/layer_count.ts";
import { hostPlatform, selectPlatform } from "../spec/platform.ts";
import { parseReference, type Reference } from "../spec/reference.ts";
import type { ArchiveEntries } from "./load_entries.ts";
import type { PendingLayer } from "./pending_layer.ts";

/** An image of an archive. */
export interface PlannedImage {
  /** Its configuration, as it is in the archive. */
  configBytes: Uint8Array<ArrayBuffer>;
  /** The same. */
  config: ImageConfig;
  /** Its layers, lowest first. */
  layers: PendingLayer[];
  /** Its manifest, where the archive has one. */
  manifest: { bytes: Uint8Array<ArrayBuffer>; digest: Digest; document: Manifest } | undefined;
  /** Its names, each with a tag. */
  names: Reference[];
}

/** Indexes of indexes are allowed; nobody nests them deeper than this. */
const DEEPEST_INDEX = 3;

/**
 * Finds the images of an archive.
 *
 * @param entries What the archive holds.
 * @returns The images, in the archive's order.
 * @throws {EngineError} `invalid`: it holds none, or its documents contradict each other.
 */
export async function planImages(entries: ArchiveEntries): Promise<PlannedImage[]> {
  try {
    const manifests = await manifestsOf(entries);
    if (entries.documents.has("manifest.json")) return await dockerImages(entries, manifests);
    if (!entries.documents.has("index.json")) {
      throw new TypeError("it has neither a manifest.json nor an index.json: it is no image");
    }
    return manifests.map((found) => ociImage(entries, found));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    throw new EngineError(`Cannot load the archive: ${error.message}`, {
      kind: "invalid",
      cause: error,
    });
  }
}

interface FoundManifest {
  bytes: Uint8Array<ArrayBuffer>;
  digest: Digest;
  document: Manifest;
  annotations: Readonly<Record<string, string>>;
}

/** The images OCI's index names; one with names for several platforms counts for this one's. */
function manifestsOf(entries: ArchiveEntries): Promise<FoundManifest[]> {
  const bytes = entries.documents.get("index.json");
  if (bytes === undefined) return Promise.resolve([]);
  const index = parseManifest(bytes);
  if (index.kind !== "index") throw new TypeError("index.json is no index");
  return Promise.all(index.manifests.map((descriptor) => findManifest(entries, descriptor)));
}

async function findManifest(
  entries: ArchiveEntries,
  top: Descriptor,
): Promise<FoundManifest> {
  let descriptor = top;
  for (let depth = 0; depth <= DEEPEST_INDEX; depth++) {
    const bytes = documentOf(entries, descriptor.digest);
    const digest = await digestOf(bytes, descriptor.digest.split(":")[0] as "sha256");
    if (digest !== descriptor.digest) throw new TypeError(`${descriptor.digest} is damaged`);
    const document = parseManifest(bytes, descriptor.mediaType);
    if (document.kind === "manifest") {
      return { bytes, digest, document, annotations: top.annotations ?? {} };
    }
    descriptor = selectPlatform(document, hostPlatform());
  }
  throw new TypeError(`its indexes are nested deeper than ${DEEPEST_INDEX}`);
}

function documentOf({ documents }: ArchiveEntries, digest: Digest): Uint8Array<ArrayBuffer> {
  const bytes = documents.get(`blobs/${digest.replace(":", "/")}`);
  if (bytes === undefined) throw new TypeError(`the document ${digest} is missing from it`);
  return bytes;
}

function ociImage(entries: ArchiveEntries, found: FoundManifest): PlannedImage {
  const configBytes = documentOf(entries, found.document.config.digest);
  const layers = found.document.layers.map(({ digest }) => {
    const layer = entries.blob(digest);
    if (layer === undefined) throw new TypeError(`the layer ${digest} is missing from it`);
    return layer;
  });
  const config = parseImageConfig(configBytes);
  const name = ociName(found.annotations);
  const image = { configBytes, config, layers, manifest: found, names: name ? [name] : [] };
  checkLayers(image);
  return image;
}

/** containerd's annotation holds the whole name; OCI's may be no more than a tag. */
function ociName(annotations: Readonly<Record<string, string>>): Reference | undefined {
  const text = annotations["io.containerd.image.name"] ??
    annotations["org.opencontainers.image.ref.name"];
  return text !== undefined && /[:/]/.test(text) ? parseReference(text) : undefined;
}

async function dockerImages(
  entries: ArchiveEntries,
  manifests: readonly FoundManifest[],
): Promise<PlannedImage[]> {
  const text = new TextDecoder().decode(entries.documents.get("manifest.json"));
  const items = listAt(parseJson(text), "manifest.json", objectAt);
  return await Promise.all(items.map((item) => dockerImage(entries, manifests, item)));
}

async function dockerImage(
  entries: ArchiveEntries,
  manifests: readonly FoundManifest[],
  item: Record<string, unknown>,
): Promise<PlannedImage> {
  const path = byteString(stringAt(item.Config, "Config"));
  const configBytes = entries.documents.get(path);
  if (configBytes === undefined) {
    throw new TypeError(`the configuration ${path} is missing from it`);
  }
  const config = parseImageConfig(configBytes);
  const paths = optionalAt(item.Layers, "Layers", (v, at) => listAt(v, at, stringAt)) ?? [];
  const layers = paths.map((path) => {
    const layer = entries.layer(byteString(path));
    if (layer === undefined) throw new TypeError(`the layer ${path} is missing from it`);
    return layer;
  });
  const tags = optionalAt(item.RepoTags, "RepoTags", (v, at) => listAt(v, at, stringAt)) ?? [];
  const id = await digestOf(configBytes);
  const image = {
    configBytes,
    config,
    layers,
    manifest: undefined,
    names: tags.map(parseReference),
  };
  checkLayers(image);
  return withManifest(
    entries,
    image,
    manifests.find(({ document }) => document.config.digest === id),
  );
}

/** OCI's manifest of the same image, where the archive has it whole: it keeps the image's digest. */
function withManifest(
  entries: ArchiveEntries,
  image: PlannedImage,
  manifest: FoundManifest | undefined,
): PlannedImage {
  const layers = manifest?.document.layers.map(({ digest }) => entries.blob(digest)) ?? [];
  const isWhole = layers.length === image.layers.length &&
    layers.every((layer, position) => layer?.diffId === image.layers[position]!.diffId);
  return isWhole ? { ...image, manifest, layers: layers as PendingLayer[] } : image;
}

/** The digests of the layers' content are what makes an image the one its ID says. */
function checkLayers(
  { config: { rootfs }, layers }: Pick<PlannedImage, "config" | "layers">,
): void {
  if (rootfs.diff_ids.length !== layers.length) {
    throw new TypeError(
      `an image has ${layers.length} layers and its configuration ${rootfs.diff_ids.length}`,
    );
  }
  const tooMany = tooManyLayers(rootfs.diff_ids);
  if (tooMany !== undefined) throw new TypeError(tooMany);
  layers.forEach(({ diffId }, position) => {
    const expected = rootfs.diff_ids[position];
    if (expected !== diffId) {
      throw new TypeError(`a layer has the diff ID ${diffId} instead of ${expected}`);
    }
  });
}

/** Paths in an archive are bytes; documents name them in UTF-8. */
function byteString(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}
