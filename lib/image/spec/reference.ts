/**
 * Image names, normalised as Docker normalises them.
 *
 * @module
 * @see https://github.com/distribution/reference, the grammar
 */

import { EngineError } from "../../errors.ts";
import { compact } from "../../json.ts";
import { type Digest, digestMistake } from "./digest.ts";

/** A checked and normalised image name. */
export interface Reference {
  /** The registry's host, and its port where one was given: `docker.io`, `localhost:5000`. */
  readonly registry: string;
  /** The path in the registry: `library/alpine`. */
  readonly repository: string;
  /** The tag; absent only where a digest is given. */
  readonly tag?: string;
  /** The digest of a manifest or an index. */
  readonly digest?: Digest;
}

/** Docker Hub, the registry of names that begin with none. */
export const DOCKER_HUB = "docker.io";

const OFFICIAL_PREFIX = "library/";
const DEFAULT_TAG = "latest";
const LONGEST_REPOSITORY = 255;

const LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const REGISTRY = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);
const COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const REPOSITORY = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const IMAGE_ID = /^[0-9a-f]{64}$/;

/**
 * Parses an image name: `alpine` is `docker.io/library/alpine:latest`.
 *
 * @param text What the user typed.
 * @returns The name, with a tag or a digest or both.
 * @throws {EngineError} `invalid`: Docker would refuse the name, in Docker's words.
 */
export function parseReference(text: string): Reference {
  if (IMAGE_ID.test(text)) {
    refuse(
      text,
      `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`,
    );
  }
  const [registry, rest] = splitRegistry(text);
  const uppercase = rest.split(":", 1)[0]!;
  if (uppercase !== uppercase.toLowerCase()) {
    refuse(text, `invalid reference format: repository name (${uppercase}) must be lowercase`);
  }
  const { repository, tag, digest } = splitSuffixes(rest);
  const isWellFormed = REGISTRY.test(registry) && REPOSITORY.test(repository) &&
    (tag === undefined || TAG.test(tag)) && (digest === undefined || DIGEST.test(digest));
  if (!isWellFormed) refuse(text, "invalid reference format");
  if (repository.length > LONGEST_REPOSITORY) {
    refuse(text, `repository name must not be more than ${LONGEST_REPOSITORY} characters`);
  }
  const mistake = digest === undefined ? undefined : digestMistake(digest);
  if (mistake !== undefined) refuse(text, `invalid reference format: ${mistake}`);
  return compact({
    registry,
    repository,
    tag: tag ?? (digest === undefined ? DEFAULT_TAG : undefined),
    digest: digest as Digest | undefined,
  });
}

/**
 * Tells whether a text can be the registry of a reference.
 *
 * @param text Such as `registry.example:5000`.
 * @returns Whether it is a host, with a port or without.
 */
export function isRegistry(text: string): boolean {
  return REGISTRY.test(text);
}

/**
 * Parses the name an image is to get.
 *
 * @param text What the user typed; without a tag it gets `latest`.
 * @param verb What is being done, for the message.
 * @returns The name, with a tag and no digest.
 * @throws {EngineError} `invalid`: it is no name, or one with a digest.
 */
export function taggedReference(text: string, verb: string): Reference {
  const reference = parseReference(text);
  if (reference.digest === undefined) return reference;
  throw new EngineError(
    `Cannot ${verb} "${text}": refusing to create a tag with a digest reference, leave out what ` +
      "follows the @",
    { kind: "invalid" },
  );
}

/**
 * Gives a reference's full name.
 *
 * @param reference The reference.
 * @returns Such as `docker.io/library/alpine:latest`.
 */
export function canonicalName(reference: Reference): string {
  return repositoryName(reference) + suffix(reference);
}

/**
 * Gives a reference's name as people type it.
 *
 * @param reference The reference.
 * @returns Such as `alpine:latest`.
 */
export function familiarName(reference: Reference): string {
  return familiarRepository(reference) + suffix(reference);
}

/**
 * Gives the full name of a reference's repository.
 *
 * @param reference The reference.
 * @returns Such as `docker.io/library/alpine`.
 */
export function repositoryName(reference: Reference): string {
  return `${reference.registry}/${reference.repository}`;
}

/**
 * Gives the name of a reference's repository as people type it.
 *
 * @param reference The reference.
 * @returns Such as `alpine`.
 */
export function familiarRepository({ registry, repository }: Reference): string {
  if (registry !== DOCKER_HUB) return `${registry}/${repository}`;
  // Only `library/name` is short for `name`: `library/a/b` would be read back as `a/b`.
  return /^library\/[^/]+$/.test(repository)
    ? repository.slice(OFFICIAL_PREFIX.length)
    : repository;
}

function splitRegistry(text: string): [registry: string, rest: string] {
  const slash = text.indexOf("/");
  const first = slash < 0 ? "" : text.slice(0, slash);
  const isHost = first === "localhost" || /[.:]/.test(first) || first !== first.toLowerCase();
  const registry = isHost && first !== "index.docker.io" ? first : DOCKER_HUB;
  const rest = isHost ? text.slice(slash + 1) : text;
  const isOfficial = registry === DOCKER_HUB && !rest.includes("/");
  return [registry, isOfficial ? OFFICIAL_PREFIX + rest : rest];
}

function splitSuffixes(text: string): { repository: string; tag?: string; digest?: string } {
  const [name, digest] = cut(text, text.indexOf("@"));
  const [repository, tag] = cut(name, name.indexOf(":"));
  return compact({ repository, tag, digest });
}

function cut(text: string, at: number): [before: string, after: string | undefined] {
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function suffix({ tag, digest }: Reference): string {
  return (tag === undefined ? "" : `:${tag}`) + (digest === undefined ? "" : `@${digest}`);
}

function refuse(text: string, mistake: string): never {
  throw new EngineError(`Cannot use image name "${text}": ${mistake}`, { kind: "invalid" });
}
