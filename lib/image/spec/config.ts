/**
 * An image's configuration: what to run and how, and what its layers unpack to.
 *
 * @module
 * @see https://github.com/opencontainers/image-spec/blob/main/config.md
 */

import { EngineError } from "../../errors.ts";
import {
  booleanAt,
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

/** The most bytes of an image configuration that are read. */
export const LONGEST_IMAGE_CONFIG: number = 8 * 1024 * 1024;

/** An image's configuration, with the member names of its JSON. */
export interface ImageConfig {
  /** The processor: `amd64`. */
  readonly architecture: string;
  /** The operating system: `linux`. */
  readonly os: string;
  /** The processor's variant: `v8`. */
  readonly variant?: string;
  /** When it was built, RFC 3339. */
  readonly created?: string;
  /** Who built it. */
  readonly author?: string;
  /** What a container of it runs, and how. */
  readonly config: ContainerDefaults;
  /** What its layers unpack to. */
  readonly rootfs: {
    /** Always `layers`. */
    readonly type: string;
    /** The digests of the layers' uncompressed archives, lowest first. */
    readonly "diff_ids": readonly Digest[];
  };
  /** How it was built, oldest step first. */
  readonly history: readonly HistoryEntry[];
}

/** A set as Go writes it: the members' names matter, their values are empty. */
export type JsonSet = Readonly<Record<string, Record<string, never>>>;

/** What a container runs unless its creator says otherwise. */
export interface ContainerDefaults {
  /** `user[:group]`, by names or numbers. */
  readonly User?: string;
  /** Ports it listens on: the members are named `80/tcp`. */
  readonly ExposedPorts?: JsonSet;
  /** `NAME=value`s. */
  readonly Env?: readonly string[];
  /** The command's first words. */
  readonly Entrypoint?: readonly string[];
  /** The command's further words, or all of it where there is no entry point. */
  readonly Cmd?: readonly string[];
  /** Paths whose content outlives the container, as members. */
  readonly Volumes?: JsonSet;
  /** The working directory, absolute. */
  readonly WorkingDir?: string;
  /** Further facts, by name. */
  readonly Labels?: Readonly<Record<string, string>>;
  /** The signal that asks it to stop: `SIGTERM`, `15`. */
  readonly StopSignal?: string;
  /** Seconds between that signal and SIGKILL. */
  readonly StopTimeout?: number;
  /** How to tell whether it works. */
  readonly Healthcheck?: ImageHealthcheck;
  /** The shell of the shell forms of Dockerfile instructions. */
  readonly Shell?: readonly string[];
  /** Windows only: the command is one escaped string. */
  readonly ArgsEscaped?: boolean;
  /** Dockerfile instructions for images built upon this one. */
  readonly OnBuild?: readonly string[];
}

/** A health check; times are in nanoseconds, 0 takes the default. */
export interface ImageHealthcheck {
  /** `["NONE"]`, `["CMD", ...]` or `["CMD-SHELL", command]`; empty inherits. */
  readonly Test?: readonly string[];
  /** Between two checks. */
  readonly Interval?: number;
  /** Until a check counts as failed. */
  readonly Timeout?: number;
  /** After the start, while failures do not count. */
  readonly StartPeriod?: number;
  /** Between two checks in that time. */
  readonly StartInterval?: number;
  /** Failures in a row that make it unhealthy. */
  readonly Retries?: number;
}

/** One step of an image's build. */
export interface HistoryEntry {
  /** When, RFC 3339. */
  readonly created?: string;
  /** By whom. */
  readonly author?: string;
  /** By which instruction. */
  readonly "created_by"?: string;
  /** What its builder remarked. */
  readonly comment?: string;
  /** True where the step made no layer. */
  readonly "empty_layer"?: boolean;
}

type Source = Record<string, unknown>;

/**
 * Parses an image's configuration.
 *
 * @param bytes The document.
 * @returns The configuration; members this program does not know are left out.
 * @throws {EngineError} `invalid`: it is malformed.
 */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  if (bytes.length > LONGEST_IMAGE_CONFIG) {
    refuse(`it has ${bytes.length} bytes, more than the ${LONGEST_IMAGE_CONFIG} that are allowed`);
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return readConfig(objectAt(parseJson(text), "the configuration"));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    refuse(error.message, error);
  }
}

