/**
 * The image of a container, as lists name it.
 *
 * @module
 */

import type { ContainerRecord } from "../../container/record/store.ts";
import { familiarRepository, parseReference } from "../../image/spec/reference.ts";
import { shortId } from "./short_id.ts";

/**
 * Names a container's image as its user did, while that name still stands for it.
 *
 * @param record The container.
 * @param imageOfName The id of the image that the name stands for now; nothing where there is none.
 * @param shorten Whether digests are left out, and ids cut.
 * @returns The name, or the image's id.
 */
export function containerImage(
  { imageId, imageName }: Pick<ContainerRecord, "imageId" | "imageName">,
  imageOfName: string | undefined,
  shorten: boolean,
): string {
  // A folder in place of an image.
  if (imageId === undefined) return imageName;
  if (imageOfName !== imageId) return shorten ? shortId(imageId) : imageId;
  if (!shorten) return imageName;
  return shortId(imageName) === shortId(imageId) ? shortId(imageId) : shortName(imageName);
}

/** Without what everybody adds in thought, and without the digest. */
function shortName(imageName: string): string {
  const [name = ""] = imageName.split("@", 1);
  const [tag = ""] = /:[^:/]+$/.exec(name) ?? [];
  return `${familiarRepository(parseReference(name))}${tag}`;
}
