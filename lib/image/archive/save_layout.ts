/**
 * What an archive of images holds besides their blobs: OCI's image layout, and Docker's lists beside it.
 *
 * Docker up to 24, Podman and skopeo's `docker-archive:` read `manifest.json`; containerd, Docker's
 * newer store and `oci-archive:` read `index.json`. Both name the same blobs, so one archive serves.
 *
 * @see https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 * @see https://github.com/moby/docker-image-spec/blob/main/spec.md
 *
 * @module
 */

import { type Digest, digestAlgorithm, digestHex } from "../spec/digest.ts";
import type { ImageLayer } from "../records/record.ts";
import { layerCompression, MediaType } from "../spec/media_type.ts";
import {
  canonicalName,
  familiarName,
  familiarRepository,
  type Reference,
} from "../spec/reference.ts";

/** Which lists an archive has: `docker` both, `oci` OCI's alone. */
export type ArchiveFormat = "docker" | "oci";

/** An image that goes into an archive. */
export interface SavedImage {
  /** Digest of its configuration. */
  id: Digest;
  /** Its manifest. */
  manifest: { digest: Digest; mediaType: string; size: number };
  /** Its layers, lowest first. */
  layers: readonly ImageLayer[];
  /** The names it is saved under, each with a tag. */
  names: readonly Reference[];
}

/** A small file of an archive. */
export interface LayoutFile {
  /** Its path in the archive. */
  path: string;
  /** Its content. */
  text: string;
}

/**
 * Writes the lists of an archive.
 *
 * @param images The images, in their order.
 * @param format Which lists.
 * @returns The files, in the archive's order.
 */
export function layoutFiles(images: readonly SavedImage[], format: ArchiveFormat): LayoutFile[] {
  const files = [
    { path: "index.json", text: JSON.stringify(index(images)) },
    { path: "oci-layout", text: JSON.stringify({ imageLayoutVersion: "1.0.0" }) },
  ];
  if (format === "oci") return files;
  return [
    ...files,
    { path: "manifest.json", text: JSON.stringify(images.map(dockerManifest)) },
    { path: "repositories", text: JSON.stringify(repositories(images)) },
  ];
}

/**
 * Names a blob in an archive.
 *
 * @param digest Its digest.
 * @returns Its path.
 */
export function blobPath(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

function index(images: readonly SavedImage[]): unknown {
  const manifests = images.flatMap(({ manifest: { digest, mediaType, size }, names }) => {
    const descriptor = { mediaType, digest, size };
    if (names.length === 0) return [descriptor];
    return names.map((name) => ({
      ...descriptor,
      annotations: {
        "io.containerd.image.name": canonicalName(name),
        "org.opencontainers.image.ref.name": name.tag,
      },
    }));
  });
  return { schemaVersion: 2, mediaType: MediaType.ociIndex, manifests };
}

function dockerManifest({ id, layers, names }: SavedImage): unknown {
  return {
    Config: blobPath(id),
    RepoTags: names.length === 0 ? null : names.map(familiarName),
    Layers: layers.map((layer) => blobPath(dockerBlob(layer))),
  };
}

/**
 * Chooses the form of a layer that Docker's list names.
 *
 * @param layer The layer.
 * @returns Digest of its blob; its diff ID where that is compressed with zstd, which Docker up to 20.10
 * does not read, so that the layer has to be in the archive without compression as well.
 */
export function dockerBlob({ descriptor, diffId }: ImageLayer): Digest {
  return layerCompression(descriptor.mediaType) === "zstd" ? diffId : descriptor.digest;
}

/** By repository and tag the topmost layer, which in Docker's oldest format was the image's name. */
function repositories(images: readonly SavedImage[]): Record<string, Record<string, string>> {
  const found: Record<string, Record<string, string>> = {};
  for (const { layers, names } of images) {
    const top = layers.at(-1);
    if (top === undefined) continue;
    for (const name of names) {
      (found[familiarRepository(name)] ??= {})[name.tag!] = digestHex(top.descriptor.digest);
    }
  }
  return found;
}
