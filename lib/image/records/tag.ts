/**
 * Giving an image a further name.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import type { Database } from "../../state/mod.ts";
import type { Digest } from "../spec/digest.ts";
import { findImage } from "./lookup.ts";
import { canonicalName, parseReference, type Reference } from "../spec/reference.ts";

/**
 * Gives an image a further name, taking it away from the image that has it.
 *
 * @param database Where images are recorded.
 * @param source The image's name or ID.
 * @param target The new name; without a tag it gets `latest`.
 * @throws {EngineError} `notFound`: no such image; `invalid`: the name is wrong.
 */
export function tagImage(database: Database, source: string, target: string): void {
  const reference = parseReference(target);
  if (reference.digest !== undefined) {
    throw new EngineError(
      `Cannot tag image "${source}" as "${target}": refusing to create a tag with a digest ` +
        "reference, leave out what follows the @",
      { kind: "invalid" },
    );
  }
  database.transaction(() => setTag(database, reference, findImage(database, source).image.id));
}

/**
 * Makes a name stand for an image.
 *
 * @param database Where images are recorded.
 * @param reference The name, with a tag.
 * @param imageId The image.
 * @returns Whether it stood for another one, or for nothing, before.
 */
export function setTag(database: Database, reference: Reference, imageId: Digest): boolean {
  const name = canonicalName(reference);
  const before = database.get<{ id: Digest }>(
    "SELECT image_id AS id FROM tags WHERE reference = ?",
    name,
  );
  database.run(
    `INSERT INTO tags (reference, image_id, updated_at) VALUES (?, ?, ?)
     ON CONFLICT (reference) DO UPDATE
       SET image_id = excluded.image_id, updated_at = excluded.updated_at`,
    name,
    imageId,
    Date.now(),
  );
  return before?.id !== imageId;
}
