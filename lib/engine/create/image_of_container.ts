/**
 * Finding the image of a new container, and pulling it where that is needed.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import {
  formatPlatform,
  hostPlatform,
  matchesPlatform,
  parsePlatform,
  type Platform,
} from "../../image/spec/platform.ts";
import type { PulledImage } from "../../image/pull/mod.ts";
import { type ResolvedImage, resolveImage } from "../../image/records/resolve.ts";
import { ImageStore } from "../../image/store/image_store.ts";
import type { ImageOfContainer } from "./settings.ts";
import type { ImageFinder } from "./create_container.ts";
import type { CreateContainerOptions } from "./options.ts";
import type { PullOptions } from "../image/pull.ts";
import type { Instance } from "../instance/instance.ts";

/** Where images are found. */
export interface ImageSource {
  /** Finds one that is there, as {@linkcode Images.resolve} does. */
  resolve(nameOrId: string): ResolvedImage;
  /** Pulls one, as {@linkcode Images.pull} does. */
  pull(name: string, options: PullOptions): Promise<PulledImage>;
}

/**
 * Finds images for new containers. What it takes to pull one is loaded where that is needed.
 *
 * @param instance The instance.
 * @returns Its images.
 */
export function imagesForContainers(instance: Instance): ImageSource {
  const store = new ImageStore(instance.database, instance.roots.root);
  return {
    resolve: (nameOrId) => resolveImage(store, nameOrId),
    pull: async (name, options) => {
      const { pullByName } = await import("../image/pull.ts");
      return await pullByName(instance, name, options);
    },
  };
}

/** Options of {@linkcode imageOfContainer}. */
export interface FindImageOptions
  extends Pick<PullOptions, "credentials" | "onProgress" | "signal"> {
  /** Told the image's name when it is not there and is about to be pulled. */
  onMissing?: ((name: string) => void) | undefined;
  /** Told what came of a pull. */
  onPulled?: ((pulled: PulledImage) => void) | undefined;
}

/**
 * Makes what finds, or pulls, images of new containers.
 *
 * @param instance The instance.
 * @param options What to tell of a pull.
 * @returns As {@linkcode imageOfContainer}.
 */
export function imageFinder(instance: Instance, options: FindImageOptions): ImageFinder {
  const images = imagesForContainers(instance);
  return (wanted) => imageOfContainer(images, wanted, options);
}

/**
 * Finds the image of a new container.
 *
 * @param images Where it is found.
 * @param wanted What was asked for.
 * @param options What to tell of a pull.
 * @returns The image.
 * @throws {EngineError} `invalid`: the folder given in its place is none, or it is made for other
 * machines; `notFound`, `denied`, `unavailable`: it cannot be pulled.
 */
export async function imageOfContainer(
  images: ImageSource,
  wanted: CreateContainerOptions,
  options: FindImageOptions,
): Promise<ImageOfContainer & { id?: string }> {
  if (wanted.rootfs !== undefined) return imageOfFolder(wanted.rootfs);
  if (wanted.image === undefined) {
    throw new EngineError(
      "Cannot create the container: it needs an image, or a folder as its root",
      {
        kind: "invalid",
      },
    );
  }
  const image = await find(images, wanted.image, wanted, options);
  const host = hostPlatform();
  if (wanted.platform === undefined && !matchesPlatform(image.config, host)) {
    throw wrongPlatform(wanted.image, image.config, formatPlatform(host));
  }
  return { id: image.id, config: image.config.config ?? {}, layers: image.layers };
}

async function find(
  images: ImageSource,
  name: string,
  { platform, pull = "missing" }: CreateContainerOptions,
  options: FindImageOptions,
): Promise<ResolvedImage> {
  if (pull !== "always") {
    try {
      const image = images.resolve(name);
      if (platform === undefined || matchesPlatform(image.config, parsePlatform(platform))) {
        return image;
      }
      if (pull === "never") throw wrongPlatform(name, image.config, platform);
    } catch (error) {
      if (!(error instanceof EngineError && error.kind === "notFound")) throw error;
      if (pull === "never") throw error;
    }
    options.onMissing?.(name);
  }
  const { credentials, onProgress, signal } = options;
  const pulled = await images.pull(name, { platform, credentials, onProgress, signal });
  options.onPulled?.(pulled);
  return images.resolve(pulled.id);
}

function wrongPlatform(name: string, made: Platform, wanted: string): EngineError {
  return new EngineError(
    `Cannot run image "${name}": it is made for ${formatPlatform(made)} and not for ${wanted}, ` +
      `use --platform ${formatPlatform(made)} if this machine runs that`,
    { kind: "invalid" },
  );
}

function imageOfFolder(folder: string): ImageOfContainer {
  try {
    const path = Deno.realPathSync(folder);
    if (Deno.statSync(path).isDirectory) {
      return { config: { Cmd: ["/bin/sh"] }, layers: [path] };
    }
  } catch (error) {
    throw new EngineError(`Cannot use "${folder}" as a root file system`, {
      kind: "invalid",
      cause: error,
    });
  }
  throw new EngineError(`Cannot use "${folder}" as a root file system: it is not a folder`, {
    kind: "invalid",
  });
}
