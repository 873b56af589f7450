/**
 * Telling others what happens to images.
 *
 * @module
 */

import type { Digest } from "../../image/spec/digest.ts";
import { configOf } from "../../image/records/filters.ts";
import { allImages, findImageById } from "../../image/records/lookup.ts";
import type { Removal } from "../../image/records/remove.ts";
import { type Database, recordEvent } from "../../state/mod.ts";

/** Labels of images by the image's ID. */
export type LabelsOfImages = ReadonlyMap<string, Record<string, string>>;

/** An event of an image, in Docker's words. */
export interface ImageEvent {
  /** `pull`, `push`, `tag`, `untag` or `delete`. */
  action: string;
  /** The image's ID, or its name. */
  actorId: string;
  /** What it is about: a name, or the ID again. */
  name: string;
  /** The image's labels. */
  labels: Record<string, string>;
}

/**
 * Records what happened to an image.
 *
 * @param database The instance's.
 * @param event What happened.
 */
export function recordImageEvent(database: Database, event: ImageEvent): void {
  const { action, actorId, labels, name } = event;
  recordEvent(database, { type: "image", action, actorId, attributes: { ...labels, name } });
}

/**
 * Reads the labels of an image.
 *
 * @param database The instance's.
 * @param id The image's ID.
 * @returns The labels; none where there is no such image.
 */
export function labelsOfImage(database: Database, id: Digest): Record<string, string> {
  const row = findImageById(database, id);
  return row === undefined ? {} : configOf(row).config.Labels ?? {};
}

/**
 * Reads the labels of all images, before some of them are removed.
 *
 * @param database The instance's.
 * @returns The labels; there is an entry for every image.
 */
export function labelsOfImages(database: Database): LabelsOfImages {
  return new Map(
    allImages(database).map((row) => [row.id, configOf(row).config.Labels ?? {}]),
  );
}

/**
 * Records the removal of names and images; layers are nobody's business.
 *
 * @param database The instance's.
 * @param removals What was removed, in its order: an image's names come before the image.
 * @param images The images there were.
 * @param kept The image whose names were removed where it was not removed itself.
 */
export function recordRemovals(
  database: Database,
  removals: readonly Removal[],
  images: LabelsOfImages,
  kept?: string,
): void {
  const record = (action: string, id: string) =>
    recordImageEvent(database, { action, actorId: id, name: id, labels: images.get(id) ?? {} });
  let names = 0;
  for (const removal of removals) {
    if ("untagged" in removal) names++;
    else if (images.has(removal.deleted)) {
      for (; names > 0; names--) record("untag", removal.deleted);
      record("delete", removal.deleted);
    }
  }
  for (; names > 0 && kept !== undefined; names--) record("untag", kept);
}
