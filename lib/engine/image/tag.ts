/**
 * Giving images further names.
 *
 * @module
 */

import { findImage } from "../../image/records/lookup.ts";
import { tagImage } from "../../image/records/tag.ts";
import { familiarName, parseReference } from "../../image/spec/reference.ts";
import type { Database } from "../../state/mod.ts";
import { labelsOfImage, recordImageEvent } from "./events.ts";

/**
 * Gives an image a further name, taking it away from the image that has it.
 *
 * @param database The instance's.
 * @param nameOrId The image.
 * @param name The new name; without a tag it gets `latest`.
 * @throws {EngineError} `notFound`: no such image; `invalid`: the name is wrong.
 */
export function tagOnRequest(database: Database, nameOrId: string, name: string): void {
  const { id } = findImage(database, nameOrId).image;
  tagImage(database, nameOrId, name);
  recordImageEvent(database, {
    action: "tag",
    actorId: id,
    name: familiarName(parseReference(name)),
    labels: labelsOfImage(database, id),
  });
}
