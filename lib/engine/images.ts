/**
 * The images of an engine.
 *
 * @module
 */

import type { LoadedImage } from "../image/archive/load.ts";
import type { PulledImage } from "../image/pull/mod.ts";
import type { PushedImage } from "../image/push/mod.ts";
import type { ImageFilters } from "../image/records/filters.ts";
import type { HistoryStep } from "../image/records/history.ts";
import type { ImageInspection } from "../image/records/inspect.ts";
import type { ImageSummary } from "../image/records/list.ts";
import type { PruneResult } from "../image/records/prune.ts";
import type { Removal } from "../image/records/remove.ts";
import type { ResolvedImage } from "../image/records/resolve.ts";
import type { Digest } from "../image/spec/digest.ts";
import type { ImportOptions, LoadOptions, SaveOptions } from "./image/archives.ts";
import type { PullOptions } from "./image/pull.ts";
import type { PushOptions } from "./image/push.ts";
import type { PruneImagesOptions, RemoveImageOptions } from "./image/remove.ts";
import type { Instance } from "./instance/instance.ts";

/** Options of {@linkcode Images.list}. */
export interface ListImagesOptions {
  /**
   * Which images, by `before`, `dangling`, `label`, `reference`, `since`, and `until` in milliseconds
   * since the epoch.
   *
   * @default {} all of them
   */
  filters?: ImageFilters;
}

/**
 * The images of an engine: what `engine.images` is.
 *
 * Where a method takes a `nameOrId`, that is a name (`alpine`, `alpine:3`, `host:5000/a@sha256:…`),
 * an ID (`sha256:` and 64 digits, or the digits alone) or the first digits of one. A name comes
 * first.
 *
 * @example Pull an image and look at it
 * ```ts ignore
 * const { id, status } = await engine.images.pull("alpine");
 * console.log(status, (await engine.images.inspect(id)).Config.Cmd);
 * ```
 */
export class Images {
  readonly #instance: Instance;

  /**
   * Opens the images of an instance; touches no file.
   *
   * @param instance The instance.
   */
  constructor(instance: Instance) {
    this.#instance = instance;
  }

