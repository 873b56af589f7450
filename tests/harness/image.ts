/**
 * Builds images from directories and pushes them to a registry over plain HTTP.
 *
 * @see https://github.com/opencontainers/image-spec
 * @module
 */
import { promisify } from "node:util";
import { zstdCompress } from "node:zlib";
import { hostCommandBytes } from "./host_command.ts";
import type { Registry } from "./registry.ts";

/** How a layer is stored. */
export type Compression = "gzip" | "zstd" | "none";

/** A layer: a tar archive and how it is stored. */
export interface LayerSource {
  /** The archive. */
  tar: Uint8Array<ArrayBuffer>;
  /**
   * How it is stored.
   *
   * @default "gzip"
   */
  compression?: Compression;
}

/** The `config` member of an image's configuration, with the field names of the image-spec. */
export type ContainerConfig = Record<string, unknown>;

/** What {@linkcode buildImage} builds from. */
export interface ImageSource {
  /** From the lowest to the highest. */
  layers: LayerSource[];
  /** What a container of the image runs, and how. */
  config?: ContainerConfig;
  /**
   * Whose media types the manifest has.
   *
   * @default "oci"
   */
  format?: "oci" | "docker";
  /**
   * `OS/ARCH[/VARIANT]`.
   *
   * @default the machine's
   */
  platform?: string;
}

/** A blob and what it is. */
export interface Blob {
  /** `sha256:HEX` of the bytes. */
  digest: string;
  /** What is in it. */
  mediaType: string;
  /** The blob itself. */
  bytes: Uint8Array<ArrayBuffer>;
}

/** An image ready to be pushed. */
export interface BuiltImage {
  /** Its manifest. */
  manifest: Blob;
  /** Its configuration; the digest is the image's ID. */
  config: Blob;
  /** Its layers, as stored. */
  layers: Blob[];
  /** Digests of the uncompressed layers. */
  diffIds: string[];
  /** `OS/ARCH[/VARIANT]`. */
  platform: string;
}

const MEDIA_TYPES = {
  oci: {
    manifest: "application/vnd.oci.image.manifest.v1+json",
    index: "application/vnd.oci.image.index.v1+json",
    config: "application/vnd.oci.image.config.v1+json",
    gzip: "application/vnd.oci.image.layer.v1.tar+gzip",
    zstd: "application/vnd.oci.image.layer.v1.tar+zstd",
    none: "application/vnd.oci.image.layer.v1.tar",
  },
  docker: {
    manifest: "application/vnd.docker.distribution.manifest.v2+json",
    index: "application/vnd.docker.distribution.manifest.list.v2+json",
    config: "application/vnd.docker.container.image.v1+json",
    gzip: "application/vnd.docker.image.rootfs.diff.tar.gzip",
    zstd: "application/vnd.docker.image.rootfs.diff.tar.zstd",
    none: "application/vnd.docker.image.rootfs.diff.tar",
  },
} as const;

/** Platform of this machine, in the image-spec's words. */
export const HOST_PLATFORM: string = `linux/${Deno.build.arch === "aarch64" ? "arm64" : "amd64"}`;

/** 2023-11-14 22:13:20 UTC: nothing in a layer is newer, so that the same content has one digest. */
export const LATEST_MTIME = 1_700_000_000;

/**
 * Archives the content of a directory, the same bytes for the same content.
 *
 * @param dir The directory that stands for the layer's root.
 * @param extra More arguments for tar.
 * @returns The archive.
 */
export async function tarDirectory(
  dir: string,
  extra: string[] = [],
): Promise<Uint8Array<ArrayBuffer>> {
  return await hostCommandBytes("tar", [
    ...["--create", "--file=-", `--directory=${dir}`, "--sort=name", "--numeric-owner"],
    ...["--format=posix", "--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime"],
    ...["--xattrs", "--xattrs-include=*", `--mtime=@${LATEST_MTIME}`, "--clamp-mtime"],
    ...extra,
    ".",
  ]);
}

/**
 * Builds an image in memory.
 *
 * @param source Its layers and its configuration.
 * @returns The image.
 */
export async function buildImage(source: ImageSource): Promise<BuiltImage> {
  const types = MEDIA_TYPES[source.format ?? "oci"];
  const platform = source.platform ?? HOST_PLATFORM;
  const [os, architecture, variant] = platform.split("/");
  const layers: Blob[] = [];
  const diffIds: string[] = [];
  for (const { tar, compression = "gzip" } of source.layers) {
    layers.push(await blob(types[compression], await compress(tar, compression)));
    diffIds.push(await digestOf(tar));
  }
  const created = new Date(LATEST_MTIME * 1000).toISOString();
  const config = await jsonBlob(types.config, {
    created,
    os,
    architecture,
    ...(variant && { variant }),
    config: source.config ?? {},
    rootfs: { type: "layers", diff_ids: diffIds },
    history: diffIds.map((_, i) => ({ created, created_by: `tsd test layer ${i}` })),
  });
  const manifest = await jsonBlob(types.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: descriptor(config),
    layers: layers.map(descriptor),
  });
  return { manifest, config, layers, diffIds, platform };
}

