/**
 * Pulling images.
 *
 * @module
 */

import { type ProgressListener, type PulledImage, pullImage } from "../../image/pull/mod.ts";
import type { Credentials } from "../../image/registry/credentials.ts";
import { parsePlatform } from "../../image/spec/platform.ts";
import { familiarName, familiarRepository, parseReference } from "../../image/spec/reference.ts";
import { ImageStore } from "../../image/store/mod.ts";
import type { Instance } from "../instance/instance.ts";
import { givenCredentials } from "./given_credentials.ts";
import { labelsOfImage, recordImageEvent } from "./events.ts";

/** Options of {@linkcode Images.pull}. */
export interface PullOptions {
  /**
   * For what the image shall be made: `linux/arm64`, `linux/arm/v7`.
   *
   * @default the machine's platform
   */
  platform?: string | undefined;
  /** What the registry is told, in place of what a login has kept for it. */
  credentials?: Credentials | undefined;
  /** Gets a report of each step, many a second while layers arrive. */
  onProgress?: ProgressListener | undefined;
  /** Ends the pull; what has arrived by then waits for the next one. */
  signal?: AbortSignal | undefined;
}

/**
 * Pulls an image from its registry, unless what is stored is the same.
 *
 * @param instance The instance.
 * @param name The image's name.
 * @param options For what platform, and what to tell of it.
 * @returns The image, and whether it is new.
 * @throws {EngineError} `invalid`: the name, or what the registry sent; `notFound`; `denied`;
 * `unavailable`: the registry does not answer; `system`: no space left, for example.
 */
export async function pullByName(
  { config, database, roots }: Instance,
  name: string,
  { credentials, onProgress, platform, signal }: PullOptions,
): Promise<PulledImage> {
  const reference = parseReference(name);
  const pulled = await pullImage({
    store: new ImageStore(database, roots.root),
    config,
    reference,
    platform: platform === undefined ? undefined : parsePlatform(platform),
    ...givenCredentials(reference.registry, credentials),
    onProgress,
    signal,
  });
  recordImageEvent(database, {
    action: "pull",
    actorId: familiarName(reference),
    name: familiarRepository(reference),
    labels: labelsOfImage(database, pulled.id),
  });
  return pulled;
}
