/**
 * Images as archives: what `save`, `load` and `import` do.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import type { LoadedImage } from "../../image/archive/load.ts";
import type { ImageArchive } from "../../image/archive/save.ts";
import type { ArchiveFormat } from "../../image/archive/save_layout.ts";
import type { Digest } from "../../image/spec/digest.ts";
import { diskState } from "../../image/disk_state.ts";
import { hostPlatform, parsePlatform } from "../../image/spec/platform.ts";
import { familiarName, taggedReference } from "../../image/spec/reference.ts";
import { ImageStore } from "../../image/store/mod.ts";
import type { Roots } from "../../state/mod.ts";
import { labelsOfImage, recordImageEvent } from "./events.ts";
import type { Instance } from "../instance/instance.ts";

type Opened = Pick<Instance, "database" | "roots">;

/** Options of {@linkcode saveImages}. */
export interface SaveOptions {
  /**
   * What the archive is for: `docker` is read by all engines, `oci` is OCI's image layout alone.
   *
   * @default "docker"
   */
  format?: ArchiveFormat;
  /** Ends the work. */
  signal?: AbortSignal | undefined;
}

/**
 * Packs images into an archive.
 *
 * @param instance The instance.
 * @param names Names or IDs; a name without a tag stands for all tags of its repository.
 * @param options The format.
 * @returns The archive's bytes; each piece is gone once the next one is asked for.
 * @throws {EngineError} `notFound`: there is no such image, or a part of one is missing.
 */
export async function saveImages(
  { database, roots }: Opened,
  names: readonly string[],
  { format = "docker", signal }: SaveOptions = {},
): Promise<AsyncIterable<Uint8Array>> {
  const { saveImages } = await import("../../image/archive/save.ts");
  const store = new ImageStore(database, roots.root);
  const archive = await saveImages(store, names, { format, signal });
  return recorded(database, archive);
}

async function* recorded(
  database: Opened["database"],
  archive: ImageArchive,
): AsyncGenerator<Uint8Array, void> {
  yield* archive.pieces();
  for (const { id, names } of archive.images) {
    const name = names[0] === undefined ? id : familiarName(names[0]);
    record(database, "save", id, name);
  }
}

/** Options of {@linkcode loadImages}. */
export interface LoadOptions {
  /** Ends the work. */
  signal?: AbortSignal | undefined;
  /** Called with the diff ID of each layer that has come. */
  onLayer?: (diffId: Digest) => void;
}

/**
 * Loads the images of an archive: all of them, or none.
 *
 * @param instance The instance.
 * @param source The archive, of Docker's form or OCI's, compressed or not.
 * @param options What ends it, and what to tell.
 * @returns The images and their names, in the archive's order.
 * @throws {EngineError} `invalid`: it is no archive of images, or damaged; `system`: the disk is full,
 * for example.
 */
export async function loadImages(
  { database, roots }: Opened,
  source: AsyncIterable<Uint8Array>,
  options: LoadOptions = {},
): Promise<LoadedImage[]> {
  const { loadImages } = await import("../../image/archive/load.ts");
  const store = new ImageStore(database, roots.root);
  const images = await explained(
    "load the images",
    roots,
    options.signal,
    () => loadImages(store, source, options),
  );
  for (const { id, names } of images) {
    const name = names[0] === undefined ? id : familiarName(names[0].reference);
    record(database, "load", id, name);
  }
  return images;
}

/** Options of {@linkcode importImage}. */
export interface ImportOptions {
  /** The image's name; without one it is known by its ID only. */
  name?: string | undefined;
  /** Dockerfile instructions that make its configuration. */
  changes?: readonly string[];
  /** A remark. */
  message?: string;
  /**
   * For what the image is made: `linux/arm64`.
   *
   * @default the machine's platform
   */
  platform?: string | undefined;
  /** Ends the work. */
  signal?: AbortSignal | undefined;
}

/**
 * Makes an image of an archive of a root file system.
 *
 * @param instance The instance.
 * @param source The archive, compressed or not.
 * @param options What the image is.
 * @returns Its ID.
 * @throws {EngineError} `invalid`: the name, a change or the archive is wrong; `system`: the disk is
 * full, for example.
 */
export async function importImage(
  { database, roots }: Opened,
  source: AsyncIterable<Uint8Array>,
  options: ImportOptions = {},
): Promise<Digest> {
  const { importArchive } = await import("../../image/archive/import.ts");
  const { changes = [], message = "", name, platform, signal } = options;
  const reference = name === undefined ? undefined : taggedReference(name, "import");
  const store = new ImageStore(database, roots.root);
  const id = await explained("import the image", roots, signal, () =>
    importArchive(store, source, {
      names: reference ? [reference] : [],
      changes,
      message,
      platform: platform === undefined ? hostPlatform() : parsePlatform(platform),
      signal,
    }));
  record(database, "import", id, reference ? familiarName(reference) : id);
  return id;
}

/** Says what was being done; a full disk says where. */
async function explained<T>(
  what: string,
  { root }: Roots,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    signal?.throwIfAborted();
    const state = diskState(cause);
    if (state === undefined && cause instanceof EngineError) throw cause;
    throw new EngineError(
      `Cannot ${what}${state === undefined ? "" : `: ${state} "${root}"`}`,
      { kind: "system", cause },
    );
  }
}

function record(database: Opened["database"], action: string, id: Digest, name: string): void {
  recordImageEvent(database, { action, actorId: id, name, labels: labelsOfImage(database, id) });
}
