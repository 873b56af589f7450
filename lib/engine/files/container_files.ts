/**
 * The files of a container, from outside, whether it runs or not.
 *
 * @module
 */

import {
  close,
  Errno,
  FileType,
  isErrno,
  openat,
  OpenFlag,
  readlinkat,
  statx,
} from "../../../ffi/mod.ts";
import { bundleDirectory, type ContainerRecord, hasProcesses } from "../../container/mod.ts";
import { EngineError } from "../../errors.ts";
import { openProcess, ProcessGoneError, type ProcessIdentity } from "../../process/mod.ts";
import { ContainerRoot } from "../../runtime/init/container_root.ts";
import { mountStoppedRoot } from "../../runtime/root/stopped_root.ts";
import type { Roots } from "../../state/mod.ts";
import { type ContainerOwners, containerOwners } from "../describe/owners.ts";
import { type CopyPath, parseCopyPath } from "./placement.ts";

const DIRECTORY = OpenFlag.PATH | OpenFlag.DIRECTORY;
/** As many links as the kernel follows in one path (path_resolution(7)). */
const MAX_LINKS = 40;

/** A place in a container: a name in a folder, and what is there. */
export interface ContainerPlace {
  /** Descriptor of the folder, closed with the place. */
  parent: number;
  /** The name. */
  name: string;
  /** Descriptor of what is there, `O_PATH`, closed with the place; nothing where there is nothing. */
  handle: number | undefined;
}

/**
 * The files of a container.
 *
 * Every path is resolved by the kernel with the container's root as the root; what was found is worked
 * with by its descriptor. So nothing a container puts in the way leads out of it, whenever it does so.
 */
export class ContainerFiles implements Disposable {
  readonly #root: ContainerRoot;
  readonly #name: string;
  readonly #lock: Disposable;
  /** The container. */
  readonly record: ContainerRecord;
  /** Who the owners of its files are, where they are others outside of it. */
  readonly owners: ContainerOwners | undefined;

  /**
   * Opens a container's root.
   *
   * @param roots The instance's.
   * @param record The container.
   * @param name The container as the user named it, for messages.
   * @param lock Keeps it from being started; held as long as that matters.
   * @throws {EngineError} `system`: the root cannot be mounted; `conflict`: the container has just
   * ended.
   */
  constructor(roots: Roots, record: ContainerRecord, name: string, lock: Disposable) {
    this.#name = name;
    this.record = record;
    const hasProcess = hasProcesses(record);
    const { userNamespace } = record.settings;
    // Without its processes nothing is mounted for its users.
    this.owners = userNamespace && (hasProcess || userNamespace.shifted)
      ? containerOwners(userNamespace)
      : undefined;
    this.#root = hasProcess && record.process
      ? rootOf(record.process, name)
      : new ContainerRoot(mountStoppedRoot(bundleDirectory(roots, record.id)));
    this.#lock = lock;
    if (hasProcess) lock[Symbol.dispose]();
  }

  /** The root itself. */
  get root(): ContainerRoot {
    return this.#root;
  }

  /**
   * Opens a file or folder.
   *
   * @param path Its path.
   * @param followLink Whether a link is followed that is the last name; one before a slash always is.
   * @returns An `O_PATH` descriptor, to be closed by the caller.
   * @throws {EngineError} `notFound`: there is none; `invalid`: it is no folder, and the path says so.
   */
  open(path: CopyPath, followLink: boolean): number {
    try {
      if (path.isDirectory) return this.#root.open(path.clean, DIRECTORY);
      if (followLink) return this.#root.open(path.clean, OpenFlag.PATH);
      const parent = this.#root.open(path.directory, DIRECTORY);
      try {
        return openat(parent, path.name, OpenFlag.PATH | OpenFlag.NOFOLLOW);
      } finally {
        close(parent);
      }
    } catch (error) {
      throw this.#lookupError(path, error);
    }
  }

  /**
   * Opens the place where something is to go; a link that is the last name is followed, also to where
   * there is nothing yet.
   *
   * @param path Its path.
   * @returns The place.
   * @throws {EngineError} `notFound`: its folder does not exist.
   */
  place(path: CopyPath): ContainerPlace {
    let at = path;
    for (let links = 0; links <= MAX_LINKS; links++) {
      const place = this.#lookUp(at);
      if (place.handle === undefined || !isLink(place.handle)) return place;
      const target = new TextDecoder().decode(readlinkat(place.handle, ""));
      closePlace(place);
      // By its text, as for the user; wherever that leads is in the container.
      at = parseCopyPath(target, at.directory);
    }
    throw new EngineError(`too many levels of symbolic links: ${path.clean}`, { kind: "invalid" });
  }

  /**
   * Opens a folder.
   *
   * @param path Its path; links are followed.
   * @param shown The same as the user named it.
   * @returns A descriptor, to be closed by the caller.
   * @throws {EngineError} `invalid`: there is no such folder.
   */
  openDirectory(path: string, shown: string): number {
    try {
      return this.#root.open(parseCopyPath(path).clean, DIRECTORY);
    } catch (error) {
      const isOther = isErrno(error, Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP);
      if (!isOther) throw this.#lookupError(parseCopyPath(path), error);
      throw new EngineError(`destination "${shown}" must be a directory`, { kind: "invalid" });
    }
  }

  #lookUp(path: CopyPath): ContainerPlace {
    let parent: number;
    try {
      parent = this.#root.open(path.directory, DIRECTORY);
    } catch (error) {
      throw this.#lookupError(parseCopyPath(path.directory), error);
    }
    try {
      // The root is in no folder; what is said of it is said of itself.
      const name = path.name === "" ? "." : path.name;
      return { parent, name, handle: openat(parent, name, OpenFlag.PATH | OpenFlag.NOFOLLOW) };
    } catch (error) {
      if (isErrno(error, Errno.ENOENT)) return { parent, name: path.name, handle: undefined };
      close(parent);
      throw this.#lookupError(path, error);
    }
  }

  /** Closes the root; what was mounted for it is gone. */
  [Symbol.dispose](): void {
    this.#root[Symbol.dispose]();
    this.#lock[Symbol.dispose]();
  }

  #lookupError(path: CopyPath, cause: unknown): EngineError {
    const missing = isErrno(cause, Errno.ENOENT);
    return new EngineError(
      missing
        ? `Could not find the file ${path.clean} in container ${this.#name}`
        : `Cannot open "${path.clean}" in container ${this.#name}`,
      missing ? { kind: "notFound" } : { kind: "invalid", cause },
    );
  }
}

function rootOf(identity: ProcessIdentity, container: string): ContainerRoot {
  try {
    using process = openProcess(identity);
    return ContainerRoot.of(process);
  } catch (error) {
    if (!(error instanceof ProcessGoneError)) throw error;
    throw new EngineError(
      `Cannot copy files of container ${container}: it has just ended; copy again`,
      { kind: "conflict" },
    );
  }
}

/**
 * Closes a place's descriptors.
 *
 * @param place The place.
 */
export function closePlace({ handle, parent }: ContainerPlace): void {
  close(parent);
  if (handle !== undefined) close(handle);
}

/**
 * Tells what a descriptor stands for.
 *
 * @param handle The descriptor.
 * @returns One of `FileType`.
 */
export function typeOf(handle: number): number {
  return statx(handle).mode & FileType.MASK;
}

function isLink(handle: number): boolean {
  return typeOf(handle) === FileType.SYMLINK;
}
