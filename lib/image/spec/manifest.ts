/**
 * Manifests and indexes of OCI's image-spec and of Docker's schema 2, parsed from bytes.
 *
 * @module
 * @see https://github.com/opencontainers/image-spec/blob/main/manifest.md
 */

import { EngineError } from "../../errors.ts";
import {
  compact,
  integerAt,
  listAt,
  objectAt,
  optionalAt,
  parseJson,
  recordAt,
  stringAt,
} from "../../json.ts";
import { type Digest, digestMistake } from "./digest.ts";
import { MediaType } from "./media_type.ts";

export * from "./config.ts";
export * from "./media_type.ts";

/** The most bytes of a manifest that are read; registries refuse larger ones. */
export const LONGEST_MANIFEST: number = 4 * 1024 * 1024;

/** What an image runs on, in the words of Go's GOOS and GOARCH. */
export interface Platform {
  /** The operating system: `linux`. */
  readonly os: string;
  /** The processor: `amd64`, `arm64`. */
  readonly architecture: string;
  /** The processor's variant: `v7` of `arm`; absent where the architecture has only one. */
  readonly variant?: string;
}

/** Where content is and what it must be (image-spec, "OCI Content Descriptors"). */
export interface Descriptor {
  /** What kind of content. */
  readonly mediaType: string;
  /** Its digest. */
  readonly digest: Digest;
  /** Its exact size. */
  readonly size: number;
  /** What it runs on; only in an index. */
  readonly platform?: Platform;
  /** Further facts, by name. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** One image for one platform. */
export interface Manifest {
  /** Discriminator. */
  readonly kind: "manifest";
  /** The manifest's own media type. */
  readonly mediaType: string;
  /** The image's configuration; its digest is the image's ID. */
  readonly config: Descriptor;
  /** The layers, lowest first. */
  readonly layers: readonly Descriptor[];
  /** Further facts, by name. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Manifests of one image for several platforms; Docker calls it a manifest list. */
export interface Index {
  /** Discriminator. */
  readonly kind: "index";
  /** The index's own media type. */
  readonly mediaType: string;
  /** The manifests, in the publisher's order of preference. */
  readonly manifests: readonly Descriptor[];
  /** Further facts, by name. */
  readonly annotations?: Readonly<Record<string, string>>;
}

const KINDS: Readonly<Record<string, "manifest" | "index">> = {
  [MediaType.ociManifest]: "manifest",
  [MediaType.dockerManifest]: "manifest",
  [MediaType.ociIndex]: "index",
  [MediaType.dockerList]: "index",
};

// Docker wrote octet-stream for a configuration before it had a type of its own.
const CONFIG_TYPES: readonly string[] = [
  MediaType.ociConfig,
  MediaType.dockerConfig,
  "application/octet-stream",
];

/**
 * Parses a manifest or an index.
 *
 * @param bytes The document as it was served.
 * @param contentType The `Content-Type` it was served with; the document's own `mediaType` and
 *   shape decide, this only where they leave a choice.
 * @returns The manifest or index.
 * @throws {EngineError} `invalid`: it is malformed, ambiguous, of the abandoned schema 1, or not of
 *   a container image.
 */
export function parseManifest(bytes: Uint8Array, contentType?: string): Manifest | Index {
  if (bytes.length > LONGEST_MANIFEST) {
    refuse(`it has ${bytes.length} bytes, more than the ${LONGEST_MANIFEST} that are allowed`);
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const document = objectAt(parseJson(text), "the manifest");
    const mediaType = detectMediaType(document, contentType?.replace(/;.*$/s, "").trim());
    return KINDS[mediaType] === "index"
      ? readIndex(document, mediaType)
      : readManifest(document, mediaType);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    refuse(error.message, error);
  }
}

/** Tells the kind, and refuses a document that could be read as both (CVE-2021-41190). */
function detectMediaType(document: Record<string, unknown>, contentType?: string): string {
  if (document.schemaVersion === 1 || "fsLayers" in document) {
    refuse(
      "it has the abandoned schema version 1, the image must be built or pushed again with a " +
        "current tool",
    );
  }
  if (document.schemaVersion !== 2) throw new TypeError("schemaVersion must be 2");
  const hasManifests = "manifests" in document;
  const hasLayers = "layers" in document || "config" in document;
  if (hasManifests === hasLayers) {
    throw new TypeError(
      hasLayers ? "it is both a manifest and an index" : "it is neither a manifest nor an index",
    );
  }
  const kind = hasManifests ? "index" : "manifest";
  const stated = optionalAt(document.mediaType, "mediaType", stringAt);
  if (stated !== undefined && KINDS[stated] !== kind) {
    throw new TypeError(
      `mediaType "${stated}" does not fit its content, a ${kind}'s`,
    );
  }
  if (stated !== undefined) return stated;
  if (contentType !== undefined && KINDS[contentType] === kind) return contentType;
  return kind === "index" ? MediaType.ociIndex : MediaType.ociManifest;
}

function readManifest(document: Record<string, unknown>, mediaType: string): Manifest {
  const config = descriptorAt(document.config, "config");
  if (!CONFIG_TYPES.includes(config.mediaType)) {
    const type = optionalAt(document.artifactType, "artifactType", stringAt) ?? config.mediaType;
    refuse(`it is not of a container image but of an artifact of type "${type}"`);
  }
  return compact({
    kind: "manifest" as const,
    mediaType,
    config,
    layers: listAt(document.layers, "layers", descriptorAt),
    annotations: annotationsAt(document.annotations, "annotations"),
  });
}

function readIndex(document: Record<string, unknown>, mediaType: string): Index {
  return compact({
    kind: "index" as const,
    mediaType,
    manifests: listAt(document.manifests, "manifests", descriptorAt),
    annotations: annotationsAt(document.annotations, "annotations"),
  });
}

function descriptorAt(value: unknown, path: string): Descriptor {
  const document = objectAt(value, path);
  const digest = stringAt(document.digest, `${path}.digest`);
  const mistake = digestMistake(digest);
  if (mistake !== undefined) throw new TypeError(`${path}.digest "${digest}": ${mistake}`);
  return compact({
    mediaType: stringAt(document.mediaType, `${path}.mediaType`),
    digest: digest as Digest,
    size: integerAt(document.size, `${path}.size`),
    platform: optionalAt(document.platform, `${path}.platform`, platformAt),
    annotations: annotationsAt(document.annotations, `${path}.annotations`),
  });
}

function platformAt(value: unknown, path: string): Platform {
  const document = objectAt(value, path);
  return compact({
    os: stringAt(document.os, `${path}.os`),
    architecture: stringAt(document.architecture, `${path}.architecture`),
    variant: optionalAt(document.variant, `${path}.variant`, stringAt) || undefined,
  });
}

function annotationsAt(value: unknown, path: string): Record<string, string> | undefined {
  return optionalAt(value, path, (given) => recordAt(given, path, stringAt));
}

function refuse(state: string, cause?: Error): never {
  throw new EngineError(`Cannot use image manifest: ${state}`, { kind: "invalid", cause });
}
