/**
 * Removing a directory with everything in it, however deep, whatever the names.
 *
 * @module
 */

import { renameat, unlinkat } from "../../ffi/directory_entry.ts";
import { Errno, isErrno } from "../../ffi/error.ts";
import { close, open, OpenFlag } from "../../ffi/fd.ts";
import { type DirectoryEntry, getdents64 } from "../../ffi/getdents.ts";
import { openat } from "../../ffi/openat.ts";
import { EngineError } from "../errors.ts";

/** For how long the event loop may be kept waiting, in milliseconds. */
const MAX_TURN = 10;

/**
 * Removes a file, or a directory with everything in it.
 *
 * What somebody else removes meanwhile is as good as removed here, and the rest is removed all the same.
 * Symbolic links are removed, never followed. Works on trees too deep for recursion or for a path,
 * which any container can make, and lets the event loop turn meanwhile.
 *
 * @param path What to remove; that it, or the directory it is in, does not exist is no error.
 * @throws {EngineError} The kernel refused: something in it is a mount point, immutable or on a
 * read-only file system (`system`).
 */
export async function removeTree(path: string): Promise<void> {
  const clean = path.replace(/\/+$/, "");
  const slash = clean.lastIndexOf("/");
  const name = new TextEncoder().encode(clean.slice(slash + 1) + "\0") as Uint8Array<ArrayBuffer>;
  try {
    const parent = open(slash === -1 ? "." : clean.slice(0, slash + 1), OpenFlag.PATH);
    try {
      let turn = performance.now();
      for (const _ of removal(parent, name)) {
        if (performance.now() - turn < MAX_TURN) continue;
        await new Promise((resolve) => setTimeout(resolve));
        turn = performance.now();
      }
    } finally {
      close(parent);
    }
  } catch (cause) {
    // The directory that it is in: what is missing further down is dealt with there.
    if (isErrno(cause, Errno.ENOENT)) return;
    throw new EngineError(`Cannot remove "${path}"`, { kind: "system", cause });
  }
}

/**
 * Removes a file, or a directory with everything in it, at once.
 *
 * @param directory The descriptor of the directory it is in.
 * @param name Its name there; that nothing has it is no error.
 * @throws {SyscallError} The kernel refused.
 */
export function removeTreeAt(directory: number, name: Uint8Array<ArrayBuffer>): void {
  for (const _ of removal(directory, name));
}

/**
 * Removes step by step.
 *
 * Directories are not entered one inside of the other: those found in a directory are moved up to
 * the top one, so that two descriptors do for any depth.
 */
function* removal(directory: number, name: Uint8Array<ArrayBuffer>): Generator<void> {
  if (removeFile(directory, { name, isDirectory: undefined })) return;
  const names = madeUpNames();
  do {
    const top = openDirectory(directory, name);
    if (top === undefined) return;
    try {
      for (const entry of entriesOf(top)) {
        if (removeFile(top, entry)) continue;
        yield* removeDirectory(top, entry.name, names);
      }
    } finally {
      close(top);
    }
    // Not empty: directories were moved into it meanwhile.
  } while (!removeEmpty(directory, name));
}

/** Removes a directory of the top one, if it can be emptied; its directories move to the top. */
function* removeDirectory(
  top: number,
  name: Uint8Array<ArrayBuffer>,
  names: Iterator<string, never>,
): Generator<void> {
  const directory = openDirectory(top, name);
  if (directory === undefined) return;
  try {
    for (const entry of entriesOf(directory)) {
      if (removeFile(directory, entry)) continue;
      while (!moveDirectory(directory, entry.name, top, names.next().value));
    }
    yield;
  } finally {
    close(directory);
  }
  removeEmpty(top, name);
}

function* entriesOf(directory: number): Generator<DirectoryEntry> {
  for (let batch = getdents64(directory); batch.length > 0; batch = getdents64(directory)) {
    yield* batch;
  }
}

function* madeUpNames(): Generator<string, never> {
  for (let number = 0;; number++) yield `.removed-${number}`;
}

/** Nothing if it is not there any more. */
function openDirectory(directory: number, name: Uint8Array<ArrayBuffer>): number | undefined {
  try {
    return openat(directory, name, OpenFlag.RDONLY | OpenFlag.DIRECTORY | OpenFlag.NOFOLLOW);
  } catch (error) {
    if (isErrno(error, Errno.ENOENT)) return undefined;
    throw error;
  }
}

/** Removes a directory, unless it is not empty. */
function removeEmpty(directory: number, name: Uint8Array<ArrayBuffer>): boolean {
  try {
    unlinkat(directory, name, { directory: true });
    return true;
  } catch (error) {
    if (isErrno(error, Errno.ENOENT)) return true;
    if (isErrno(error, Errno.ENOTEMPTY)) return false;
    throw error;
  }
}

/** Removes anything but a directory. */
function removeFile(
  directory: number,
  entry: Pick<DirectoryEntry, "name" | "isDirectory">,
): boolean {
  if (entry.isDirectory === true) return false;
  try {
    unlinkat(directory, entry.name);
    return true;
  } catch (error) {
    if (isErrno(error, Errno.ENOENT)) return true;
    if (isErrno(error, Errno.EISDIR)) return false;
    throw error;
  }
}

/** Moves a directory to a new name, unless something else than an empty directory has it. */
function moveDirectory(
  from: number,
  name: Uint8Array<ArrayBuffer>,
  to: number,
  newName: string,
): boolean {
  try {
    renameat(from, name, to, newName);
    return true;
  } catch (error) {
    if (isErrno(error, Errno.ENOENT)) return true;
    if (isErrno(error, Errno.ENOTDIR, Errno.ENOTEMPTY, Errno.EEXIST)) return false;
    throw error;
  }
}
