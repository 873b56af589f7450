/**
 * What the kernel knows of a file.
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { callOnPath, type PathArgument, pathBytes } from "./_path.ts";
import type { Timestamp } from "./timestamps.ts";

/** A file's type, identity, owner and time. */
export interface FileStatus {
  /** Type ({@linkcode FileType}) and permission bits. */
  mode: number;
  /** The inode's number, unique in its file system. */
  inode: number;
  /** How many names it has. */
  links: number;
  /** The owning user. */
  uid: number;
  /** The owning group. */
  gid: number;
  /** The size in bytes. */
  size: number;
  /** When its content last changed. */
  modified: Timestamp;
  /** The file system it is on, as one number. */
  device: number;
  /** A device's major number. */
  deviceMajor: number;
  /** A device's minor number. */
  deviceMinor: number;
}

/** Offsets in `struct statx`, 256 bytes on every architecture (linux/stat.h). */
const Statx = {
  SIZE_OF: 256,
  LINKS: 16,
  UID: 20,
  GID: 24,
  MODE: 28,
  INODE: 32,
  SIZE: 40,
  MODIFIED_SECONDS: 112,
  MODIFIED_NANOSECONDS: 120,
  DEVICE_MAJOR: 128,
  DEVICE_MINOR: 132,
  FILE_SYSTEM_MAJOR: 136,
  FILE_SYSTEM_MINOR: 140,
} as const;
/** `AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH` (linux/fcntl.h). */
const NOFOLLOW_OR_DESCRIPTOR = 0x100 | 0x1000;
/** `STATX_BASIC_STATS` (linux/stat.h). */
const STATX_BASIC_STATS = 0x7ff;

// int statx(int dirfd, const char *pathname, int flags, unsigned int mask,
//           struct statx *statxbuf);                                                 statx(2)
const statx_ = libc("statx", {
  parameters: ["i32", "buffer", "i32", "u32", "buffer"],
  result: "i32",
});

const buffer = new Uint8Array(Statx.SIZE_OF);
const view = new DataView(buffer.buffer);

/**
 * Looks at a file, or at a symbolic link itself.
 *
 * @param directory The parent's descriptor, or the file's own.
 * @param path Relative to the parent; empty for the descriptor's own file.
 * @returns What was found.
 * @throws {SyscallError} The call failed: `ENOENT` where there is no such file.
 * @see https://man7.org/linux/man-pages/man2/statx.2.html
 */
export function statx(directory: number, path: PathArgument = ""): FileStatus {
  const bytes = pathBytes(path);
  callOnPath(
    "statx",
    path,
    () => statx_(directory, bytes, NOFOLLOW_OR_DESCRIPTOR, STATX_BASIC_STATS, buffer),
  );
  return {
    mode: view.getUint16(Statx.MODE, true),
    inode: Number(view.getBigUint64(Statx.INODE, true)),
    links: view.getUint32(Statx.LINKS, true),
    uid: view.getUint32(Statx.UID, true),
    gid: view.getUint32(Statx.GID, true),
    size: Number(view.getBigUint64(Statx.SIZE, true)),
    modified: {
      seconds: Number(view.getBigInt64(Statx.MODIFIED_SECONDS, true)),
      nanoseconds: view.getUint32(Statx.MODIFIED_NANOSECONDS, true),
    },
    device: view.getUint32(Statx.FILE_SYSTEM_MAJOR, true) * 2 ** 20 +
      view.getUint32(Statx.FILE_SYSTEM_MINOR, true),
    deviceMajor: view.getUint32(Statx.DEVICE_MAJOR, true),
    deviceMinor: view.getUint32(Statx.DEVICE_MINOR, true),
  };
}
