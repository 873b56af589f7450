/**
 * Finding a stored image by what a user calls it.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import type { Database, Value } from "../../state/mod.ts";
import type { Digest } from "../spec/digest.ts";
import { canonicalName, familiarName, parseReference, type Reference } from "../spec/reference.ts";
import { repositoryName } from "../spec/reference.ts";

/** An image's row. */
export interface ImageRow {
  /** Digest of its configuration. */
  id: Digest;
  /** Its configuration, as pulled. */
  config: string;
  /** Digest of the platform's manifest. */
  manifestDigest: Digest;
  /** Bytes of its layers' files. */
  size: number;
  /** When it was built, in milliseconds since the epoch; 0 where it does not say. */
  createdAt: number;
  /** When it was first pulled, in milliseconds since the epoch. */
  pulledAt: number;
}

/** An image and how it was found. */
export interface ImageMatch {
  /** The image. */
  image: ImageRow;
  /** The name it was found by; absent where that was its ID. */
  reference?: Reference;
}

const COLUMNS = `id, config, manifest_digest AS manifestDigest, size, created_at AS createdAt,
  pulled_at AS pulledAt`;
// How many candidates an ambiguous prefix names.
const CANDIDATES = 5;

/**
 * Finds an image by name, by name and digest, by ID or by a prefix of its ID; a name comes first.
 *
 * @param database Where images are recorded.
 * @param nameOrId Such as `alpine`, `alpine:3@sha256:…`, `sha256:9f…`, `9f3a`.
 * @returns The image and how it was found.
 * @throws {EngineError} `notFound`: there is none; `conflict`: several IDs begin like that;
 * `invalid`: it can be neither a name nor an ID.
 */
export function findImage(database: Database, nameOrId: string): ImageMatch {
  const id = /^(?:(sha256|sha512):)?([0-9a-f]{1,128})$/.exec(nameOrId);
  const reference = id?.[2] && id[2].length >= 64 ? undefined : parseName(nameOrId, id !== null);
  if (reference) {
    const image = findByName(database, reference);
    if (image) return { image, reference };
  }
  const image = id && findByIdPrefix(database, `${id[1] ?? "sha256"}:${id[2]}`, nameOrId);
  if (image) return { image };
  throw new EngineError(`No such image: ${reference ? familiarName(reference) : nameOrId}`, {
    kind: "notFound",
  });
}

/**
 * Finds an image by its ID.
 *
 * @param database Where images are recorded.
 * @param id The whole ID.
 * @returns The image, or nothing.
 */
export function findImageById(database: Database, id: Digest): ImageRow | undefined {
  return first(database, "id = ?", id);
}

/**
 * Finds an image by its name.
 *
 * @param database Where images are recorded.
 * @param reference The name; its digest decides where it has one.
 * @returns The image, or nothing.
 */
export function findByName(database: Database, reference: Reference): ImageRow | undefined {
  if (reference.digest === undefined) {
    const name = canonicalName(reference);
    return first(database, "id = (SELECT image_id FROM tags WHERE reference = ?)", name);
  }
  // One index gives several images when several of its platforms were pulled: the latest counts.
  return first(
    database,
    `id IN (SELECT image_id FROM repository_digests WHERE repository = ? AND digest = ?)
     ORDER BY pulled_at DESC`,
    repositoryName(reference),
    reference.digest,
  );
}

/**
 * Reads all images.
 *
 * @param database Where images are recorded.
 * @returns Them, the latest built first.
 */
export function allImages(database: Database): ImageRow[] {
  return database.all<ImageRow>(`SELECT ${COLUMNS} FROM images ORDER BY created_at DESC, id`);
}

function first(database: Database, condition: string, ...values: Value[]): ImageRow | undefined {
  return database.get<ImageRow>(
    `SELECT ${COLUMNS} FROM images WHERE ${condition} LIMIT 1`,
    ...values,
  );
}

function findByIdPrefix(database: Database, prefix: string, given: string): ImageRow | undefined {
  // "g" follows the last hexadecimal digit.
  const found = database.all<{ id: Digest }>(
    `SELECT id FROM images WHERE id >= ? AND id < ? LIMIT ${CANDIDATES}`,
    prefix,
    `${prefix}g`,
  );
  if (found.length > 1) {
    const ids = found.map(({ id }) => id.slice(id.indexOf(":") + 1, -52)).join(", ");
    throw new EngineError(
      `Cannot find image "${given}": several IDs begin with it (${ids}), give more digits`,
      { kind: "conflict" },
    );
  }
  return found[0] && findImageById(database, found[0].id);
}

function parseName(text: string, isMaybeId: boolean): Reference | undefined {
  try {
    return parseReference(text);
  } catch (error) {
    if (isMaybeId && error instanceof EngineError) return undefined;
    throw error;
  }
}
