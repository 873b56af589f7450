/**
 * Copying files between the host and a container.
 *
 * @module
 */

import { close, Errno, FileType, isErrno } from "../../../ffi/mod.ts";
import { type ContainerRecord, ContainerStore, StartLock } from "../../container/mod.ts";
import { EngineError } from "../../errors.ts";
import { inTurns } from "../../image/archive/in_turns.ts";
import { archiveTree, TarWriter } from "../../image/archive/mod.ts";
import { toByteString } from "../../image/layer/byte_string.ts";
import { applyLayer, type ApplyLayerOptions, decompress } from "../../image/layer/mod.ts";
import type { OwnerShift } from "../../runtime/user/owner_shift.ts";
import { findProcessIdentity } from "../../runtime/init/process_user.ts";
import type { Instance } from "../instance/instance.ts";
import { refreshRecords } from "../instance/refresh.ts";
import { closePlace, ContainerFiles, type ContainerPlace, typeOf } from "./container_files.ts";
import { findLocalTarget, openLocalSource, sourceName } from "./local_files.ts";
import { parseCopyPath, placeCopy } from "./placement.ts";
import { checkWritable } from "./writable.ts";

/** Options of {@linkcode copyFromContainer} and {@linkcode copyToContainer}. */
export interface CopyOptions {
  /**
   * Whether a link is followed that is the last name of the source.
   *
   * @default false
   */
  followLink?: boolean;
  /**
   * From a container: whether files keep their owners' numbers. To one: whether they belong to the
   * user the container runs as.
   *
   * @default false
   */
  archive?: boolean;
  /** Ends the copy. */
  signal?: AbortSignal | undefined;
}

/** Somebody's files on one side of a copy. */
interface Packed {
  handle: number;
  as: string;
  shift?: OwnerShift | undefined;
}

/**
 * Packs files of a container.
 *
 * @param instance The instance.
 * @param container The container: a name, an id, or the beginning of one.
 * @param path A path in it.
 * @param options How.
 * @returns The archive; a piece is gone once the next one is asked for.
 * @throws {EngineError} `notFound`: there is no such container or file.
 */
export async function* packContainerFiles(
  instance: Pick<Instance, "database" | "roots">,
  container: string,
  path: string,
  options: CopyOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  using files = await openFiles(instance, container);
  const parsed = parseCopyPath(path);
  const handle = files.open(parsed, options.followLink ?? false);
  try {
    const shift = files.owners?.toContainer;
    yield* inTurns(pack({ handle, as: sourceName(parsed), shift }), options.signal);
  } finally {
    close(handle);
  }
}

/**
 * Copies files of a container to the host.
 *
 * @param instance The instance.
 * @param container The container: a name, an id, or the beginning of one.
 * @param path A path in it.
 * @param target A path of the host.
 * @param options How.
 * @returns The size of what was copied, as an archive, in bytes.
 * @throws {EngineError} `notFound`: there is no such container or file; `invalid`: it cannot go
 * there; `system`: the disk is full, for example.
 */
export async function copyFromContainer(
  instance: Pick<Instance, "database" | "roots">,
  container: string,
  path: string,
  target: string,
  options: CopyOptions = {},
): Promise<number> {
  const local = findLocalTarget(target);
  using files = await openFiles(instance, container);
  const parsed = parseCopyPath(path);
  const handle = files.open(parsed, options.followLink ?? false);
  try {
    const isDirectory = typeOf(handle) === FileType.DIRECTORY;
    const { as, into } = placeCopy({ isDirectory, name: sourceName(parsed) }, local);
    const directory = into === "target" ? local.path : local.parent;
    const owner = options.archive ? undefined : { uid: Deno.uid()!, gid: Deno.gid()! };
    const archive = pack({ handle, as, shift: files.owners?.toContainer });
    return await unpack(archive, directory, { ...signalOf(options), owner });
  } finally {
    close(handle);
  }
}

/**
 * Copies files of the host to a container.
 *
 * @param instance The instance.
 * @param source A path of the host.
 * @param container The container: a name, an id, or the beginning of one.
 * @param path A path in it.
 * @param options How.
 * @returns The size of what was copied, as an archive, in bytes.
 * @throws {EngineError} `notFound`: there is no such container, file, or folder in the container;
 * `invalid`: it cannot go there; `conflict`: it is read-only; `system`: the disk is full, for example.
 */
export async function copyToContainer(
  instance: Pick<Instance, "database" | "roots">,
  source: string,
  container: string,
  path: string,
  options: CopyOptions = {},
): Promise<number> {
  const local = openLocalSource(source, options.followLink ?? false);
  try {
    using files = await openFiles(instance, container);
    const parsed = parseCopyPath(path);
    const place = files.place(parsed);
    try {
      const found = foundAt(place, `${container}:${path}`);
      const { as, into } = placeCopy(local, {
        found,
        name: place.name,
        isDirectory: parsed.isDirectory,
      });
      const directory = into === "target" ? place.handle! : place.parent;
      checkWritable(files.record, path);
      const archive = pack({ handle: local.handle, as });
      return await unpackInto(files, archive, directory, options);
    } finally {
      closePlace(place);
    }
  } finally {
    close(local.handle);
  }
}

