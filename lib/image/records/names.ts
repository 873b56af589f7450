/**
 * By which names an image is known, and who uses it.
 *
 * @module
 */

import type { Database } from "../../state/mod.ts";
import type { Digest } from "../spec/digest.ts";
import {
  familiarName,
  familiarRepository,
  parseReference,
  type Reference,
} from "../spec/reference.ts";

/** The names of one image, each sorted. */
export interface ImageNames {
  /** Names with a tag. */
  tags: Reference[];
  /** Names with a digest: what its repositories call it. */
  digests: Reference[];
}

/** A container that uses an image. */
export interface ImageUser {
  /** The container's ID. */
  id: string;
  /** Whether the container runs, or is about to. */
  isRunning: boolean;
}

/**
 * Reads the names of images.
 *
 * @param database Where they are recorded.
 * @param imageId Of which image; of all when left out.
 * @returns The names by image ID; an image without any is missing.
 */
export function readNames(database: Database, imageId?: Digest): Map<Digest, ImageNames> {
  const names = new Map<Digest, ImageNames>();
  const of = (id: Digest): ImageNames => {
    if (!names.has(id)) names.set(id, { tags: [], digests: [] });
    return names.get(id)!;
  };
  const where = imageId === undefined ? "" : "WHERE image_id = ?";
  const values = imageId === undefined ? [] : [imageId];
  const rows = database.all<{ kind: "tags" | "digests"; name: string; id: Digest }>(
    `SELECT 'tags' AS kind, reference AS name, image_id AS id FROM tags ${where} UNION ALL
     SELECT 'digests', repository || '@' || digest, image_id FROM repository_digests ${where}
     ORDER BY name`,
    ...values,
    ...values,
  );
  for (const { kind, name, id } of rows) of(id)[kind].push(parseReference(name));
  return names;
}

/**
 * Reads the names of one image.
 *
 * @param database Where they are recorded.
 * @param imageId Its ID.
 * @returns Its names.
 */
export function namesOf(database: Database, imageId: Digest): ImageNames {
  return readNames(database, imageId).get(imageId) ?? { tags: [], digests: [] };
}

/**
 * Reads which containers use an image.
 *
 * @param database Where they are recorded.
 * @param imageId The image's ID.
 * @returns Them, in no particular order.
 */
export function usersOf(database: Database, imageId: Digest): ImageUser[] {
  const rows = database.all<{ id: string; status: string }>(
    "SELECT id, status FROM containers WHERE image_id = ?",
    imageId,
  );
  return rows.map(({ id, status }) => ({
    id,
    isRunning: status !== "created" && status !== "stopped",
  }));
}

/**
 * Matches names against a pattern as Docker's `reference` filter does.
 *
 * @param reference The name.
 * @param pattern A pattern of Go's `path.Match`: `*` and `?` match no `/`.
 * @returns Whether the whole name, or its repository, matches.
 */
export function matchesPattern(reference: Reference, pattern: string): boolean {
  const expression = new RegExp(`^${translate(pattern)}$`, "su");
  return expression.test(familiarName(reference)) ||
    expression.test(familiarRepository(reference));
}

/** Turns a pattern of Go's `path.Match` into a regular expression's source. */
function translate(pattern: string): string {
  return pattern.replaceAll(
    /\\(.)|\[(\^?)((?:\\.|[^\]\\])+)\]|[*?]|[^*?]/gsu,
    (part, escaped?: string, not?: string, set?: string) => {
      if (escaped !== undefined) return quote(escaped);
      if (set !== undefined) return `[${not}${set.replaceAll(/[[&~|]/g, "\\$&")}]`;
      if (part === "*") return "[^/]*";
      return part === "?" ? "[^/]" : quote(part);
    },
  );
}

function quote(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&");
}