/**
 * Pushes an image under a tag.
 *
 * @param registry Where to.
 * @param name `REPOSITORY:TAG`.
 * @param image The image.
 */
export async function pushImage(
  registry: Registry,
  name: string,
  image: BuiltImage,
): Promise<void> {
  const [repository, tag] = splitName(name);
  for (const one of [...image.layers, image.config]) await pushBlob(registry, repository, one);
  await pushManifest(registry, repository, tag, image.manifest);
}

/**
 * Pushes images of several platforms under one tag.
 *
 * @param registry Where to.
 * @param name `REPOSITORY:TAG`.
 * @param images One image for each platform.
 * @returns The index.
 */
export async function pushIndex(
  registry: Registry,
  name: string,
  images: BuiltImage[],
): Promise<Blob> {
  const [repository, tag] = splitName(name);
  for (const image of images) {
    await pushImage(registry, `${repository}:${image.platform.replaceAll("/", "-")}`, image);
  }
  const index = await jsonBlob(MEDIA_TYPES.oci.index, {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.oci.index,
    manifests: images.map(({ manifest, platform }) => {
      const [os, architecture, variant] = platform.split("/");
      return {
        ...descriptor(manifest),
        platform: { os, architecture, ...(variant && { variant }) },
      };
    }),
  });
  await pushManifest(registry, repository, tag, index);
  return index;
}

/**
 * Makes a blob of a value.
 *
 * @param mediaType What it is.
 * @param value Written as JSON.
 * @returns The blob.
 */
export async function jsonBlob(mediaType: string, value: unknown): Promise<Blob> {
  return await blob(mediaType, new TextEncoder().encode(JSON.stringify(value)));
}

/**
 * Computes the digest of bytes.
 *
 * @param bytes The bytes.
 * @returns `sha256:HEX`.
 */
export async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `sha256:${[...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

async function pushBlob(registry: Registry, repository: string, one: Blob): Promise<void> {
  const start = await request(registry, repository, "blobs/uploads/", "POST", 202);
  const location = new URL(start.headers.get("location") ?? "", `http://${registry.host}`);
  location.searchParams.set("digest", one.digest);
  await request(registry, repository, location, "PUT", 201, {
    body: one.bytes,
    headers: { "content-type": "application/octet-stream" },
  });
}

async function pushManifest(
  registry: Registry,
  repository: string,
  tag: string,
  manifest: Blob,
): Promise<void> {
  await request(registry, repository, `manifests/${tag}`, "PUT", 201, {
    body: manifest.bytes,
    headers: { "content-type": manifest.mediaType },
  });
}

async function request(
  registry: Registry,
  repository: string,
  path: string | URL,
  method: string,
  expected: number,
  content: { body?: Uint8Array<ArrayBuffer>; headers?: Record<string, string> } = {},
): Promise<Response> {
  const headers = new Headers(content.headers);
  const authorization = await registry.authorization(repository);
  if (authorization !== undefined) headers.set("authorization", authorization);
  const url = path instanceof URL ? path : `http://${registry.host}/v2/${repository}/${path}`;
  const response = await fetch(url, { ...content, method, headers });
  const text = await response.text();
  if (response.status === expected) return response;
  throw new Error(`Cannot push to "${repository}": ${method} ${url}: ${response.status} ${text}`);
}

function splitName(name: string): [repository: string, tag: string] {
  const colon = name.lastIndexOf(":");
  return [name.slice(0, colon), name.slice(colon + 1)];
}

async function blob(mediaType: string, bytes: Uint8Array<ArrayBuffer>): Promise<Blob> {
  return { mediaType, bytes, digest: await digestOf(bytes) };
}

function descriptor(one: Blob): { mediaType: string; digest: string; size: number } {
  return { mediaType: one.mediaType, digest: one.digest, size: one.bytes.length };
}

async function compress(
  tar: Uint8Array<ArrayBuffer>,
  compression: Compression,
): Promise<Uint8Array<ArrayBuffer>> {
  if (compression === "none") return tar;
  if (compression === "zstd") return new Uint8Array(await promisify(zstdCompress)(tar));
  const stream = new Response(tar).body?.pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
