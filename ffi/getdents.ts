/**
 * Reading a directory given by its descriptor.
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { callOnPath } from "./_path.ts";
import { Errno, isErrno } from "./error.ts";

/** A name in a directory. */
export interface DirectoryEntry {
  /** The name's bytes, the final NUL included. */
  name: Uint8Array<ArrayBuffer>;
  /** The inode's number. */
  inode: number;
  /** Whether it is a directory; undefined where the file system does not say. */
  isDirectory: boolean | undefined;
}

/** Fields of `struct linux_dirent64` (getdents(2)). */
const Dirent = { INODE: 0, LENGTH: 16, TYPE: 18, NAME: 19 } as const;
/** Types of an entry (dirent.h). */
const DT_UNKNOWN = 0;
const DT_DIR = 4;

// ssize_t getdents64(int fd, void *dirp, size_t count);                            getdents(2)
const getdents64_ = libc("getdents64", {
  parameters: ["i32", "buffer", "usize"],
  result: "isize",
});

const buffer = new Uint8Array(32 * 1024);
const view = new DataView(buffer.buffer);

/**
 * Reads the next names of a directory, `.` and `..` left out.
 *
 * @param fd A directory's descriptor, opened for reading.
 * @returns Some names; none at the end, and in a directory that has been removed meanwhile.
 * @throws {SyscallError} The call failed.
 * @see https://man7.org/linux/man-pages/man2/getdents.2.html
 */
export function getdents64(fd: number): DirectoryEntry[] {
  for (;;) {
    const length = fillBuffer(fd);
    const entries = parseEntries(length);
    // A read may hold only `.` and `..`, and is then not the end.
    if (length === 0 || entries.length > 0) return entries;
  }
}

function fillBuffer(fd: number): number {
  try {
    return callOnPath(
      "getdents64",
      String(fd),
      () => Number(getdents64_(fd, buffer, BigInt(buffer.length))),
    );
  } catch (error) {
    // Only an empty directory can be removed, and it stays so: the kernel makes nothing in it.
    if (isErrno(error, Errno.ENOENT)) return 0;
    throw error;
  }
}

function parseEntries(length: number): DirectoryEntry[] {
  const entries: DirectoryEntry[] = [];
  for (let at = 0; at < length; at += view.getUint16(at + Dirent.LENGTH, true)) {
    const start = at + Dirent.NAME;
    const name = buffer.slice(start, buffer.indexOf(0, start) + 1);
    if (isDotOrDotDot(name)) continue;
    const type = view.getUint8(at + Dirent.TYPE);
    entries.push({
      name,
      inode: Number(view.getBigUint64(at + Dirent.INODE, true)),
      isDirectory: type === DT_UNKNOWN ? undefined : type === DT_DIR,
    });
  }
  return entries;
}

function isDotOrDotDot(name: Uint8Array): boolean {
  const dot = ".".charCodeAt(0);
  return name[0] === dot && (name.length === 2 || name.length === 3 && name[1] === dot);
}
