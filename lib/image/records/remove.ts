/**
 * Removing images and their names, with Docker's rules.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import type { Database } from "../../state/mod.ts";
import type { Digest } from "../spec/digest.ts";
import { type ImageNames, type ImageUser, namesOf, usersOf } from "./names.ts";
import { findImage, type ImageRow } from "./lookup.ts";
import { canonicalName, familiarName, type Reference, repositoryName } from "../spec/reference.ts";
import { type ImageStore, release } from "../store/mod.ts";

/** One thing a removal did, in its order. */
export type Removal =
  | {
    /** A name that was removed, as people type it. */
    untagged: string;
  }
  | {
    /** The ID of an image, or the diff ID of a layer, that was deleted. */
    deleted: Digest;
  };

/**
 * Removes a name of an image, and the image with its last one; its files are left in the trash.
 *
 * @param store The store.
 * @param nameOrId A name to remove, or the ID (or a prefix) of an image all of whose names go.
 * @param force Whether to also remove what has several names or belongs to a stopped container.
 * @returns What was removed.
 * @throws {EngineError} `notFound`, or `conflict`: it is in use or has several names.
 */
export function removeImage(store: ImageStore, nameOrId: string, force: boolean): Removal[] {
  store.create();
  const { database } = store;
  const { removals, garbage } = database.transaction(() => {
    const { image, reference } = findImage(database, nameOrId);
    const names = namesOf(database, image.id);
    const users = usersOf(database, image.id);
    const request = { database, image, users, force, given: nameOrId };
    return reference ? removeName(request, names, reference) : removeById(request, names);
  });
  return [...removals, ...collect(store, garbage).removals];
}

/** What was removed from the records, and what may belong to no image since then. */
export interface RemovalResult {
  /** What was removed, in its order. */
  removals: Removal[];
  /** Content that may have lost its last image. */
  garbage: {
    /** Diff IDs, the highest first. */
    layers: Digest[];
    /** Digests. */
    blobs: Digest[];
  };
}

/**
 * Removes content that belonged to a removed image, unless another one has it.
 *
 * This is a transaction of its own, after the one that removed the image: were they one and it
 * failed at its end, there would be an image without files.
 *
 * @param store The store.
 * @param garbage What may have lost its last image.
 * @returns The layers that were deleted, and the bytes of them and of blobs.
 */
export function collect(
  store: ImageStore,
  garbage: RemovalResult["garbage"],
): { removals: Removal[]; bytes: number } {
  const { layers, bytes } = release(store, garbage.layers, garbage.blobs);
  return { removals: layers.map((diffId) => ({ deleted: diffId })), bytes };
}

interface Request {
  database: Database;
  image: ImageRow;
  users: ImageUser[];
  force: boolean;
  given: string;
}

function removeName(request: Request, names: ImageNames, reference: Reference): RemovalResult {
  const { database, image, users, force, given } = request;
  if (!force && users.length > 0 && isSingle(names)) {
    conflict(
      `unable to remove repository reference "${given}" (must force) - container ` +
        `${short(users[0]!.id)} is using its referenced image ${short(image.id)}`,
    );
  }
  const gone = [reference];
  const isSameRepository = (other: Reference) =>
    repositoryName(other) === repositoryName(reference);
  const isOther = (tag: Reference) => canonicalName(tag) !== canonicalName(reference);
  // With a repository's last tag go the digests it knew the image by.
  if (!reference.digest && !names.tags.filter(isOther).some(isSameRepository)) {
    gone.push(...names.digests.filter(isSameRepository));
  }
  const result = untag(database, image, gone);
  const left = namesOf(database, image.id);
  // Its containers keep the image, without a name.
  if (left.tags.length + left.digests.length > 0 || users.length > 0) return result;
  return joinResults(result, deleteImage(database, image));
}

function removeById(request: Request, names: ImageNames): RemovalResult {
  const { database, image, users, force } = request;
  const cannot = (how: string, why: string): never =>
    conflict(`unable to delete ${short(image.id)} (${how}) - ${why}`);
  const running = users.find(({ isRunning }) => isRunning);
  if (running) {
    cannot("cannot be forced", `image is being used by running container ${short(running.id)}`);
  }
  if (!force && !isSingle(names)) {
    cannot("must be forced", "image is referenced in multiple repositories");
  }
  if (!force && users.length > 0) {
    cannot("must be forced", `image is being used by stopped container ${short(users[0]!.id)}`);
  }
  if (users.length > 0 && names.tags.length + names.digests.length === 0) {
    // Its files are the container's root: without them it could not be started again.
    cannot("cannot be forced", `image without a name belongs to container ${short(users[0]!.id)}`);
  }
  const result = untag(database, image, [...names.tags, ...names.digests]);
  return users.length > 0 ? result : joinResults(result, deleteImage(database, image));
}

/**
 * Deletes the record of an image that no container uses.
 *
 * @param database Where it is.
 * @param image The image; its tags are gone.
 * @returns What was deleted.
 */
export function deleteImage(database: Database, image: ImageRow): RemovalResult {
  const layers = database.all<{ diffId: Digest; blob: Digest }>(
    "SELECT diff_id AS diffId, blob FROM image_layers WHERE image_id = ? ORDER BY position DESC",
    image.id,
  );
  database.run("DELETE FROM images WHERE id = ?", image.id);
  const diffIds = new Set(layers.map(({ diffId }) => diffId));
  const blobs = [image.id, image.manifestDigest, ...layers.map(({ blob }) => blob)];
  return { removals: [{ deleted: image.id }], garbage: { layers: [...diffIds], blobs } };
}

/**
 * Removes names of an image.
 *
 * @param database Where they are recorded.
 * @param image The image.
 * @param references The names.
 * @returns What was removed.
 */
export function untag(
  database: Database,
  image: ImageRow,
  references: readonly Reference[],
): RemovalResult {
  const blobs: Digest[] = [];
  const removals = references.map((reference) => {
    const { tag: _, ...withoutTag } = reference;
    if (reference.digest === undefined) {
      database.run("DELETE FROM tags WHERE reference = ?", canonicalName(reference));
      return { untagged: familiarName(reference) };
    }
    database.run(
      "DELETE FROM repository_digests WHERE repository = ? AND digest = ? AND image_id = ?",
      repositoryName(reference),
      reference.digest,
      image.id,
    );
    blobs.push(reference.digest);
    return { untagged: familiarName(withoutTag) };
  });
  return { removals, garbage: { layers: [], blobs } };
}

/**
 * Puts two results one after the other.
 *
 * @param first What was removed first.
 * @param second What was removed then.
 * @returns Both.
 */
export function joinResults(first: RemovalResult, second: RemovalResult): RemovalResult {
  return {
    removals: [...first.removals, ...second.removals],
    garbage: {
      layers: [...first.garbage.layers, ...second.garbage.layers],
      blobs: [...first.garbage.blobs, ...second.garbage.blobs],
    },
  };
}

/** Docker counts one tag, and what the same repository calls the image by digest, as one name. */
function isSingle({ tags, digests }: ImageNames): boolean {
  const repositories = new Set([...tags, ...digests].map(repositoryName));
  return tags.length <= 1 && repositories.size <= 1;
}

function short(id: string): string {
  return id.slice(id.indexOf(":") + 1).slice(0, 12);
}

function conflict(state: string): never {
  throw new EngineError(`conflict: ${state}`, { kind: "conflict" });
}
