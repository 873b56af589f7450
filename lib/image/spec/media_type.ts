/**
 * Media types of image content, OCI's and Docker's.
 *
 * @module
 * @see https://github.com/opencontainers/image-spec/blob/main/media-types.md
 */

import { EngineError } from "../../errors.ts";

/** The media types this program reads or writes. */
export const MediaType = {
  /** OCI image manifest. */
  ociManifest: "application/vnd.oci.image.manifest.v1+json",
  /** OCI image index. */
  ociIndex: "application/vnd.oci.image.index.v1+json",
  /** OCI image configuration. */
  ociConfig: "application/vnd.oci.image.config.v1+json",
  /** OCI layer, not compressed. */
  ociLayer: "application/vnd.oci.image.layer.v1.tar",
  /** OCI layer, gzip. */
  ociLayerGzip: "application/vnd.oci.image.layer.v1.tar+gzip",
  /** OCI layer, zstd. */
  ociLayerZstd: "application/vnd.oci.image.layer.v1.tar+zstd",
  /** Docker image manifest, schema 2. */
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  /** Docker manifest list. */
  dockerList: "application/vnd.docker.distribution.manifest.list.v2+json",
  /** Docker image configuration. */
  dockerConfig: "application/vnd.docker.container.image.v1+json",
  /** Docker layer, gzip. */
  dockerLayerGzip: "application/vnd.docker.image.rootfs.diff.tar.gzip",
  /** Docker layer, not compressed. */
  dockerLayer: "application/vnd.docker.image.rootfs.diff.tar",
  /** Docker layer, zstd. */
  dockerLayerZstd: "application/vnd.docker.image.rootfs.diff.tar.zstd",
  /** Docker layer that may not be distributed (Windows base images), gzip. */
  dockerForeignLayerGzip: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
  /** Docker layer that may not be distributed, not compressed. */
  dockerForeignLayer: "application/vnd.docker.image.rootfs.foreign.diff.tar",
  /** OCI layer that may not be distributed, not compressed. */
  ociForeignLayer: "application/vnd.oci.image.layer.nondistributable.v1.tar",
  /** OCI layer that may not be distributed, gzip. */
  ociForeignLayerGzip: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
  /** OCI layer that may not be distributed, zstd. */
  ociForeignLayerZstd: "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
} as const;

/** How a layer is compressed. */
export type Compression = "none" | "gzip" | "zstd";

/** What a manifest request accepts: every kind of manifest and index. */
export const MANIFEST_ACCEPT: string = [
  MediaType.ociIndex,
  MediaType.ociManifest,
  MediaType.dockerList,
  MediaType.dockerManifest,
].join(", ");

const COMPRESSION: Readonly<Record<string, Compression>> = {
  [MediaType.ociLayer]: "none",
  [MediaType.ociLayerGzip]: "gzip",
  [MediaType.ociLayerZstd]: "zstd",
  [MediaType.dockerLayer]: "none",
  [MediaType.dockerLayerGzip]: "gzip",
  [MediaType.dockerLayerZstd]: "zstd",
  [MediaType.dockerForeignLayer]: "none",
  [MediaType.dockerForeignLayerGzip]: "gzip",
  [MediaType.ociForeignLayer]: "none",
  [MediaType.ociForeignLayerGzip]: "gzip",
  [MediaType.ociForeignLayerZstd]: "zstd",
};

/**
 * Tells how a layer is compressed.
 *
 * @param mediaType The layer's media type.
 * @returns The compression its media type claims.
 * @throws {EngineError} `invalid`: it is not a layer this program can unpack.
 */
export function layerCompression(mediaType: string): Compression {
  const found = Object.hasOwn(COMPRESSION, mediaType) ? COMPRESSION[mediaType] : undefined;
  if (found !== undefined) return found;
  const hint = mediaType.endsWith("+encrypted") ? "it is encrypted" : "its media type is unknown";
  throw new EngineError(`Cannot use layer of type "${mediaType}": ${hint}`, { kind: "invalid" });
}

/**
 * Tells whether a layer may be missing from registries (`nondistributable`, `foreign`).
 *
 * @param mediaType The layer's media type.
 * @returns True where it may.
 */
export function isForeignLayer(mediaType: string): boolean {
  return mediaType.includes(".foreign.") || mediaType.includes(".nondistributable.");
}
