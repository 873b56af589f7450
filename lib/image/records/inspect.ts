/**
 * Everything about one image, with the fields and the nesting of `docker image inspect`.
 *
 * @module
 */

import type { Database } from "../../state/mod.ts";
import type { Digest } from "../spec/digest.ts";
import { configOf } from "./filters.ts";
import { namesOf } from "./names.ts";
import type { ImageRow } from "./lookup.ts";
import type { ContainerDefaults, ImageConfig } from "../spec/manifest.ts";
import { familiarName } from "../spec/reference.ts";

// As Docker writes a time that is not known.
const NO_TIME = "0001-01-01T00:00:00Z";

/** An image as `docker image inspect` describes it. */
export interface ImageInspection {
  /** Digest of its configuration. */
  Id: Digest;
  /** Names with a tag. */
  RepoTags: string[];
  /** Names with a digest. */
  RepoDigests: string[];
  /** Always empty: images are not chained. */
  Parent: string;
  /** What the builder remarked at the last step. */
  Comment: string;
  /** When it was built, RFC 3339. */
  Created: string;
  /** By which version of Docker it was built, where it says. */
  DockerVersion: string;
  /** Who built it. */
  Author: string;
  /** What a container of it runs, and how. */
  Config: Record<string, unknown>;
  /** The processor: `amd64`. */
  Architecture: string;
  /** The processor's variant; absent where there is none. */
  Variant?: string;
  /** The operating system. */
  Os: string;
  /** Bytes of its layers' files. */
  Size: number;
  /** Where its files are. */
  GraphDriver: { Name: string; Data: Record<string, string> };
  /** Its layers, by diff ID, lowest first. */
  RootFS: { Type: string; Layers: readonly Digest[] };
  /** What this machine remembers of it. */
  Metadata: { LastTagTime: string };
}

/**
 * Describes an image.
 *
 * @param database Where it is recorded.
 * @param image The image.
 * @param layers Absolute paths of its layers' directories, lowest first.
 * @returns Its description.
 */
export function inspectImage(
  database: Database,
  image: ImageRow,
  layers: readonly string[],
): ImageInspection {
  const config = configOf(image);
  const { tags, digests } = namesOf(database, image.id);
  return {
    Id: image.id,
    RepoTags: tags.map(familiarName),
    RepoDigests: digests.map(familiarName),
    Parent: "",
    Comment: config.history.at(-1)?.comment ?? "",
    Created: shortTime(config.created ?? NO_TIME),
    DockerVersion: dockerVersion(image),
    Author: config.author ?? "",
    Config: containerConfig(config),
    Architecture: config.architecture,
    ...config.variant !== undefined && { Variant: config.variant },
    Os: config.os,
    Size: image.size,
    GraphDriver: { Name: "overlay", Data: layerPaths(layers) },
    RootFS: { Type: config.rootfs.type, Layers: config.rootfs.diff_ids },
    Metadata: { LastTagTime: lastTagTime(database, image) },
  };
}

/** Docker's members of `Config`, also those that an image's configuration cannot set. */
function containerConfig({ config }: ImageConfig): Record<string, unknown> {
  const optional: (keyof ContainerDefaults)[] = [
    "Healthcheck",
    "ArgsEscaped",
    "StopSignal",
    "StopTimeout",
    "Shell",
  ];
  return {
    Hostname: "",
    Domainname: "",
    User: config.User ?? "",
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    ...config.ExposedPorts && { ExposedPorts: config.ExposedPorts },
    Tty: false,
    OpenStdin: false,
    StdinOnce: false,
    Env: config.Env ?? null,
    Cmd: config.Cmd ?? null,
    Image: "",
    Volumes: config.Volumes ?? null,
    WorkingDir: config.WorkingDir ?? "",
    Entrypoint: config.Entrypoint ?? null,
    OnBuild: config.OnBuild ?? null,
    Labels: config.Labels ?? null,
    ...Object.fromEntries(
      optional.filter((key) => config[key] !== undefined).map((key) => [key, config[key]]),
    ),
  };
}

/** Of the one member that only Docker writes. */
function dockerVersion(image: ImageRow): string {
  const version = (JSON.parse(image.config) as { docker_version?: unknown }).docker_version;
  return typeof version === "string" ? version : "";
}

/** As the options of the overlay mount that shows the image: the upper one is the highest. */
function layerPaths(layers: readonly string[]): Record<string, string> {
  const [upper, ...lower] = layers.toReversed();
  return {
    ...lower.length > 0 && { LowerDir: lower.join(":") },
    ...upper !== undefined && { UpperDir: upper },
  };
}

function lastTagTime(database: Database, { id }: ImageRow): string {
  const row = database.get<{ time: number | null }>(
    "SELECT max(updated_at) AS time FROM tags WHERE image_id = ?",
    id,
  );
  return row?.time ? shortTime(new Date(row.time).toISOString()) : NO_TIME;
}

/** As Go writes it: without zeros at the end of the fraction. */
function shortTime(time: string): string {
  return time.replace(/(\.\d*?)0+(?!\d)/, "$1").replace(/\.(?!\d)/, "");
}
