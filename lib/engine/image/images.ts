/**
 * The images of an engine.
 *
 * @module
 */

import type { Config } from "../../config.ts";
import { configOf, type ImageFilters } from "../../image/records/filters.ts";
import { type HistoryStep, imageHistory } from "../../image/records/history.ts";
import { type ImageInspection, inspectImage } from "../../image/records/inspect.ts";
import { type ImageSummary, listImages } from "../../image/records/list.ts";
import { findImage } from "../../image/records/lookup.ts";
import { parsePlatform } from "../../image/spec/platform.ts";
import { pruneImages, type PruneResult } from "../../image/records/prune.ts";
import type { ProgressListener, PulledImage } from "../../image/pull/mod.ts";
import type { PushedImage, PushListener } from "../../image/push/mod.ts";
import { familiarName, familiarRepository, parseReference } from "../../image/spec/reference.ts";
import { type Removal, removeImage } from "../../image/records/remove.ts";
import { layerDirectories, type ResolvedImage, resolveImage } from "../../image/records/resolve.ts";
import { ImageStore } from "../../image/store/mod.ts";
import { tagImage } from "../../image/records/tag.ts";
import { type Database, recordEvent, type Roots } from "../../state/mod.ts";
import { labelsOfImage, labelsOfImages, recordImageEvent, recordRemovals } from "./image_events.ts";

/** Options of {@linkcode Images.pull}. */
export interface PullOptions {
  /**
   * For what the image shall be made: `linux/arm64`, `linux/arm/v7`.
   *
   * @default the machine's platform
   */
  platform?: string | undefined;
  /** Gets a report of each step, many a second while layers arrive. */
  onProgress?: ProgressListener | undefined;
  /** Ends the pull; what has arrived by then waits for the next one. */
  signal?: AbortSignal | undefined;
}

/** Options of {@linkcode Images.push}. */
export interface PushOptions {
  /**
   * Whether to push all tags of the repository.
   *
   * @default false
   */
  allTags?: boolean;
  /** Gets a report of each step, many a second while layers are sent. */
  onProgress?: PushListener | undefined;
  /** Ends the push; what has arrived by then need not be sent again. */
  signal?: AbortSignal | undefined;
}

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

/** Options of {@linkcode Images.remove}. */
export interface RemoveImageOptions {
  /**
   * Whether to remove an ID that has names in several repositories, or that a stopped container
   * uses: then the names go and the container keeps the files.
   *
   * @default false
   */
  force?: boolean;
}

/** Options of {@linkcode Images.prune}. */
export interface PruneImagesOptions {
  /**
   * Whether to remove tagged images too that no container uses.
   *
   * @default false
   */
  all?: boolean;
  /**
   * Which images, by `label`, `label!`, `dangling`, and `until` in milliseconds since the epoch.
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
 * first. What reads answers at once; what downloads or deletes returns a promise.
 *
 * @example Pull an image and look at it
 * ```ts ignore
 * const { id, status } = await engine.images.pull("alpine");
 * console.log(status, engine.images.inspect(id).Config.Cmd);
 * ```
 */
export class Images {
  readonly #store: ImageStore;
  readonly #config: Config;

  /**
   * Opens the images of an instance; touches no file.
   *
   * @param database The instance's database.
   * @param roots The instance's folders.
   * @param config Registries, their mirrors, and limits.
   */
  constructor(database: Database, roots: Roots, config: Config) {
    this.#store = new ImageStore(database, roots.root);
    this.#config = config;
  }

  /**
   * Pulls an image from its registry, unless what is stored is the same.
   *
   * @param name The image's name.
   * @param options For what platform, and what to tell of it.
   * @returns The image, and whether it is new.
   * @throws {EngineError} `invalid`: the name, or what the registry sent; `notFound`; `denied`;
   * `unavailable`: the registry does not answer; `system`: no space left, for example.
   */
  async pull(name: string, options: PullOptions = {}): Promise<PulledImage> {
    // Only a pull needs the registry client and the layer unpacker.
    const { pullImage } = await import("../../image/pull/mod.ts");
    const reference = parseReference(name);
    const pulled = await pullImage({
      store: this.#store,
      config: this.#config,
      reference,
      platform: options.platform === undefined ? undefined : parsePlatform(options.platform),
      onProgress: options.onProgress,
      signal: options.signal,
    });
    const { database } = this.#store;
    recordImageEvent(database, {
      action: "pull",
      actorId: familiarName(reference),
      name: familiarRepository(reference),
      labels: labelsOfImage(database, pulled.id),
    });
    return pulled;
  }

