/**
 * From a name to the manifest, configuration and layers of one platform's image.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import type { Digest } from "../spec/digest.ts";
import {
  type Descriptor,
  type ImageConfig,
  LONGEST_IMAGE_CONFIG,
  type Manifest,
  parseImageConfig,
  parseManifest,
} from "../spec/manifest.ts";
import { tooManyLayers } from "../spec/layer_count.ts";
import {
  formatPlatform,
  hostPlatform,
  matchesPlatform,
  type Platform,
  selectPlatform,
} from "../spec/platform.ts";
import { familiarName, type Reference } from "../spec/reference.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { BlobStore } from "../store/blobs.ts";
import type { WantedLayer } from "./layer.ts";

/** Everything of an image but its layers' content. */
export interface ImageDescription {
  /** By which name it was asked for. */
  reference: Reference;
  /** What the name stands for: the digest of its index, or of its manifest. */
  digest: Digest;
  /** Digest of the manifest for the platform. */
  manifestDigest: Digest;
  /** Digest of its configuration. */
  id: Digest;
  /** Its configuration. */
  config: ImageConfig;
  /** Its layers, lowest first; the same one may come several times. */
  layers: WantedLayer[];
  /** Its index, manifest and configuration as the registry has them, by digest. */
  documents: Map<Digest, Uint8Array>;
}

/** What {@linkcode describeImage} needs. */
export interface DescribeOptions {
  /** The registry. */
  client: RegistryClient;
  /** Has what was fetched before. */
  blobs: BlobStore;
  /** The image's name. */
  reference: Reference;
  /** For what it shall be made; the machine's platform when left out. */
  platform: Platform | undefined;
}

// Indexes of indexes are allowed; nobody nests them deeper than this.
const DEEPEST_INDEX = 3;

/**
 * Fetches everything of an image but its layers' content; what the store has is not fetched.
 *
 * @param options Which image, and where from.
 * @returns The image.
 * @throws {EngineError} `notFound`: there is none for the platform; `invalid`: its documents
 * contradict each other; or what the registry client throws.
 */
export async function describeImage(options: DescribeOptions): Promise<ImageDescription> {
  const { client, blobs, reference, platform } = options;
  const { descriptor, bytes } = await client.resolve(reference);
  const documents = new Map<Digest, Uint8Array>([[descriptor.digest, bytes]]);
  const manifest = await manifestFor(options, { descriptor, bytes }, documents);
  const { digest: id } = manifest.document.config;
  const configBytes = await blobs.read(id) ??
    await client.readBlob(reference, manifest.document.config, LONGEST_IMAGE_CONFIG);
  documents.set(id, configBytes);
  const config = parseImageConfig(configBytes);
  checkPlatform(reference, config, platform);
  return {
    reference,
    digest: descriptor.digest,
    manifestDigest: manifest.digest,
    id,
    config,
    layers: pairLayers(reference, manifest.document, config),
    documents,
  };
}

async function manifestFor(
  { client, blobs, reference, platform }: DescribeOptions,
  resolved: { descriptor: Descriptor; bytes: Uint8Array },
  documents: Map<Digest, Uint8Array>,
): Promise<{ document: Manifest; digest: Digest }> {
  let { descriptor, bytes } = resolved;
  for (let depth = 0; depth <= DEEPEST_INDEX; depth++) {
    const document = parseManifest(bytes, descriptor.mediaType);
    if (document.kind === "manifest") return { document, digest: descriptor.digest };
    descriptor = selectPlatform(document, platform ?? hostPlatform());
    bytes = await blobs.read(descriptor.digest) ?? await client.manifest(reference, descriptor);
    documents.set(descriptor.digest, bytes);
  }
  throw contradiction(reference, `its indexes are nested deeper than ${DEEPEST_INDEX}`);
}

/** An image without an index is for one platform, whatever was asked for. */
function checkPlatform(
  reference: Reference,
  config: ImageConfig,
  wanted: Platform | undefined,
): void {
  if (wanted === undefined || matchesPlatform(config, wanted)) return;
  const { os, architecture, variant } = config;
  const actual = formatPlatform({ os, architecture, ...variant !== undefined && { variant } });
  throw new EngineError(
    `Cannot pull image "${familiarName(reference)}": image with reference ` +
      `${familiarName(reference)} was found but does not match the specified platform: wanted ` +
      `${formatPlatform(wanted)}, actual: ${actual}`,
    { kind: "notFound" },
  );
}

function pairLayers(
  reference: Reference,
  { layers }: Manifest,
  { rootfs }: ImageConfig,
): WantedLayer[] {
  if (rootfs.type !== "layers") {
    throw contradiction(reference, `its root file system has the unknown type "${rootfs.type}"`);
  }
  if (layers.length !== rootfs.diff_ids.length) {
    throw contradiction(
      reference,
      `its manifest has ${layers.length} layers and its configuration ${rootfs.diff_ids.length}`,
    );
  }
  const tooMany = tooManyLayers(rootfs.diff_ids);
  if (tooMany !== undefined) throw contradiction(reference, tooMany);
  return layers.map((descriptor, index) => ({ descriptor, diffId: rootfs.diff_ids[index]! }));
}

function contradiction(reference: Reference, state: string): EngineError {
  return new EngineError(`Cannot pull image "${familiarName(reference)}": ${state}`, {
    kind: "invalid",
  });
}
