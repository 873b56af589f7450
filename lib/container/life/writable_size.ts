/**
 * How much a container has written to its root.
 *
 * @module
 */

import { FileType } from "../../../ffi/directory_entry.ts";
import { Errno, isErrno } from "../../../ffi/error.ts";
import { close, open, OpenFlag } from "../../../ffi/fd.ts";
import { getdents64 } from "../../../ffi/getdents.ts";
import { openat } from "../../../ffi/openat.ts";
import { statx } from "../../../ffi/statx.ts";

// Each level holds a descriptor. A path, which is at most 4096 bytes long, has no more levels; what a
// container has made below that on purpose is not counted.
const DEEPEST = 2048;

/**
 * Adds up the sizes of files below a folder, as Docker does for what a container has written: of
 * everything but folders, each file once however many names it has.
 *
 * @param path The folder; one that does not exist holds nothing.
 * @returns The sum, in bytes.
 * @throws {SyscallError} The kernel refused.
 */
export function sizeOfTree(path: string): number {
  let directory: number;
  try {
    directory = open(path, OpenFlag.RDONLY | OpenFlag.DIRECTORY);
  } catch (error) {
    if (isErrno(error, Errno.ENOENT)) return 0;
    throw error;
  }
  return sizeBelow(directory, new Set(), 1);
}

/** Closes the directory. */
function sizeBelow(directory: number, counted: Set<number>, depth: number): number {
  let size = 0;
  try {
    for (let batch = getdents64(directory); batch.length > 0; batch = getdents64(directory)) {
      for (const { name } of batch) size += sizeOf(directory, name, counted, depth);
    }
  } finally {
    close(directory);
  }
  return size;
}

function sizeOf(
  directory: number,
  name: Uint8Array<ArrayBuffer>,
  counted: Set<number>,
  depth: number,
): number {
  try {
    const { mode, size, links, inode } = statx(directory, name);
    if ((mode & FileType.MASK) === FileType.DIRECTORY) {
      if (depth === DEEPEST) return 0;
      const flags = OpenFlag.RDONLY | OpenFlag.DIRECTORY | OpenFlag.NOFOLLOW;
      return sizeBelow(openat(directory, name, flags), counted, depth + 1);
    }
    if (links > 1) {
      if (counted.has(inode)) return 0;
      counted.add(inode);
    }
    return size;
  } catch (error) {
    // The container removed or replaced it meanwhile.
    if (isErrno(error, Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP)) return 0;
    throw error;
  }
}
