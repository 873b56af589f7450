/**
 * How much space a container takes.
 *
 * @module
 */

import { bundleDirectory } from "../../container/record/folders.ts";
import type { ContainerRecord } from "../../container/record/store.ts";
import { sizeOfTree } from "../../container/life/writable_size.ts";
import type { Instance } from "../instance/instance.ts";

/** How much space a container takes. */
export interface ContainerSize {
  /** Bytes of the files it has written or changed. */
  writable: number;
  /** The same and its image's files, which it may share with others; a folder's are not counted. */
  root: number;
}

/**
 * Measures a container; looks at each file it has changed.
 *
 * @param instance The instance.
 * @param record The container.
 * @returns The sizes.
 */
export function containerSize(
  { database, roots }: Pick<Instance, "database" | "roots">,
  { id, imageId }: Pick<ContainerRecord, "id" | "imageId">,
): ContainerSize {
  const writable = sizeOfTree(`${bundleDirectory(roots, id)}/upper`);
  const image = imageId === undefined
    ? undefined
    : database.get<{ size: number }>("SELECT size FROM images WHERE id = ?", imageId);
  return { writable, root: writable + (image?.size ?? 0) };
}