function readConfig(source: Source): ImageConfig {
  const rootfs = objectAt(source.rootfs, "rootfs");
  return compact({
    architecture: stringAt(source.architecture, "architecture"),
    os: stringAt(source.os, "os"),
    variant: text(source, "variant"),
    created: text(source, "created"),
    author: text(source, "author"),
    config: optionalAt(source.config, "config", containerDefaultsAt) ?? {},
    rootfs: {
      type: stringAt(rootfs.type, "rootfs.type"),
      diff_ids: listAt(rootfs.diff_ids ?? [], "rootfs.diff_ids", digestAt),
    },
    history: optionalAt(source.history, "history", (v, at) => listAt(v, at, historyAt)) ?? [],
  });
}

function containerDefaultsAt(value: unknown, path: string): ContainerDefaults {
  const source = objectAt(value, path);
  const words = (key: string) => optionalAt(source[key], `${path}.${key}`, wordsAt);
  const set = (key: string) => optionalAt(source[key], `${path}.${key}`, setAt);
  return compact({
    User: text(source, "User"),
    ExposedPorts: set("ExposedPorts"),
    Env: words("Env"),
    Entrypoint: words("Entrypoint"),
    Cmd: words("Cmd"),
    Volumes: set("Volumes"),
    WorkingDir: text(source, "WorkingDir"),
    Labels: optionalAt(source.Labels, `${path}.Labels`, (v, at) => recordAt(v, at, stringAt)),
    StopSignal: text(source, "StopSignal"),
    StopTimeout: optionalAt(source.StopTimeout, `${path}.StopTimeout`, integerAt),
    Healthcheck: optionalAt(source.Healthcheck, `${path}.Healthcheck`, healthcheckAt),
    Shell: words("Shell"),
    ArgsEscaped: optionalAt(source.ArgsEscaped, `${path}.ArgsEscaped`, booleanAt),
    OnBuild: words("OnBuild"),
  });
}

function healthcheckAt(value: unknown, path: string): ImageHealthcheck {
  const source = objectAt(value, path);
  const number = (key: string) => optionalAt(source[key], `${path}.${key}`, integerAt);
  return compact({
    Test: optionalAt(source.Test, `${path}.Test`, wordsAt),
    Interval: number("Interval"),
    Timeout: number("Timeout"),
    StartPeriod: number("StartPeriod"),
    StartInterval: number("StartInterval"),
    Retries: number("Retries"),
  });
}

function historyAt(value: unknown, path: string): HistoryEntry {
  const source = objectAt(value, path);
  return compact({
    created: text(source, "created"),
    author: text(source, "author"),
    created_by: text(source, "created_by"),
    comment: text(source, "comment"),
    empty_layer: optionalAt(source.empty_layer, `${path}.empty_layer`, booleanAt),
  });
}

/** An optional string; Go programs write an empty one for what is not given. */
function text(source: Source, key: string): string | undefined {
  return optionalAt(source[key], key, stringAt) || undefined;
}

function wordsAt(value: unknown, path: string): string[] {
  return listAt(value, path, (word, at) => {
    // A NUL would end the word in the kernel's eyes and let what was checked differ from what runs.
    if (stringAt(word, at).includes("\0")) throw new TypeError(`${at} must not contain NUL`);
    return word as string;
  });
}

function setAt(value: unknown, path: string): JsonSet {
  return recordAt(value, path, () => ({}));
}

function digestAt(value: unknown, path: string): Digest {
  const digest = stringAt(value, path);
  const mistake = digestMistake(digest);
  if (mistake !== undefined) throw new TypeError(`${path} "${digest}": ${mistake}`);
  return digest as Digest;
}

function refuse(state: string, cause?: Error): never {
  throw new EngineError(`Cannot use image configuration: ${state}`, { kind: "invalid", cause });
}