  /**
   * Pulls an image from its registry, unless what is stored is the same.
   *
   * @param name The image's name.
   * @param options For what platform, with what credentials, and what to tell of it.
   * @returns The image, and whether it is new.
   * @throws {EngineError} `invalid`: the name, or what the registry sent; `notFound`; `denied`;
   * `unavailable`: the registry does not answer; `system`: no space left, for example.
   */
  async pull(name: string, options: PullOptions = {}): Promise<PulledImage> {
    const { pullByName } = await import("./image/pull.ts");
    return await pullByName(this.#instance, name, options);
  }

  /**
   * Pushes an image to the registry that its name begins with.
   *
   * @param name The image's name.
   * @param options Whether all tags, with what credentials, and what to tell of it.
   * @returns What was pushed, by name.
   * @throws {EngineError} `notFound`: no image has the name; `denied`; `unavailable`: the registry
   * does not answer or refuses.
   */
  async push(name: string, options: PushOptions = {}): Promise<PushedImage[]> {
    const { pushByName } = await import("./image/push.ts");
    return await pushByName(this.#instance, name, options);
  }

  /**
   * Finds an image and what a container of it is made of; one query for a name.
   *
   * @param nameOrId The image.
   * @returns Its ID, configuration and layers.
   * @throws {EngineError} `notFound`: there is none; `conflict`: several IDs begin like that;
   * `invalid`: it can be neither a name nor an ID.
   */
  async resolve(nameOrId: string): Promise<ResolvedImage> {
    const { imagesForContainers } = await import("./create/image_of_container.ts");
    return imagesForContainers(this.#instance).resolve(nameOrId);
  }

  /**
   * Lists images.
   *
   * @param options Which ones.
   * @returns The images, the latest built first.
   * @throws {EngineError} `invalid`: a filter is wrong; `notFound`: an image named by one is missing.
   */
  async list(options: ListImagesOptions = {}): Promise<ImageSummary[]> {
    const { listImages } = await import("../image/records/list.ts");
    return listImages(this.#instance.database, options.filters ?? {});
  }

  /**
   * Removes a name; with an image's last name, or by its ID, the image and what only it has.
   *
   * @param nameOrId The name or the image.
   * @param options Whether to insist.
   * @returns What was removed, in its order.
   * @throws {EngineError} `notFound`; `conflict`: a container uses it, or it has several names.
   */
  async remove(nameOrId: string, options: RemoveImageOptions = {}): Promise<Removal[]> {
    const { removeByName } = await import("./image/remove.ts");
    return await removeByName(this.#instance, nameOrId, options);
  }

  /**
   * Gives an image a further name, taking it away from the image that has it.
   *
   * @param nameOrId The image.
   * @param name The new name; without a tag it gets `latest`.
   * @throws {EngineError} `notFound`: no such image; `invalid`: the name is wrong.
   */
  async tag(nameOrId: string, name: string): Promise<void> {
    const { tagOnRequest } = await import("./image/tag.ts");
    tagOnRequest(this.#instance.database, nameOrId, name);
  }

  /**
   * Tells how an image was built.
   *
   * @param nameOrId The image.
   * @returns The steps, the last one first.
   * @throws {EngineError} As {@linkcode Images.resolve}.
   */
  async history(nameOrId: string): Promise<HistoryStep[]> {
    const { historyOf } = await import("./image/describe.ts");
    return historyOf(this.#instance.database, nameOrId);
  }

  /**
   * Describes an image with Docker's fields.
   *
   * @param nameOrId The image.
   * @returns What `image inspect` prints.
   * @throws {EngineError} As {@linkcode Images.resolve}.
   */
  async inspect(nameOrId: string): Promise<ImageInspection> {
    const { describeImage } = await import("./image/describe.ts");
    return describeImage(this.#instance, nameOrId);
  }

  /**
   * Removes images that no container uses, and leftovers of pulls that did not end well.
   *
   * @param options Which images.
   * @returns What was removed and how many bytes that freed.
   * @throws {EngineError} `invalid`: a filter is wrong.
   */
  async prune(options: PruneImagesOptions = {}): Promise<PruneResult> {
    const { pruneUnused } = await import("./image/remove.ts");
    return await pruneUnused(this.#instance, options);
  }

  /**
   * Packs images into an archive.
   *
   * @param namesOrIds Names or IDs; a name without a tag stands for all tags of its repository.
   * @param options The archive's format.
   * @returns The archive's bytes; each piece is gone once the next one is asked for.
   * @throws {EngineError} `notFound`: there is no such image, or a part of one is missing.
   */
  async save(
    namesOrIds: readonly string[],
    options: SaveOptions = {},
  ): Promise<AsyncIterable<Uint8Array>> {
    const { saveImages } = await import("./image/archives.ts");
    return await saveImages(this.#instance, namesOrIds, options);
  }

  /**
   * Loads the images of an archive: all of them, or none.
   *
   * @param archive The archive, of Docker's form or OCI's, compressed or not.
   * @param options What ends it, and what to tell.
   * @returns The images and their names, in the archive's order.
   * @throws {EngineError} `invalid`: it is no archive of images, or damaged; `system`: the disk is
   * full, for example.
   */
  async load(
    archive: AsyncIterable<Uint8Array>,
    options: LoadOptions = {},
  ): Promise<LoadedImage[]> {
    const { loadImages } = await import("./image/archives.ts");
    return await loadImages(this.#instance, archive, options);
  }

  /**
   * Makes an image of an archive of a root file system.
   *
   * @param archive The archive, compressed or not.
   * @param options What the image is.
   * @returns Its ID.
   * @throws {EngineError} `invalid`: the name, a change or the archive is wrong; `system`: the disk is
   * full, for example.
   */
  async import(
    archive: AsyncIterable<Uint8Array>,
    options: ImportOptions = {},
  ): Promise<Digest> {
    const { importImage } = await import("./image/archives.ts");
    return await importImage(this.#instance, archive, options);
  }
}
