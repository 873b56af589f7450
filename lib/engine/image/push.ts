/**
 * Pushing images.
 *
 * @module
 */

import { type PushedImage, pushImage, type PushListener } from "../../image/push/mod.ts";
import type { Credentials } from "../../image/registry/credentials.ts";
import { familiarName, familiarRepository, parseReference } from "../../image/spec/reference.ts";
import { ImageStore } from "../../image/store/mod.ts";
import type { Instance } from "../instance/instance.ts";
import { givenCredentials } from "./given_credentials.ts";
import { labelsOfImage, recordImageEvent } from "./events.ts";

/** Options of {@linkcode Images.push}. */
export interface PushOptions {
  /**
   * Whether to push all tags of the repository.
   *
   * @default false
   */
  allTags?: boolean;
  /** What the registry is told, in place of what a login has kept for it. */
  credentials?: Credentials | undefined;
  /** Gets a report of each step, many a second while layers are sent. */
  onProgress?: PushListener | undefined;
  /** Ends the push; what has arrived by then need not be sent again. */
  signal?: AbortSignal | undefined;
}

/**
 * Pushes an image to the registry that its name begins with.
 *
 * @param instance The instance.
 * @param name The image's name.
 * @param options Whether all tags, and what to tell of it.
 * @returns What was pushed, by name.
 * @throws {EngineError} `notFound`: no image has the name; `denied`; `unavailable`: the registry
 * does not answer or refuses.
 */
export async function pushByName(
  { config, database, roots }: Instance,
  name: string,
  { allTags = false, credentials, onProgress, signal }: PushOptions,
): Promise<PushedImage[]> {
  const reference = parseReference(name);
  const pushed = await pushImage({
    store: new ImageStore(database, roots.root),
    config,
    reference,
    allTags,
    ...givenCredentials(reference.registry, credentials),
    onProgress,
    signal,
  });
  for (const image of pushed) {
    recordImageEvent(database, {
      action: "push",
      actorId: familiarName(image.reference),
      name: familiarRepository(image.reference),
      labels: labelsOfImage(database, image.id),
    });
  }
  return pushed;
}