/**
 * Unpacks an archive in a container.
 *
 * @param instance The instance.
 * @param archive The archive, plain or compressed with gzip or zstd.
 * @param container The container: a name, an id, or the beginning of one.
 * @param path A folder in it.
 * @param options How.
 * @throws {EngineError} `notFound`: there is no such container; `invalid`: there is no such folder, or
 * the archive is corrupt or tries to leave it; `conflict`: it is read-only; `system`: the disk is
 * full, for example.
 */
export async function unpackInContainer(
  instance: Pick<Instance, "database" | "roots">,
  archive: AsyncIterable<Uint8Array>,
  container: string,
  path: string,
  options: CopyOptions = {},
): Promise<void> {
  using files = await openFiles(instance, container);
  const directory = files.openDirectory(path, `${container}:${path}`);
  try {
    checkWritable(files.record, path);
    await unpackInto(files, decompress(archive), directory, options);
  } finally {
    close(directory);
  }
}

/**
 * Opens the files of a container, which stays as it is meanwhile: it is neither started nor ended.
 *
 * @param instance The instance.
 * @param container The container: a name, an id, or the beginning of one.
 * @returns Its files, to be disposed of.
 * @throws {EngineError} `notFound`; `conflict`: it is being created or removed.
 */
export async function openFiles(
  { database, roots }: Pick<Instance, "database" | "roots">,
  container: string,
): Promise<ContainerFiles> {
  const store = new ContainerStore(database);
  await refreshRecords(roots, store);
  // What runs has entered its root by then. What does not is neither started nor mounted by another
  // copy before we are done: the kernel has no two overlays change one folder.
  const lock = await StartLock.take(roots, store.find(container).id, "alone");
  try {
    const record = store.find(container);
    checkStatus(record, container);
    return new ContainerFiles(roots, record, container, lock);
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

function checkStatus(record: ContainerRecord, container: string): void {
  if (record.status === "removing" || record.status === "creating") {
    throw new EngineError(
      `Cannot copy files of container ${container}: it is ${record.status}`,
      { kind: "conflict" },
    );
  }
}

function foundAt({ handle }: ContainerPlace, target: string): "nothing" | "directory" | "file" {
  if (handle === undefined) return "nothing";
  const type = typeOf(handle);
  if (type === FileType.DIRECTORY) return "directory";
  if (type === FileType.REGULAR) return "file";
  throw new EngineError(`destination "${target}" must be a directory or a regular file`, {
    kind: "invalid",
  });
}

function* pack({ as, handle, shift }: Packed): Generator<Uint8Array<ArrayBuffer>, void> {
  const writer = new TarWriter();
  yield* archiveTree(writer, handle, { as: toByteString(new TextEncoder().encode(as)), shift });
  yield* writer.end();
}

async function unpackInto(
  files: ContainerFiles,
  archive: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  directory: number,
  options: CopyOptions,
): Promise<number> {
  const owner = options.archive ? userOf(files) : undefined;
  const target = `/proc/self/fd/${directory}`;
  try {
    const { createAs, toHost: shift } = files.owners ?? {};
    return await unpack(archive, target, { ...signalOf(options), owner, shift, createAs });
  } catch (error) {
    if (!isReadOnly(error)) throw error;
    throw new EngineError("mounted volume is marked read-only", { kind: "conflict" });
  }
}

/** Docker's `-a` gives files to the user the container runs as; without one nothing changes. */
function userOf(files: ContainerFiles): { uid: number; gid: number } | undefined {
  const { user } = files.record.settings;
  if (user === "") return undefined;
  const wanted = { name: user, numbers: { uid: 0, gid: 0 }, groups: [] };
  const { gid, uid } = findProcessIdentity(wanted, (path, flags) => files.root.open(path, flags));
  return { uid, gid };
}

async function unpack(
  archive: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  directory: string,
  options: Pick<ApplyLayerOptions, "createAs" | "owner" | "shift" | "signal">,
): Promise<number> {
  let size = 0;
  async function* counted(): AsyncGenerator<Uint8Array, void> {
    for await (const piece of archive) {
      size += piece.length;
      yield piece;
    }
  }
  await applyLayer(counted(), directory, { ...options, whiteouts: "none", isInUse: true });
  return size;
}

function signalOf({ signal }: CopyOptions): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

function isReadOnly(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (isErrno(at, Errno.EROFS)) return true;
  }
  return false;
}