  /**
   * Pushes an image to the registry that its name begins with.
   *
   * @param name The image's name.
   * @param options Whether all tags, and what to tell of it.
   * @returns What was pushed, by name.
   * @throws {EngineError} `notFound`: no image has the name; `denied`; `unavailable`: the registry
   * does not answer or refuses.
   */
  async push(name: string, options: PushOptions = {}): Promise<PushedImage[]> {
    const { pushImage } = await import("../../image/push/mod.ts");
    const reference = parseReference(name);
    const { database } = this.#store;
    const pushed = await pushImage({
      store: this.#store,
      config: this.#config,
      reference,
      allTags: options.allTags ?? false,
      onProgress: options.onProgress,
      signal: options.signal,
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

  /**
   * Finds an image and what a container of it is made of; one query for a name.
   *
   * @param nameOrId The image.
   * @returns Its ID, configuration and layers.
   * @throws {EngineError} `notFound`: there is none; `conflict`: several IDs begin like that;
   * `invalid`: it can be neither a name nor an ID.
   */
  resolve(nameOrId: string): ResolvedImage {
    return resolveImage(this.#store, nameOrId);
  }

  /**
   * Lists images.
   *
   * @param options Which ones.
   * @returns The images, the latest built first.
   * @throws {EngineError} `invalid`: a filter is wrong; `notFound`: an image named by one is missing.
   */
  list(options: ListImagesOptions = {}): ImageSummary[] {
    return listImages(this.#store.database, options.filters ?? {});
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
    const { database } = this.#store;
    const { id } = findImage(database, nameOrId).image;
    const labels = new Map([[id, labelsOfImage(database, id)]]);
    const removals = removeImage(this.#store, nameOrId, options.force ?? false);
    recordRemovals(database, removals, labels, id);
    await this.#store.trash.empty();
    return removals;
  }

  /**
   * Gives an image a further name, taking it away from the image that has it.
   *
   * @param nameOrId The image.
   * @param name The new name; without a tag it gets `latest`.
   * @throws {EngineError} `notFound`: no such image; `invalid`: the name is wrong.
   */
  tag(nameOrId: string, name: string): void {
    const { database } = this.#store;
    const { id } = findImage(database, nameOrId).image;
    tagImage(database, nameOrId, name);
    recordImageEvent(database, {
      action: "tag",
      actorId: id,
      name: familiarName(parseReference(name)),
      labels: labelsOfImage(database, id),
    });
  }

  /**
   * Tells how an image was built.
   *
   * @param nameOrId The image.
   * @returns The steps, the last one first.
   * @throws {EngineError} As {@linkcode Images.resolve}.
   */
  history(nameOrId: string): HistoryStep[] {
    const { database } = this.#store;
    return imageHistory(database, findImage(database, nameOrId).image);
  }

  /**
   * Describes an image with Docker's fields.
   *
   * @param nameOrId The image.
   * @returns What `image inspect` prints.
   * @throws {EngineError} As {@linkcode Images.resolve}.
   */
  inspect(nameOrId: string): ImageInspection {
    const { database } = this.#store;
    const { image } = findImage(database, nameOrId);
    return inspectImage(database, image, layerDirectories(this.#store, configOf(image)));
  }

  /**
   * Removes images that no container uses, and leftovers of pulls that did not end well.
   *
   * @param options Which images.
   * @returns What was removed and how many bytes that freed.
   * @throws {EngineError} `invalid`: a filter is wrong.
   */
  async prune(options: PruneImagesOptions = {}): Promise<PruneResult> {
    const { database } = this.#store;
    const images = labelsOfImages(database);
    const result = await pruneImages(this.#store, {
      all: options.all ?? false,
      filters: options.filters ?? {},
    });
    recordRemovals(database, result.removals, images);
    recordEvent(database, {
      type: "image",
      action: "prune",
      actorId: "",
      attributes: { reclaimed: String(result.reclaimed) },
    });
    return result;
  }
}
