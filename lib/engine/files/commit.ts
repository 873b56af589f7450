/**
 * Making an image of a container.
 *
 * @module
 */

import { close, open, OpenFlag } from "../../../ffi/fd.ts";
import { bundleDirectory } from "../../container/record/folders.ts";
import { ownMountPoints } from "../../container/life/own_mount_points.ts";
import { type ContainerRecord, ContainerStore } from "../../container/record/store.ts";
import { EngineError } from "../../errors.ts";
import { inTurns } from "../../image/archive/in_turns.ts";
import { archiveUpper, type ArchiveUpperOptions } from "../../image/archive/layer_diff.ts";
import { storeNewLayer } from "../../image/archive/new_layer.ts";
import { TarWriter } from "../../image/archive/tar_writer.ts";
import { applyChanges } from "../../image/change/mod.ts";
import { commitImage } from "../../image/records/commit.ts";
import type { Digest } from "../../image/spec/digest.ts";
import { configOf } from "../../image/records/filters.ts";
import type { ImageLayer } from "../../image/records/record.ts";
import { findImageById, type ImageRow } from "../../image/records/lookup.ts";
import { tooManyLayers } from "../../image/spec/layer_count.ts";
import { canonicalName, familiarName, taggedReference } from "../../image/spec/reference.ts";
import { ImageStore } from "../../image/store/mod.ts";
import { shiftToContainer } from "../../runtime/user/owner_shift.ts";
import type { Roots } from "../../state/mod.ts";
import { defaultsOf } from "../create/defaults.ts";
import { recordImageEvent } from "../image/events.ts";
import type { Instance } from "../instance/instance.ts";
import { refreshRecords } from "../instance/refresh.ts";
import { whilePaused } from "../lifecycle/while_paused.ts";

/** Options of {@linkcode commitContainer}. */
export interface CommitContainerOptions {
  /** The image's name; without one it is known by its ID only. */
  name?: string | undefined;
  /** Who made it. */
  author?: string | undefined;
  /** A remark. */
  message?: string | undefined;
  /** Dockerfile instructions that change its configuration. */
  changes?: readonly string[];
  /**
   * Whether the container is paused meanwhile.
   *
   * @default true
   */
  pause?: boolean;
  /** Ends the work. */
  signal?: AbortSignal | undefined;
}

/**
 * Makes an image of a container: its image's layers, and one of what it has changed.
 *
 * @param instance The instance.
 * @param nameOrId A name, an id, or the beginning of one.
 * @param options The image's name and configuration.
 * @returns The image's ID.
 * @throws {EngineError} `notFound`; `conflict`: the container is being removed; `invalid`: the name or
 * a change is wrong, or the container has no image; `system`: the disk is full, for example.
 */
export async function commitContainer(
  { database, roots }: Pick<Instance, "database" | "roots">,
  nameOrId: string,
  options: CommitContainerOptions = {},
): Promise<Digest> {
  const containers = new ContainerStore(database);
  await refreshRecords(roots, containers);
  const record = containers.find(nameOrId);
  const name = options.name === undefined ? undefined : taggedReference(options.name, "commit to");
  const base = imageOf(database, nameOrId, record);
  const { config: below, rootfs } = configOf(base);
  checkLayerCount(nameOrId, rootfs.diff_ids);
  const defaults = applyChanges(defaultsOf(record.settings, below), options.changes ?? []);
  const store = new ImageStore(database, roots.root);
  using _pull = await store.beginPull(options.signal);
  const archive = () => storeUpper(store, record, roots, nameOrId, options.signal);
  const layer = options.pause === false
    ? await archive()
    : await whilePaused(roots, containers, record, archive);
  // A removal at the same time empties the folder bit by bit.
  checkCommittable(nameOrId, containers.get(record.id));
  const commit = {
    base,
    layer,
    defaults,
    createdBy: record.settings.command.join(" "),
    author: options.author ?? "",
    comment: options.message ?? "",
  };
  const id = await commitImage(store, commit, name ? [name] : []);
  containers.recordEvent(record, "commit", {
    comment: commit.comment,
    imageID: id,
    imageRef: name ? canonicalName(name) : "",
  });
  if (name) {
    const labels = { ...defaults.Labels };
    recordImageEvent(database, { action: "tag", actorId: id, name: familiarName(name), labels });
  }
  return id;
}

function imageOf(
  database: Instance["database"],
  nameOrId: string,
  record: ContainerRecord,
): ImageRow {
  checkCommittable(nameOrId, record);
  const image = record.imageId && findImageById(database, record.imageId as Digest);
  if (image) return image;
  throw new EngineError(
    `Cannot commit container "${nameOrId}": it was made of a folder (--rootfs) and has no image; ` +
      "use export and import",
    { kind: "invalid" },
  );
}

function checkLayerCount(nameOrId: string, below: readonly Digest[]): void {
  const tooMany = tooManyLayers(below, 1);
  if (tooMany === undefined) return;
  throw new EngineError(`Cannot commit container "${nameOrId}": ${tooMany}`, { kind: "invalid" });
}

function checkCommittable(nameOrId: string, record: ContainerRecord | undefined): void {
  if (record !== undefined && record.status !== "removing" && record.status !== "creating") return;
  throw new EngineError(
    `You cannot commit container ${nameOrId} which is being ` +
      (record?.status === "creating" ? "created" : "removed"),
    { kind: "conflict" },
  );
}

async function storeUpper(
  store: ImageStore,
  { id, settings }: ContainerRecord,
  roots: Roots,
  nameOrId: string,
  signal: AbortSignal | undefined,
): Promise<ImageLayer | undefined> {
  const upper = `${bundleDirectory(roots, id)}/upper`;
  const fd = open(upper, OpenFlag.PATH | OpenFlag.DIRECTORY);
  try {
    const { userNamespace } = settings;
    const shift = userNamespace?.shifted && shiftToContainer(userNamespace) || undefined;
    const skips = ownMountPoints(upper, settings.layers);
    return await storeNewLayer(store, inTurns(upperArchive(fd, { skips, shift }), signal), signal);
  } catch (cause) {
    signal?.throwIfAborted();
    const kind = cause instanceof EngineError ? cause.kind : "system";
    throw new EngineError(`Cannot commit container "${nameOrId}"`, { kind, cause });
  } finally {
    close(fd);
  }
}

function* upperArchive(
  fd: number,
  options: ArchiveUpperOptions,
): Generator<Uint8Array, void> {
  const writer = new TarWriter();
  yield* archiveUpper(writer, fd, options);
  yield* writer.end();
}
